package civil_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/civil"
)

// Package time is the reference, on every day of the calendar.
func TestDaysAreThoseOfPackageTime(t *testing.T) {
	want := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	for n := int32(1); n <= civil.MaxDay; n++ {
		year, month, day := civil.Split(n)
		wantYear, wantMonth, wantDay := want.Date()
		if year != wantYear || month != wantMonth || day != wantDay {
			t.Fatalf("day %d is %d-%d-%d, package time says %s", n, year, month, day, want.Format(time.DateOnly))
		}
		if got := civil.Day(year, month, day); got != n {
			t.Fatalf("%s is day %d, not %d", want.Format(time.DateOnly), got, n)
		}
		want = want.AddDate(0, 0, 1)
	}
	assert.Equal(t, 10000, want.Year(), "the calendar ends with the year 9999")
}

func TestDaysParseAsTheyAreWritten(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 6))
	for range 2000 {
		n := 1 + random.Int32N(civil.MaxDay)
		text := string(civil.Append(nil, n))
		got, reason := civil.Parse(text)
		require.Empty(t, reason, text)
		require.Equal(t, n, got, text)
		at, err := time.Parse(time.DateOnly, text)
		require.NoError(t, err)
		require.Equal(t, n, civil.DayOf(at, time.UTC), text)
	}
}

func TestNoDay(t *testing.T) {
	year, month, day := civil.Split(0)
	assert.Zero(t, year)
	assert.Zero(t, month)
	assert.Zero(t, day)
	for _, s := range []string{"", "2026-2-01", "2026/02/01", "2026-02/01", "2026-02-0x", "2026-02-30", "2100-02-29", "0000-01-01"} {
		n, reason := civil.Parse(s)
		assert.Zero(t, n, s)
		assert.NotEmpty(t, reason, s)
	}
}

func TestTheCalendarEndsWithItsYears(t *testing.T) {
	for _, d := range [][3]int{{0, 12, 31}, {10000, 1, 1}, {-1, 1, 1}, {2026, 0, 1}, {2026, 13, 1}, {2026, 1, 0}, {2026, 1, 32}} {
		assert.Zero(t, civil.Day(d[0], time.Month(d[1]), d[2]), d)
	}
	for _, c := range []struct {
		at   time.Time
		zone *time.Location
		want int32
	}{
		{time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), time.UTC, 1},
		{time.Date(0, 12, 31, 23, 59, 59, 0, time.UTC), time.UTC, 0},
		{time.Date(0, 12, 31, 23, 59, 59, 0, time.UTC), time.FixedZone("", 1), 1},
		{time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC), time.UTC, civil.MaxDay},
		{time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), time.UTC, 0},
		{time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), time.FixedZone("", -1), civil.MaxDay},
	} {
		assert.Equal(t, c.want, civil.DayOf(c.at, c.zone), c.at)
	}
}

func TestDaysBefore1970EndAtMidnight(t *testing.T) {
	day := civil.Day(1969, 12, 30)
	for _, of := range []time.Duration{0, 1, time.Second, 12 * time.Hour, 24*time.Hour - time.Second, 24*time.Hour - 1} {
		assert.Equal(t, day, civil.DayOf(time.Date(1969, 12, 30, 0, 0, 0, 0, time.UTC).Add(of), time.UTC), of)
	}
	assert.Equal(t, day+1, civil.DayOf(time.Date(1969, 12, 31, 0, 0, 0, 0, time.UTC), time.UTC))
}
