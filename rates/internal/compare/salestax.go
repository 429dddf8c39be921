package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/taxresolve/tax"
)

// period is a rate of node-sales-tax. The rate of a state is added to that of its
// country.
type period struct {
	Type   string            `json:"type"`
	Rate   json.Number       `json:"rate"`
	States map[string]period `json:"states"`
	Before map[string]period `json:"before"`
}

// readSalesTax reads the JSON file of valeriansaliou/node-sales-tax. Its rates are
// fractions; an older rate has the instant at which it ended, two hours before midnight
// UTC. Where a country has states and no tax of its own, it has no rate to compare.
func readSalesTax(text []byte, _ mapping) (list []foreign, err error) {
	var file map[string]period
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, err
	}
	for _, code := range slices.Sorted(maps.Keys(file)) {
		country := file[code]
		own, err := periods(foreign{line: code, country: code, class: standard}, country)
		if err != nil {
			return nil, err
		}
		if len(country.States) == 0 || country.Type != "none" {
			list = append(list, own...)
		}
		for _, region := range slices.Sorted(maps.Keys(country.States)) {
			state := country.States[region]
			f := own[0]
			f.line, f.region = code+"-"+region, region
			part, negative := strings.CutPrefix(state.Rate.String(), "-")
			percent, err := percentOf(part, true)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", f.line, err)
			}
			if negative {
				percent = percent.Neg()
			}
			f.percent = f.percent.Add(percent)
			if err := f.check(); err != nil {
				return nil, err
			}
			list = append(list, f)
		}
	}
	return list, nil
}

// periods returns the rates of a country, newest first.
func periods(f foreign, now period) (list []foreign, err error) {
	ends := slices.Sorted(maps.Keys(now.Before))
	starts := map[string]tax.Date{}
	for _, end := range ends {
		at, err := time.Parse(time.RFC3339, end)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.line, err)
		}
		if starts[end], err = tax.DateIn(at.Add(2*time.Hour), time.UTC); err != nil {
			return nil, fmt.Errorf("%s: %w", f.line, err)
		}
	}
	rate := now.Rate
	for _, end := range slices.Backward(ends) {
		f.from = starts[end]
		if err := f.read(rate.String(), true); err != nil {
			return nil, err
		}
		list = append(list, f)
		rate, f.to = now.Before[end].Rate, f.from
	}
	f.from = tax.Date{}
	if err := f.read(rate.String(), true); err != nil {
		return nil, err
	}
	return append(list, f), nil
}
