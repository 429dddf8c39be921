package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"
	"github.com/taxresolve/tax"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// countryRow is a country as --json has it: with the rate of its default class, or the code
// of the error that says why it has none.
type countryRow struct {
	Code            string   `json:"code"`
	Name            string   `json:"name"`
	Class           string   `json:"class,omitempty"`
	Percent         string   `json:"percent,omitempty"`
	Tax             string   `json:"tax,omitempty"`
	Missing         string   `json:"missing,omitempty"`
	NeedsRegion     tax.Need `json:"needsRegion"`
	NeedsPostalCode tax.Need `json:"needsPostalCode"`

	shown string
}

func (s *session) countriesCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "countries",
		Short: "All countries, with the rates of their default classes",
		Long: `countries lists all countries, in the order of their codes, with the rate of the default
class on the day. Where there is none it says why: no_rate is never 0 %.`,
		Example: "  tax countries --lang de",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return s.countries(c.Context()) },
	}
}

func (s *session) countries(ctx context.Context) error {
	b, err := s.backing(ctx)
	if err != nil {
		return err
	}
	r, err := s.resolverOf(b.source)
	if err != nil {
		return err
	}
	codes, err := b.countries(ctx, s.tenant)
	if err != nil {
		return err
	}
	list := make([]countryRow, 0, len(codes))
	for _, code := range codes {
		row, err := s.countryRow(ctx, r, code)
		if err != nil {
			return err
		}
		list = append(list, row)
	}
	if s.json {
		return s.printJSON(list, "  ")
	}
	rows := make([][]string, len(list))
	for i, row := range list {
		rows[i] = []string{row.Code, row.shown, row.Tax, row.Name, regionNeeds[row.NeedsRegion]}
	}
	return s.printTable([]string{"country", "rate", "tax", "name", "region"}, rows)
}

var regionNeeds = map[tax.Need]string{tax.SometimesNeeded: "for some addresses", tax.AlwaysNeeded: "needed"}

func (s *session) countryRow(ctx context.Context, r *tax.Resolver, code string) (countryRow, error) {
	country, err := r.Country(ctx, code)
	var refused *tax.LookupError
	if err != nil && !(errors.As(err, &refused) && errors.Is(err, tax.ErrInvalid)) {
		return countryRow{}, err
	}
	row := countryRow{Code: code, Name: s.countryName(country), NeedsRegion: country.NeedsRegion(), NeedsPostalCode: country.NeedsPostalCode()}
	day, err := s.date()
	if err != nil {
		return row, err
	}
	found, err := r.Lookup(ctx, tax.Lookup{Country: code, Date: day})
	switch {
	case err == nil:
		a := s.rate(found)
		row.Class, row.Percent, row.Tax, row.shown = a.Class, a.Percent, a.TaxName, a.percentage()
	case errors.As(err, &refused) && !errors.Is(err, tax.ErrUnavailable):
		row.Missing, row.shown = refused.Code(), refused.Code()
	default:
		return row, err
	}
	return row, nil
}

// countryName returns the name that the configuration has, or else the one of CLDR, in a
// language of --lang that has one, or in English.
func (s *session) countryName(c tax.Country) string {
	if name := c.Name(s.answersIn); name != c.Code() {
		return name
	}
	region, err := language.ParseRegion(c.Code())
	if err != nil {
		return c.Code()
	}
	for _, tag := range append(s.answersIn.Tags(), "en") {
		names := display.Regions(language.Make(tag))
		if names == nil {
			continue
		}
		if name := names.Name(region); name != "" {
			return name
		}
	}
	return c.Code()
}
