package store_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
	"github.com/taxresolve/tax/store"
)

// damaging is a backend in which one document cannot be read.
type damaging struct {
	store.Backend
	location tax.Location
}

func (d *damaging) Load(ctx context.Context, key tax.Key) (*store.Country, error) {
	c, err := d.Backend.Load(ctx, key)
	if c == nil || err != nil {
		return c, err
	}
	left := *c
	var documents []*store.Version
	for v := range c.Documents.All() {
		if v.Configuration.Location != d.location {
			documents = append(documents, v)
		} else {
			left.Damaged = append(left.Damaged, store.Damage{Location: d.location, Version: v.Configuration.Metadata.Version, Cause: "unexpected end of JSON"})
		}
	}
	left.Documents = store.NewDocuments(documents)
	return &left, nil
}

func TestDamagedDocumentIsInvalidAlone(t *testing.T) {
	quebec := tax.Location{Country: "CA", Region: "QC"}
	for name, c := range map[string]struct {
		damaged                 tax.Location
		base                    tax.Source
		country, quebec, others string
	}{
		"a region":                {quebec, nil, "5 VAT", "invalid", "7 VAT"},
		"the country":             {canada, nil, "invalid", "invalid", "7 "},
		"a region over a base":    {quebec, taxtest.Fixed(taxtest.Doc("CA", taxtest.Class("BOOKS", "- 0")), taxtest.Doc("CA-QC", taxtest.Class("STANDARD", "- 15"))), "5 VAT", "invalid", "7 VAT"},
		"the country over a base": {canada, taxtest.Fixed(taxtest.Doc("CA", taxtest.Class("STANDARD*", "- 6"))), "invalid", "invalid", "7 "},
	} {
		t.Run(name, func(t *testing.T) {
			b := &damaging{Backend: store.NewBackend()}
			s, err := store.New(b, &store.Options{Base: c.base})
			require.NoError(t, err)
			for _, d := range []tax.Configuration{
				taxtest.Doc("CA", taxtest.Class("STANDARD*", "2000-01-01 5")),
				taxtest.Doc("CA-QC", taxtest.Class("REDUCED", "2000-01-01 2")),
				taxtest.Doc("CA-ON", taxtest.Class("STANDARD*", "2000-01-01 7")),
			} {
				_, err := s.Create(t.Context(), "", d)
				require.NoError(t, err)
			}
			b.location = c.damaged
			r := taxtest.Open(t, s, nil)
			ask := func(region string) string {
				return taxtest.Answer(r.Lookup(t.Context(), tax.Lookup{Country: "CA", Region: region, Class: "STANDARD"}))
			}
			assert.Equal(t, []string{c.country, c.quebec, c.others}, []string{ask(""), ask("QC"), ask("ON")})

			_, err = s.Get(t.Context(), "", c.damaged)
			assert.ErrorIs(t, err, tax.ErrInvalid)
			assert.ErrorContains(t, err, "unexpected end of JSON")
			_, err = s.Create(t.Context(), "", taxtest.Doc(c.damaged.String()))
			assert.ErrorIs(t, err, tax.ErrExists)
			_, err = s.Update(t.Context(), "", taxtest.Doc(c.damaged.String()))
			assert.ErrorIs(t, err, tax.ErrInvalid)

			repair := store.Change{Configuration: taxtest.Doc(c.damaged.String(), taxtest.Class("STANDARD*", "2000-01-01 9"))}
			out := s.Write(t.Context(), []store.Batch{{Key: tax.Key{Country: "CA"}, Changes: []store.Change{repair}}})
			require.NoError(t, out[0].Err)
			assert.EqualValues(t, 2, out[0].Configurations[0].Metadata.Version, "versions go on")
			b.location = tax.Location{}
			assert.Equal(t, "9 VAT", ask(c.damaged.Region))
		})
	}
}

func TestDamagedDocumentIsNoJSON(t *testing.T) {
	_, err := tax.Damaged(canada, assert.AnError).MarshalJSON()
	taxtest.RequireInputError(t, err, "document")
	assert.ErrorIs(t, tax.Damaged(canada, nil).Validate().Err(), tax.ErrInvalid)
}

func TestOnlyTheGivenVersionOfADamagedDocumentIsDeleted(t *testing.T) {
	b := &damaging{Backend: store.NewBackend()}
	s, err := store.New(b, nil)
	require.NoError(t, err)
	c, err := s.Create(t.Context(), "", taxtest.Doc("CA", taxtest.Class("STANDARD*", "2000-01-01 5")))
	require.NoError(t, err)
	_, err = s.Update(t.Context(), "", c)
	require.NoError(t, err)
	b.location = canada
	remove := func(version int64) error {
		c := store.Change{Action: store.Delete, Configuration: tax.Configuration{Location: canada, Metadata: tax.Metadata{Version: version}}}
		return s.Write(t.Context(), []store.Batch{{Key: tax.Key{Country: "CA"}, Changes: []store.Change{c}}})[0].Err
	}
	require.ErrorIs(t, remove(1), tax.ErrConflict)
	require.NoError(t, remove(2))
}
