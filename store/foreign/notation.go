package foreign

import (
	"regexp/syntax"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/exact"
)

// percentOf reads a percentage as people write it: 19, 19.0, 19,5 or 19 %. A fraction of 1
// is one without the sign.
func percentOf(text string, fraction bool) (decimal.Decimal, error) {
	given := text
	text = strings.ReplaceAll(text, "\u00a0", " ")
	text = strings.TrimSpace(strings.ReplaceAll(text, "\u202f", " "))
	text, sign := strings.CutSuffix(text, "%")
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return decimal.Decimal{}, refused("percent", given, "empty: write the percentage, or 0 if it is zero")
	case strings.Contains(text, ",") && strings.Contains(text, "."):
		return decimal.Decimal{}, refused("percent", given, "both a comma and a point: write only the one before the decimals")
	}
	text = strings.Replace(text, ",", ".", 1)
	if strings.Contains(text, ".") {
		text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".") // 19.0 is 19
	}
	percent, err := tax.Percent(text)
	if err != nil {
		return percent, err
	}
	if fraction && !sign {
		// The text, so that its limits are checked once more.
		return tax.Percent(exact.Format(percent.Shift(2)))
	}
	return percent, nil
}

// dayOf reads a day: 2007-01-01, also with midnight after it, or 01.01.2007. The zero Date
// is no day, and any day of the year 0.
func dayOf(text string) (tax.Date, error) {
	text = strings.TrimSpace(text)
	if text == "" || strings.HasPrefix(text, "0000-") {
		return tax.Date{}, nil
	}
	if strings.Contains(text, "/") {
		return tax.Date{}, refused("date", text, "not a date that can be told: day and month could be either way round, write 2006-01-02")
	}
	if parts := strings.Split(text, "."); len(parts) == 3 && len(parts[0]) <= 2 && len(parts[1]) <= 2 && len(parts[2]) == 4 {
		return tax.ParseDate(parts[2] + "-" + two(parts[1]) + "-" + two(parts[0]))
	}
	if len(text) > 10 && strings.IndexByte("T ", text[10]) >= 0 {
		if !midnight(text[11:]) {
			return tax.Date{}, refused("date", text, "not a day: it has something after it that is not midnight, write 2006-01-02")
		}
		text = text[:10]
	}
	return tax.ParseDate(text)
}

// midnight reports whether a text is that time of the day, in whatever zone.
func midnight(text string) bool {
	for _, layout := range []string{"15:04", "15:04:05", "15:04Z07:00", "15:04:05Z07:00"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.Hour()+at.Minute()+at.Second()+at.Nanosecond() == 0
		}
	}
	return false
}

func two(digits string) string {
	if len(digits) == 1 {
		return "0" + digits
	}
	return digits
}

// flagOf reads true or false, in the words of spreadsheets.
func flagOf(text string) (bool, error) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "", "false", "no", "0":
		return false, nil
	case "true", "yes", "1", "x":
		return true, nil
	}
	return false, refused("default", text, "not a yes or no: write true or false")
}

// postalCodesOf reads ranges of postal codes, with commas or semicolons between them.
func postalCodesOf(text string) (list []tax.PostalRange, err error) {
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' }) {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		r, err := tax.ParsePostalRange(part)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}

// maxCodes is the number of ranges that one regular expression may stand for.
const maxCodes = 256

// digit stands for any digit in an expanded regular expression.
const digit = '#'

// postalPattern returns the postal codes that a regular expression matches: of digits, or
// of letters and digits with free digits at the end.
func postalPattern(pattern string) ([]tax.PostalRange, error) {
	wrong := refused("postcode", pattern, "not a pattern of postal codes that can be read: use digits, [1-3], \\d{2} and |")
	if len(pattern) > 256 {
		return nil, wrong
	}
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil, wrong
	}
	texts, ok := expand(re)
	if !ok {
		return nil, wrong
	}
	var list []tax.PostalRange
	for _, text := range texts {
		from := strings.ReplaceAll(text, string(digit), "0")
		to := strings.ReplaceAll(text, string(digit), "9")
		if strings.ContainsRune(strings.TrimRight(text, string(digit)), digit) || from == "" {
			return nil, wrong
		}
		r, err := tax.ParsePostalRange(from)
		if from != to {
			r, err = tax.ParsePostalRange(from + "-" + to)
		}
		if err != nil {
			return nil, wrong
		}
		list = append(list, r)
	}
	return list, nil
}

// expand returns the texts that a regular expression matches, with [digit] for a free
// digit. Of a repetition it returns the shortest.
func expand(re *syntax.Regexp) (list []string, ok bool) {
	switch re.Op {
	case syntax.OpLiteral:
		return []string{string(re.Rune)}, true
	case syntax.OpEmptyMatch, syntax.OpBeginText, syntax.OpEndText, syntax.OpBeginLine, syntax.OpEndLine:
		return []string{""}, true
	case syntax.OpCapture:
		return expand(re.Sub[0])
	case syntax.OpCharClass:
		return expandClass(re.Rune)
	case syntax.OpPlus:
		return expand(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min < 1 || re.Min > 10 {
			return nil, false
		}
		list = []string{""}
		for range re.Min {
			if list, ok = joinAll(list, re.Sub[0]); !ok {
				return nil, false
			}
		}
		return list, true
	case syntax.OpConcat:
		list = []string{""}
		for _, sub := range re.Sub {
			if list, ok = joinAll(list, sub); !ok {
				return nil, false
			}
		}
		return list, true
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			some, ok := expand(sub)
			if list = append(list, some...); !ok || len(list) > maxCodes {
				return nil, false
			}
		}
		return list, true
	}
	return nil, false
}

// expandClass returns the characters of a class.
func expandClass(pairs []rune) (list []string, ok bool) {
	if len(pairs) == 2 && pairs[0] == '0' && pairs[1] == '9' {
		return []string{string(digit)}, true
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		for c := pairs[i]; c <= pairs[i+1]; c++ {
			if list = append(list, string(c)); len(list) > maxCodes {
				return nil, false
			}
		}
	}
	return list, true
}

// joinAll returns every text followed by each one that an expression matches.
func joinAll(texts []string, re *syntax.Regexp) (list []string, ok bool) {
	after, ok := expand(re)
	if !ok || len(texts)*len(after) > maxCodes {
		return nil, false
	}
	for _, a := range texts {
		for _, b := range after {
			list = append(list, a+b)
		}
	}
	return list, true
}
