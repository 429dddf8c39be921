package proof_test

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"math/bits"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/proof"
	"github.com/taxresolve/tax/rates"
)

const (
	millionsSeed  = 20261122
	millionsBlock = 5000 // cases from one seed
)

// TestMillionsOfAmounts compares millions of prices, at every percentage of package
// rates and at random ones, with integers of any size. A third of the prices are made
// so that a result is exactly half a unit, next to that, or near the end of 64 bits.
//
// PROOF_AMOUNTS is the number of prices, 2 million by default. The seed of a case is
// the printed seed together with the number of its block.
func TestMillionsOfAmounts(t *testing.T) {
	cases := 2_000_000
	if text := os.Getenv("PROOF_CHECKS"); text != "" {
		n, err := strconv.Atoi(text)
		require.NoError(t, err)
		cases = min(cases, n*1000)
	}
	if testing.Short() {
		cases = 100_000
	}
	if text := os.Getenv("PROOF_AMOUNTS"); text != "" {
		n, err := strconv.Atoi(text)
		require.NoError(t, err, "PROOF_AMOUNTS is a number of prices")
		cases = n
	}
	subjects := subjectsOfTheProof(t)
	blocks := (cases + millionsBlock - 1) / millionsBlock
	began := time.Now()

	var (
		next   atomic.Int64
		failed atomic.Bool
		mu     sync.Mutex
		wg     sync.WaitGroup
		total  met
	)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			m := newMill(subjects)
			for !failed.Load() {
				block := next.Add(1) - 1
				if block >= int64(blocks) {
					break
				}
				m.rng = rand.New(rand.NewPCG(millionsSeed, uint64(block)))
				for i := range millionsBlock {
					if message := m.run(); message != "" {
						failed.Store(true)
						t.Errorf("seed %d, block %d, case %d: %s", millionsSeed, block, i, message)
						break
					}
				}
			}
			mu.Lock()
			defer mu.Unlock()
			total.add(&m.met)
		})
	}
	wg.Wait()
	t.Logf("seed %d, %d percentages, %v: %s", millionsSeed, len(subjects), time.Since(began).Round(time.Millisecond), total.String())
	if failed.Load() {
		return
	}
	t.Logf("%d prices, 0 differences", total.prices)
	assert.EqualValues(t, blocks*millionsBlock, total.prices)
	// The proof is about the hard cases, so it must have met them.
	least := int64(cases) / 1000
	for name, n := range map[string]int64{
		"halves": total.ties, "next to halves": total.nearTies, "tiny": total.tiny, "beyond 64 bits": total.wide,
		"more decimals than the currency": total.finer, "refused minor units": total.refused, "minor units": total.minor,
		"conversions": total.converted, "net first": total.netFirst,
	} {
		assert.Greater(t, n, least, name)
	}
}

// met counts the kinds of cases.
type met struct {
	prices, minor, refused, ties, nearTies, tiny, wide, finer, converted, netFirst int64
}

func (m *met) add(o *met) {
	m.prices += o.prices
	m.minor += o.minor
	m.refused += o.refused
	m.ties += o.ties
	m.nearTies += o.nearTies
	m.tiny += o.tiny
	m.wide += o.wide
	m.finer += o.finer
	m.converted += o.converted
	m.netFirst += o.netFirst
}

func (m *met) String() string {
	return fmt.Sprintf("%d prices: %d also in minor units (%d refused), %d conversions, %d net first; "+
		"%d halves, %d next to one, %d tiny, %d beyond 64 bits, %d with more decimals than the currency",
		m.prices, m.minor, m.refused, m.converted, m.netFirst, m.ties, m.nearTies, m.tiny, m.wide, m.finer)
}

// subject is a rate, and what is known about it from its text alone.
type subject struct {
	rate tax.Resolution
	name string
	// tax is p/q of a price: first of a net price, then of a gross price.
	p, q [2]*big.Int
	// Prices c with exactly half a unit of tax are tie + n * step, in units of
	// 10^-(scale + 0 to 3); step is 0 when there are none.
	tie, step [2][4]int64
	over      [2]*big.Int // the gross price is over[0]/over[1] of the net price
}

// subjectsOfTheProof returns all percentages of package rates, random ones of up to 12
// decimals, some of the gross price, and compound ones that do not fit into 64 bits.
func subjectsOfTheProof(t *testing.T) []*subject {
	t.Helper()
	rng := rand.New(rand.NewPCG(millionsSeed, math.MaxUint64))
	list := map[string]tax.Rate{}
	plain := func(percent decimal.Decimal, ofGross bool) {
		rate := tax.Rate{Percent: percent, OfGross: ofGross}
		list[fmt.Sprintf("%se%d, of gross %t", percent.Coefficient(), percent.Exponent(), ofGross)] = rate
	}
	for _, percent := range percentagesOfTheWorld(t) {
		plain(percent, false)
	}
	world := len(list)
	require.Greater(t, world, 90)
	for i := range 400 {
		decimals := rng.IntN(13)
		limit := uint64(math.Pow10(decimals)) * 1000
		if i%4 == 0 {
			limit /= 10
		}
		plain(decimal.New(int64(rng.Uint64N(limit)>>rng.IntN(12)), -int32(decimals)), i%4 == 0)
	}
	for _, text := range []string{"0", "0.000000000001", "1000", "999.999999999999", "100", "50", "25", "12.5", "6.25", "0.5"} {
		plain(tax.MustPercent(text), false)
	}
	for _, text := range []string{"0", "13", "17", "50", "20", "99.999999999999", "0.000000000001"} {
		plain(tax.MustPercent(text), true)
	}
	for i := range 60 {
		// A compound part has the decimals of both: up to 26.
		part := func() decimal.Decimal { return decimal.New(rng.Int64N(40_000_000_000_000)>>rng.IntN(20), -12) }
		list["compound "+strconv.Itoa(i)] = tax.Rate{Components: []tax.Component{{Code: "A", Percent: part()}, {Code: "B", Percent: part(), Compound: true}}}
	}

	names := make([]string, 0, len(list))
	for name := range list {
		names = append(names, name)
	}
	slices.Sort(names)
	// A plain percentage has at most 12 decimals; adding a region's rate to
	// its country's makes more.
	docs := []tax.Configuration{{Location: tax.Location{Country: "DE"}, Tax: tax.Tax{Code: "VAT"}, TimeZone: "UTC"}}
	for i, name := range names {
		rate, code := list[name], "C"+strconv.Itoa(i)
		if parts := rate.Components; len(parts) > 0 {
			rate = tax.Rate{Percent: parts[0].Percent}
			docs = append(docs, tax.Configuration{
				Location: tax.Location{Country: "DE", Region: "X-" + strconv.Itoa(i)}, Tax: tax.Tax{Code: "LEVY"},
				Classes: []tax.Class{{Code: code, Rates: []tax.Rate{{Effect: tax.AddCompound, Percent: parts[1].Percent}}}},
			})
		}
		docs[0].Classes = append(docs[0].Classes, tax.Class{Code: code, Rates: []tax.Rate{rate}})
	}
	require.NoError(t, tax.ValidateCountry(docs).Err())
	r, err := tax.NewResolver(tax.SourceFunc(func(context.Context, tax.Key) ([]tax.Configuration, error) { return docs, nil }), nil)
	require.NoError(t, err)
	t.Cleanup(func() { r.Close() })

	var subjects []*subject
	wide := 0
	for i, name := range names {
		parts := list[name].Components
		l := tax.Lookup{Country: "DE", Class: "C" + strconv.Itoa(i)}
		percent := proof.Exact(list[name].Percent)
		if len(parts) > 0 {
			l.Region = "X-" + strconv.Itoa(i)
			percent = proof.Exact(parts[0].Percent)
			more := proof.Exact(parts[1].Percent)
			factor := new(big.Rat).Quo(percent, big.NewRat(100, 1))
			percent = percent.Add(percent, more.Mul(more, factor.Add(factor, big.NewRat(1, 1))))
		}
		a, err := r.Lookup(ctx, l)
		require.NoError(t, err)
		require.Zero(t, percent.Cmp(proof.Exact(a.Percent())), name)
		if a.Percent().Coefficient().BitLen() > 64 {
			wide++
		}
		subjects = append(subjects, newSubject(name, a, percent, list[name].OfGross))
		if i%25 == 0 {
			subjects = append(subjects, newSubject(name+", exempt", a.As(tax.Exempt, "proof"), new(big.Rat), false))
		}
	}
	require.Greater(t, wide, 20)
	return subjects
}

// percentagesOfTheWorld returns the percentages of all entries of package rates, and
// of the answers on their first days.
func percentagesOfTheWorld(t *testing.T) (list []decimal.Decimal) {
	t.Helper()
	world := rates.World()
	r, err := tax.NewResolver(world, nil)
	require.NoError(t, err)
	defer r.Close()
	seen := map[string]bool{}
	add := func(d decimal.Decimal) {
		if key := proof.Exact(d).RatString(); !seen[key] {
			seen[key] = true
			list = append(list, d)
		}
	}
	for _, country := range rates.Countries() {
		docs, err := world.Configurations(ctx, tax.Key{Country: country})
		require.NoError(t, err)
		for _, doc := range docs {
			for _, class := range doc.Classes {
				for _, rate := range class.Rates {
					add(rate.Percent)
					l := tax.Lookup{Country: country, Region: doc.Location.Region, Class: class.Code, Date: rate.From}
					if a, err := r.Lookup(ctx, l); err == nil {
						add(a.Percent())
					}
				}
			}
		}
	}
	return list
}

func newSubject(name string, rate tax.Resolution, percent *big.Rat, ofGross bool) *subject {
	s := &subject{rate: rate, name: name}
	hundred := big.NewRat(100, 1)
	ofNet, ofPrice := new(big.Rat).Quo(percent, hundred), new(big.Rat)
	if ofGross {
		ofPrice.Set(ofNet)
		ofNet.Quo(percent, new(big.Rat).Sub(hundred, percent))
	} else {
		ofPrice.Quo(percent, new(big.Rat).Add(hundred, percent))
	}
	over := new(big.Rat).Add(ofNet, big.NewRat(1, 1))
	s.over = [2]*big.Int{over.Num(), over.Denom()}
	for side, share := range []*big.Rat{ofNet, ofPrice} {
		p, q := new(big.Int).Set(share.Num()), new(big.Int).Set(share.Denom())
		s.p[side], s.q[side] = p, q
		for more := range 4 {
			// c * p / (q * 10^more) is an integer and a half: 2cp = b mod 2b.
			b := new(big.Int).Mul(q, pow10(more))
			b2 := new(big.Int).Lsh(b, 1)
			p2 := new(big.Int).Lsh(p, 1)
			g := new(big.Int).GCD(nil, nil, p2, b2)
			rest := new(big.Int)
			if p.Sign() == 0 || rest.Rem(b, g).Sign() != 0 {
				continue
			}
			modulus := new(big.Int).Quo(b2, g)
			inverse := new(big.Int).ModInverse(new(big.Int).Quo(p2, g), modulus)
			if inverse == nil {
				continue
			}
			c := inverse.Mul(inverse, new(big.Int).Quo(b, g))
			if c.Mod(c, modulus); modulus.BitLen() < 62 {
				s.tie[side][more], s.step[side][more] = c.Int64(), modulus.Int64()
			}
		}
	}
	return s
}

func pow10(n int) *big.Int { return powersOfTen[n] }

var powersOfTen = func() (list [64]*big.Int) {
	for n := range list {
		list[n] = new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
	}
	return list
}()

// mill makes cases one by one and reuses its memory.
type mill struct {
	met      met
	rng      *rand.Rand
	subjects []*subject

	price, top, below, quo, rest, tax, other, twice big.Int
}

func newMill(subjects []*subject) *mill { return &mill{subjects: subjects} }

// run draws a case and returns what is wrong with it, or "".
func (m *mill) run() string {
	s := m.subjects[m.rng.IntN(len(m.subjects))]
	how := m.rng.Uint64()
	scale := int(how >> 8 % 13)
	if how>>20%2 == 0 {
		scale = 2
	}
	rounding := tax.RoundTo(scale, tax.Mode(how%5)).WithNetFirst(how>>16%4 == 0)
	side := int(how >> 24 % 2)
	exp := m.draw(s, side, int(rounding.Scale()))
	given := decimal.NewFromBigInt(&m.price, int32(exp))
	m.met.prices++

	oracle := m.taxOf(s, side, exp, rounding)
	// The price and the tax in units of 10^-finest.
	finest := max(int(rounding.Scale()), -exp)
	m.other.Mul(&m.price, pow10(finest+exp))
	taxScale := int(rounding.Scale())
	if oracle == netFirst {
		taxScale = finest
	}
	m.twice.Mul(&m.tax, pow10(finest-taxScale))
	if side == 0 {
		m.other.Add(&m.other, &m.twice)
	} else {
		m.other.Sub(&m.other, &m.twice)
	}

	a, err := from(s.rate, side, given, rounding)
	if err != nil {
		return m.failure(s, side, exp, rounding, err.Error())
	}
	held, made := a.Net(), a.Gross()
	if side == 1 {
		held, made = made, held
	}
	if !isDecimal(held, &m.price, exp) {
		return m.failure(s, side, exp, rounding, "the price has changed")
	}
	if due := a.Tax(); !isDecimal(due, &m.tax, -taxScale) {
		return m.failure(s, side, exp, rounding, fmt.Sprintf("the tax is %se%d", due.Coefficient(), due.Exponent()))
	}
	if !isDecimal(made, &m.other, -finest) {
		return m.failure(s, side, exp, rounding, fmt.Sprintf("the other price is %se%d", made.Coefficient(), made.Exponent()))
	}
	m.kind(a, finest > int(rounding.Scale()))

	if exp == -int(rounding.Scale()) && m.price.IsInt64() {
		if message := m.minor(s, side, rounding); message != "" {
			return m.failure(s, side, exp, rounding, message)
		}
	}
	if how>>32%16 == 0 {
		if message := m.convert(s, m.subjects[m.rng.IntN(len(m.subjects))], given, exp, rounding); message != "" {
			return m.failure(s, side, exp, rounding, message)
		}
	}
	return ""
}

func from(rate tax.Resolution, side int, given decimal.Decimal, rounding tax.Rounding) (tax.Amounts, error) {
	if side == 0 {
		return rate.FromNet(given, rounding)
	}
	return rate.FromGross(given, rounding)
}

// minor runs the case in minor units: it must give the same amounts, or an error if 64
// bits do not hold one of them.
func (m *mill) minor(s *subject, side int, rounding tax.Rounding) string {
	m.met.minor++
	n := m.price.Int64()
	face := s.rate.FromNetMinor
	if side == 1 {
		face = s.rate.FromGrossMinor
	}
	a, err := face(n, rounding)
	if !m.tax.IsInt64() || !m.other.IsInt64() {
		m.met.refused++
		if err == nil {
			return "no error, although 64 bits do not hold it"
		}
		return ""
	}
	if err != nil {
		return err.Error()
	}
	price, other := a.Net, a.Gross
	if side == 1 {
		price, other = other, price
	}
	if price != n || a.Tax != m.tax.Int64() || other != m.other.Int64() {
		return fmt.Sprintf("in minor units %v", a)
	}
	return ""
}

// convert keeps the net of a gross price while its tax changes.
func (m *mill) convert(s, to *subject, given decimal.Decimal, exp int, rounding tax.Rounding) string {
	m.met.converted++
	// price / over * to.over
	m.top.Mul(&m.price, s.over[1])
	m.top.Mul(&m.top, to.over[0])
	m.below.Mul(s.over[0], to.over[1])
	m.shift(exp + int(rounding.Scale()))
	m.round(rounding.Mode())
	want := decimal.NewFromBigInt(&m.quo, -rounding.Scale())
	got, err := tax.Convert(given, s.rate, to.rate, rounding)
	if m.quo.CmpAbs(pow10(40)) >= 0 {
		if err == nil {
			return "converted to more than 40 digits"
		}
		return ""
	}
	if err != nil {
		return err.Error()
	}
	m.price.Set(&m.quo)
	if !isDecimal(got.Gross(), &m.price, -int(rounding.Scale())) {
		return fmt.Sprintf("converted to %s: %s, want %s", to.name, got.Gross().Coefficient(), want.Coefficient())
	}
	m.taxOf(to, 1, -int(rounding.Scale()), rounding)
	if !isDecimal(got.Tax(), &m.tax, -int(rounding.Scale())) {
		return fmt.Sprintf("converted to %s: the tax is %s, want %s", to.name, got.Tax().Coefficient(), &m.tax)
	}
	return ""
}

type way int

const (
	taxFirst way = iota
	netFirst
)

// taxOf computes the tax on the price, in units of 10^-scale, or in the smaller of
// that and 10^exp if the net is rounded.
func (m *mill) taxOf(s *subject, side, exp int, rounding tax.Rounding) way {
	if side == 1 && rounding.NetFirst() && s.p[side].Sign() != 0 {
		m.met.netFirst++
		m.below.Set(s.q[side])
		m.top.Sub(s.q[side], s.p[side])
		m.top.Mul(&m.top, &m.price)
		m.shift(exp + int(rounding.Scale()))
		m.round(rounding.Mode())
		finest := max(int(rounding.Scale()), -exp)
		m.tax.Mul(&m.price, pow10(finest+exp))
		m.tax.Sub(&m.tax, m.quo.Mul(&m.quo, pow10(finest-int(rounding.Scale()))))
		return netFirst
	}
	m.below.Set(s.q[side])
	m.top.Mul(s.p[side], &m.price)
	m.shift(exp + int(rounding.Scale()))
	m.round(rounding.Mode())
	m.tax.Set(&m.quo)
	return taxFirst
}

// shift multiplies top / below by a power of ten.
func (m *mill) shift(n int) {
	if n > 0 {
		m.top.Mul(&m.top, pow10(n))
	} else if n < 0 {
		m.below.Mul(&m.below, pow10(-n))
	}
}

// round sets quo to top / below, rounded. Each mode is the floor of another fraction:
// for a number x that is not negative, rounding halves up is the floor of x + 1/2,
// halves down the ceiling of x - 1/2, and up the ceiling of x.
func (m *mill) round(mode tax.Mode) {
	negative := m.top.Sign() < 0
	m.top.Abs(&m.top)
	switch mode {
	case tax.Down:
		m.quo.QuoRem(&m.top, &m.below, &m.rest)
	case tax.Up:
		m.top.Add(&m.top, &m.below)
		m.top.Sub(&m.top, one)
		m.quo.QuoRem(&m.top, &m.below, &m.rest)
	case tax.HalfUp, tax.HalfEven:
		m.top.Lsh(&m.top, 1)
		m.top.Add(&m.top, &m.below)
		m.twice.Lsh(&m.below, 1)
		m.quo.QuoRem(&m.top, &m.twice, &m.rest)
		if mode == tax.HalfEven && m.rest.Sign() == 0 && m.quo.Bit(0) != 0 {
			m.quo.Sub(&m.quo, one)
		}
	case tax.HalfDown:
		// ceiling((2t - b) / 2b) = floor((2t - b + 2b - 1) / 2b)
		m.top.Lsh(&m.top, 1)
		m.top.Add(&m.top, &m.below)
		m.top.Sub(&m.top, one)
		m.twice.Lsh(&m.below, 1)
		m.quo.QuoRem(&m.top, &m.twice, &m.rest)
	}
	if negative {
		m.quo.Neg(&m.quo)
	}
}

var one = big.NewInt(1)

// kind counts the kind of the case. It is not part of the comparison.
func (m *mill) kind(a tax.Amounts, finer bool) {
	if _, ok := a.Minor(); !ok && !finer {
		m.met.wide++
	}
	if finer {
		m.met.finer++
	}
}

// isDecimal reports whether a decimal equals c * 10^exp, whatever zeros it has.
func isDecimal(d decimal.Decimal, c *big.Int, exp int) bool {
	if int(d.Exponent()) == exp {
		if c.IsInt64() && d.CoefficientInt64() != c.Int64() {
			return false
		}
		return d.Cmp(decimal.NewFromBigInt(c, int32(exp))) == 0
	}
	more := int(d.Exponent()) - exp
	if more < 0 {
		return d.Coefficient().Cmp(new(big.Int).Mul(c, pow10(-more))) == 0
	}
	return new(big.Int).Mul(d.Coefficient(), pow10(more)).Cmp(c) == 0
}

// draw sets the price and returns its exponent.
func (m *mill) draw(s *subject, side, scale int) (exp int) {
	kind := m.rng.Uint64()
	exp = -scale
	switch kind % 12 {
	case 0, 1, 2: // halves and their neighbours
		if more := int(kind >> 8 % 4); s.step[side][more] != 0 {
			step, tie := s.step[side][more], s.tie[side][more]
			room := uint64(math.MaxInt64-tie) / uint64(step)
			times := m.rng.Uint64N(room+1) >> m.rng.IntN(bits.Len64(room)+1)
			n := tie + int64(times)*step
			off := int64(kind >> 16 % 3)
			if off == 0 {
				m.met.ties++
			} else {
				m.met.nearTies++
			}
			m.set(n-off+off/2*3, kind) // n, n-1, n+1
			return -scale - more
		}
		m.set(int64(m.rng.Uint64()>>1>>m.rng.IntN(63)), kind)
	case 3: // near the end of 64 bits: the price, the tax or the other price
		edge := [...]uint64{1 << 62, math.MaxInt64, 1 << 63, math.MaxUint64}[kind>>8%4]
		m.top.SetUint64(edge)
		switch kind >> 12 % 3 {
		case 0:
			if s.p[side].Sign() != 0 {
				m.top.Mul(&m.top, s.q[side])
				m.top.Quo(&m.top, s.p[side])
			}
		case 1:
			m.twice.Add(s.q[side], s.p[side])
			if side == 1 {
				m.twice.Sub(s.q[side], s.p[side])
			}
			m.top.Mul(&m.top, s.q[side])
			m.top.Quo(&m.top, &m.twice)
		}
		m.price.Add(&m.top, m.rest.SetInt64(int64(kind>>16%7)-3))
		for m.price.CmpAbs(pow10(40)) >= 0 {
			m.price.Quo(&m.price, pow10(10))
		}
		if kind>>24%2 == 0 {
			m.price.Neg(&m.price)
		}
	case 4: // huge
		m.price.SetUint64(m.rng.Uint64())
		m.price.Lsh(&m.price, 64)
		m.price.Add(&m.price, m.rest.SetUint64(m.rng.Uint64()))
		m.price.Rem(&m.price, pow10(int(19+kind>>8%22)))
		if kind>>24%2 == 0 {
			m.price.Neg(&m.price)
		}
		exp = int(kind>>32%41) - 20
	case 5: // tiny
		m.set(int64(kind>>8%10), kind)
		exp = int(kind>>32%41) - 20
		m.met.tiny++
	case 6: // any decimals
		m.set(int64(m.rng.Uint64()>>1>>m.rng.IntN(63)), kind)
		exp = int(kind>>32%13) - 9
	case 7: // any minor units
		m.set(int64(m.rng.Uint64()>>1>>m.rng.IntN(63)), kind)
	default: // typical prices
		m.set(int64(kind>>8%1_000_000), kind)
	}
	return exp
}

func (m *mill) set(n int64, kind uint64) {
	if kind>>40%2 == 0 {
		n = -n
	}
	m.price.SetInt64(n)
}

func (m *mill) failure(s *subject, side, exp int, rounding tax.Rounding, message string) string {
	face := []string{"net", "gross"}[side]
	return strings.Join([]string{s.name, face, m.price.String() + "e" + strconv.Itoa(exp), fmt.Sprintf("%+v", rounding),
		"tax " + m.tax.String() + ", other " + m.other.String(), message}, ": ")
}
