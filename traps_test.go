package tax

import (
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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

func TestTrapLongDigitStrings(t *testing.T) {
	long := strings.Repeat("9", 1<<20)
	for _, s := range []string{long, "0." + long, long + "." + long} {
		// What an error keeps is cut; the megabyte itself is never copied.
		assert.LessOrEqual(t, testing.AllocsPerRun(10, func() { _, _ = Percent(s) }), 5.0)
		_, err := Percent(s)
		assert.Less(t, len(err.Error()), 250)
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

// Languages. What a hostile tag costs is in locale_test.go.

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
