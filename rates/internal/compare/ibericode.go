package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/taxresolve/tax"
)

// readIbericode reads the JSON file of ibericode/vat-rates: the periods of each country,
// newest first, with exceptions for the postal codes that a regular expression matches.
// One postal code stands for each exception.
func readIbericode(text []byte, _ mapping) (list []foreign, err error) {
	var file struct {
		Items map[string][]struct {
			From       string                 `json:"effective_from"`
			Rates      map[string]json.Number `json:"rates"`
			Exceptions []struct {
				Name     string      `json:"name"`
				Postcode string      `json:"postcode"`
				Standard json.Number `json:"standard"`
			} `json:"exceptions"`
		} `json:"items"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, err
	}
	for _, country := range slices.Sorted(maps.Keys(file.Items)) {
		var to tax.Date
		for _, period := range file.Items[country] {
			f := foreign{line: country + " " + period.From, country: country, to: to}
			if f.from, err = dayOf(period.From); err != nil {
				return nil, fmt.Errorf("%s: %w", f.line, err)
			}
			to = f.from
			for _, class := range slices.Sorted(maps.Keys(period.Rates)) {
				f.class = classCode(class)
				f.loose = f.class != standard
				if err = f.read(period.Rates[class].String(), false); err != nil {
					return nil, err
				}
				list = append(list, f)
			}
			f.class, f.loose = standard, false
			for _, e := range period.Exceptions {
				f.line = country + " " + e.Name
				if f.postalCode, err = example(e.Postcode); err != nil {
					return nil, fmt.Errorf("%s: %w", f.line, err)
				}
				if err = f.read(e.Standard.String(), false); err != nil {
					return nil, err
				}
				list = append(list, f)
			}
		}
	}
	return list, nil
}

// read sets the percentage, and checks the rate.
func (f *foreign) read(percent string, fraction bool) (err error) {
	if f.percent, err = percentOf(percent, fraction); err != nil {
		return fmt.Errorf("%s: %w", f.line, err)
	}
	return f.check()
}

// example returns a text that a regular expression matches.
func example(pattern string) (string, error) {
	re, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return "", err
	}
	return exampleOf(re)
}

func exampleOf(re *syntax.Regexp) (text string, err error) {
	switch re.Op {
	case syntax.OpLiteral:
		return string(re.Rune), nil
	case syntax.OpCharClass:
		return string(re.Rune[0]), nil
	case syntax.OpCapture, syntax.OpAlternate:
		return exampleOf(re.Sub[0])
	case syntax.OpPlus:
		return exampleOf(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 16 {
			break
		}
		text, err = exampleOf(re.Sub[0])
		return strings.Repeat(text, re.Min), err
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			part, err := exampleOf(sub)
			if err != nil {
				return "", err
			}
			text += part
		}
		return text, nil
	case syntax.OpBeginText, syntax.OpEndText, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpStar, syntax.OpQuest, syntax.OpEmptyMatch:
		return "", nil
	}
	return "", fmt.Errorf("cannot make a postal code of %s", re)
}
