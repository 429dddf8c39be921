package compare

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/taxresolve/tax"
)

// Row is a change of the answers for a class, with all places of the country at which it is
// the same.
type Row struct {
	Country string         `json:"country"`
	Class   string         `json:"class"` // "" for the question which class is the default
	Places  []tax.Location `json:"places"`
	Change
}

// Addresses is a difference in what leads to a place: its postal codes, say.
type Addresses struct {
	Location tax.Location    `json:"location"`
	Field    string          `json:"field"` // as in a document
	Before   json.RawMessage `json:"before,omitempty"`
	After    json.RawMessage `json:"after,omitempty"`
}

// Country returns which answers of a country differ between two sources, by class and day, and
// which addresses may lead elsewhere. Both sources are asked for the tenant "".
func Country(ctx context.Context, before, after tax.Source, country string) ([]Row, []Addresses, error) {
	key := tax.Key{Country: country}
	was, err := before.Configurations(ctx, key)
	if err != nil {
		return nil, nil, err
	}
	is, err := after.Configurations(ctx, key)
	if err != nil {
		return nil, nil, err
	}
	old, err := tax.NewResolver(before, nil)
	if err != nil {
		return nil, nil, err
	}
	defer old.Close()
	now, err := tax.NewResolver(after, nil)
	if err != nil {
		return nil, nil, err
	}
	defer now.Close()
	days, places := Days(was, is), Locations(was, is)
	var rows []Row
	for _, class := range append([]string{""}, Classes(was, is)...) {
		var of []Row
		for _, place := range places {
			l := tax.Lookup{Country: place.Country, Region: place.Region, Class: class}
			changes, err := Changes(ctx, old, now, l, days)
			if err != nil {
				return nil, nil, err
			}
			of = add(of, country, class, place, changes)
		}
		slices.SortStableFunc(of, func(a, b Row) int { return a.From.Compare(b.From) })
		rows = append(rows, of...)
	}
	addresses, err := addresses(was, is, places)
	return rows, addresses, err
}

// add adds the changes of a place to the rows of those that are the same elsewhere.
func add(rows []Row, country, class string, place tax.Location, changes []Change) []Row {
	for _, c := range changes {
		same := slices.IndexFunc(rows, func(r Row) bool { return r.Change == c })
		if same < 0 {
			rows, same = append(rows, Row{country, class, nil, c}), len(rows)
		}
		rows[same].Places = append(rows[same].Places, place)
	}
	return rows
}

// leading are the fields of a document that say which addresses lead to a place.
var leading = []string{"postalCodes", "sharedPostalCodes", "regionAliases", "elsewhere", "regions", "within", "exclusive"}

func addresses(was, is []tax.Configuration, places []tax.Location) ([]Addresses, error) {
	var list []Addresses
	for _, place := range places {
		a, err := fields(was, place)
		if err != nil {
			return nil, err
		}
		b, err := fields(is, place)
		if err != nil {
			return nil, err
		}
		for _, name := range leading {
			if string(a[name]) != string(b[name]) {
				list = append(list, Addresses{place, name, a[name], b[name]})
			}
		}
	}
	return list, nil
}

// fields returns the document of a place by its fields; none if there is no document.
func fields(set []tax.Configuration, place tax.Location) (map[string]json.RawMessage, error) {
	i := slices.IndexFunc(set, func(c tax.Configuration) bool { return c.Location == place })
	if i < 0 {
		return nil, nil
	}
	text, err := set[i].MarshalJSON()
	if err != nil {
		return nil, err
	}
	var m map[string]json.RawMessage
	return m, json.Unmarshal(text, &m)
}
