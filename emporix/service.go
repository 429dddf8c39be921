package emporix

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/taxresolve/tax"
)

// Service reads and writes the tax configurations of the tenants in a store, in
// the form of the contract. It is safe for concurrent use. Make one with
// [NewService].
//
// A tenant is 3 to 16 lower-case letters and digits of ASCII, a letter first; any
// other is a [tax.InputError], Field "tenant". A location code is a country code
// as [tax.ParseLocation] accepts it. Errors that are not said to be others are
// those of the store; [ErrorFor] knows all.
type Service struct {
	store     tax.Store
	lister    tax.Lister
	options   ServiceOptions
	languages *tax.Languages // of tenants that have none of their own
	day       tax.Date
}

// ServiceOptions change what a [Service] accepts and shows.
type ServiceOptions struct {
	// Languages are those of a tenant. Without the function, or where it returns
	// nil, any language is allowed and English is the default. It is called by
	// every request, from several goroutines at once, and should give what was
	// made once: Languages keep the headers they have read.
	Languages func(tenant string) *tax.Languages
	// MaxPageSize is the largest page of a list. Defaults to 1000.
	MaxPageSize int
	// Regions shows the documents of regions as well, which are beyond the
	// contract: with a location.region, under a location code such as CA-QC, with
	// the classes and texts that they have of their own, and the rates in effect
	// there. They cannot be written.
	Regions bool
	// Clock tells the time, which decides what day it is. Defaults to [time.Now].
	Clock func() time.Time
}

const defaultMaxPageSize = 1000

// NewService makes a service; nil options are the contract. The store must be a
// [tax.Lister] as well: it is a [tax.InputError] if it is not, or if MaxPageSize is
// negative.
func NewService(s tax.Store, opts *ServiceOptions) (*Service, error) {
	if s == nil {
		return nil, inputError("store", "nil", "pass a Store that is a Lister, such as store.NewMemory")
	}
	lister, ok := s.(tax.Lister)
	if !ok {
		return nil, inputError("store", "", "no tax.Lister: pass a Store that has lists, such as store.NewMemory")
	}
	languages, err := tax.NewLanguages(nil)
	if err != nil {
		return nil, err
	}
	service := &Service{store: s, lister: lister, languages: languages}
	if opts != nil {
		service.options = *opts
	}
	o := &service.options
	if o.MaxPageSize < 0 {
		return nil, inputError("MaxPageSize", "", "negative: use 0 for the default")
	}
	if o.MaxPageSize == 0 {
		o.MaxPageSize = defaultMaxPageSize
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	return service, nil
}

// On returns the same service on another day: it shows the rates of that day, and
// what it writes holds from then on. The zero Date is today, at each place by the
// time zone of its configuration, in UTC where there is none.
func (s *Service) On(day tax.Date) *Service {
	if s == nil {
		return nil
	}
	other := *s
	other.day = day
	return &other
}

// Create writes a new configuration and returns the body of the answer, such as
// {"locationCode":"DE"}. Its rates hold from the day on. contentLanguage is the
// header Content-Language; body is a JSON object of at most 1 MiB. Fields marked
// with a question mark may be left out.
//
//	{
//	  "locationCode": "DE",                  ?
//	  "location": {"countryCode": "DE"},
//	  "taxClasses": [
//	    {
//	      "code": "STANDARD",
//	      "name": {"en": "Standard"},
//	      "description": {"en": "…"},        ?
//	      "order": 0,                        ?
//	      "rate": 19,
//	      "isDefault": true                  ?
//	    }
//	  ]
//	}
//
// With Content-Language "*", name and description are maps of translations as
// above. With one language they are strings in it, and with none in the default
// language. A rate is a number of the grammar of [tax.Percent].
//
// It returns a [tax.InputError] for the first fault; its Field is the path of the
// value, such as taxClasses[0].name.en, or "Content-Language" for what is not one
// language that the tenant may write, or "document". Faults are those that
// [ParseCommand] names, more than 1000 classes, a code given twice, and two
// defaults. It returns [tax.ErrExists] when the country has a configuration.
func (s *Service) Create(ctx context.Context, tenant, contentLanguage string, body []byte) ([]byte, error) {
	if err := s.check(tenant); err != nil {
		return nil, err
	}
	written, err := s.parse(tenant, contentLanguage, body, false)
	if err != nil {
		return nil, err
	}
	day, err := s.calendar().at("")
	if err != nil {
		return nil, err
	}
	c, err := written.over(tax.Configuration{Location: written.location}, day)
	if err != nil {
		return nil, err
	}
	if c, err = s.store.Create(ctx, tenant, c); err != nil {
		return nil, err
	}
	var w writer
	w.open('{')
	w.text("locationCode", c.Location.String())
	w.close('}')
	return w.out, nil
}

// List is a page of configurations.
type List struct {
	// Body is a JSON array of documents, as [Service.Retrieve] returns them.
	Body []byte
	// Total is the number of all that match, for the header X-Total-Count. It is 0
	// unless it was asked for.
	Total int
	// Next is what to pass as the parameter cursor to get the next page; "" at the
	// end. The contract has no such thing: with it, pages neither skip nor repeat
	// a document when others are written in between.
	Next string
}

// List returns a page of the configurations that all filters match.
// acceptLanguage is the header Accept-Language, as for [Service.Retrieve]; it is
// the language of the parameters as well. withTotal asks for [List.Total].
//
//	pageNumber       from 1; only with pageSize
//	pageSize         from 1, by default 60, at most ServiceOptions.MaxPageSize
//	sort             fields by priority, such as name.en:desc,taxClassCode; fields
//	                 are name, description, countryCode, taxClassCode and rate
//	name             the name of a class contains the text; name.en in English
//	description      the same of the description
//	countryCode      contains the text; an alpha-3 code is that country
//	taxClassCode     contains the text
//	rate             equals, as a number
//	cursor           a List.Next; without pageNumber
//
// Texts are compared case-sensitively. One class has to satisfy all filters of
// classes, with a rate on the day; of regions, filters and order are by the entries
// of their own.
//
// It returns a [tax.InputError] whose Field is the parameter; a parameter that is
// unknown is the Value of the Field "parameter". None may be repeated or empty.
func (s *Service) List(ctx context.Context, tenant string, parameters url.Values, acceptLanguage string, withTotal bool) (List, error) {
	if err := s.check(tenant); err != nil {
		return List{}, err
	}
	r := s.renderer(tenant, s.preferences(tenant, acceptLanguage))
	defer r.end()
	q, err := parseParameters(parameters, r.in, s.options.MaxPageSize)
	if err != nil {
		return List{}, err
	}
	q.CountriesOnly = !s.options.Regions
	q.Date, q.Now = r.day, r.now
	q.Total = withTotal
	page, err := s.lister.List(ctx, tenant, q)
	if err != nil {
		return List{}, err
	}
	r.open('[')
	for _, c := range page.Configurations() {
		if err := r.configuration(ctx, c); err != nil {
			return List{}, err
		}
	}
	r.close(']')
	return List{r.out, page.Total, page.Next}, nil
}

// Retrieve returns the document of a location, on one line. acceptLanguage is the
// header Accept-Language: with "*", texts are maps of all translations; otherwise
// the best match of each, see [tax.Languages.ParseAcceptLanguage], and in the
// default language without one. A text that has no match is left out, and so is a
// class that has no rate on the day. What cannot be read of the header is ignored.
//
// A rate has no zeros at the end of its decimals; it is 0 for every treatment but
// [tax.Taxable]. What names no configuration is [tax.ErrNotFound].
func (s *Service) Retrieve(ctx context.Context, tenant, locationCode, acceptLanguage string) ([]byte, error) {
	if err := s.check(tenant); err != nil {
		return nil, err
	}
	l, err := s.locate(tenant, locationCode)
	if err != nil {
		return nil, err
	}
	c, err := s.store.Get(ctx, tenant, l)
	if err != nil {
		return nil, err
	}
	r := s.renderer(tenant, s.preferences(tenant, acceptLanguage))
	defer r.end()
	if err := r.configuration(ctx, c); err != nil {
		return nil, err
	}
	return r.out, nil
}

// Update changes the configuration of a country to what the body says, from the
// day on. The body is that of [Service.Create], with the version that was read:
//
//	"metadata": {"version": 2, "createdAt": "…", "modifiedAt": "…"}
//
// in which the instants may be left out and are ignored. Over the stored document:
//
//   - a rate that is not the one of the day begins on the day, as a taxable
//     percentage of the same tax; the entries before and after stay. One that is
//     the same number changes nothing;
//   - a class that is not in the body ends on the day; it is removed if its only
//     entry is of that very day. One that has no rate on the day stays as it is;
//   - strings change their language and no other, a description that is left out
//     loses that one; maps replace all translations;
//   - everything the contract does not express is kept.
//
// It returns a [tax.ConflictError] when another version is stored,
// [tax.ErrNotFound] when none is, and the errors of Create. The country cannot
// change, and regions cannot be written: both are a [tax.InputError].
func (s *Service) Update(ctx context.Context, tenant, locationCode, contentLanguage string, body []byte) error {
	if err := s.check(tenant); err != nil {
		return err
	}
	l, err := s.locateCountry(tenant, locationCode)
	if err != nil {
		return err
	}
	written, err := s.parse(tenant, contentLanguage, body, true)
	if err != nil {
		return err
	}
	stored, err := s.store.Get(ctx, tenant, l)
	if err != nil {
		return err
	}
	if written.location != l {
		return inputError("location.countryCode", written.location.Country, "cannot change: write "+l.Country)
	}
	if written.version != stored.Metadata.Version {
		return &tax.ConflictError{Location: l, Given: written.version, Current: stored.Metadata.Version}
	}
	day, err := s.calendar().at(stored.TimeZone)
	if err != nil {
		return err
	}
	c, err := written.over(stored, day)
	if err != nil {
		return err
	}
	_, err = s.store.Update(ctx, tenant, c)
	return err
}

// Delete removes the configuration of a country with its history. That there is
// none is no error, because the contract has no answer for it: whoever repeats a
// request gets the same one. A country to whose rates its regions add cannot be
// deleted, which is [tax.ErrInvalid], and a region cannot be written, which is a
// [tax.InputError].
func (s *Service) Delete(ctx context.Context, tenant, locationCode string) error {
	if err := s.check(tenant); err != nil {
		return err
	}
	l, err := s.locateCountry(tenant, locationCode)
	if err == nil {
		err = s.store.Delete(ctx, tenant, l)
	}
	if errors.Is(err, tax.ErrNotFound) {
		return nil
	}
	return err
}

// check refuses a service that is not usable, and what is no tenant.
func (s *Service) check(tenant string) error {
	if s == nil || s.store == nil {
		return inputError("service", "", "empty: make one with NewService")
	}
	valid := len(tenant) >= 3 && len(tenant) <= 16 && tenant[0] >= 'a'
	for i := range len(tenant) {
		c := tenant[i]
		valid = valid && (c >= 'a' && c <= 'z' || c >= '0' && c <= '9')
	}
	if !valid {
		return inputError("tenant", tenant, "write 3 to 16 lower-case letters and digits, a letter first")
	}
	return nil
}

// locate finds the location that a path names.
func (s *Service) locate(tenant, code string) (tax.Location, error) {
	country, region, hasRegion := strings.Cut(code, "-")
	l, err := tax.ParseLocation(country, region)
	if err != nil || hasRegion && region == "" || l.Region != "" && !s.options.Regions {
		return l, &tax.StoreError{Kind: tax.ErrNotFound, Tenant: tenant, Location: tax.Location{Country: code}, Cause: err}
	}
	return l, nil
}

func (s *Service) locateCountry(tenant, code string) (tax.Location, error) {
	l, err := s.locate(tenant, code)
	if err == nil && l.Region != "" {
		err = inputError("locationCode", l.String(), "a region: only countries can be written")
	}
	return l, err
}

// preferences are the languages of a header. What cannot be read of it is no
// reason to refuse the request.
func (s *Service) preferences(tenant, acceptLanguage string) tax.Preferences {
	in, _ := s.languagesOf(tenant).ParseAcceptLanguage(acceptLanguage)
	return in
}

func (s *Service) languagesOf(tenant string) *tax.Languages {
	if s.options.Languages != nil {
		if own := s.options.Languages(tenant); own != nil {
			return own
		}
	}
	return s.languages
}
