package tax

import (
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/taxresolve/tax/internal/exact"
)

// Each test here holds one trap of a dependency or of the standard library
// shut. Where our guard relies on how the dependency behaves, the test shows
// the behaviour too: when that part fails after an update, look at the guard
// again, and then change the test.

// The decimal library.

func TestTrapHugeExponents(t *testing.T) {
	for _, s := range []string{"1e10000000", "1e1000000000", "1e-1000000000", "0e1000000000", "1E5000000"} {
		_, err := Percent(s)
		assert.ErrorIs(t, err, ErrInvalid, s)
		_, err = Fraction(s)
		assert.ErrorIs(t, err, ErrInvalid, s)
		// Up to v1.4.0 the library accepted them, and no scanner tells.
		_, err = decimal.NewFromString(s)
		assert.Error(t, err, s)
	}
}

func TestTrapExponentsThatArithmeticDoesNotCheck(t *testing.T) {
	require.EqualValues(t, 1e8, decimal.New(1, 1e8).Exponent(), "New limits exponents now")
	r := resolutionOf(t, Rate{Percent: MustPercent("1000")})
	// An answer fed back as the next price must end in an error, never in a
	// panic or a stall.
	promptly(t, "prices that grow", func() {
		price := decimal.New(9, 20)
		for range 1000 {
			a, err := r.FromNet(price, Rounding{})
			if err != nil {
				assert.ErrorIs(t, err, ErrInvalid)
				return
			}
			price = a.Gross()
		}
		assert.Fail(t, "a price of a thousand digits was accepted")
	})
}

func TestTrapLongDigitStrings(t *testing.T) {
	long := strings.Repeat("9", 1<<20)
	for _, s := range []string{long, "0." + long, long + "." + long} {
		// What an error keeps is cut; the megabyte itself is never copied.
		assert.LessOrEqual(t, testing.AllocsPerRun(10, func() { _, _ = Percent(s) }), 5.0)
		_, err := Percent(s)
		assert.Less(t, len(err.Error()), 250)
	}
}

func TestTrapSilentLossOfPrecision(t *testing.T) {
	requireDecimal(t, "0", decimal.New(1, -17).Div(decimal.New(1, 0)), "Div keeps small quotients now")
	a, err := resolutionOf(t, Rate{Percent: MustPercent("0.000000000001")}).FromNet(decimal.New(100, 0), Rounding{Scale: 12})
	require.NoError(t, err)
	requireDecimal(t, "0.000000000001", a.Tax())
	// 100 / 1.19 * 1.19 is 100.000000000000000047 with Div.
	a, err = resolutionOf(t, Rate{Percent: MustPercent("19")}).FromGross(decimal.New(100, 0), Rounding{Scale: 12})
	require.NoError(t, err)
	requireDecimal(t, "84.033613445378", a.Net())
	requireDecimal(t, "100", a.Net().Add(a.Tax()))
}

func TestTrapDoubleRounding(t *testing.T) {
	price := decimal.New(999999999999999999, -20) // 0.00999999999999999999
	if decimal.DivisionPrecision == 16 {
		requireDecimal(t, "0.01", price.Mul(decimal.New(50, 0)).Div(decimal.New(100, 0)).Round(2), "Div and Round round once now")
	}
	a, err := resolutionOf(t, Rate{Percent: MustPercent("50")}).FromNet(price, Rounding{Scale: 2})
	require.NoError(t, err)
	requireDecimal(t, "0", a.Tax(), "half of it is less than half a cent")
	a, err = resolutionOf(t, Rate{Percent: MustPercent("100")}).FromGross(price, Rounding{Scale: 2})
	require.NoError(t, err)
	requireDecimal(t, "0", a.Tax())
}

func TestTrapEqualDecimalsThatAreNotIdentical(t *testing.T) {
	a, b := decimal.New(10, -1), decimal.New(10, -1)
	require.True(t, a.Equal(b))
	require.Len(t, map[decimal.Decimal]bool{a: true, b: true}, 2, "equal decimals are one map key now")
	// Ours compares by value: components 9.50 + 9.5 are a rate of 19.
	c := validCountry()
	c.Classes[2].Rates[1] = Rate{Percent: MustPercent("19"), Components: []Component{
		{Code: "A", Percent: MustPercent("9.50")}, {Code: "B", Percent: MustPercent("9.5")},
	}}
	assert.Empty(t, c.Validate().Errors)
	// The zero value is the number 0, although it is not identical to it.
	c.Classes[1].Rates[0].Percent = decimal.New(0, 0)
	assert.Empty(t, c.Validate().Errors)
}

func TestTrapDivisionByZero(t *testing.T) {
	for _, s := range []string{"0", "0+0", "0+0+c0"} {
		r := resolutionOf(t, rateOf(t, s))
		for _, from := range []func(decimal.Decimal, Rounding) (Amounts, error){r.FromNet, r.FromGross} {
			a, err := from(decimal.Decimal{}, Rounding{})
			require.NoError(t, err, s)
			requireDecimal(t, "0", a.Tax(), s)
		}
	}
}

func TestTrapNumbersTheDecimalLibraryAccepts(t *testing.T) {
	for _, s := range []string{"\u22125", ".5", "5.", "00012", "+1", "1e1"} {
		_, err := decimal.NewFromString(s)
		require.NoError(t, err, "%q: the library refuses it now", s)
		_, err = Percent(s)
		assert.ErrorIs(t, err, ErrInvalid, "%q", s)
	}
}

func TestTrapAmountsBeyondInt64(t *testing.T) {
	require.Negative(t, decimal.New(1, 19).IntPart(), "IntPart does not wrap now")
	amount, thousandths := int64(92233720368547), int64(190000)
	require.Negative(t, amount*thousandths, "int64 does not wrap now")
	a, err := resolutionOf(t, Rate{Percent: MustPercent("19.0000")}).FromNet(decimal.New(amount, 0), Rounding{Scale: 2})
	require.NoError(t, err)
	requireDecimal(t, "17524406870023.93", a.Tax())
	r := resolutionOf(t, Rate{Percent: MustPercent("100")})
	for _, n := range []int64{math.MaxInt64, math.MinInt64, math.MaxInt64 - 1, math.MinInt64 + 1} {
		a, err := r.FromNet(decimal.New(n, 0), Rounding{})
		require.NoError(t, err)
		double := new(big.Int).Lsh(big.NewInt(n), 1)
		requireDecimal(t, double.String(), a.Gross())
	}
}

func TestTrapRoundingOfNegativeHalves(t *testing.T) {
	requireDecimal(t, "-3", decimal.New(-25, -1).Round(0), "Round is not half away from zero now")
	require.Equal(t, -3, -7/2, "integer division truncates toward zero")
	r := resolutionOf(t, Rate{Percent: MustPercent("50")})
	for n, want := range map[int64]string{5: "3", -5: "-3", 3: "2", -3: "-2", 1: "1", -1: "-1", 7: "4", -7: "-4"} {
		a, err := r.FromNet(decimal.New(n, 0), Rounding{})
		require.NoError(t, err)
		requireDecimal(t, want, a.Tax(), n)
	}
	a, err := resolutionOf(t, Rate{Percent: MustPercent("40")}).FromNet(decimal.New(-1, 0), Rounding{})
	require.NoError(t, err)
	assert.Equal(t, "0", exact.Format(a.Tax()), "no minus before nothing")
}

// Languages. What a hostile tag costs is in locale_test.go.

func TestTrapUnderscoresEscapeTheGuardOfTheParser(t *testing.T) {
	parse := func(n int) time.Duration {
		tag := "en_" + strings.Repeat("t_aa_", n)
		best := time.Duration(math.MaxInt64)
		for range 5 {
			start := time.Now()
			_, _ = language.Parse(tag)
			best = min(best, time.Since(start))
		}
		return best
	}
	// Four times the length takes about sixteen times as long.
	assert.Greater(t, parse(3200), 6*parse(800), "x/text no longer takes quadratic time on underscores")
	for _, tag := range []string{"en_US", "en_t_aa", "t_aa_t_aa"} {
		_, err := NewPreferences(tag)
		assert.ErrorIs(t, err, ErrInvalid, tag)
	}
}

func TestTrapTheMatcherAnswersAnyLanguage(t *testing.T) {
	supported := []language.Tag{language.German, language.English, language.French, language.BrazilianPortuguese, language.TraditionalChinese, language.MustParse("sr-Latn")}
	text := inLanguages(t, "de", "en", "fr", "pt-BR", "zh-Hant", "sr-Latn")
	for asked, wrong := range map[string]int{"ja": 0, "nl": 0, "uk": 0, "hr": 0, "lb": 0, "gsw": 0, "i-klingon": 1, "zh-CN": 4, "sr": 5} {
		_, index, _ := language.NewMatcher(supported).Match(language.MustParse(asked))
		require.Equal(t, wrong, index, "the matcher answers %s otherwise now", asked)
		assert.Equal(t, Match{}, text.In(MustPreferences(asked)), asked)
	}
	// The order of the matcher can beat the preference.
	assert.Equal(t, "en", inLanguages(t, "ms", "en").In(MustPreferences("en-SG")).Language)
}

func TestTrapTheMatcherReturnsATagOfItsOwn(t *testing.T) {
	tag, _, _ := language.NewMatcher([]language.Tag{language.German}).Match(language.MustParse("de-AT"))
	require.NotEqual(t, "de", tag.String(), "the matcher returns a supported tag now")
	assert.Equal(t, "de", inLanguages(t, "de").In(MustPreferences("de-AT")).Language)
}

func TestTrapTheEmptyMatcherPanics(t *testing.T) {
	assert.NotPanics(t, func() {
		assert.Equal(t, Match{}, LocalizedText{}.In(MustPreferences("de", "en")))
		assert.Equal(t, Match{}, LocalizedText{}.In(Preferences{}))
	})
}

func TestTrapOneBadElementVoidsTheHeader(t *testing.T) {
	tags, _, err := language.ParseAcceptLanguage("de,garbage!!,en")
	require.Error(t, err)
	require.Empty(t, tags)
	p, err := ParseAcceptLanguage("de,garbage!!,en")
	assert.Equal(t, []string{"de", "en"}, p.Tags())
	var input *InputError
	require.ErrorAs(t, err, &input)
	assert.Equal(t, "garbage!!", input.Value)
}

func TestTrapWeightsThatAreNone(t *testing.T) {
	for _, header := range []string{"de;q=2", "de;q=NaN"} {
		tags, _, err := language.ParseAcceptLanguage(header)
		require.NoError(t, err, "x/text refuses %s now", header)
		require.Len(t, tags, 1)
		p, err := ParseAcceptLanguage(header)
		assert.ErrorIs(t, err, ErrInvalid)
		assert.True(t, p.IsZero())
	}
}

func TestTrapAnyLanguageIsALanguage(t *testing.T) {
	tags, _, err := language.ParseAcceptLanguage("*")
	require.NoError(t, err)
	require.Equal(t, "mul", tags[0].String(), "x/text reads * otherwise now")
	p, err := ParseAcceptLanguage("*")
	require.NoError(t, err)
	assert.Empty(t, p.Tags())
	assert.True(t, p.All())
	assert.Equal(t, Match{}, inLanguages(t, "mul", "de").In(p))
}

func TestTrapTagsThatPartlyParse(t *testing.T) {
	tag, err := language.Parse("en_US.UTF-8")
	require.Error(t, err)
	require.Equal(t, "en", tag.String(), "x/text no longer returns a tag beside an error")
	for _, s := range []string{"en_US.UTF-8", "C", "POSIX", "!!", "*", "en;q=NaN", "de;q=2", "no-bokmal", "xx-YY"} {
		p, err := NewPreferences(s)
		assert.ErrorIs(t, err, ErrInvalid, s)
		assert.Equal(t, Preferences{}, p, s)
	}
}

func TestTrapALanguageIsNoCountry(t *testing.T) {
	// Regions of tags are rewritten and -u-rg- is anybody's text: no language
	// reaches a lookup.
	assert.Equal(t, "de-GB", inLanguages(t, "de-UK").All()[0].Language)
	for _, s := range []string{"de-AT", "de-u-rg-atzzzz", "de-UK", "de_DE"} {
		_, err := ParseLocation(s, "")
		assert.ErrorIs(t, err, ErrUnknownCountry, s)
	}
}

// Days.

func TestTrapADayWithoutMidnight(t *testing.T) {
	cairo := zoneOf(t, "Africa/Cairo")
	midnight := time.Date(2026, 4, 24, 0, 0, 0, 0, cairo)
	require.Equal(t, 1, midnight.Hour(), "the day begins at one o'clock")
	for at, want := range map[time.Time]string{midnight.Add(-1): "2026-04-23", midnight: "2026-04-24", midnight.Add(23*time.Hour - 1): "2026-04-24", midnight.Add(23 * time.Hour): "2026-04-25"} {
		d, err := DateIn(at, cairo)
		require.NoError(t, err)
		assert.Equal(t, want, d.String())
	}
}

func TestTrapAnHourThatComesTwice(t *testing.T) {
	berlin := zoneOf(t, "Europe/Berlin")
	begin := time.Date(2026, 10, 25, 0, 0, 0, 0, berlin)
	for hours, want := range map[int]string{-1: "2026-10-24", 0: "2026-10-25", 2: "2026-10-25", 3: "2026-10-25", 24: "2026-10-25", 25: "2026-10-26"} {
		d, err := DateIn(begin.Add(time.Duration(hours)*time.Hour), berlin)
		require.NoError(t, err)
		assert.Equal(t, want, d.String(), "%d hours after midnight", hours)
	}
}

func TestTrapOneInstantIsThreeDays(t *testing.T) {
	at := time.Date(2026, 11, 21, 10, 30, 0, 0, time.UTC)
	for zone, want := range map[string]string{"Pacific/Pago_Pago": "2026-11-20", "Europe/Berlin": "2026-11-21", "Pacific/Kiritimati": "2026-11-22"} {
		d, err := DateIn(at, zoneOf(t, zone))
		require.NoError(t, err)
		assert.Equal(t, want, d.String(), zone)
	}
}

func TestTrapInstantsBefore1970AndBeyondNanoseconds(t *testing.T) {
	for at, want := range map[time.Time]string{
		time.Unix(-1, 0): "1969-12-31", time.Unix(0, 0): "1970-01-01", time.Unix(-86400, 0): "1969-12-31", time.Unix(-86401, 999999999): "1969-12-30",
		time.Date(2263, 1, 1, 0, 0, 0, 0, time.UTC): "2263-01-01", time.Date(1600, 2, 29, 0, 0, 0, 0, time.UTC): "1600-02-29",
	} {
		d, err := DateIn(at, time.UTC)
		require.NoError(t, err)
		assert.Equal(t, want, d.String())
	}
}

func TestTrapTimesThatAreEqualButNotIdentical(t *testing.T) {
	d := MustDate("2026-11-21")
	text, err := d.MarshalText()
	require.NoError(t, err)
	var again Date
	require.NoError(t, again.UnmarshalText(text))
	assert.True(t, d == again)
	assert.Equal(t, 1, map[Date]int{d: 1}[again])
	// Stepping is by days: there is no month that could overflow.
	assert.Equal(t, "2026-03-03", MustDate("2026-01-31").AddDays(31).String())
}
