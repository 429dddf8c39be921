package proof_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/proof"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	_ "time/tzdata" // the zones of the random documents, on any machine
)

var ctx = context.Background()

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// byUs reports that the number of cases was set here, and not on the command line.
var byUs bool

// check runs a property on a number of random cases, which PROOF_CHECKS overrides. The
// flags of rapid override both.
func check(t *testing.T, cases int, property func(*rapid.T)) {
	t.Helper()
	given := map[string]bool{}
	flag.Visit(func(f *flag.Flag) { given[f.Name] = true })
	if !given["rapid.checks"] || byUs {
		byUs = true
		if testing.Short() {
			cases = min(cases, 50)
		}
		if text := os.Getenv("PROOF_CHECKS"); text != "" {
			n, err := strconv.Atoi(text)
			require.NoError(t, err, "PROOF_CHECKS is a number of random cases")
			cases = n
		}
		require.NoError(t, flag.Set("rapid.checks", strconv.Itoa(cases)))
	}
	if !given["rapid.nofailfile"] {
		// The seed repeats a failure, so rapid need not write files.
		require.NoError(t, flag.Set("rapid.nofailfile", "true"))
	}
	rapid.Check(t, property)
}

// source has one set, for the empty tenant.
func source(s proof.Set, docs []tax.Configuration) tax.Source {
	return tax.SourceFunc(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
		if key.Tenant != "" || key.Country != s.Country.Code {
			return nil, nil
		}
		clones := make([]tax.Configuration, len(docs))
		for i := range docs {
			clones[i] = docs[i].Clone()
		}
		return clones, nil
	})
}

func resolver(t require.TestingT, s proof.Set, docs []tax.Configuration, opts *tax.Options) *tax.Resolver {
	r, err := tax.NewResolver(source(s, docs), opts)
	require.NoError(t, err)
	return r
}

func TestLookupEqualsTheNaiveResolver(t *testing.T) {
	check(t, 6000, func(t *rapid.T) {
		s := proof.SetOf().Draw(t, "set")
		if err := tax.ValidateCountry(s.Docs).Err(); err != nil {
			t.Fatalf("the set should be valid: %v\n%s", err, proof.Show(s.Docs))
		}
		r := resolver(t, s, s.Docs, nil)
		defer r.Close()
		w := proof.NewWorld(s.Docs)
		for range 12 {
			l := proof.LookupIn(s).Draw(t, "lookup")
			compare(t, s.Docs, w, r, l)
		}
	})
}

// Addresses that belong to another country answer for it.
func TestReferralsEqualTheNaiveResolver(t *testing.T) {
	met := map[string]int{}
	check(t, 3000, func(t *rapid.T) {
		s := proof.SetOf().Draw(t, "set")
		s = s.Referring().Draw(t, "referring")
		if err := tax.ValidateCountry(s.Docs).Err(); err != nil {
			t.Fatalf("the set should be valid: %v\n%s", err, proof.Show(s.Docs))
		}
		own := source(s, s.Docs)
		r, err := tax.NewResolver(tax.SourceFunc(func(ctx context.Context, key tax.Key) (set []tax.Configuration, err error) {
			for _, c := range proof.Abroad {
				if c.Location.Country == key.Country {
					set = append(set, c.Clone())
				}
			}
			if set != nil {
				return set, nil
			}
			return own.Configurations(ctx, key)
		}), nil)
		require.NoError(t, err)
		defer r.Close()
		w := proof.NewWorld(s.Docs).And(proof.Abroad...)
		for range 12 {
			l := proof.LookupIn(s).Draw(t, "lookup")
			want, wantErr := w.Resolve(l)
			got, err := r.Lookup(ctx, l)
			diff := ""
			if want.Step == tax.StepReferred && err == nil {
				e := got.Explain()
				require.Equal(t, tax.Location{Country: s.Country.Code}, e.Documents[0].Location)
				met["referred"]++
			} else {
				met["other"]++
			}
			if diff = difference(append(slices.Clone(s.Docs), proof.Abroad...), want, wantErr, got, err); diff != "" {
				t.Fatalf("%s\nlookup %+v\nwant %+v, %v\ngot %+v, %v\n%s", diff, l, want, wantErr, got.Explain(), err, proof.Show(s.Docs))
			}
		}
	})
	if met["other"] > 5000 {
		require.Greater(t, met["referred"], 500)
	}
}

// compare asks both resolvers and fails where they differ.
func compare(t *rapid.T, docs []tax.Configuration, w proof.World, r *tax.Resolver, l tax.Lookup) {
	t.Helper()
	want, wantErr := w.Resolve(l)
	got, err := r.Lookup(ctx, l)
	if diff := difference(docs, want, wantErr, got, err); diff != "" {
		t.Fatalf("%s\nlookup %+v\nwant %+v, %v\ngot %+v, %v\n%s", diff, l, want, wantErr, got.Explain(), err, proof.Show(docs))
	}
}

// sentinels are all kinds of errors that a lookup can return.
var sentinels = []error{
	tax.ErrUnknownCountry, tax.ErrUnknownRegion, tax.ErrRegionRequired, tax.ErrUnknownClass, tax.ErrNoDefaultClass,
	tax.ErrNoRate, tax.ErrUnverified, tax.ErrInvalid, tax.ErrUnavailable, tax.ErrClosed,
}

// kind returns the one sentinel of an error.
func kind(err error) (kind error, ok bool) {
	for _, s := range sentinels {
		if errors.Is(err, s) {
			if kind != nil {
				return nil, false
			}
			kind = s
		}
	}
	return kind, kind != nil
}

// difference describes how a resolution differs from the naive answer, or returns "".
func difference(docs []tax.Configuration, want proof.Answer, wantErr error, got tax.Resolution, err error) string {
	if wantErr != nil {
		if err == nil {
			return "an answer instead of an error"
		}
		k, ok := kind(err)
		if !ok || !errors.Is(wantErr, k) {
			return "another error"
		}
		if got != (tax.Resolution{}) {
			return "an answer together with the error"
		}
		return ""
	}
	if err != nil {
		return "an error instead of an answer"
	}
	e := got.Explain()
	percent := proof.Exact(got.Percent())
	switch {
	case got.Location() != want.Territory || e.Territory != want.Territory:
		return "location"
	case len(e.Steps) == 0 || e.Steps[0] != want.Step:
		return "territory step"
	case !slices.Equal(e.Steps[1:], want.ClassSteps):
		return fmt.Sprintf("class steps: %v, not %v", e.Steps[1:], want.ClassSteps)
	case got.Class() != want.Class || e.Class != want.Class:
		return "class"
	case percent.Cmp(want.Percent) != 0:
		return "percent"
	case got.OfGross() != want.OfGross || e.OfGross != want.OfGross:
		return "of gross"
	case got.Treatment() != want.Treatment || e.Treatment != want.Treatment:
		return "treatment"
	case got.Tax().Code != want.Tax || e.Tax != want.Tax:
		return "tax"
	case got.Since() != want.Since || e.Since != want.Since:
		return "since"
	case got.Until() != want.Until || e.Until != want.Until:
		return "until"
	case got.Evidence().Status != want.Status || e.Status != want.Status:
		return "evidence"
	case e.Undated != want.Undated:
		return "undated"
	case got.LocalTaxesMissing() != want.LocalTaxesMissing || e.LocalTaxesMissing != want.LocalTaxesMissing:
		return "local taxes"
	case e.VerifiedSince != want.VerifiedSince:
		return "verified since"
	case e.RegionOverruled != want.PostalOverRegion:
		return "region overruled"
	}
	if text, err := tax.Percent(e.Percent); err == nil && proof.Exact(text).Cmp(want.Percent) != 0 {
		return "percent in the explanation"
	}
	return firstOf(components(want, got), documents(docs, want, e))
}

func firstOf(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}

// components compares the components by their shares of the net price.
func components(want proof.Answer, got tax.Resolution) string {
	parts := proof.Shares(got.Components())
	if len(parts) != len(want.Components) {
		return "number of components"
	}
	total := proof.Exact(tax.MustPercent("0"))
	for i, p := range parts {
		if w := want.Components[i]; p.Code != w.Code || p.Share.Cmp(w.Share) != 0 {
			return fmt.Sprintf("component %d: %s %s, not %s %s", i, p.Code, p.Share.RatString(), w.Code, w.Share.RatString())
		}
		total.Add(total, p.Share)
	}
	if len(parts) > 0 && total.Cmp(want.Percent) != 0 {
		return "total of the components"
	}
	return ""
}

// documents checks that every document with an entry in the answer is named, with its
// version, and no document that is not above the territory.
func documents(docs []tax.Configuration, want proof.Answer, e tax.Explanation) string {
	named := map[tax.Location]bool{}
	for _, d := range e.Documents {
		i := slices.IndexFunc(docs, func(c tax.Configuration) bool { return c.Location == d.Location })
		switch {
		case i < 0:
			return "an unknown document"
		case named[d.Location]:
			return "a document twice"
		case docs[i].Metadata.Version != d.Version || docs[i].Metadata.Source != d.Source || docs[i].Metadata.AsOf != d.AsOf:
			return "state of the document " + d.Location.String()
		}
		named[d.Location] = true
		refers := want.Step == tax.StepReferred && d.Location == tax.Location{Country: e.Input.Country}
		if !refers && !slices.Contains(proof.NewWorld(docs).Chain(want.Territory), d.Location) {
			return "a document that is not above the territory: " + d.Location.String()
		}
	}
	for _, entry := range want.Entries {
		if !named[entry.Location] {
			return "document not named: " + entry.Location.String()
		}
	}
	return ""
}
