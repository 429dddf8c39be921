package emporix

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/taxresolve/tax"
)

// Service reads and writes tax configurations in a store, in the form of the
// contract. It is safe for concurrent use. Make one with [NewService].
//
// A tenant consists of 3 to 16 lower-case ASCII letters and digits and begins
// with a letter; any other name is a [tax.InputError] with Field "tenant". A
// location code is any country code that [tax.ParseLocation] accepts. Methods
// also return the errors of the store. [ErrorFor] accepts all of these errors.
type Service struct {
	store     tax.Store
	lister    tax.Lister
	options   ServiceOptions
	languages *tax.Languages // of tenants without languages of their own
	day       tax.Date
	// maxListBytes bounds the memory of a page.
	maxListBytes int
}

// ServiceOptions change what a [Service] accepts and shows.
type ServiceOptions struct {
	// Languages returns the languages of a tenant. If the function or its result
	// is nil, any language is allowed and English is the default. It is called for
	// every request, concurrently, and should return the same value each time,
	// because a tax.Languages caches the headers it has parsed.
	Languages func(tenant string) *tax.Languages
	// MaxPageSize is the size of the largest page of a list. The contract has no
	// maximum; this bounds the memory of an answer. It defaults to 100,000, more than a
	// tenant has countries and regions. Whatever it is, a page of more than 64 MiB is
	// refused.
	MaxPageSize int
	// Strict refuses what the contract does not describe: fields that it does not have
	// and null in bodies, metadata in a new configuration, and maps of translations
	// without Content-Language. By default unknown fields of bodies are ignored, as the
	// contract permits; unknown parameters are always refused.
	Strict bool
	// Regions also shows the configurations of regions, which the contract does
	// not have: with a location.region, and a location code such as CA-QC. They
	// list the classes and texts of the region itself, with the rates in effect
	// there. They cannot be written.
	Regions bool
	// Clock returns the current time, which determines what day it is. It defaults
	// to [time.Now].
	Clock func() time.Time
}

const (
	defaultMaxPageSize = 100_000
	maxListBytes       = 64 << 20
)

// NewService returns a service. Without options it follows the contract. It
// returns a [tax.InputError] if the store is not a [tax.Lister] as well, or if
// MaxPageSize is negative.
func NewService(s tax.Store, opts *ServiceOptions) (*Service, error) {
	if s == nil {
		return nil, inputError("store", "nil", "pass a Store that is a tax.Lister, such as store.NewMemory")
	}
	lister, ok := s.(tax.Lister)
	if !ok {
		return nil, inputError("store", "", "not a tax.Lister: pass a Store that is one, such as store.NewMemory")
	}
	languages, err := tax.NewLanguages(nil)
	if err != nil {
		return nil, err
	}
	service := &Service{store: s, lister: lister, languages: languages, maxListBytes: maxListBytes}
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

// On returns the same service for another day: it shows the rates of that day,
// and changes made through it hold from that day on. The zero Date is today, in
// the time zone of each configuration, or in UTC if it has none.
func (s *Service) On(day tax.Date) *Service {
	if s == nil {
		return nil
	}
	other := *s
	other.day = day
	return &other
}

// String returns "emporix service" and the day of [Service.On], for people and logs.
func (s *Service) String() string {
	if s == nil || s.day.IsZero() {
		return "emporix service"
	}
	return "emporix service on " + s.day.String()
}

// LogValue returns the text of String for log/slog.
func (s *Service) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalJSON always returns a [tax.InputError]: a service has no data of its own.
func (*Service) MarshalJSON() ([]byte, error) { return nil, noJSON("service") }

// Create writes a new configuration and returns the body of the answer, such as
// {"locationCode":"DE"}. Its rates hold from the day of the service on.
// contentLanguage is the value of the header Content-Language; body is a JSON
// object of at most 1 MiB. Fields marked with a question mark are optional.
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
// With Content-Language "*", name and description are maps of translations, as
// above. With one language, they are strings in that language; without the
// header, they are strings in the default language, or maps unless the service is
// strict. A rate is a number as [tax.Percent] accepts it, and may have an exponent.
//
// Unless the service is strict, fields that are not above are ignored, and so are
// "metadata"; null for an optional field, and {} for a description, are the same as
// leaving it out. A name that differs from the above in case alone, and a region, are
// refused all the same.
//
// Create returns a [tax.InputError] for the first fault. Its Field is the path
// of the value, such as taxClasses[0].name.en, or "document", or
// "Content-Language" if that is not a single language that the tenant may
// write. Faults are those of [ParseCommand], more than 1000 classes, a
// duplicate code, and a second default class. Create returns [tax.ErrExists] if
// the country already has a configuration.
func (s *Service) Create(ctx context.Context, tenant, contentLanguage string, body []byte) ([]byte, error) {
	if err := s.check(tenant); err != nil {
		return nil, err
	}
	written, err := s.parse(tenant, contentLanguage, body, withoutMetadata)
	if err != nil {
		return nil, err
	}
	day, err := s.calendar().at("")
	if err != nil {
		return nil, err
	}
	c, err := written.mergeInto(tax.Configuration{Location: written.location}, day)
	if err != nil {
		return nil, err
	}
	if c, err = s.store.Create(ctx, tenant, c); err != nil {
		return nil, err
	}
	var w writer
	w.Open('{')
	w.text("locationCode", c.Location.String())
	w.Close('}')
	return w.Bytes(), nil
}

// List is a page of configurations.
type List struct {
	// Body is a JSON array of configurations as [Service.Retrieve] returns them.
	Body []byte
	// Total is the number of all matching configurations, for the header
	// X-Total-Count. It is 0 unless it was requested.
	Total int
	// Next is the value of the parameter cursor for the next page; "" on the last
	// page. The contract has no cursors. With them, pages neither skip nor repeat
	// a configuration even if others are written in between.
	Next string
}

// List returns a page of the configurations that match all filters.
// acceptLanguage is the header Accept-Language, as for [Service.Retrieve];
// parameters without a language of their own use it too. withTotal requests
// [List.Total].
//
//	pageNumber       from 1; only with pageSize
//	pageSize         from 1, by default 60, at most ServiceOptions.MaxPageSize
//	sort             fields by priority, such as name.en:desc,taxClassCode; fields
//	                 are name, description, countryCode, taxClassCode and rate;
//	                 directions are asc and desc in any case
//	name             the name of a class contains the text; name.en in English
//	description      the same of the description
//	countryCode      contains the text; an alpha-3 code is that country
//	taxClassCode     contains the text
//	rate             equals, as a number
//	cursor           a List.Next; without pageNumber
//
// Texts are compared case-sensitively. All filters on classes must match the
// same class, and the class must have a rate on the day. Regions are filtered
// and sorted by their own entries.
//
// List returns a [tax.InputError] whose Field is the parameter at fault. For an
// unknown parameter the Field is "parameter" and the Value its name. No
// parameter may be repeated or empty.
func (s *Service) List(ctx context.Context, tenant string, parameters url.Values, acceptLanguage string, withTotal bool) (List, error) {
	if err := s.check(tenant); err != nil {
		return List{}, err
	}
	r := s.renderer(tenant, acceptLanguage)
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
	r.Open('[')
	for _, c := range page.Configurations() {
		if err := r.configuration(ctx, c); err != nil {
			return List{}, err
		}
		if len(r.Bytes()) > s.maxListBytes {
			return List{}, inputError("pageSize", strconv.Itoa(q.PageSize), "too large: the page is more than 64 MiB, write a smaller number")
		}
	}
	r.Close(']')
	return List{r.Bytes(), page.Total, page.Next}, nil
}

// Retrieve returns the configuration of a location as JSON on one line.
// acceptLanguage is the value of the header Accept-Language. With "*", texts
// are maps of all translations; with languages, they are strings in the best
// match, see [tax.Languages.ParseAcceptLanguage]; without the header, they are
// strings in the default language. Where no translation matches, a description is left
// out, and a name, which every class of an answer has, is the first translation by
// language tag, or the code of the class if there is none. A class that has no rate on
// the day is left out. Parts of the header that cannot be read are ignored.
//
// A rate has no trailing zeros after the decimal point. It is 0 for every
// treatment except [tax.Taxable]. A location code without a configuration is
// [tax.ErrNotFound].
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
	r := s.renderer(tenant, acceptLanguage)
	defer r.end()
	if err := r.configuration(ctx, c); err != nil {
		return nil, err
	}
	return r.Bytes(), nil
}

// Update changes the configuration of a country as the body says, from the day
// of the service on. The body is that of [Service.Create], with the version
// that was read:
//
//	"metadata": {"version": 2, "createdAt": "…", "modifiedAt": "…"}
//
// The times are optional and ignored. The stored configuration changes as
// follows:
//
//   - a rate that differs from the rate in force begins on the day, as a
//     taxable percentage of the same tax; earlier and later entries stay. A
//     rate that is the same number changes nothing;
//   - a class that is not in the body ends on the day; it is removed if its
//     only entry begins on that very day. A class that has no rate on the day
//     stays as it is;
//   - strings change their own language only, and a description that is left
//     out is removed in that language; maps replace all translations;
//   - everything that the contract does not express is kept.
//
// Update returns an error that unwraps to [tax.ErrConflict] if another version
// is stored, one that unwraps to [tax.ErrNotFound] if there is none, and the
// errors of Create. Changing the country or writing a region is a
// [tax.InputError].
func (s *Service) Update(ctx context.Context, tenant, locationCode, contentLanguage string, body []byte) error {
	if err := s.check(tenant); err != nil {
		return err
	}
	l, err := s.locateCountry(tenant, locationCode)
	if err != nil {
		return err
	}
	written, err := s.parse(tenant, contentLanguage, body, withMetadata)
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
		return &tax.StoreError{Kind: tax.ErrConflict, Tenant: tenant, Location: l, Given: written.version, Current: stored.Metadata.Version}
	}
	day, err := s.calendar().at(stored.TimeZone)
	if err != nil {
		return err
	}
	c, err := written.mergeInto(stored, day)
	if err != nil {
		return err
	}
	_, err = s.store.Update(ctx, tenant, c)
	return err
}

// Delete removes the configuration of a country with its history. Deleting a
// missing one is not an error, because the contract has no response for it; a
// repeated request has the same result. Delete returns an error that unwraps to
// [tax.ErrInvalid] if regions add to the rates of the country, and a
// [tax.InputError] for a region.
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

// check refuses an unusable service and an invalid tenant.
func (s *Service) check(tenant string) error {
	if s == nil || s.store == nil {
		return inputError("service", "", "empty: make one with NewService")
	}
	return checkTenant(tenant)
}

// checkTenant refuses a name that the contract does not allow.
func checkTenant(tenant string) error {
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

// locate returns the location for a location code.
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

func (s *Service) languagesOf(tenant string) *tax.Languages {
	if s.options.Languages != nil {
		if own := s.options.Languages(tenant); own != nil {
			return own
		}
	}
	return s.languages
}
