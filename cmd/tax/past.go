package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/cmd/tax/internal/lint"
	"github.com/taxresolve/tax/rates"
	"github.com/taxresolve/tax/store"
)

// before returns what a side answered, for all days until today.
func (s *session) before(ctx context.Context, name string, alone bool) (*lint.History, error) {
	was, err := s.side(ctx, name, alone)
	if err != nil {
		return nil, err
	}
	states := []lint.State{{From: tax.MustDate("0001-01-01"), Source: was.source}}
	return &lint.History{Countries: was.countries, States: func(context.Context, string) ([]lint.State, error) { return states, nil }}, nil
}

// storeHistory returns what a store answered on each day, as far as it keeps its history.
func (s *session) storeHistory(ctx context.Context, h store.Historian, file string, current []tax.Location, alone bool) (*lint.History, error) {
	locations := map[string][]tax.Location{}
	add := func(l tax.Location) {
		if !slices.Contains(locations[l.Country], l) {
			locations[l.Country] = append(locations[l.Country], l)
		}
	}
	for _, l := range current {
		add(tax.Location{Country: l.Country})
		add(l)
	}
	// A document that was deleted is in no list. Asking for each region of the world would
	// take too long, so those of a country are asked for if it has, or had, a document.
	for _, country := range rates.Countries() {
		l := tax.Location{Country: country}
		if versions, err := h.Versions(ctx, s.tenant, l); err != nil && !errors.Is(err, store.ErrRemoved) {
			return nil, err
		} else if len(versions) > 0 {
			add(l)
		}
	}
	history := lint.History{File: file, Tenant: s.tenant}
	for country := range locations {
		history.Countries = append(history.Countries, country)
	}
	slices.Sort(history.Countries)
	history.States = func(ctx context.Context, country string) ([]lint.State, error) {
		set, err := rates.World().Configurations(ctx, tax.Key{Country: country})
		if err != nil {
			return nil, err
		}
		for _, c := range set {
			add(c.Location)
		}
		return s.states(ctx, h, locations[country], alone)
	}
	return &history, nil
}

// states returns what the documents of locations answered, from day to day. A day on which
// something was written counts as answered by what was there at its end, in UTC.
func (s *session) states(ctx context.Context, h store.Historian, locations []tax.Location, alone bool) ([]lint.State, error) {
	var all []store.Version
	days := []tax.Date{tax.MustDate("0001-01-01")}
	known := days[0] // what was there before this day was removed
	for _, l := range locations {
		versions, err := h.Versions(ctx, s.tenant, l)
		if err != nil && !errors.Is(err, store.ErrRemoved) {
			return nil, err
		}
		for i, v := range versions {
			for _, at := range []time.Time{v.From, v.Until} {
				day, err := tax.DateIn(at, nil)
				if at.IsZero() || err != nil {
					continue
				}
				days = append(days, day)
				if at == v.From && i == len(versions)-1 && v.Configuration.Metadata.Version > 1 && day.After(known) {
					known = day
				}
			}
		}
		all = append(all, versions...)
	}
	slices.SortFunc(days, tax.Date.Compare)
	var states []lint.State
	for _, day := range slices.Compact(days) {
		state := lint.State{From: day}
		if !day.Before(known) {
			state.Source = inForce(all, day, alone)
		}
		states = append(states, state)
	}
	return states, nil
}

// inForce answers from the versions that were in force at the end of a day.
func inForce(versions []store.Version, day tax.Date, alone bool) tax.Source {
	next := time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 0, 0, time.UTC)
	var set []tax.Configuration
	for _, v := range versions {
		if v.From.Before(next) && (v.Until.IsZero() || !v.Until.Before(next)) {
			set = append(set, v.Configuration)
		}
	}
	own := tax.SourceFunc(func(context.Context, tax.Key) ([]tax.Configuration, error) { return slices.Clone(set), nil })
	if alone {
		return own
	}
	return tax.Overlay(rates.World(), own)
}
