package emporix

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/exact"
	"github.com/taxresolve/tax/internal/strictjson"
)

// renderer writes the configurations of one answer.
type renderer struct {
	writer
	calendar
	store  tax.Store
	tenant string
	// in are the languages of the request. If they are all languages, texts are
	// written as maps.
	in tax.Preferences
	// defaultLanguage is that of the tenant.
	defaultLanguage string
	// resolver finds the rates of regions. It is made for the first region.
	resolver *tax.Resolver
	// room is enough for the usual configuration, without an allocation of its own.
	room [512]byte
}

// renderer returns a renderer for the languages of a header. A bad header is no reason
// to refuse the request, so errors are ignored.
func (s *Service) renderer(tenant, acceptLanguage string) *renderer {
	languages := s.languagesOf(tenant)
	in, _ := languages.ParseAcceptLanguage(acceptLanguage)
	r := &renderer{calendar: s.calendar(), store: s.store, tenant: tenant, in: in, defaultLanguage: languages.Default()}
	r.writer = writer{strictjson.NewBuilder(r.room[:0])}
	return r
}

func (r *renderer) end() {
	if r.resolver != nil {
		r.resolver.Close()
	}
}

// configuration writes a configuration with the classes that have a rate on the
// day.
func (r *renderer) configuration(ctx context.Context, c tax.Configuration) error {
	rate, err := r.rates(ctx, c)
	if err != nil {
		return err
	}
	r.Open('{')
	r.text("locationCode", c.Location.String())
	r.object("location")
	r.text("countryCode", c.Location.Country)
	r.text("region", c.Location.Region)
	r.Close('}')
	r.list("taxClasses")
	classes, byOrder := c.Classes, func(a, b tax.Class) int { return cmp.Compare(orderOf(a), orderOf(b)) }
	if !slices.IsSortedFunc(classes, byOrder) { // seldom: they are not copied otherwise
		classes = slices.Clone(classes)
		slices.SortStableFunc(classes, byOrder)
	}
	for i := range classes {
		if percent, ok := rate(&classes[i]); ok {
			r.class(&classes[i], percent)
		}
	}
	r.Close(']')
	r.object("metadata")
	r.raw("version", strconv.FormatInt(c.Metadata.Version, 10))
	r.instant("createdAt", c.Metadata.Created)
	r.instant("modifiedAt", c.Metadata.Modified)
	r.Close('}')
	r.Close('}')
	return nil
}

// orderOf returns the order of a class; 0 if it has none.
func orderOf(c tax.Class) int {
	if c.Order == nil {
		return 0
	}
	return *c.Order
}

func (r *renderer) class(c *tax.Class, percent decimal.Decimal) {
	r.Open('{')
	r.text("code", c.Code)
	r.name(c)
	r.localized("description", c.Description)
	if c.Order != nil {
		r.raw("order", strconv.Itoa(*c.Order))
	}
	r.number("rate", percent)
	if c.Default {
		r.raw("isDefault", "true")
	}
	r.Close('}')
}

// name writes the name of a class, which is required in an answer: if there is none in
// the languages of the request, another translation, and at last the code.
func (r *renderer) name(c *tax.Class) {
	translations := c.Name.All()
	switch {
	case len(translations) == 0 && r.in.All():
		r.object("name")
		r.text(r.defaultLanguage, c.Code)
		r.Close('}')
	case len(translations) == 0:
		r.text("name", c.Code)
	case r.in.All():
		r.localized("name", c.Name)
	default:
		r.text("name", cmp.Or(c.Name.In(r.in).Text, translations[0].Text))
	}
}

// localized writes all translations or the best one. Without any, it leaves the
// field out.
func (r *renderer) localized(name string, l tax.LocalizedText) {
	if !r.in.All() {
		r.text(name, l.In(r.in).Text)
		return
	}
	if l.IsZero() {
		return
	}
	r.object(name)
	for _, t := range l.All() {
		r.text(t.Language, t.Text)
	}
	r.Close('}')
}

// instant writes a time in UTC with milliseconds.
func (r *renderer) instant(name string, t time.Time) {
	if t.IsZero() {
		return
	}
	t = t.UTC()
	year, month, day := t.Date()
	if year < 0 || year > 9999 { // no store has it
		r.text(name, t.Format("2006-01-02T15:04:05.000Z"))
		return
	}
	hour, minute, second := t.Clock()
	milli := t.Nanosecond() / int(time.Millisecond)
	// time.Format takes twice as long, which was a tenth of the work for a document.
	text := [...]byte{
		byte('0' + year/1000), byte('0' + year/100%10), byte('0' + year/10%10), byte('0' + year%10), '-',
		byte('0' + month/10), byte('0' + month%10), '-', byte('0' + day/10), byte('0' + day%10), 'T',
		byte('0' + hour/10), byte('0' + hour%10), ':', byte('0' + minute/10), byte('0' + minute%10), ':',
		byte('0' + second/10), byte('0' + second%10), '.',
		byte('0' + milli/100), byte('0' + milli/10%10), byte('0' + milli%10), 'Z',
	}
	r.text(name, string(text[:]))
}

// rates returns a function that finds the rate of a class. In a country, that
// is the rate of its own entries; in a region, its entries are combined with
// the rates of the country.
func (r *renderer) rates(ctx context.Context, c tax.Configuration) (func(*tax.Class) (decimal.Decimal, bool), error) {
	if c.Location.Region != "" {
		return r.regionRates(ctx, c.Location)
	}
	day, err := r.at(c.TimeZone)
	if err != nil {
		return nil, err
	}
	return func(class *tax.Class) (decimal.Decimal, bool) { return rateOn(class.Rates, day) }, nil
}

func (r *renderer) regionRates(ctx context.Context, l tax.Location) (func(*tax.Class) (decimal.Decimal, bool), error) {
	if r.resolver == nil {
		resolver, err := tax.NewResolver(tax.SourceFunc(r.store.Configurations), &tax.Options{
			Clock: func() time.Time { return r.now },
		})
		if err != nil {
			return nil, err
		}
		r.resolver = resolver
	}
	place, err := r.resolver.Tenant(r.tenant).Place(ctx, tax.Lookup{Country: l.Country, Region: l.Region, Date: r.day})
	if errors.Is(err, tax.ErrUnavailable) {
		return nil, err
	}
	return func(class *tax.Class) (decimal.Decimal, bool) {
		if place.Location() != l { // a failed lookup has no place either
			return decimal.Decimal{}, false
		}
		rate, err := place.Rate(class.Code)
		return rate.Percent(), err == nil
	}, nil
}

// rateOn returns the rate of a class of a country, if it has one on the day.
func rateOn(rates []tax.Rate, day tax.Date) (percent decimal.Decimal, ok bool) {
	i := inForce(rates, day)
	if i == len(rates) || rates[i].Effect != tax.Replace || !exact.Within(rates[i].Percent) {
		return percent, false // a store should not hold such a percentage, but it may
	}
	if rates[i].Treatment == tax.Taxable {
		percent = rates[i].Percent
	}
	return percent, true
}

// inForce returns the index of the entry that is in force on a day, or the
// length of the timeline.
func inForce(rates []tax.Rate, day tax.Date) int {
	for i := range rates {
		if !rates[i].From.After(day) {
			return i
		}
	}
	return len(rates)
}
