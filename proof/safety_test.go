package proof_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/proof"
	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

// TestQuarantine spoils one document. Lookups that depend on it must return
// ErrInvalid, and all others must answer as before; the naive resolver says which is
// which.
func TestQuarantine(t *testing.T) {
	met := map[string]bool{}
	check(t, 3000, func(t *rapid.T) {
		s := proof.SetOf().Filter(func(s proof.Set) bool { return len(s.Docs) > 0 }).Draw(t, "set")
		spoiled := proof.Spoil(s).Draw(t, "spoiled")
		met[spoiled.Fault] = true
		found := make(chan tax.Warning, 100)
		r := resolver(t, s, spoiled.Docs, &tax.Options{OnWarning: func(w tax.Warning) {
			if w.Kind == tax.WarnInvalidDocument {
				found <- w
			}
		}})
		defer r.Close()
		w := proof.NewWorld(spoiled.Docs, spoiled.At)
		for range 8 {
			l := proof.LookupIn(s).Draw(t, "lookup")
			want, wantErr := w.Resolve(l)
			got, err := r.Lookup(ctx, l)
			if diff := difference(spoiled.Docs, want, wantErr, got, err); diff != "" {
				t.Fatalf("%s\n%s at %v, lookup %+v\nwant %+v, %v\ngot %+v, %v\n%s", diff, spoiled.Fault, spoiled.At, l, want, wantErr, got.Explain(), err, proof.Show(spoiled.Docs))
			}
		}
		var warnings []tax.Warning
		select {
		case w := <-found:
			warnings = append(warnings, w)
		case <-time.After(time.Minute): // a load does not wait for a slow hook, so this must
		}
		for len(found) > 0 {
			warnings = append(warnings, <-found)
		}
		require.Len(t, warnings, 1, "%s at %v\n%s", spoiled.Fault, spoiled.At, proof.Show(spoiled.Docs))
		require.Equal(t, spoiled.At, warnings[0].Location)
		require.ErrorIs(t, warnings[0].Cause, tax.ErrInvalid)

		// Its own location has no answer, whatever the class.
		own := tax.Lookup{Country: spoiled.At.Country, Region: spoiled.At.Region, Class: "STANDARD", Date: tax.MustDate("2020-01-01")}
		if p, err := w.Place(own); err == nil && p.Territory == spoiled.At {
			for _, own.Class = range []string{"STANDARD", "", "NOPE"} {
				_, err := r.Lookup(ctx, own)
				require.ErrorIs(t, err, tax.ErrInvalid, "%s at %v\n%s", spoiled.Fault, spoiled.At, proof.Show(spoiled.Docs))
			}
		}
	})
	if cases := flag.Lookup("rapid.checks").Value.String(); len(cases) > 3 && !t.Failed() {
		require.Len(t, met, len(proof.Faults), "thousands of cases plant every kind of fault")
	}
}

// TestMutationChangesNoAnswer modifies everything that was passed and returned.
func TestMutationChangesNoAnswer(t *testing.T) {
	check(t, 1000, func(t *rapid.T) {
		s := proof.SetOf().Draw(t, "set")
		opts := &tax.Options{OnWarning: func(w tax.Warning) { spoilError(w.Cause) }}
		r := resolver(t, s, s.Docs, opts)
		defer r.Close()
		lookups := rapid.SliceOfN(proof.LookupIn(s), 4, 4).Draw(t, "lookups")
		type answer struct {
			a   tax.Resolution
			e   tax.Explanation
			err error // its kind
		}
		var before []answer
		for _, l := range lookups {
			a, err := r.Lookup(ctx, l)
			k, _ := kind(err)
			before = append(before, answer{a, a.Explain(), k})
			spoilError(err)
		}

		*opts = tax.Options{Refuse: tax.RefuseSingle | tax.RefuseUndated | tax.RefuseDisputed, DefaultLanguage: "de", FallbackToDefault: true}
		for i, l := range lookups {
			spoilResolution(before[i].a)
			if p, err := r.Place(ctx, l); err == nil {
				all := p.Classes()
				for j := range all {
					spoilResolution(all[j])
					all[j] = tax.Resolution{}
				}
			}
			all, _ := r.Classes(ctx, l)
			clear(all)
		}

		for i, l := range lookups {
			a, err := r.Lookup(ctx, l)
			if before[i].err != nil {
				require.ErrorIs(t, err, before[i].err)
				continue
			}
			require.NoError(t, err)
			require.Empty(t, differing(before[i].e, a.Explain()), "lookup %+v\n%s", l, proof.Show(s.Docs))
			require.Empty(t, differing(before[i].e, before[i].a.Explain()), "the answer returned before")
			require.Equal(t, before[i].a.Name(tax.MustPreferences("fr")), a.Name(tax.MustPreferences("fr")))
		}
	})
}

func spoilResolution(a tax.Resolution) {
	parts := a.Components()
	for i := range parts {
		parts[i] = tax.Component{Code: "SPOILED", Percent: decimal.New(77, 0)}
	}
	if len(parts) > 0 {
		parts[0].Percent.Coefficient().SetInt64(77)
	}
	a.Percent().Coefficient().SetInt64(77)
	sources := a.Evidence().Sources
	for i := range sources {
		sources[i] = "spoiled"
	}
	e := a.Explain()
	for i := range e.Steps {
		e.Steps[i] = "spoiled"
	}
	for i := range e.Components {
		e.Components[i].Code = "SPOILED"
	}
	for i := range e.Documents {
		e.Documents[i].Version = -1
	}
	for i := range e.Sources {
		e.Sources[i] = "spoiled"
	}
	names := a.Tax().Name.All()
	for i := range names {
		names[i].Text = "spoiled"
	}
	b := a.As(tax.Export, "spoiled")
	if x := b.Explain().Asserted; x != nil {
		x.Reason, x.Treatment = "more spoiled", tax.Exempt
	}
	if n, err := a.FromNet(decimal.New(1000, 0), tax.RoundTo(2, tax.HalfUp)); err == nil {
		amounts := n.Components()
		for i := range amounts {
			amounts[i].Amount = decimal.New(77, 0)
			amounts[i].Component.Code = "SPOILED"
		}
	}
}

func spoilError(err error) {
	var invalid *tax.InvalidError
	if errors.As(err, &invalid) {
		for i := range invalid.Faults {
			invalid.Faults[i] = tax.Fault{Message: "spoiled"}
		}
	}
	var lookup *tax.LookupError
	if errors.As(err, &lookup) {
		*lookup = tax.LookupError{Kind: tax.ErrNotFound}
	}
}

// TestMutationOfAnErrorIsNotSeenByTheNextCaller modifies the error of one caller.
func TestMutationOfAnErrorIsNotSeenByTheNextCaller(t *testing.T) {
	s := proof.Set{Country: proof.Countries[0], Docs: []tax.Configuration{{
		Location: tax.Location{Country: "FR"},
		Tax:      tax.Tax{Code: "VAT"},
		Classes:  []tax.Class{{Code: "STANDARD"}},
	}}}
	r := resolver(t, s, s.Docs, &tax.Options{OnWarning: func(w tax.Warning) { spoilError(w.Cause) }})
	defer r.Close()
	for range 2 {
		_, err := r.Resolve(ctx, "FR", "STANDARD")
		var invalid *tax.InvalidError
		require.ErrorAs(t, err, &invalid)
		require.Contains(t, invalid.Faults[0].Path, "classes[0].rates")
		spoilError(err)
	}
}

// TestTenantsDoNotLeak gives every tenant documents of its own, with ids that are made
// to be confused, and expects each tenant to get its own answers.
func TestTenantsDoNotLeak(t *testing.T) {
	hostile := []string{"", "a", "a|b", "b", "|", "\x00", "\x00\x00", "a\x00FR", "FR", "FRFR", "a/FR", "a:FR", "\xff", " ", "A", "ａ"}
	country := proof.Countries[0]
	check(t, 300, func(t *rapid.T) {
		ids := rapid.SliceOfNDistinct(rapid.OneOf(rapid.SampledFrom(hostile), rapid.String()), 2, 6, rapid.ID).Draw(t, "ids")
		percent := func(id string) decimal.Decimal { return decimal.New(int64(1+slices.Index(ids, id)), 0) }
		source := tax.SourceFunc(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
			if !slices.Contains(ids, key.Tenant) || key.Country != country.Code {
				return nil, fmt.Errorf("asked for %q", key)
			}
			return []tax.Configuration{{
				Location: tax.Location{Country: country.Code},
				Tax:      tax.Tax{Code: "VAT"},
				Classes:  []tax.Class{{Code: "STANDARD", Default: true, Rates: []tax.Rate{{Percent: percent(key.Tenant)}}}},
			}}, nil
		})
		// Often there is not enough room for all, so that they evict each other.
		r, err := tax.NewResolver(source, &tax.Options{Capacity: rapid.SampledFrom([]int{1, 2, 0}).Draw(t, "capacity")})
		require.NoError(t, err)
		defer r.Close()
		for range 3 * len(ids) {
			id := rapid.SampledFrom(ids).Draw(t, "id")
			view := r.Tenant(rapid.SampledFrom(ids).Draw(t, "through")).Tenant(id)
			a, err := view.Resolve(ctx, country.Code, "STANDARD")
			require.NoError(t, err)
			require.True(t, a.Percent().Equal(percent(id)), "tenant %q of %q", id, ids)
			require.Equal(t, id, a.Explain().Input.Tenant)
			b, differences, err := r.Replay(ctx, a.Explain())
			require.NoError(t, err)
			require.Empty(t, differences)
			require.Equal(t, id, b.Explain().Input.Tenant)
			switch rapid.IntRange(0, 4).Draw(t, "then") {
			case 1:
				view.Invalidate(country.Code)
			case 2:
				view.InvalidateTenant()
			case 3:
				view.InvalidateAll()
			}
		}
	})
}

// loading returns a resolver while a caller waits for a load that hangs, and the error
// that the caller gets.
func loading(ctx context.Context, t *testing.T) (*tax.Resolver, <-chan error) {
	t.Helper()
	started := make(chan struct{})
	r, err := tax.NewResolver(tax.SourceFunc(func(ctx context.Context, _ tax.Key) ([]tax.Configuration, error) {
		close(started)
		<-ctx.Done()
		return nil, ctx.Err()
	}), nil)
	require.NoError(t, err)
	failed := make(chan error)
	go func() {
		_, err := r.Resolve(ctx, "FR", "")
		failed <- err
	}()
	<-started
	return r, failed
}

func TestCloseLeavesNoGoroutine(t *testing.T) {
	before := goleak.IgnoreCurrent()
	r, failed := loading(ctx, t)
	r.Close()
	r.Close()
	require.Error(t, <-failed)
	_, err := r.Resolve(ctx, "FR", "")
	require.ErrorIs(t, err, tax.ErrClosed)
	_, err = r.Tenant("other").Resolve(ctx, "FR", "")
	require.ErrorIs(t, err, tax.ErrClosed)
	goleak.VerifyNone(t, before)
}

// TestCloseAfterACancelledCallerLeavesNoGoroutine closes when no caller waits for the
// load any more.
func TestCloseAfterACancelledCallerLeavesNoGoroutine(t *testing.T) {
	before := goleak.IgnoreCurrent()
	cancelled, cancel := context.WithCancel(ctx)
	r, failed := loading(cancelled, t)
	cancel()
	err := <-failed
	require.ErrorIs(t, err, tax.ErrUnavailable)
	require.ErrorIs(t, err, context.Canceled)
	r.Close()
	goleak.VerifyNone(t, before)
}
