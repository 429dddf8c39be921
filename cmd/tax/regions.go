package main

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/taxresolve/tax"
)

// regionList is what --json has of the regions of a country.
type regionList struct {
	Country         string       `json:"country"`
	Name            string       `json:"name"`
	NeedsRegion     tax.Need     `json:"needsRegion"`
	NeedsPostalCode tax.Need     `json:"needsPostalCode"`
	Regions         []tax.Region `json:"regions"`
}

func (s *session) regionsCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "regions COUNTRY",
		Short:             "The regions of a country that have a configuration",
		Long:              "regions lists the regions of a country that have a configuration, by their names, and says\nwhether a question needs the region or the postal code of an address.",
		Example:           "  tax regions ES --lang es",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: s.completePlaceAndClass,
		RunE:              func(c *cobra.Command, args []string) error { return s.regions(c, args[0]) },
	}
}

func (s *session) regions(c *cobra.Command, code string) error {
	r, err := s.resolver(c.Context())
	if err != nil {
		return err
	}
	country, err := r.Country(c.Context(), code)
	if err != nil {
		return err
	}
	list := regionList{country.Code(), s.countryName(country), country.NeedsRegion(), country.NeedsPostalCode(), country.Regions(s.answersIn)}
	if s.json {
		if list.Regions == nil {
			list.Regions = []tax.Region{}
		}
		return s.printJSON(list, "  ")
	}
	fmt.Fprintf(s.out, "%s, %s: region %s, postal code %s\n",
		list.Country, printable(list.Name), needWords[list.NeedsRegion], needWords[list.NeedsPostalCode])
	if len(list.Regions) == 0 {
		return nil
	}
	rows := make([][]string, len(list.Regions))
	for i, region := range list.Regions {
		rows[i] = []string{region.Location.String(), region.Name}
	}
	return s.printTable([]string{"region", "name"}, rows)
}

var needWords = map[tax.Need]string{
	tax.NotNeeded:       "not needed",
	tax.SometimesNeeded: "needed for some addresses",
	tax.AlwaysNeeded:    "always needed",
}
