package tax

import (
	"cmp"
	"strconv"
	"time"
)

// Date is a civil day from 0001-01-01 to 9999-12-31, without time or zone. The
// zero Date is no day; what that means is said where a Date is used. Dates are
// comparable with ==.
type Date struct {
	// n counts days, 1 for 0001-01-01. Counting makes comparing and stepping
	// cheap and leaves the zero value free to mean no day.
	n int32
}

const (
	unixDay = 719163  // 1970-01-01
	maxDay  = 3652059 // 9999-12-31
)

// NewDate returns the day with these numbers. A day that the calendar does not
// have (30 February, month 13, year 0) is an [InputError].
func NewDate(year int, month time.Month, day int) (Date, error) {
	if year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		text := strconv.Itoa(year) + "-" + strconv.Itoa(int(month)) + "-" + strconv.Itoa(day)
		return Date{}, inputError("date", text, "no such day: use 0001-01-01 to 9999-12-31")
	}
	return Date{int32(daysBefore(year, month) + day)}, nil
}

// ParseDate reads a day in the form 2006-01-02 and nothing else: an error is
// an [InputError].
func ParseDate(s string) (Date, error) {
	if len(s) != len("2006-01-02") || s[4] != '-' || s[7] != '-' {
		return Date{}, inputError("date", s, "write the day as YYYY-MM-DD")
	}
	year, ok1 := digits(s[:4])
	month, ok2 := digits(s[5:7])
	day, ok3 := digits(s[8:])
	if !ok1 || !ok2 || !ok3 {
		return Date{}, inputError("date", s, "write the day as YYYY-MM-DD")
	}
	d, err := NewDate(year, time.Month(month), day)
	if err != nil {
		return Date{}, inputError("date", s, "no such day: use 0001-01-01 to 9999-12-31")
	}
	return d, nil
}

// MustDate is [ParseDate] for package-level variables: it panics on an error.
func MustDate(s string) Date {
	d, err := ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// DateIn returns the civil day of an instant in a zone; nil means UTC. An
// instant outside the years 1 to 9999 of that zone is an [InputError].
func DateIn(t time.Time, zone *time.Location) (Date, error) {
	if zone == nil {
		zone = time.UTC
	}
	// Counting from the Unix day needs no calendar, which keeps "today" cheap.
	_, offset := t.In(zone).Zone()
	seconds := t.Unix() + int64(offset)
	day := seconds / 86400
	if seconds%86400 < 0 {
		day--
	}
	day += unixDay
	if day < 1 || day > maxDay {
		return Date{}, inputError("date", t.In(zone).Format(time.RFC3339), "outside 0001-01-01 to 9999-12-31")
	}
	return Date{int32(day)}, nil
}

// Year returns the year, 1 to 9999; 0 for the zero Date.
func (d Date) Year() int {
	year, _, _ := d.civil()
	return year
}

// Month returns the month of the year; 0 for the zero Date.
func (d Date) Month() time.Month {
	_, month, _ := d.civil()
	return month
}

// Day returns the day of the month; 0 for the zero Date.
func (d Date) Day() int {
	_, _, day := d.civil()
	return day
}

// IsZero reports whether d is no day.
func (d Date) IsZero() bool { return d.n == 0 }

// Compare returns -1, 0 or +1 as d is before, equal to or after e. No day is
// before every day.
func (d Date) Compare(e Date) int { return cmp.Compare(d.n, e.n) }

// Before reports whether d is an earlier day than e.
func (d Date) Before(e Date) bool { return d.n < e.n }

// After reports whether d is a later day than e.
func (d Date) After(e Date) bool { return d.n > e.n }

// AddDays returns the day that many days later, or earlier for a negative
// number. Beyond the calendar, and for the zero Date, it returns the zero Date.
func (d Date) AddDays(days int) Date {
	if d.n == 0 || days > maxDay || days < -maxDay {
		return Date{}
	}
	n := int(d.n) + days
	if n < 1 || n > maxDay {
		return Date{}
	}
	return Date{int32(n)}
}

// String returns the day as 2006-01-02; "" for the zero Date.
func (d Date) String() string {
	if d.n == 0 {
		return ""
	}
	return string(d.append(make([]byte, 0, 10)))
}

// MarshalText returns the day as 2006-01-02; nothing for the zero Date.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText writes: see [ParseDate]. Empty text is
// the zero Date.
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

func (d Date) append(b []byte) []byte {
	year, month, day := d.civil()
	return append(b,
		byte('0'+year/1000), byte('0'+year/100%10), byte('0'+year/10%10), byte('0'+year%10), '-',
		byte('0'+month/10), byte('0'+month%10), '-',
		byte('0'+day/10), byte('0'+day%10))
}

// civil splits the day count by the Gregorian cycles: 400 years have 146,097
// days, 100 have 36,524, 4 have 1,461. The last year of a cycle is the longer
// one, hence the two caps at 3.
func (d Date) civil() (year int, month time.Month, day int) {
	if d.n == 0 {
		return 0, 0, 0
	}
	n := int(d.n) - 1
	year = 400*(n/146097) + 1
	n %= 146097
	c := min(n/36524, 3)
	n -= 36524 * c
	q := n / 1461
	n %= 1461
	y := min(n/365, 3)
	n -= 365 * y
	year += 100*c + 4*q + y
	month = time.January
	for n >= daysIn(year, month) {
		n -= daysIn(year, month)
		month++
	}
	return year, month, n + 1
}

// daysBefore counts the days from 0001-01-01 to the first of the month,
// exclusive.
func daysBefore(year int, month time.Month) int {
	y := year - 1
	n := 365*y + y/4 - y/100 + y/400
	for m := time.January; m < month; m++ {
		n += daysIn(year, m)
	}
	return n
}

func daysIn(year int, month time.Month) int {
	switch month {
	case time.February:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case time.April, time.June, time.September, time.November:
		return 30
	}
	return 31
}

func digits(s string) (n int, ok bool) {
	for i := range len(s) {
		c := s[i] - '0'
		if c > 9 {
			return 0, false
		}
		n = 10*n + int(c)
	}
	return n, true
}

func dayOr(d Date, otherwise string) string {
	if d.IsZero() {
		return otherwise
	}
	return d.String()
}
