package tax

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/exact"
	"github.com/taxresolve/tax/internal/iso"
	"github.com/taxresolve/tax/internal/oracle"
	"github.com/taxresolve/tax/internal/testfile"
)

func TestRoundRoundsAsItsModeSays(t *testing.T) {
	for _, c := range []struct {
		amount                               string
		scale                                int
		halfUp, halfEven, halfDown, up, down string
	}{
		{"0.125", 2, "0.13", "0.12", "0.12", "0.13", "0.12"},
		{"0.135", 2, "0.14", "0.14", "0.13", "0.14", "0.13"},
		{"0.1249", 2, "0.12", "0.12", "0.12", "0.13", "0.12"},
		{"0.1251", 2, "0.13", "0.13", "0.13", "0.13", "0.12"},
		{"0.12", 2, "0.12", "0.12", "0.12", "0.12", "0.12"},
		{"19", 2, "19.00", "19.00", "19.00", "19.00", "19.00"},
		{"0", 2, "0.00", "0.00", "0.00", "0.00", "0.00"},
		{"0.5", 0, "1", "0", "0", "1", "0"},
		{"1.5", 0, "2", "2", "1", "2", "1"},
		{"0.00000000000000000001", 12, "0.000000000000", "0.000000000000", "0.000000000000", "0.000000000001", "0.000000000000"},
		{"9999999999999999999.995", 2, "10000000000000000000.00", "10000000000000000000.00", "9999999999999999999.99", "10000000000000000000.00", "9999999999999999999.99"},
		{"92233720368547758.075", 2, "92233720368547758.08", "92233720368547758.08", "92233720368547758.07", "92233720368547758.08", "92233720368547758.07"},
		{"99999999999999999999.99999999999999999999", 12, "100000000000000000000.000000000000", "100000000000000000000.000000000000",
			"100000000000000000000.000000000000", "100000000000000000000.000000000000", "99999999999999999999.999999999999"},
	} {
		for m, want := range []string{c.halfUp, c.halfEven, c.halfDown, c.up, c.down} {
			r, amount := RoundTo(c.scale, Mode(m)), decimalOf(t, c.amount)
			for _, netFirst := range []bool{false, true} {
				r = r.WithNetFirst(netFirst) // is about prices with tax inside
				got, err := r.Round(amount)
				require.NoError(t, err, c.amount)
				assert.Equal(t, want, exact.Format(got), "%s, %s", c.amount, r.Mode())
				mirrored, err := r.Round(amount.Neg())
				require.NoError(t, err, c.amount)
				assert.Equal(t, exact.Format(got), exact.Format(mirrored.Neg()), "-%s, %s", c.amount, r.Mode())
			}
			assert.Equal(t, c.amount, exact.Format(amount))
		}
	}
}

func TestRoundAgreesWithTheDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 17))
	for range 20000 {
		amount := decimal.New(int64(rng.Uint64()>>rng.IntN(64)), rng.Int32N(41)-20)
		if rng.IntN(3) == 0 { // beyond 64 bits
			c := new(big.Int).Mul(amount.Coefficient(), big.NewInt(rng.Int64()))
			amount = decimal.NewFromBigInt(c, amount.Exponent())
		}
		r := RoundTo(rng.IntN(13), Mode(rng.IntN(len(modeNames))))
		want := oracle.Round(exact.Mode(r.Mode()), new(big.Rat).Mul(amount.Rat(), units10(r.Scale())))
		got, err := r.Round(amount)
		require.NoError(t, err)
		if got.Exponent() != -r.Scale() || got.Coefficient().Cmp(want) != 0 {
			require.Fail(t, "wrong", "%s, %+v: %s", exact.Format(amount), r, exact.Format(got))
		}
	}
}

func TestMinorDoesNotRound(t *testing.T) {
	for _, c := range []struct {
		amount decimal.Decimal
		scale  int
		want   int64
	}{
		{decimal.Decimal{}, 2, 0},
		{decimal.New(1999, -2), 2, 1999},
		{decimal.New(-1999, -2), 2, -1999},
		{decimal.New(19, 0), 2, 1900},
		{decimal.New(19, 2), 2, 190000},
		{decimal.New(199900, -4), 2, 1999}, // zeros at the end are no decimals
		{decimal.New(1000, -3), 0, 1},
		{decimal.New(0, -20), 0, 0},
		{decimal.New(0, 20), 12, 0},
		{decimal.New(1, 18), 0, 1e18},
		{decimal.New(math.MaxInt64, -2), 2, math.MaxInt64},
		{decimal.New(math.MinInt64, -2), 2, math.MinInt64},
		{decimal.NewFromBigInt(new(big.Int).Mul(big.NewInt(math.MaxInt64), big.NewInt(1000)), -5), 2, math.MaxInt64},
		{decimal.NewFromBigInt(new(big.Int).Mul(big.NewInt(math.MinInt64), big.NewInt(1e18)), -20), 2, math.MinInt64},
		{decimal.New(922337203685477580, -5), 12, 0},
	} {
		if c.want == 0 && c.amount.Sign() != 0 {
			_, err := RoundTo(c.scale, HalfUp).Minor(c.amount)
			assert.ErrorContains(t, err, "64 bits")
			continue
		}
		for m := HalfUp; m <= Down; m++ {
			got, err := RoundTo(c.scale, m).Minor(c.amount)
			require.NoError(t, err, exact.Format(c.amount))
			assert.Equal(t, c.want, got, exact.Format(c.amount))
			back, err := RoundTo(c.scale, m).Decimal(got)
			require.NoError(t, err)
			assert.Zero(t, c.amount.Rat().Cmp(back.Rat()), exact.Format(c.amount))
		}
	}
	assert.Zero(t, testing.AllocsPerRun(100, func() { _, _ = RoundTo(2, HalfUp).Minor(price1999) }))
}

var price1999 = decimal.New(1999, -2)

func TestMinorRefusesWhatItWouldHaveToRoundOrWrap(t *testing.T) {
	beyond := new(big.Int).Lsh(big.NewInt(1), 64)
	for reason, list := range map[string][]decimal.Decimal{
		"more than 2 decimals: round it first": {decimal.New(19999, -3), decimal.New(1, -3), decimal.New(-5, -20), decimal.NewFromBigInt(beyond, -3)},
		"64 bits": {decimal.New(math.MaxInt64, 0), decimal.New(1, 20), decimal.New(-1, 17), decimal.NewFromBigInt(beyond, -2),
			decimal.NewFromBigInt(new(big.Int).Add(beyond, big.NewInt(1999)), -2), // wraps to 19.99
			decimal.NewFromBigInt(new(big.Int).Add(big.NewInt(math.MaxInt64), big.NewInt(1)), -2),
			decimal.NewFromBigInt(new(big.Int).Sub(big.NewInt(math.MinInt64), big.NewInt(1)), -2)},
	} {
		for _, d := range list {
			got, err := RoundTo(2, HalfUp).Minor(d)
			var input *InputError
			require.ErrorAs(t, err, &input, exact.Format(d))
			assert.Equal(t, "amount", input.Field)
			assert.Contains(t, input.Reason, reason, exact.Format(d))
			assert.ErrorIs(t, err, ErrInvalid)
			assert.Zero(t, got)
		}
	}
}

func TestDecimalHasTheDecimalsOfTheScale(t *testing.T) {
	for _, c := range []struct {
		minor int64
		scale int
		want  string
	}{
		{-1999, 0, "-1999"}, {-1999, 1, "-199.9"}, {-1999, 2, "-19.99"}, {-1999, 3, "-1.999"}, {-1999, 12, "-0.000000001999"},
		{0, 2, "0.00"}, {math.MinInt64, 2, "-92233720368547758.08"},
	} {
		got, err := RoundTo(c.scale, HalfUp).Decimal(c.minor)
		require.NoError(t, err)
		assert.Equal(t, c.want, exact.Format(got))
	}
}

func TestHostileAmountsAreRefusedAtOnce(t *testing.T) {
	for name, d := range hostileDecimals() {
		promptly(t, name, func() {
			_, err := RoundTo(2, HalfUp).Round(d)
			assert.ErrorIs(t, err, ErrInvalid, name)
			_, err = RoundTo(2, HalfUp).Minor(d)
			assert.ErrorIs(t, err, ErrInvalid, name)
			assert.Less(t, len(err.Error()), 250, name)
		})
	}
}

func TestModesHaveNamesInJSON(t *testing.T) {
	for m, name := range map[Mode]string{HalfUp: "halfUp", HalfEven: "halfEven", HalfDown: "halfDown", Up: "up", Down: "down"} {
		assert.Equal(t, name, m.String())
		text, err := json.Marshal(RoundTo(3, m))
		require.NoError(t, err)
		assert.Equal(t, fmt.Sprintf(`{"mode":%q,"scale":3}`, name), string(text))
		var back Rounding
		require.NoError(t, json.Unmarshal(text, &back))
		assert.Equal(t, RoundTo(3, m), back)
	}
	text, err := json.Marshal(RoundTo(2, HalfUp).WithNetFirst(true))
	require.NoError(t, err)
	assert.Equal(t, `{"mode":"halfUp","scale":2,"netFirst":true}`, string(text))
	for _, bad := range []string{`"halfup"`, `"HalfUp"`, `"bankers"`, `""`, `0`, `"up "`} {
		var m Mode
		assert.Error(t, json.Unmarshal([]byte(bad), &m), bad)
	}
	_, err = json.Marshal(Mode(5))
	assert.Error(t, err)
	assert.NotPanics(t, func() { assert.NotEmpty(t, Mode(255).String()) })
}

// roundingsThatDoNotExist are the zero value, and what RoundTo makes of bad arguments.
func roundingsThatDoNotExist() []Rounding {
	return []Rounding{
		{}, Rounding{}.WithMode(Up), Rounding{}.WithNetFirst(true),
		RoundTo(0, 5), RoundTo(2, 255), RoundTo(99, 5),
		RoundTo(13, HalfUp), RoundTo(-1, HalfUp), RoundTo(-2, Up), RoundTo(1<<30, HalfUp),
		RoundTo(math.MaxInt32-1, HalfUp), RoundTo(math.MaxInt32, HalfUp), RoundTo(math.MinInt32, HalfUp),
		RoundTo(math.MaxInt, HalfUp), RoundTo(math.MinInt, HalfUp),
	}
}

func TestRoundingsThatDoNotExistRoundNothing(t *testing.T) {
	r := resolutionOf(t, rateOf(t, "19"))
	one := decimal.New(1, 0)
	for _, rounding := range roundingsThatDoNotExist() {
		for use, f := range map[string]func() error{
			"Round":          func() error { _, err := rounding.Round(one); return err },
			"Minor":          func() error { _, err := rounding.Minor(one); return err },
			"Decimal":        func() error { _, err := rounding.Decimal(1); return err },
			"MarshalJSON":    func() error { _, err := rounding.MarshalJSON(); return err },
			"FromNet":        func() error { _, err := r.FromNet(one, rounding); return err },
			"FromGross":      func() error { _, err := r.FromGross(one, rounding); return err },
			"FromNetMinor":   func() error { _, err := r.FromNetMinor(1, rounding); return err },
			"FromGrossMinor": func() error { _, err := r.FromGrossMinor(1, rounding); return err },
			"Convert":        func() error { _, err := Convert(one, r, r, rounding); return err },
		} {
			var input *InputError
			if !assert.ErrorAs(t, f(), &input, "%s of %v", use, rounding) {
				continue
			}
			assert.ErrorIs(t, input, ErrInvalid)
			switch {
			case rounding.places == 0:
				assert.Equal(t, "rounding", input.Field, "%s of %v", use, rounding)
				assert.Equal(t, `not given: use tax.RoundingFor("EUR") or tax.RoundTo(2, tax.HalfUp)`, input.Reason)
			case int(rounding.Mode()) >= len(modeNames):
				assert.Equal(t, "rounding mode", input.Field, "%s of %v", use, rounding)
				assert.Equal(t, strconv.Itoa(int(rounding.Mode())), input.Value)
			default:
				assert.Equal(t, "rounding scale", input.Field, "%s of %v", use, rounding)
				assert.Equal(t, strconv.Itoa(int(rounding.Scale())), input.Value)
			}
		}
	}
	for scale := range 13 {
		for m := HalfUp; m <= Down; m++ {
			rounding := RoundTo(scale, m).WithNetFirst(true)
			require.NoError(t, rounding.check())
			assert.EqualValues(t, scale, rounding.Scale())
			assert.Equal(t, m, rounding.Mode())
			assert.True(t, rounding.NetFirst())
			assert.False(t, rounding.IsZero())
			assert.Equal(t, RoundTo(scale, Down), rounding.WithMode(Down).WithNetFirst(false))
		}
	}
	assert.True(t, Rounding{}.IsZero())
	assert.EqualValues(t, 0, Rounding{}.Scale())
	assert.EqualValues(t, -1, RoundTo(-1, HalfUp).Scale())
}

func TestRoundingIsReadFromJSONWhole(t *testing.T) {
	kept := RoundTo(3, Up)
	for text, field := range map[string]string{
		`{}`: "rounding scale", `null`: "rounding", `{"mode":"halfUp"}`: "rounding scale", `{"scale":2}`: "rounding mode",
		`{"mode":"halfUp","scale":null}`: "rounding scale", `{"mode":null,"scale":2}`: "rounding mode",
		`{"mode":"halfUp","scale":13}`: "rounding scale", `{"mode":"halfUp","scale":-1}`: "rounding scale",
		`{"mode":"halfUp","scale":"2"}`: "rounding scale", `{"mode":"halfUp","scale":2.0}`: "rounding scale",
		`{"mode":"bankers","scale":2}`: "rounding mode", `{"mode":1,"scale":2}`: "rounding mode",
		`{"mode":"halfUp","scale":2,"netFirst":1}`: "rounding netFirst", `{"mode":"halfUp","Scale":2}`: "rounding Scale",
		`{"mode":"halfUp","scale":2,"scale":0}`: "rounding scale", `[2]`: "rounding", `2`: "rounding", `"halfUp"`: "rounding",
	} {
		got := kept
		var input *InputError
		if assert.ErrorAs(t, json.Unmarshal([]byte(text), &got), &input, text) {
			assert.Equal(t, field, input.Field, text)
		}
		assert.Equal(t, kept, got, text)
	}
	assert.Error(t, new(Rounding).UnmarshalJSON([]byte(`{"mode":"halfUp","scale":2}2`)))
	for want, rounding := range map[string]Rounding{
		"halfUp, scale 2": RoundTo(2, HalfUp), "down, scale 0, netFirst": RoundTo(0, Down).WithNetFirst(true),
		"no rounding": Rounding{}.WithMode(Up), "invalid(9), scale -7": RoundTo(-7, 9),
	} {
		assert.Equal(t, want, rounding.String())
		assert.Equal(t, want, fmt.Sprint(rounding))
	}
}

// currencyLines returns testdata/currencies.txt: what is said of every code.
func currencyLines(t *testing.T) map[string]string {
	t.Helper()
	said := map[string]string{}
	for _, line := range testfile.Lines(t, "testdata/currencies.txt") {
		fields := strings.Fields(line)
		for _, code := range fields[1:] {
			require.NotContains(t, said, code, "twice")
			said[code] = fields[0]
		}
	}
	return said
}

func TestRoundingForIsTheMinorUnitOfISO4217(t *testing.T) {
	said := currencyLines(t)
	assert.Len(t, said, len(codes(t, "currencies.csv")), "codes of the table that testdata/currencies.txt lacks")
	for code, want := range said {
		for _, form := range []string{code, strings.ToLower(code), code[:1] + strings.ToLower(code[1:])} {
			got, err := RoundingFor(form)
			switch want {
			case "none":
				assert.ErrorContains(t, err, "no minor unit", form)
			case "unsure":
				assert.ErrorContains(t, err, "sources disagree", form)
			default:
				decimals, parseErr := strconv.ParseInt(want, 10, 32)
				require.NoError(t, parseErr, code)
				require.NoError(t, err, form)
				assert.Equal(t, RoundTo(int(decimals), HalfUp), got, form)
				continue
			}
			assert.ErrorIs(t, err, ErrInvalid, form)
			assert.ErrorContains(t, err, "pass tax.RoundTo", form)
			assert.Zero(t, got, form)
		}
	}
}

// Those that a guess or another table gets wrong. Unicode CLDR, for one, gives
// the decimals that are usual in print.
func TestRoundingForOfUncommonMinorUnits(t *testing.T) {
	for code, want := range map[string]int{
		"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0,
		"RWF": 0, "UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
		"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
		"CLF": 4, "UYW": 4,
		// Two decimals, though coins of them are gone.
		"AFN": 2, "ALL": 2, "AMD": 2, "COP": 2, "CRC": 2, "HUF": 2, "IDR": 2, "IRR": 2, "KPW": 2, "LAK": 2,
		"LBP": 2, "MMK": 2, "PKR": 2, "RSD": 2, "SOS": 2, "SYP": 2, "TWD": 2, "TZS": 2, "UZS": 2, "YER": 2,
		// Five parts to the unit, written with two decimals.
		"MGA": 2, "MRU": 2, "MRO": 2,
		// New in the last years, beside what they replaced.
		"XAD": 2, "XCG": 2, "ANG": 2, "ZWG": 2, "ZWL": 2, "SLE": 2, "SLL": 2, "VES": 2, "VED": 2, "VEF": 2,
		"STN": 2, "STD": 2, "BYN": 2, "BYR": 0,
		// Gone into the euro.
		"BGN": 2, "HRK": 2, "LTL": 2, "LVL": 2, "EEK": 2, "ESP": 0, "ITL": 0, "PTE": 0,
	} {
		got, err := RoundingFor(code)
		require.NoError(t, err, code)
		assert.Equal(t, RoundTo(want, HalfUp), got, code)
	}
}

func TestTheCurrentCodesAreAllOfISO4217(t *testing.T) {
	// As many, by minor unit, as in List One of 2026-09-17.
	want := map[string]int{"0": 17, "2": 139, "3": 7, "4": 2, "": 13}
	got := map[string]int{}
	said := currencyLines(t)
	withdrawn := 0
	rows := codes(t, "currencies.csv")
	for _, row := range rows {
		assert.Contains(t, said, row[0])
		if row[3] == "current" {
			got[row[2]]++
		} else {
			withdrawn++
		}
	}
	assert.Equal(t, want, got)
	assert.Len(t, rows, 17+139+7+2+13+withdrawn)
}

func TestRoundingForRefusesWhatIsNoCurrencyAndSaysWhatToPass(t *testing.T) {
	const (
		check  = "check the code"
		length = "is not three letters"
		spaces = "remove the spaces"
	)
	for currency, advice := range map[string]string{
		"":                         "no currency given",
		"EU":                       length,
		"EURO":                     length,
		"€":                        check, // three bytes
		"$":                        length,
		"US$":                      check,
		"EUR ":                     spaces,
		" EUR":                     spaces,
		"\tjpy\n":                  spaces,
		" XAU":                     spaces,
		" EU":                      check,
		"   ":                      check,
		"    ":                     length,
		"978":                      "numeric code",
		"000":                      "numeric code",
		"97":                       length,
		"E1R":                      check,
		"ABC":                      check,
		"AAA":                      check,
		"ZZZ":                      check,
		"GGP":                      check, // in use, but not of ISO
		"BTC":                      check,
		"CNH":                      check,
		"EU\x00":                   check,
		"EUR\x00":                  length,
		"\x00\x00\x00":             check,
		"\xff\xff\xff":             check,
		"EU-":                      check,
		"@EU":                      check,
		"\u0415UR":                 length, // Cyrillic E
		"\uff25\uff35\uff32":       length, // full-width EUR
		"\u017fE":                  check,  // long s, which folds to S
		"\u212aW":                  length, // Kelvin sign, which folds to K
		"XXX":                      "has no minor unit",
		"xts":                      "has no minor unit",
		"XDR":                      "has no minor unit",
		"TRL":                      "sources disagree",
		strings.Repeat("EUR", 1e5): length,
		strings.Repeat(" ", 1e5):   length,
	} {
		got, err := RoundingFor(currency)
		require.ErrorIs(t, err, ErrInvalid, "%q", clip(currency))
		assert.Zero(t, got)
		assert.ErrorContains(t, err, advice, "%q", clip(currency))

		var input *InputError
		require.ErrorAs(t, err, &input)
		assert.Equal(t, "currency", input.Field)
		assert.LessOrEqual(t, len(input.Value), 64)
		assert.True(t, strings.HasPrefix(currency, input.Value))
		assert.Regexp(t, "pass|remove", input.Reason, "%q", input.Value)
	}
}

func TestNoOtherThreeLettersAreACurrency(t *testing.T) {
	said := currencyLines(t)
	for i := range 26 * 26 * 26 {
		code := string([]byte{byte('A' + i/676), byte('A' + i/26%26), byte('A' + i%26)})
		_, known := said[code]
		_, unit := iso.MinorUnit(code)
		require.Equal(t, known, unit != iso.UnitUnknown, code)
	}
}

func TestRoundingForDoesNotAllocate(t *testing.T) {
	var sink int32
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		for _, currency := range [...]string{"EUR", "eur", "ADP", "ZWR", "JPY", "KWD", "uyw"} {
			r, _ := RoundingFor(currency)
			sink += r.Scale()
		}
	}))
	assert.NotZero(t, sink)
}

func BenchmarkRoundingFor(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_, _ = RoundingFor("EUR")
	}
}

func FuzzRoundingFor(f *testing.F) {
	f.Fuzz(func(t *testing.T, currency string) {
		r, err := RoundingFor(currency)
		if err != nil {
			var input *InputError
			if r != (Rounding{}) || !errors.As(err, &input) || input.Field != "currency" || len(input.Value) > 64 {
				t.Fatalf("%q: %v, %#v", currency, r, err)
			}
			return
		}
		if len(currency) != 3 || r.Mode() != HalfUp || r.Scale() < 0 || r.Scale() > 4 {
			t.Fatalf("%q: %v", currency, r)
		}
		for _, form := range []string{strings.ToUpper(currency), strings.ToLower(currency)} {
			if again, err := RoundingFor(form); err != nil || again != r {
				t.Fatalf("%q is %v, and as %q %v, %v", currency, r, form, again, err)
			}
		}
	})
}
