package main

import (
	"fmt"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
)

// foreign is a rate of the other data set.
type foreign struct {
	line                        string // where it is written, for errors
	country, region, postalCode string
	class                       string // as it is called there; STANDARD for the standard rate
	loose                       bool   // the class has a name of the other set, so that any class here with the percentage is the same
	percent                     decimal.Decimal
	from, to                    tax.Date // to is exclusive; zero days are not known
}

// standard is the code of the class of the standard rate.
const standard = "STANDARD"

// classCode returns the code of a class that the other set calls name.
func classCode(name string) string {
	if code := strings.ToUpper(strings.TrimSpace(name)); code != "" && code != "DEFAULT" {
		return code
	}
	return standard
}

// percentOf reads a percentage, or a fraction of one.
func percentOf(text string, fraction bool) (decimal.Decimal, error) {
	text = strings.TrimSuffix(strings.TrimSpace(text), "%")
	text = strings.TrimSpace(text)
	if strings.Contains(text, ".") {
		text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".") // 19.0 prints as 19
	}
	percent, err := tax.Percent(text)
	if err == nil && fraction {
		percent = percent.Shift(2)
	}
	return percent, err
}

// dayOf reads a day: the first ten bytes of a text that may have a time after it.
func dayOf(text string) (tax.Date, error) {
	if text = strings.TrimSpace(text); text == "" || strings.HasPrefix(text, "0000-") {
		return tax.Date{}, nil
	}
	if len(text) > 10 && strings.IndexByte("T+Z ", text[10]) >= 0 {
		text = text[:10]
	}
	return tax.ParseDate(text)
}

// read sets the percentage, and checks the rate.
func (f *foreign) read(percent string, fraction bool) (err error) {
	if f.percent, err = percentOf(percent, fraction); err != nil {
		return fmt.Errorf("%s: %w", f.line, err)
	}
	return f.check()
}

// check completes the codes of a rate, and refuses a place or days that do not exist.
func (f *foreign) check() error {
	l, err := tax.ParseLocation(f.country, f.region)
	if err != nil {
		return fmt.Errorf("%s: %w", f.line, err)
	}
	f.country, f.region = l.Country, l.Region
	if !f.to.IsZero() && !f.from.Before(f.to) {
		return fmt.Errorf("%s: ends on %s, which is not after its first day", f.line, f.to)
	}
	return nil
}

// place returns the place of a rate in one word.
func (f *foreign) place() string {
	text := tax.Location{Country: f.country, Region: f.region}.String()
	if f.postalCode != "" {
		text += " " + f.postalCode
	}
	return text
}
