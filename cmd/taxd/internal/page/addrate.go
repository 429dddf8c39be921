package page

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/taxresolve/tax"
)

// addRateData is the data of the form for a new rate.
type addRateData struct {
	Location tax.Location
	Name     text
	Form     string
	Fields   []field
	Faults   []fault
}

// addRateForm asks for a rate from a day on.
func (s *site) addRateForm(ctx context.Context, r *request) (view, error) {
	l, err := r.location()
	if err != nil {
		return view{}, err
	}
	return s.rateForm(ctx, r, l, map[string]string{"effect": "replace"}, nil)
}

func (s *site) rateForm(ctx context.Context, r *request, l tax.Location, values map[string]string, faults []fault) (view, error) {
	codes, err := s.classCodes(ctx, r, l)
	if err != nil {
		return view{}, err
	}
	d := addRateData{Location: l, Name: r.nameOf(tax.Configuration{Location: l}), Form: r.session.form, Faults: faults}
	if country, err := r.resolver.Country(ctx, l.Country); err == nil && l.Region != "" {
		d.Name = r.placeName(country, l)
	}
	hint := "a code of your own is a new class"
	if len(codes) > 0 {
		hint = "one of " + strings.Join(codes, ", ") + ", or a code of your own for a new class"
	}
	d.Fields = append(d.Fields, field{Name: "class", Label: "Class", Kind: "text", Required: true, Hint: hint})
	for _, f := range rateFields {
		if slices.Contains([]string{"from", "percent", "treatment", "effect", "components"}, f.Name) {
			d.Fields = append(d.Fields, f)
		}
	}
	d.Fields[1].Required, d.Fields[1].Hint = true, "the first day of the rate"
	for i := range d.Fields {
		d.Fields[i].Value = values[d.Fields[i].Name]
		for _, f := range faults {
			if f.Field == d.Fields[i].Name {
				d.Fields[i].Fault = strings.TrimPrefix(d.Fields[i].Fault+"; "+f.Text, "; ")
			}
		}
	}
	v := view{template: "rate", title: "Add a rate in " + l.String(), data: d}
	if len(faults) > 0 {
		v.status = http.StatusUnprocessableEntity
	}
	return v, nil
}

// classCodes returns the codes of the classes at a place.
func (s *site) classCodes(ctx context.Context, r *request, l tax.Location) ([]string, error) {
	p, err := r.resolver.Place(ctx, tax.Lookup{Country: l.Country, Region: l.Region, Date: lastDay})
	if isTemporary(err) {
		return nil, err
	}
	var codes []string
	for _, a := range p.Classes() {
		codes = append(codes, isolated(a.Class()))
	}
	return codes, nil
}

// addRate shows what a new rate changes before it is saved.
func (s *site) addRate(_ http.ResponseWriter, r *request) (view, error) {
	ctx := r.Context()
	l, err := r.location()
	if err != nil {
		return view{}, err
	}
	values := map[string]string{}
	for _, name := range []string{"class", "from", "percent", "treatment", "effect", "components"} {
		values[name] = strings.ReplaceAll(r.PostForm.Get(name), "\r\n", "\n")
	}
	p := parser{values: values}
	class := p.one("class")
	entry := p.rate(class)
	if class == "" {
		p.wrong("class", "missing", "missing: write the code of a class")
	}
	if entry.From.IsZero() && p.one("from") == "" {
		p.wrong("from", "missing", "missing: write the first day of the rate")
	}
	c, err := s.stored(ctx, r, l)
	if err != nil {
		return view{}, err
	}
	if len(p.faults) == 0 {
		if err := s.insert(ctx, r, &c, class, entry); errors.Is(err, tax.ErrExists) {
			p.wrong("from", "duplicate", "there is an entry from that day: edit it instead")
		} else if err != nil {
			return view{}, err
		}
	}
	if len(p.faults) > 0 {
		return s.rateForm(ctx, r, l, values, p.faults)
	}
	return s.preview(ctx, r, draftOf(c), c)
}

// insert puts an entry into the timeline of a class. In a region that has only inherited the
// class so far, the days before the entry stay as they are in the place around it.
func (s *site) insert(ctx context.Context, r *request, c *tax.Configuration, code string, entry tax.Rate) error {
	i := slices.IndexFunc(c.Classes, func(k tax.Class) bool { return k.Code == code })
	if i < 0 {
		inherits, err := s.inherits(ctx, r, c.Location, code)
		if err != nil {
			return err
		}
		class := tax.Class{Code: code, Rates: []tax.Rate{entry}}
		if inherits {
			class.Rates = append(class.Rates, tax.Rate{Effect: tax.Inherit})
		}
		c.Classes = append(c.Classes, class)
		return nil
	}
	list := &c.Classes[i].Rates
	at, taken := slices.BinarySearchFunc(*list, entry.From, func(k tax.Rate, day tax.Date) int { return day.Compare(k.From) })
	if taken {
		return tax.ErrExists
	}
	*list = slices.Insert(*list, at, entry)
	return nil
}

// inherits reports whether a region has a class without listing it.
func (s *site) inherits(ctx context.Context, r *request, l tax.Location, code string) (bool, error) {
	if l.Region == "" {
		return false, nil
	}
	documents, err := s.Store.Configurations(ctx, tax.Key{Tenant: r.session.tenant, Country: l.Country})
	if err != nil {
		return false, err
	}
	around := false
	for _, d := range documents {
		for _, k := range d.Classes {
			if k.Code == code && d.Location == l {
				return false, nil
			}
			around = around || k.Code == code
		}
	}
	return around, nil
}
