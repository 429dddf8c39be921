package tax

import (
	"cmp"
	"strconv"
	"time"

	"github.com/taxresolve/tax/internal/civil"
)

// Date is a civil day from 0001-01-01 to 9999-12-31 of the Gregorian calendar,
// without a time or a time zone. The zero Date is no day; each place that takes or
// returns a Date says what it stands for there. Dates can be compared with ==.
type Date struct {
	// n is the number of the day, as package civil counts days; 0 is no day.
	n int32
}

// NewDate returns the day with the given year, month and day of the month. A day
// that the calendar does not have (30 February, month 13, year 0) is an
// [InputError].
func NewDate(year int, month time.Month, day int) (Date, error) {
	n := civil.Day(year, month, day)
	if n == 0 {
		text := strconv.Itoa(year) + "-" + strconv.Itoa(int(month)) + "-" + strconv.Itoa(day)
		return Date{}, inputError("date", text, civil.NoSuchDay)
	}
	return Date{n}, nil
}

// ParseDate reads a day in the form 2006-01-02. Any other text, and a day that the
// calendar does not have, is an [InputError].
func ParseDate(s string) (Date, error) {
	n, reason := civil.Parse(s)
	if reason != "" {
		return Date{}, inputError("date", s, reason)
	}
	return Date{n}, nil
}

// MustDate is [ParseDate] for package-level variables: it panics if there is an
// error.
func MustDate(s string) Date {
	d, err := ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// DateIn returns the civil day of an instant in a time zone; nil means UTC. An
// instant outside the years 1 to 9999 in that zone is an [InputError].
func DateIn(t time.Time, zone *time.Location) (Date, error) {
	if zone == nil {
		zone = time.UTC
	}
	n := civil.DayOf(t, zone)
	if n == 0 {
		return Date{}, inputError("date", t.In(zone).Format(time.RFC3339), "outside 0001-01-01 to 9999-12-31")
	}
	return Date{n}, nil
}

// Year returns the year, 1 to 9999; 0 for the zero Date.
func (d Date) Year() int {
	year, _, _ := civil.Split(d.n)
	return year
}

// Month returns the month, January to December; 0 for the zero Date.
func (d Date) Month() time.Month {
	_, month, _ := civil.Split(d.n)
	return month
}

// Day returns the day of the month, 1 to 31; 0 for the zero Date.
func (d Date) Day() int {
	_, _, day := civil.Split(d.n)
	return day
}

// IsZero reports whether d is the zero Date, which is no day.
func (d Date) IsZero() bool { return d.n == 0 }

// Compare returns -1, 0 or +1 if d is before, equal to or after e. The zero Date
// is before every day.
func (d Date) Compare(e Date) int { return cmp.Compare(d.n, e.n) }

// Before reports whether d is an earlier day than e.
func (d Date) Before(e Date) bool { return d.n < e.n }

// After reports whether d is a later day than e.
func (d Date) After(e Date) bool { return d.n > e.n }

// AddDays returns the day that is the given number of days after d, or before it
// if the number is negative. It returns the zero Date if that is outside the years
// 1 to 9999, or if d is zero.
func (d Date) AddDays(days int) Date {
	if d.n == 0 || days > civil.MaxDay || days < -civil.MaxDay {
		return Date{}
	}
	n := int(d.n) + days
	if n < 1 || n > civil.MaxDay {
		return Date{}
	}
	return Date{int32(n)}
}

// String returns the day in the form 2006-01-02; "" for the zero Date.
func (d Date) String() string {
	if d.n == 0 {
		return ""
	}
	return string(civil.Append(make([]byte, 0, 10), d.n))
}

// MarshalText returns the day in the form 2006-01-02; an empty text for the zero
// Date.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads a day as [ParseDate] does. An empty text is the zero Date.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	parsed, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// dayOf returns the current day in a time zone; the zero Date if the clock is
// outside the calendar.
func dayOf(today *civil.Today) Date { return Date{today.Day()} }

// dayOr returns the text of a day; otherwise for the zero Date.
func dayOr(d Date, otherwise string) string {
	if d.IsZero() {
		return otherwise
	}
	return d.String()
}
