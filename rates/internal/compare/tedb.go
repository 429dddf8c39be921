package main

import (
	"encoding/xml"
	"fmt"
)

// readTEDB reads an answer of the web service of the TEDB, retrieveVatRates. Its rates
// have no last day, and their day is the one that was asked for: they are compared on
// that day alone. Rates of regions and of single goods (with a category or codes of the
// combined nomenclature) say nothing of a class of the country, unless they are reduced.
func readTEDB(text []byte, _ mapping) (list []foreign, err error) {
	var file struct {
		Results []struct {
			Country string `xml:"memberState"`
			Type    string `xml:"type"`
			Rate    struct {
				Type  string `xml:"type"`
				Value string `xml:"value"`
			} `xml:"rate"`
			On       string `xml:"situationOn"`
			Category string `xml:"category>identifier"`
		} `xml:"Body>retrieveVatRatesRespMsg>vatRateResults"`
	}
	if err := xml.Unmarshal(text, &file); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for i, r := range file.Results {
		if r.Category == "REGION" || r.Type == "STANDARD" && r.Category != "" || r.Rate.Value == "" {
			continue // exempted and not applicable have no value
		}
		f := foreign{line: fmt.Sprintf("vatRateResults %d (%s)", i+1, r.Country), country: r.Country, class: classCode(r.Rate.Type)}
		if r.Type == "STANDARD" {
			f.class = standard
		}
		f.loose = f.class != standard
		if f.from, err = dayOf(r.On); err != nil {
			return nil, fmt.Errorf("%s: %w", f.line, err)
		}
		if f.from.IsZero() {
			return nil, fmt.Errorf("%s: no day (situationOn)", f.line)
		}
		f.to = f.from.AddDays(1)
		if err = f.read(r.Rate.Value, false); err != nil {
			return nil, err
		}
		// Many goods have the same rate.
		if key := fmt.Sprint(f.place(), f.class, f.percent, f.from); !seen[key] {
			seen[key] = true
			list = append(list, f)
		}
	}
	return list, nil
}
