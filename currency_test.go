package tax

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// currencyLines returns testdata/currencies.txt: what is said of every code.
func currencyLines(t *testing.T) map[string]string {
	t.Helper()
	b, err := os.ReadFile("testdata/currencies.txt")
	require.NoError(t, err)
	said := map[string]string{}
	for line := range strings.Lines(string(b)) {
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(line, "#") {
			continue
		}
		for _, code := range fields[1:] {
			require.NotContains(t, said, code, "twice")
			said[code] = fields[0]
		}
	}
	return said
}

func TestRoundingForIsTheMinorUnitOfISO4217(t *testing.T) {
	said := currencyLines(t)
	assert.Len(t, said, currencyCount, "codes of the table that testdata/currencies.txt lacks")
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
				assert.Equal(t, Rounding{Mode: HalfUp, Scale: int32(decimals)}, got, form)
				continue
			}
			assert.ErrorIs(t, err, ErrInvalid, form)
			assert.ErrorContains(t, err, "pass a Rounding", form)
			assert.Zero(t, got, form)
		}
	}
}

// Those that a guess or another table gets wrong. Unicode CLDR, for one, gives
// the decimals that are usual in print.
func TestRoundingForOfUncommonMinorUnits(t *testing.T) {
	for code, want := range map[string]int32{
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
		assert.Equal(t, Rounding{Scale: want}, got, code)
	}
}

func TestTheCurrentCodesAreAllOfISO4217(t *testing.T) {
	// As many, by minor unit, as in List One of 2026-09-17.
	want := map[string]int{"0": 17, "2": 139, "3": 7, "4": 2, "": 13}
	got := map[string]int{}
	said := currencyLines(t)
	withdrawn := 0
	for _, row := range codes(t, "currencies.csv") {
		assert.Contains(t, said, row[0])
		if row[3] == "current" {
			got[row[2]]++
		} else {
			withdrawn++
		}
	}
	assert.Equal(t, want, got)
	assert.Equal(t, currencyCount, 17+139+7+2+13+withdrawn)
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
		require.Equal(t, known, minorUnit(code) != 0, code)
	}
}

func TestRoundingForDoesNotAllocate(t *testing.T) {
	var sink int32
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		for _, currency := range [...]string{"EUR", "eur", "ADP", "ZWR", "JPY", "KWD", "uyw"} {
			r, _ := RoundingFor(currency)
			sink += r.Scale
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
		if len(currency) != 3 || r.Mode != HalfUp || r.Scale < 0 || r.Scale > 4 {
			t.Fatalf("%q: %v", currency, r)
		}
		for _, form := range []string{strings.ToUpper(currency), strings.ToLower(currency)} {
			if again, err := RoundingFor(form); err != nil || again != r {
				t.Fatalf("%q is %v, and as %q %v, %v", currency, r, form, again, err)
			}
		}
	})
}
