package store_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
	"github.com/taxresolve/tax/rates"
	"github.com/taxresolve/tax/store"
)

// on returns a store on a base.
func on(t testing.TB, base tax.Source) *store.Memory {
	t.Helper()
	return store.NewMemory(&store.Options{Base: base})
}

// faultsOf returns the faults of a write that was refused.
func faultsOf(t *testing.T, err error) (list []string) {
	t.Helper()
	var invalid *tax.InvalidError
	require.ErrorAs(t, err, &invalid)
	require.ErrorIs(t, err, tax.ErrInvalid)
	for _, f := range invalid.Faults {
		list = append(list, f.String())
	}
	return list
}

func TestOverridesAreCheckedOnTheirBaseWhenTheyAreWritten(t *testing.T) {
	base := taxtest.Fixed(
		taxtest.Doc("FR", taxtest.Class("STANDARD*", "- 19.6; 2014-01-01 20"), taxtest.Class("REDUCED", "- 5.5", "LOW")),
		taxtest.With(taxtest.Doc("FR-20R", taxtest.Class("PETROLEUM", "- 13")), func(c *tax.Configuration) { c.RegionAliases = []string{"COR"} }),
	)
	aliases := func(location string, list ...string) tax.Configuration {
		return taxtest.With(taxtest.Doc(location), func(c *tax.Configuration) { c.RegionAliases = list })
	}
	const history = ": missing: the base has a history of this rate. Give a From to change the rate from that day on, or From 0001-01-01 to replace the whole history"
	for _, c := range []struct {
		name   string
		mine   tax.Configuration
		faults []string
	}{
		{"an alias of the base's class", taxtest.Doc("FR", tax.Class{Code: "STANDARD"}, taxtest.Class("BOOKS", "- 5", "REDUCED")),
			[]string{"FR: classes[1].aliases[0]: REDUCED is already classes[1].code: codes and aliases are unique in a configuration"}},
		{"an alias of a region's class", taxtest.Doc("FR", taxtest.Class("PETRO", "- 5", "PETROLEUM")),
			[]string{"FR: classes[0].aliases[0]: does not fit on FR-20R: classes: code or alias PETROLEUM is also one of class PETROLEUM of FR-20R"}},
		{"a class without rates", taxtest.Doc("FR", tax.Class{Code: "STANDARD", Aliases: []string{"NORMAL"}}), nil},
		{"a new class without rates", taxtest.Doc("FR", tax.Class{Code: "BOOKS"}),
			[]string{"FR: classes[0].rates: empty: a class needs at least one entry"}},
		{"add on the base's rate", taxtest.Doc("FR-20R", taxtest.Class("STANDARD", "2020-01-01 + 1")), nil},
		{"add on nothing", taxtest.Doc("FR-20R", taxtest.Class("STANDARD", "2020-01-01 + 1"), taxtest.Class("NONE", "- + 1")),
			[]string{"FR-20R: classes[1].rates[0].effect: add, but the parent has no such class"}},
		{"an entry from a day on", taxtest.Doc("FR", taxtest.Class("STANDARD", "2027-01-01 21")), nil},
		{"an entry without a day", taxtest.Doc("FR", taxtest.Class("REDUCED", "- 6"), taxtest.Class("STANDARD", "- 6; 2027-01-01 21")),
			[]string{"FR: classes[1].rates[1].from" + history}},
		{"the whole history", taxtest.Doc("FR", taxtest.Class("STANDARD", "0001-01-01 6")), nil},
		{"no history", taxtest.Doc("FR", taxtest.Class("REDUCED", "- 6")), nil},
		{"not canonical", taxtest.Doc("FR-20r"), []string{"FR-20r: location: not canonical: write FR-20R"}},
		{"an alias that is wrong", aliases("FR-20R", "X-OK", "x"),
			[]string{"FR-20R: regionAliases[1]: not a region code: write 1 to 3 upper-case letters and digits, or X- and a name"}},
	} {
		s := on(t, base)
		stored, err := s.Create(t.Context(), "shop", c.mine)
		if c.faults == nil {
			require.NoError(t, err, c.name)
			assert.Equal(t, int64(1), stored.Metadata.Version, c.name)
			assert.Len(t, stored.Classes, len(c.mine.Classes), "%s: the tenant's own document", c.name)
			got, err := s.Get(t.Context(), "shop", c.mine.Location)
			require.NoError(t, err)
			assert.Equal(t, stored, got, c.name)
			page, err := s.List(t.Context(), "shop", tax.Query{})
			require.NoError(t, err)
			assert.Equal(t, 1, page.Len(), c.name)
			continue
		}
		faults := faultsOf(t, err)
		assert.Equal(t, c.faults, faults[:min(len(faults), len(c.faults))], c.name)
		_, err = s.Get(t.Context(), "shop", c.mine.Location)
		assert.ErrorIs(t, err, tax.ErrNotFound, c.name)
	}
}

func TestOverridesAreReadOnTopOfTheirBase(t *testing.T) {
	s := on(t, rates.World())
	r := taxtest.Open(t, s, nil)
	shop := r.Tenant("shop")
	ask := func(day, class string) string {
		return taxtest.Answer(shop.Lookup(t.Context(), tax.Lookup{Country: "CA", Region: "ON", Class: class, Date: tax.MustDate(day)}))
	}
	before := ask("2026-01-01", "STANDARD")
	_, err := s.Create(t.Context(), "shop", taxtest.Doc("CA-ON", taxtest.Class("STANDARD", "2030-01-01 + 9 tax:PST"), tax.Class{Code: "STANDARD2"}))
	require.ErrorIs(t, err, tax.ErrInvalid)
	c, err := s.Create(t.Context(), "shop", taxtest.Doc("CA-ON", taxtest.Class("STANDARD", "2030-01-01 + 9 tax:PST")))
	require.NoError(t, err)
	assert.Equal(t, before, ask("2026-01-01", "STANDARD"))
	assert.Equal(t, "14 GST+PST [GST 5, PST 9]", ask("2030-01-01", "STANDARD"))
	c.Classes[0].Aliases = []string{"ALL"}
	_, err = s.Update(t.Context(), "shop", c)
	require.NoError(t, err)
	assert.Equal(t, "14 GST+PST [GST 5, PST 9]", ask("2030-01-01", "ALL"), "a write is seen at once")
	require.NoError(t, s.Delete(t.Context(), "shop", c.Location))
	assert.Equal(t, "unknown class", ask("2030-01-01", "ALL"))
	assert.Equal(t, before, taxtest.Answer(r.Lookup(t.Context(), tax.Lookup{Country: "CA", Region: "ON", Date: tax.MustDate("2026-01-01")})))
}

// changing is a base that changes.
type changing struct {
	sync.Mutex
	set []tax.Configuration
	err error
}

func (c *changing) Configurations(context.Context, tax.Key) ([]tax.Configuration, error) {
	c.Lock()
	defer c.Unlock()
	return slices.Clone(c.set), c.err
}

func TestOverrideThatTheBaseNoLongerCarriesKeepsNoOtherFromBeingWritten(t *testing.T) {
	france, corsica := taxtest.Doc("FR", taxtest.Class("STANDARD*", "- 20")), taxtest.Doc("FR-20R", taxtest.Class("STANDARD", "- 13"))
	base := &changing{set: []tax.Configuration{france, corsica}}
	s := on(t, base)
	corsican, err := s.Create(t.Context(), "", taxtest.Doc("FR-20R", taxtest.Class("FUEL", "- 2", "PETROLEUM")))
	require.NoError(t, err)
	base.Lock()
	base.set = []tax.Configuration{taxtest.Doc("FR", taxtest.Class("STANDARD*", "- 20"), taxtest.Class("PETROLEUM", "- 9")), corsica}
	base.Unlock()

	r := taxtest.Open(t, s, nil)
	ask := func(region, class string) string {
		return taxtest.Answer(r.Lookup(t.Context(), tax.Lookup{Country: "FR", Region: region, Class: class, Date: taxtest.Day}))
	}
	assert.Equal(t, "20 VAT", ask("", "STANDARD"))
	assert.Equal(t, "invalid", ask("20R", "STANDARD"))
	_, err = s.Create(t.Context(), "", taxtest.Doc("FR", taxtest.Class("BOOKS", "- 5")))
	require.NoError(t, err, "it is not the fault of this one")
	assert.Equal(t, "5 VAT", ask("", "BOOKS"))
	_, err = s.Update(t.Context(), "", corsican)
	assert.Equal(t, []string{"FR-20R: classes: code or alias PETROLEUM is also one of class FUEL of FR-20R"}, faultsOf(t, err))
	corsican.Classes[0].Aliases = nil
	_, err = s.Update(t.Context(), "", corsican)
	require.NoError(t, err)
	assert.Equal(t, "13 VAT", ask("20R", "STANDARD"))
	require.NoError(t, s.Delete(t.Context(), "", corsican.Location))
}

func TestDeletingWhatAnotherOverrideNeedsIsRefused(t *testing.T) {
	s := on(t, taxtest.Fixed(taxtest.Doc("FR", taxtest.Class("STANDARD*", "- 20"))))
	_, err := s.Create(t.Context(), "", taxtest.Doc("FR", taxtest.Class("BOOKS", "- 5")))
	require.NoError(t, err)
	_, err = s.Create(t.Context(), "", taxtest.Doc("FR-20R", taxtest.Class("BOOKS", "- + 1")))
	require.NoError(t, err)
	err = s.Delete(t.Context(), "", tax.Location{Country: "FR"})
	assert.Equal(t, []string{"FR-20R: classes[0].rates[0].effect: add, but the parent has no such class"}, faultsOf(t, err))
}

func TestWriteOnABaseThatFailsIsUnavailable(t *testing.T) {
	fails := errors.New("down")
	base := &changing{err: fails}
	s := on(t, base)
	_, err := s.Create(t.Context(), "shop", taxtest.Doc("FR", taxtest.Class("STANDARD*", "- 20")))
	assert.ErrorIs(t, err, tax.ErrUnavailable)
	assert.ErrorIs(t, err, fails)
	_, err = s.Get(t.Context(), "shop", tax.Location{Country: "FR"})
	assert.ErrorIs(t, err, tax.ErrNotFound)
}

func TestOverridesReportTheChangesOfTheirBase(t *testing.T) {
	base := taxtest.NewNotifyingSource("19")
	s := on(t, base)
	var told []tax.Key
	stop := s.Notify(func(k tax.Key) { told = append(told, k) })
	base.Tell(tax.Key{Country: "DE"})
	_, err := s.Create(t.Context(), "shop", taxtest.Doc("DE", taxtest.Class("BOOKS", "- 5")))
	require.NoError(t, err)
	stop()
	base.Tell(tax.Key{})
	assert.Equal(t, []tax.Key{{Country: "DE"}, {Tenant: "shop", Country: "DE"}}, told)
	assert.Zero(t, base.Listeners())

	watched := taxtest.NewWatchedSource("19")
	ctx, cancel := context.WithCancel(t.Context())
	err = on(t, watched).Watch(ctx, func(tax.Key) { cancel() })
	assert.ErrorIs(t, err, context.Canceled)
	assert.Len(t, watched.Started(), 1)
}

func TestFaultsOfWhatOnlyTheBaseHasArePlacedInNoPartOfTheOverride(t *testing.T) {
	s := on(t, taxtest.Fixed(taxtest.Doc("FR", taxtest.Class("no code", "- 20"), taxtest.Class("STANDARD*", "- 20"))))
	_, err := s.Create(t.Context(), "", taxtest.Doc("FR", taxtest.Class("BOOKS", "- 5")))
	assert.Equal(t, []string{"FR: not a code: use 1 to 64 printable ASCII characters without spaces"}, faultsOf(t, err))
}
