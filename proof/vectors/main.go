// Command vectors writes amounts.csv.gz: prices and their net, tax and gross amounts,
// computed with another decimal library, github.com/cockroachdb/apd, which follows
// the General Decimal Arithmetic specification. It imports nothing from this library.
// TestVectors of package proof reads the file.
//
//	cd proof && go run ./vectors
//
// Every run writes the same text, and a test compares the file with it.
package main

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"

	"github.com/cockroachdb/apd/v3"
)

const (
	file  = "testdata/amounts.csv.gz"
	count = 100_000
	head  = "percent,ofGross,given,direction,mode,scale,netFirst,net,tax,gross"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "vectors:", err)
		os.Exit(1)
	}
}

func run() error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	z, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	if err != nil {
		return err
	}
	if err := write(z); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return f.Close()
}

// vector is one line of the file, without the results.
type vector struct {
	percent, given string
	ofGross        bool
	gross          bool // given is a gross price
	mode           int
	scale          int32
	netFirst       bool
}

// write writes all lines; they are the same every time.
func write(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprintln(out, head)
	rng := rand.New(rand.NewPCG(2026, 100_000))
	percents := percentages(rng)
	for range count {
		v := draw(rng, percents)
		net, tax, gross, err := v.amounts()
		if err != nil {
			return fmt.Errorf("%+v: %w", v, err)
		}
		direction := "net"
		if v.gross {
			direction = "gross"
		}
		fmt.Fprintln(out, strings.Join([]string{v.percent, strconv.FormatBool(v.ofGross), v.given, direction, modes[v.mode].name,
			strconv.Itoa(int(v.scale)), strconv.FormatBool(v.netFirst), net, tax, gross}, ","))
	}
	return out.Flush()
}

// percentages returns well-known percentages and random ones of up to 12 decimals.
func percentages(rng *rand.Rand) []string {
	list := strings.Fields(`0 0.5 1 1.05 2.1 2.5 2.6 3 3.8 4 4.8 5 5.5 6 6.25 7 7.5 7.7 8 8.1 8.25 8.375 8.425 8.625 8.875 9 9.5 9.975
		10 11 12 12.5 13 13.5 14 14.975 15 16 17 17.5 18 18.125 19 19.00 20 21 22 23 24 25 25.5 26.2 27 28 33.333 50 100 255 1000
		0.000000000001 33.333333333333 66.666666666667 99.999999999999 999.999999999999`)
	for range 240 {
		digits := strconv.FormatUint(rng.Uint64N(1_000_000_000_000_000)>>rng.IntN(30), 10)
		decimals := rng.IntN(13)
		if len(digits)-decimals > 3 {
			digits = digits[:decimals+3]
		}
		list = append(list, point(digits, decimals))
	}
	return list
}

// point puts the decimal point before the last decimals digits.
func point(digits string, decimals int) string {
	if decimals == 0 {
		return digits
	}
	if missing := decimals + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	return digits[:len(digits)-decimals] + "." + digits[len(digits)-decimals:]
}

func draw(rng *rand.Rand, percents []string) vector {
	v := vector{
		percent:  percents[rng.IntN(len(percents))],
		gross:    rng.IntN(2) == 0,
		mode:     rng.IntN(len(modes)),
		scale:    2,
		netFirst: rng.IntN(3) == 0,
	}
	if rng.IntN(2) == 0 {
		v.scale = rng.Int32N(13)
	}
	// A percentage of the gross price is below 100.
	whole, _, _ := strings.Cut(v.percent, ".")
	v.ofGross = len(whole) < 3 && rng.IntN(4) == 0
	digits, decimals := strconv.Itoa(rng.IntN(1_000_000)), int(v.scale)
	switch rng.IntN(8) {
	case 0: // a round price, whose tax is often half a unit
		digits = strconv.Itoa(rng.IntN(2000)) + "5"
		decimals = min(int(v.scale)+rng.IntN(3), 12)
	case 1: // not the decimals of the currency
		decimals = rng.IntN(8)
	case 2: // near 64 bits and beyond
		var b strings.Builder
		b.WriteByte(byte('1' + rng.IntN(9)))
		for range 10 + rng.IntN(30) {
			b.WriteByte(byte('0' + rng.IntN(10)))
		}
		digits, decimals = b.String(), rng.IntN(20)
	case 3: // tiny
		digits, decimals = strconv.Itoa(rng.IntN(100)), rng.IntN(20)
	}
	v.given = point(digits, decimals)
	if rng.IntN(3) == 0 {
		v.given = "-" + v.given
	}
	return v
}

var modes = []struct {
	name  string
	round apd.Rounder
}{
	{"halfUp", apd.RoundHalfUp}, {"halfEven", apd.RoundHalfEven}, {"halfDown", apd.RoundHalfDown}, {"up", apd.RoundUp}, {"down", apd.RoundDown},
}

// exact has room for every product and sum here, and never rounds.
var exact = apd.Context{Precision: 600, MaxExponent: 2000, MinExponent: -2000, Rounding: apd.RoundDown,
	Traps: apd.DefaultTraps | apd.Inexact}

// amounts computes the results of a line.
func (v vector) amounts() (net, tax, gross string, err error) {
	given, percent := new(apd.Decimal), new(apd.Decimal)
	if given, _, err = exact.SetString(given, v.given); err != nil {
		return
	}
	if percent, _, err = exact.SetString(percent, v.percent); err != nil {
		return
	}
	hundred := apd.New(100, 0)
	below := new(apd.Decimal).Set(hundred)
	switch {
	case v.gross && !v.ofGross:
		_, err = exact.Add(below, hundred, percent)
	case !v.gross && v.ofGross:
		_, err = exact.Sub(below, hundred, percent)
	}
	if err != nil {
		return
	}
	due, other := new(apd.Decimal), new(apd.Decimal)
	if v.gross && v.netFirst && !percent.IsZero() {
		// The part that is not tax: 100 of 100 + percent, or 100 - percent of 100.
		share := new(apd.Decimal)
		if _, err = exact.Sub(share, below, percent); err != nil {
			return
		}
		if err = v.share(other, given, share, below); err != nil {
			return
		}
		_, err = exact.Sub(due, given, other)
	} else {
		if err = v.share(due, given, percent, below); err != nil {
			return
		}
		if v.gross {
			_, err = exact.Sub(other, given, due)
		} else {
			_, err = exact.Add(other, given, due)
		}
	}
	if err != nil {
		return
	}
	net, gross = v.given, other.Text('f')
	if v.gross {
		net, gross = gross, net
	}
	return net, due.Text('f'), gross, nil
}

// share sets d to given * top / below, rounded once.
func (v vector) share(d, given, top, below *apd.Decimal) error {
	if _, err := exact.Mul(d, given, top); err != nil {
		return err
	}
	// The quotient is cut off behind all decimals that can matter. If that loses
	// something, one more digit stands for it, so that the number stays above or
	// below a half.
	cut := exact
	cut.Precision, cut.Traps = 400, apd.DefaultTraps
	lost, err := cut.Quo(d, d, below)
	if err != nil {
		return err
	}
	if lost.Inexact() {
		d.Coeff.Mul(&d.Coeff, apd.NewBigInt(10))
		d.Coeff.Add(&d.Coeff, apd.NewBigInt(1))
		d.Exponent--
	}
	round := cut
	round.Precision, round.Rounding = 500, modes[v.mode].round
	// Quantize drops anything smaller than a tenth of the last digit before it looks
	// at the mode: rounded up, 0.001 would become 0.00. Adding an even number of
	// units changes no rounding, and leaves it digits to look at.
	away := apd.New(1000, 0)
	away.Negative = d.Negative
	if _, err := exact.Add(d, d, away); err != nil {
		return err
	}
	if _, err := round.Quantize(d, d, -v.scale); err != nil {
		return err
	}
	_, err = exact.Sub(d, d, away)
	d.Negative = d.Negative && !d.IsZero()
	return err
}
