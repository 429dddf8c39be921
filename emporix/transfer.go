package emporix

import (
	"context"
	"encoding/json"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// Format reads documents of the contract into a store, with store.Import: one, several
// after one another, or a list of them, as [Service.Retrieve] and [Service.List] return
// them. They become configurations of the tenant.
//
//	report, err := store.Import(ctx, file, s, &store.ImportOptions{Format: service.Format("acme", "*")})
//
// Each document is merged into what the store has for its country by the rules of
// [Service.Update], so that no history is lost; a new one begins on the day of the
// service, see [Service.On]. Metadata is ignored: versions are those of the store. To
// import the same documents once more changes nothing. The store of the service is not
// used. Regions, which the contract does not have, are refused.
//
// contentLanguage is that of the documents, as for [Service.Create]: "*" for those of
// Retrieve with Accept-Language "*". The format is safe for concurrent use.
func (s *Service) Format(tenant, contentLanguage string) store.Format {
	return store.DocumentsOf(func(document []byte) (store.Record, error) {
		r := store.Record{Tenant: tenant, Named: true}
		if err := s.check(tenant); err != nil {
			return r, err
		}
		w, err := s.parse(tenant, contentLanguage, document, ignoringMetadata)
		if err != nil {
			r.Configuration.Location = countryOf(document)
			return r, err
		}
		r.Configuration.Location = w.location
		r.Merge = func(stored *tax.Configuration) (tax.Configuration, error) {
			if stored == nil {
				stored = &tax.Configuration{Location: w.location}
			}
			day, err := s.calendar().at(stored.TimeZone)
			if err != nil {
				return tax.Configuration{}, err
			}
			return w.mergeInto(*stored, day)
		}
		return r, nil
	})
}

// countryOf returns the country of a document that is refused; zero if it cannot be told.
func countryOf(document []byte) tax.Location {
	var d struct {
		Location struct {
			CountryCode string `json:"countryCode"`
		} `json:"location"`
	}
	_ = json.Unmarshal(document, &d) // what could be read is enough
	l, err := tax.ParseLocation(d.Location.CountryCode, "")
	if err != nil {
		return tax.Location{}
	}
	return l
}

// Document returns a configuration as [Service.Retrieve] returns it, whatever the store
// of the service has. It returns nil for a region unless ServiceOptions.Regions is set. So
// store.Export writes documents of the contract:
//
//	_, err := store.Export(ctx, w, s, &store.ExportOptions{Tenants: []string{"acme"},
//		Encode: func(c tax.Configuration) ([]byte, error) { return service.Document(ctx, "acme", "*", c) }})
//
// They have the rates of one day, see [Service.On], and what else the contract can
// express; use the format of package store itself to keep everything.
func (s *Service) Document(ctx context.Context, tenant, acceptLanguage string, c tax.Configuration) ([]byte, error) {
	if err := s.check(tenant); err != nil {
		return nil, err
	}
	if c.Location.Region != "" && !s.options.Regions {
		return nil, nil
	}
	r := s.renderer(tenant, acceptLanguage)
	defer r.end()
	if err := r.configuration(ctx, c); err != nil {
		return nil, err
	}
	return r.Bytes(), nil
}
