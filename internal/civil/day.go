// Package civil counts civil days, loads time zones, and follows the time for
// lookups that cannot afford to read a clock.
package civil

import "time"

// MaxDay is the number of the last day, 9999-12-31. Days of the Gregorian calendar
// are numbered from 1, which is 0001-01-01. Numbers make it cheap to compare days and
// to step through them, and leave 0 free to mean no day.
const MaxDay = 3652059

const unixDay = 719163 // 1970-01-01

// NoSuchDay is the reason for refusing a day that the calendar does not have.
const NoSuchDay = "no such day: use 0001-01-01 to 9999-12-31"

// Day returns the number of a day; 0 if the calendar has no such day.
func Day(year int, month time.Month, day int) int32 {
	if year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return 0
	}
	return int32(daysBefore(year, month) + day)
}

// Parse reads a day in the form 2006-01-02. For any other text, reason says why it is
// refused.
func Parse(s string) (n int32, reason string) {
	const form = "write the day as YYYY-MM-DD"
	if len(s) != len("2006-01-02") || s[4] != '-' || s[7] != '-' {
		return 0, form
	}
	year, ok1 := digits(s[:4])
	month, ok2 := digits(s[5:7])
	day, ok3 := digits(s[8:])
	if !ok1 || !ok2 || !ok3 {
		return 0, form
	}
	if n = Day(year, time.Month(month), day); n == 0 {
		return 0, NoSuchDay
	}
	return n, ""
}

// digits reads up to four digits.
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

// DayOf returns the number of the civil day of an instant in a zone; 0 if that day is
// not in the years 1 to 9999.
func DayOf(t time.Time, zone *time.Location) int32 {
	// Counting from the Unix day needs no calendar, which keeps "today" cheap.
	_, offset := t.In(zone).Zone()
	seconds := t.Unix() + int64(offset)
	day := seconds / 86400
	if seconds%86400 < 0 {
		day--
	}
	day += unixDay
	if day < 1 || day > MaxDay {
		return 0
	}
	return int32(day)
}

// Split returns the year, month and day of a number; zeros for no day.
//
// It splits the number by the cycles of the Gregorian calendar: 400 years have 146,097
// days, 100 years 36,524 and 4 years 1,461. The last part of a cycle may be a day
// longer than the others, hence the two caps at 3.
func Split(number int32) (year int, month time.Month, day int) {
	if number == 0 {
		return 0, 0, 0
	}
	n := int(number) - 1
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

// Append writes a day in the form that Parse reads.
func Append(b []byte, number int32) []byte {
	year, month, day := Split(number)
	return append(b,
		byte('0'+year/1000), byte('0'+year/100%10), byte('0'+year/10%10), byte('0'+year%10), '-',
		byte('0'+month/10), byte('0'+month%10), '-',
		byte('0'+day/10), byte('0'+day%10))
}

// daysBefore returns the number of days from 0001-01-01 up to the first of the month,
// without that one.
func daysBefore(year int, month time.Month) int {
	y := year - 1
	n := 365*y + y/4 - y/100 + y/400
	for m := time.January; m < month; m++ {
		n += daysIn(year, m)
	}
	return n
}

// daysIn returns the number of days in a month.
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
