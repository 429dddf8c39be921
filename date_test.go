package tax

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"testing"
	"time"
	_ "time/tzdata" // the zones below must exist on a system without zone data

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sameDay asserts that a Date is the day package time says, in every form.
func sameDay(t *testing.T, want time.Time, got Date) {
	t.Helper()
	year, month, day := want.Date()
	if got.Year() != year || got.Month() != month || got.Day() != day {
		t.Fatalf("got %d-%d-%d, package time says %s", got.Year(), got.Month(), got.Day(), want.Format(time.DateOnly))
	}
	if got.String() != want.Format(time.DateOnly) {
		t.Fatalf("got %q, package time says %s", got, want.Format(time.DateOnly))
	}
}

func TestDateAgreesWithPackageTime(t *testing.T) {
	check := func(day time.Time) Date {
		t.Helper()
		d, err := NewDate(day.Date())
		require.NoError(t, err)
		sameDay(t, day, d)
		parsed, err := ParseDate(day.Format(time.DateOnly))
		require.NoError(t, err)
		if parsed != d {
			t.Fatalf("%s parses to another day than NewDate makes of its numbers", day)
		}
		return d
	}
	t.Run("every day from 1890 to 2110", func(t *testing.T) {
		first := time.Date(1890, 1, 1, 0, 0, 0, 0, time.UTC)
		start := check(first)
		for i, day := 0, first; day.Year() <= 2110; i, day = i+1, day.AddDate(0, 0, 1) {
			if d := check(day); d != start.AddDays(i) {
				t.Fatalf("%s is not %d days after %s", d, i, start)
			}
		}
	})
	t.Run("1600 days of the whole calendar", func(t *testing.T) {
		rng := rand.New(rand.NewPCG(1582, 1015))
		origin := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
		for range 1600 {
			check(origin.AddDate(0, 0, rng.IntN(3652059)))
		}
	})
	t.Run("the turn of every year", func(t *testing.T) {
		for year := 1; year <= 9999; year++ {
			first := check(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC))
			last := check(time.Date(year, 12, 31, 0, 0, 0, 0, time.UTC))
			days := time.Date(year, 12, 31, 0, 0, 0, 0, time.UTC).YearDay()
			require.Equal(t, last, first.AddDays(days-1))
			if year > 1 {
				require.Equal(t, MustDate(time.Date(year-1, 12, 31, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)), first.AddDays(-1))
			}
		}
	})
}

func TestDateKnowsTheLeapRules(t *testing.T) {
	for year, leap := range map[int]bool{
		4: true, 100: false, 400: true, 1896: true, 1900: false, 1999: false, 2000: true, 2023: false,
		2024: true, 2100: false, 2400: true, 9996: true, 9999: false,
	} {
		d, err := NewDate(year, time.February, 29)
		if !leap {
			assert.Error(t, err, year)
			assert.True(t, d.IsZero(), year)
			continue
		}
		require.NoError(t, err, year)
		assert.Equal(t, time.March, d.AddDays(1).Month(), year)
		assert.Equal(t, 1, d.AddDays(1).Day(), year)
	}
}

func TestTheCalendarHasTwoEnds(t *testing.T) {
	first, last := MustDate("0001-01-01"), MustDate("9999-12-31")
	assert.Equal(t, last, first.AddDays(3652058))
	assert.Equal(t, first, last.AddDays(-3652058))
	assert.Equal(t, MustDate("9999-12-30"), last.AddDays(-1))
	for _, beyond := range []Date{
		first.AddDays(-1), last.AddDays(1), first.AddDays(3652059), last.AddDays(-3652059),
		first.AddDays(math.MaxInt), first.AddDays(math.MinInt), last.AddDays(math.MaxInt), last.AddDays(math.MinInt),
		last.AddDays(math.MaxInt32), first.AddDays(math.MinInt32),
		Date{}.AddDays(0), Date{}.AddDays(1), Date{}.AddDays(math.MaxInt),
	} {
		assert.True(t, beyond.IsZero())
	}
}

func TestNewDateRefusesDaysThatDoNotExist(t *testing.T) {
	for _, c := range []struct {
		year  int
		month time.Month
		day   int
	}{
		{0, 1, 1}, {-1, 1, 1}, {10000, 1, 1}, {math.MaxInt, 1, 1}, {math.MinInt, 1, 1},
		{2026, 0, 1}, {2026, 13, 1}, {2026, -1, 1}, {2026, time.Month(math.MaxInt), 1},
		{2026, 1, 0}, {2026, 1, 32}, {2026, 1, -1}, {2026, 1, math.MaxInt},
		{2026, 2, 29}, {2026, 2, 30}, {2026, 4, 31}, {2026, 6, 31}, {2026, 9, 31}, {2026, 11, 31},
	} {
		d, err := NewDate(c.year, c.month, c.day)
		var input *InputError
		require.ErrorAs(t, err, &input, "%v", c)
		assert.ErrorIs(t, err, ErrInvalid)
		assert.Equal(t, "date", input.Field)
		assert.True(t, d.IsZero())
	}
}

func TestParseDateRefusesEveryOtherForm(t *testing.T) {
	for _, s := range []string{
		"", " ", "today", "2026", "2026-11", "20261121", "2026-1-2", "2026-11-1", "26-11-21", "02026-11-21",
		"2026/11/21", "2026.11.21", "2026-11/21", "21-11-2026", "11-21-2026", "2026-11-21 ", " 2026-11-21",
		"2026-11-21T00:00:00Z", "2026-11-21Z", "+026-11-21", "-026-11-21", "2026-+1-21", "2026--1-21",
		"2026-11-2١", "２０２６-11-21", "2026−11−21", "2026-11-21\x00", "2026\x0011-21", "2026-1a-21", "2026-11-:1",
		"0000-01-01", "2026-00-10", "2026-13-01", "2026-11-00", "2026-11-31", "2026-02-29", "10000-01-01", "1e10-01-01",
	} {
		d, err := ParseDate(s)
		var input *InputError
		if !errors.As(err, &input) {
			t.Errorf("%q: want an InputError, got day %q and error %v", s, d, err)
			continue
		}
		assert.True(t, d.IsZero(), "%q", s)
		assert.NotEmpty(t, input.Reason, "%q", s)
	}
}

func TestMustDatePanicsOnWhatParseDateRefuses(t *testing.T) {
	assert.Panics(t, func() { MustDate("2026-02-30") })
	assert.NotPanics(t, func() { MustDate("2026-02-28") })
}

func TestDatesCompareAsTheirTextsDo(t *testing.T) {
	days := []string{"", "0001-01-01", "0999-12-31", "1000-01-01", "1969-12-31", "1970-01-01", "2024-02-29", "2024-03-01", "2026-11-21", "9999-12-31"}
	for i, a := range days {
		for j, b := range days {
			var x, y Date
			require.NoError(t, x.UnmarshalText([]byte(a)))
			require.NoError(t, y.UnmarshalText([]byte(b)))
			want := 0
			switch {
			case i < j:
				want = -1
			case i > j:
				want = 1
			}
			assert.Equal(t, want, x.Compare(y), "%q %q", a, b)
			assert.Equal(t, want < 0, x.Before(y), "%q %q", a, b)
			assert.Equal(t, want > 0, x.After(y), "%q %q", a, b)
			assert.Equal(t, want == 0, x == y, "%q %q", a, b)
		}
	}
}

func TestDateRoundTripsThroughJSONAndText(t *testing.T) {
	type document struct {
		From Date
		Days map[Date]int
	}
	in := document{MustDate("2026-11-21"), map[Date]int{MustDate("0001-01-01"): 1, MustDate("9999-12-31"): 2}}
	text, err := json.Marshal(in)
	require.NoError(t, err)
	assert.JSONEq(t, `{"From":"2026-11-21","Days":{"0001-01-01":1,"9999-12-31":2}}`, string(text))
	var out document
	require.NoError(t, json.Unmarshal(text, &out))
	assert.Equal(t, in, out)

	zero, err := json.Marshal(Date{})
	require.NoError(t, err)
	assert.Equal(t, `""`, string(zero))
	day := MustDate("2026-11-21")
	require.NoError(t, json.Unmarshal(zero, &day))
	assert.True(t, day.IsZero())

	for _, bad := range []string{`"2026-02-30"`, `"0000-00-00"`, `20261121`, `{}`, `"null"`, `"2026-11-21T00:00:00Z"`} {
		day := MustDate("2026-11-21")
		assert.Error(t, json.Unmarshal([]byte(bad), &day), bad)
		assert.Equal(t, MustDate("2026-11-21"), day, "%s: a refused text must not change the day", bad)
	}
}

func TestTheZeroDateIsNoDay(t *testing.T) {
	var d Date
	assert.True(t, d.IsZero())
	assert.Empty(t, d.String())
	assert.Zero(t, d.Year())
	assert.Zero(t, d.Month())
	assert.Zero(t, d.Day())
	assert.False(t, MustDate("0001-01-01").IsZero())
}

func TestDateInAgreesWithPackageTime(t *testing.T) {
	names := []string{
		"UTC", "Europe/Berlin", "Europe/Dublin", "Europe/Lisbon", "Africa/Cairo", "Africa/Casablanca", "America/New_York",
		"America/St_Johns", "America/Sao_Paulo", "America/Santiago", "America/Scoresbysund", "Asia/Kolkata", "Asia/Kathmandu",
		"Asia/Tokyo", "Asia/Tehran", "Australia/Lord_Howe", "Australia/Adelaide", "Pacific/Apia", "Pacific/Kiritimati",
		"Pacific/Kwajalein", "Pacific/Chatham", "Pacific/Marquesas", "Asia/Pyongyang", "Antarctica/Troll", "Atlantic/Azores", "Europe/Moscow",
	}
	rng := rand.New(rand.NewPCG(1918, 4))
	for _, name := range names {
		zone := zoneOf(t, name)
		check := func(at time.Time) {
			t.Helper()
			d, err := DateIn(at, zone)
			require.NoError(t, err)
			sameDay(t, at.In(zone), d)
		}
		for range 500 {
			// From 1800, when local mean times with odd seconds were in use.
			at := time.Unix(rng.Int64N(400*31556952)-170*31556952, rng.Int64N(1e9))
			check(at)
			// The edges of the local day, as package time finds them.
			y, m, d := at.In(zone).Date()
			midnight := time.Date(y, m, d, 0, 0, 0, 0, zone)
			check(midnight)
			check(midnight.Add(-1))
			check(midnight.Add(1))
		}
	}
}

func TestDateInTakesNilAsUTC(t *testing.T) {
	d, err := DateIn(time.Date(2026, 11, 21, 23, 59, 59, 0, time.FixedZone("", -3600)), nil)
	require.NoError(t, err)
	assert.Equal(t, "2026-11-22", d.String())
}

func TestDateInRefusesInstantsOutsideTheCalendar(t *testing.T) {
	east, west := time.FixedZone("east", 14*3600), time.FixedZone("west", -12*3600)
	first := time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	last := time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC)
	for _, c := range []struct {
		name string
		at   time.Time
		zone *time.Location
		want string // "" for an error
	}{
		{"first instant", first, time.UTC, "0001-01-01"},
		{"the zero time", time.Time{}, nil, "0001-01-01"},
		{"before the first", first.Add(-1), time.UTC, ""},
		{"before the first, but not in the east", first.Add(-1), east, "0001-01-01"},
		{"first instant, but not in the west", first, west, ""},
		{"last instant", last, time.UTC, "9999-12-31"},
		{"after the last", last.Add(1), time.UTC, ""},
		{"after the last, but not in the west", last.Add(1), west, "9999-12-31"},
		{"last instant, but not in the east", last, east, ""},
		{"far future", time.Unix(math.MaxInt64, 0), time.UTC, ""},
		{"far future in the east", time.Unix(math.MaxInt64, 0), east, ""},
		{"far past", time.Unix(math.MinInt64, 0), time.UTC, ""},
		{"far past in the west", time.Unix(math.MinInt64, 0), west, ""},
		{"beyond UnixNano", time.Date(2300, 1, 1, 0, 0, 0, 0, time.UTC), time.UTC, "2300-01-01"},
	} {
		d, err := DateIn(c.at, c.zone)
		if c.want != "" {
			require.NoError(t, err, c.name)
			assert.Equal(t, c.want, d.String(), c.name)
			continue
		}
		var input *InputError
		if !errors.As(err, &input) {
			t.Errorf("%s: want an InputError, got %q and %v", c.name, d, err)
		}
		assert.True(t, d.IsZero(), c.name)
	}
}

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

func TestDatesAreMadeAndComparedWithoutAllocation(t *testing.T) {
	zone := zoneOf(t, "Europe/Berlin")
	at := time.Date(2026, 10, 25, 2, 30, 0, 0, time.UTC)
	other := MustDate("2026-10-26")
	sink := 0
	for name, f := range map[string]func(){
		"DateIn":    func() { d, _ := DateIn(at, zone); sink += int(d.n) },
		"Compare":   func() { d, _ := DateIn(at, nil); sink += d.Compare(other) },
		"ParseDate": func() { d, _ := ParseDate("2026-10-25"); sink += d.Day() },
		"AddDays":   func() { sink += int(other.AddDays(-1).n) },
	} {
		assert.Zero(t, testing.AllocsPerRun(100, f), name)
	}
	require.NotZero(t, sink)
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"2026-11-21", "2024-02-29", "2023-02-29", "0001-01-01", "0000-12-31", "9999-12-31", "10000-01-01", "2026-1-02", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDate(s)
		want, wantErr := time.Parse(time.DateOnly, s)
		if valid := wantErr == nil && want.Year() >= 1; valid != (err == nil) {
			t.Fatalf("%q: ParseDate says %v, package time says %v", s, err, wantErr)
		}
		if err != nil {
			assert.ErrorIs(t, err, ErrInvalid)
			assert.True(t, d.IsZero())
			return
		}
		assert.Equal(t, s, d.String())
		sameDay(t, want, d)
	})
}

// zoneOf loads a zone.
func zoneOf(t *testing.T, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	require.NoError(t, err)
	return zone
}
