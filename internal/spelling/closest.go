// Package spelling finds the code that was probably meant by one that does not exist.
package spelling

import "strings"

// Closest returns the code that word was probably meant to be: the only one that differs
// in nothing but case or, if there is none, the only one that is fewest typing errors
// away. A typing error is a letter that is missing, added or replaced, or two letters
// that changed places, in any case. A word of 6 bytes or more may have two of them, a
// shorter one has one. If there is no such code or more than one, Closest returns "": a
// wrong hint is worse than none.
//
// codes may be in any order, and word is not among them. Words of more than 64 bytes and
// more than 1000 codes are not compared.
func Closest(word string, codes func(yield func(string) bool)) string {
	if word == "" || len(word) > maxLength {
		return ""
	}
	allowed := 1
	if len(word) >= 6 {
		allowed = 2
	}
	best, least, tied, read := "", allowed+1, false, 0
	for code := range codes {
		if read++; read > maxCodes {
			return ""
		}
		d := allowed + 1
		if strings.EqualFold(word, code) {
			d = 0
		} else if len(code) <= maxLength && abs(len(code)-len(word)) <= allowed && allowed < len(word) {
			d = max(1, distance(strings.ToLower(word), strings.ToLower(code)))
		}
		switch {
		case d < least:
			best, least, tied = code, d, false
		case d == least && d <= allowed && code != best:
			tied = true
		}
	}
	if tied {
		return ""
	}
	return best
}

const (
	maxLength = 64
	maxCodes  = 1000
)

// distance returns the number of typing errors between two texts of at most maxLength
// bytes.
func distance(a, b string) int {
	var rows [3][2*maxLength + 1]int // lower case can have more bytes
	before, last, row := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			replaced := last[j-1]
			if a[i-1] != b[j-1] {
				replaced++
			}
			row[j] = min(last[j]+1, row[j-1]+1, replaced)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

func abs(n int) int { return max(n, -n) }
