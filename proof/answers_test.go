package proof_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/proof"
	"pgregory.net/rapid"
)

func TestTodayIsTheDayOfTheZoneInEveryCall(t *testing.T) {
	check(t, 3000, func(t *rapid.T) {
		s := proof.SetOf().Draw(t, "set")
		w := proof.NewWorld(s.Docs)
		// At hours around midnight, the zones of the documents are on different
		// days.
		day := proof.DayIn(s).Draw(t, "day")
		hour := rapid.IntRange(0, 23).Draw(t, "hour")
		now := time.Date(day.Year(), day.Month(), day.Day(), hour, 30, 0, 0, time.UTC)
		r := resolver(t, s, s.Docs, &tax.Options{Clock: func() time.Time { return now }})
		defer r.Close()

		l := proof.LookupIn(s).Draw(t, "lookup")
		l.Date = tax.Date{}
		place, placeErr := r.Place(ctx, l)
		asked := l
		if p, err := w.Place(l); err == nil {
			zone, zoneErr := time.LoadLocation(w.Zone(p.Territory))
			require.NoError(t, zoneErr)
			today, dateErr := tax.DateIn(now, zone)
			if dateErr != nil {
				// At that place, the clock is outside the calendar.
				require.ErrorIs(t, placeErr, tax.ErrInvalid)
				return
			}
			asked.Date = today
			require.NoError(t, placeErr)
			require.Equal(t, p.Territory, place.Location())
			require.Equal(t, today, place.Date())
		} else {
			require.Error(t, placeErr)
			k, ok := kind(placeErr)
			require.True(t, ok && errors.Is(err, k), "want %v, got %v", err, placeErr)
			return
		}

		want, wantErr := w.Resolve(asked)
		same := func(what string, got tax.Resolution, err error) {
			if diff := difference(s.Docs, want, wantErr, got, err); diff != "" {
				t.Fatalf("%s: %s\nlookup %+v\nwant %+v, %v\ngot %+v, %v\n%s", what, diff, asked, want, wantErr, got.Explain(), err, proof.Show(s.Docs))
			}
		}
		got, err := r.Lookup(ctx, l)
		same("Lookup of today", got, err)
		got, err = r.Lookup(ctx, asked)
		same("Lookup of the day", got, err)
		got, err = place.Rate(l.Class)
		same("Place.Rate", got, err)
		if l.Region == "" && l.PostalCode == "" && !l.FallbackToDefault {
			got, err = r.Resolve(ctx, l.Country, l.Class)
			same("Resolve", got, err)
		}
		all, err := r.Classes(ctx, l)
		require.NoError(t, err)
		require.Equal(t, all, place.Classes())
		classes(t, s, w, asked, all)
	})
}

// classes compares a list of all classes with one lookup for each.
func classes(t *rapid.T, s proof.Set, w proof.World, l tax.Lookup, got []tax.Resolution) {
	l.FallbackToDefault = false
	listed := map[string]bool{}
	for _, c := range s.Docs {
		for _, k := range c.Classes {
			listed[k.Code] = true
		}
	}
	count := 0
	for code := range listed {
		l.Class = code
		want, wantErr := w.Resolve(l)
		i := slices.IndexFunc(got, func(r tax.Resolution) bool { return r.Class() == code })
		if wantErr != nil {
			require.Equal(t, -1, i, "class %s has no rate", code)
			continue
		}
		require.GreaterOrEqual(t, i, 0, "class %s is missing", code)
		diff := difference(s.Docs, want, nil, got[i], nil)
		require.Empty(t, diff, "class %s of the list\n%s", code, proof.Show(s.Docs))
		count++
	}
	require.Len(t, got, count)
}

func TestIntervalIsWhereTheAnswerHolds(t *testing.T) {
	check(t, 2500, func(t *rapid.T) {
		s := proof.SetOf().Draw(t, "set")
		r := resolver(t, s, s.Docs, nil)
		defer r.Close()
		l := proof.LookupIn(s).Draw(t, "lookup")
		l.FallbackToDefault = false
		a, err := r.Lookup(ctx, l)
		if err != nil {
			return
		}
		since, until := a.Since(), a.Until()
		require.False(t, a.Date().Before(since))
		require.True(t, until.IsZero() || a.Date().Before(until))

		first, last := since, tax.MustDate("9999-12-31")
		if since.IsZero() {
			first = tax.MustDate("0001-01-01")
		}
		if !until.IsZero() {
			last = until.AddDays(-1)
		}
		for _, day := range []tax.Date{first, last, proof.DayIn(s).Draw(t, "day"), first.AddDays(1), last.AddDays(-1)} {
			if day.IsZero() || day.Before(first) || day.After(last) {
				continue
			}
			l.Date = day
			b, err := r.Lookup(ctx, l)
			require.NoError(t, err, "%v is in the interval of %v\n%s", day, a.Date(), proof.Show(s.Docs))
			fields := changed(a, b)
			if since := a.Explain().VerifiedSince; day.Before(since) != a.Date().Before(since) {
				fields = slices.DeleteFunc(fields, func(f string) bool { return f == "status" })
			}
			require.Empty(t, fields, "on %v\n%s", day, proof.Show(s.Docs))
		}
		if !since.IsZero() && !since.AddDays(-1).IsZero() {
			l.Date = since.AddDays(-1)
			if b, err := r.Lookup(ctx, l); err == nil {
				require.Equal(t, since, b.Until(), "the answer before ends where this one begins\n%s", proof.Show(s.Docs))
			}
		}
		if !until.IsZero() {
			l.Date = until
			if b, err := r.Lookup(ctx, l); err == nil {
				require.Equal(t, until, b.Since(), "the answer after begins where this one ends\n%s", proof.Show(s.Docs))
			}
		}
	})
}

// changed returns the fields in which two answers differ, apart from the day.
func changed(a, b tax.Resolution) []string {
	x, y := a.Explain(), b.Explain()
	x.Input.Date, x.Input.Today = y.Input.Date, y.Input.Today
	x.PostalCodeMatters = y.PostalCodeMatters // it depends on other places, which have their own days
	return differing(x, y)
}

// differing returns the fields in which two explanations differ in JSON, apart from
// the time at which the documents were loaded.
func differing(x, y tax.Explanation) []string {
	var list []string
	x.LoadedAt = y.LoadedAt
	fields := func(e tax.Explanation) map[string]json.RawMessage {
		text, err := json.Marshal(e)
		if err != nil {
			list = append(list, err.Error())
		}
		m := map[string]json.RawMessage{}
		if err := json.Unmarshal(text, &m); err != nil {
			list = append(list, err.Error())
		}
		return m
	}
	a, b := fields(x), fields(y)
	for name := range a {
		if string(a[name]) != string(b[name]) {
			list = append(list, name)
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			list = append(list, name)
		}
	}
	return list
}

func TestOrderOfDocumentsDoesNotMatter(t *testing.T) {
	check(t, 1000, func(t *rapid.T) {
		s := proof.SetOf().Draw(t, "set")
		other := rapid.Permutation(s.Docs).Draw(t, "other order")
		r, q := resolver(t, s, s.Docs, nil), resolver(t, s, other, nil)
		defer r.Close()
		defer q.Close()
		for range 6 {
			l := proof.LookupIn(s).Draw(t, "lookup")
			a, err := r.Lookup(ctx, l)
			b, otherErr := q.Lookup(ctx, l)
			if err != nil || otherErr != nil {
				require.Error(t, err)
				require.EqualError(t, otherErr, err.Error())
				continue
			}
			require.Empty(t, differing(a.Explain(), b.Explain()), "lookup %+v\n%s", l, proof.Show(s.Docs))
		}
	})
}

func TestExplanationReplaysToItsAnswer(t *testing.T) {
	check(t, 2500, func(t *rapid.T) {
		s := proof.SetOf().Draw(t, "set")
		r := resolver(t, s, s.Docs, nil)
		defer r.Close()
		l := proof.LookupIn(s).Draw(t, "lookup")
		a, err := r.Lookup(ctx, l)
		if err != nil {
			return
		}
		if rapid.Bool().Draw(t, "asserted") {
			a = a.As(tax.Treatment(rapid.IntRange(0, 6).Draw(t, "treatment")), "certificate 7")
		}
		e := a.Explain()
		text, err := json.Marshal(e)
		require.NoError(t, err)
		var stored tax.Explanation
		require.NoError(t, json.Unmarshal(text, &stored), "%s", text)
		require.Empty(t, differing(e, stored))

		b, differences, err := r.Replay(ctx, stored)
		require.NoError(t, err, "%s\n%s", text, proof.Show(s.Docs))
		require.Empty(t, differences, "%s\n%s", text, proof.Show(s.Docs))
		again := b.Explain()
		again.Input.Today = e.Input.Today
		require.Empty(t, differing(e, again), "lookup %+v\n%s\n%s", l, text, proof.Show(s.Docs))
	})
}

// TestExplanationReplayShowsAChange changes every percentage, and expects a replay to
// report the change or to fail.
func TestExplanationReplayShowsAChange(t *testing.T) {
	check(t, 1500, func(t *rapid.T) {
		s := proof.SetOf().Draw(t, "set")
		r := resolver(t, s, s.Docs, nil)
		defer r.Close()
		a, err := r.Lookup(ctx, proof.LookupIn(s).Draw(t, "lookup"))
		if err != nil || a.Treatment() != tax.Taxable || len(a.Components()) > 0 {
			return
		}
		moved := clones(s.Docs)
		for i := range moved {
			for j := range moved[i].Classes {
				for k := range moved[i].Classes[j].Rates {
					e := &moved[i].Classes[j].Rates[k]
					if e.Treatment == tax.Taxable && len(e.Components) == 0 && (e.Effect == tax.Replace || e.Effect == tax.Add || e.Effect == tax.AddCompound) {
						e.Percent = decimal.New(9, -12)
						if a.Percent().Equal(e.Percent) {
							e.Percent = decimal.New(8, -12)
						}
					}
				}
			}
		}
		q := resolver(t, s, moved, nil)
		defer q.Close()
		b, differences, err := q.Replay(ctx, a.Explain())
		require.NoError(t, err)
		require.Contains(t, fieldsOf(differences), "percent")
		require.False(t, b.Percent().Equal(a.Percent()))
	})
}

func fieldsOf(differences []tax.ReplayDifference) []string {
	var list []string
	for _, d := range differences {
		list = append(list, d.Field)
	}
	return list
}

func clones(docs []tax.Configuration) []tax.Configuration {
	list := make([]tax.Configuration, len(docs))
	for i := range docs {
		list[i] = docs[i].Clone()
	}
	return list
}

// TestPostalCodeThatDoesNotMatter adds postal codes to lookups without one, if the
// answer says that none could change it.
func TestPostalCodeThatDoesNotMatter(t *testing.T) {
	check(t, 2000, func(t *rapid.T) {
		s := proof.SetOf().Draw(t, "set")
		r := resolver(t, s, s.Docs, nil)
		defer r.Close()
		l := proof.LookupIn(s).Draw(t, "lookup")
		l.PostalCode = ""
		w := proof.NewWorld(s.Docs)
		a, err := r.Lookup(ctx, l)
		if err != nil || a.Explain().PostalCodeMatters {
			return
		}
		for _, c := range s.Docs {
			for _, p := range c.PostalCodes {
				l.PostalCode = p.From
				if at, err := w.Place(l); err != nil || at.PostalOverRegion {
					// A code that contradicts the region does not complete the address.
					continue
				}
				b, err := r.Lookup(ctx, l)
				require.NoError(t, err, "%+v\n%s", l, proof.Show(s.Docs))
				require.True(t, a.Percent().Equal(b.Percent()), "%+v\n%s", l, proof.Show(s.Docs))
				require.Equal(t, a.Treatment(), b.Treatment(), "%+v\n%s", l, proof.Show(s.Docs))
				require.Equal(t, a.Tax().Code, b.Tax().Code, "%+v\n%s", l, proof.Show(s.Docs))
			}
		}
	})
}

func TestRefusalIsAnErrorAndNothingElse(t *testing.T) {
	check(t, 1500, func(t *rapid.T) {
		s := proof.SetOf().Draw(t, "set")
		refuse := tax.Refusal(rapid.IntRange(1, 7).Draw(t, "refuse"))
		fallback := rapid.Bool().Draw(t, "fallback by option")
		r := resolver(t, s, s.Docs, &tax.Options{Refuse: refuse, FallbackToDefault: fallback})
		defer r.Close()
		w := proof.NewWorld(s.Docs)
		for range 6 {
			l := proof.LookupIn(s).Draw(t, "lookup")
			asked := l
			asked.FallbackToDefault = l.FallbackToDefault || fallback
			want, wantErr := w.Resolve(asked)
			got, err := r.Lookup(ctx, l)
			refused := wantErr == nil &&
				(refuse&tax.RefuseDisputed != 0 && want.Stated == tax.Disputed ||
					refuse&tax.RefuseSingle != 0 && want.Stated == tax.Single ||
					refuse&tax.RefuseUndated != 0 && (want.Stated == tax.Undated || want.Undated && (want.VerifiedSince.IsZero() || asked.Date.Before(want.VerifiedSince))))
			if refused {
				require.ErrorIs(t, err, tax.ErrUnverified, "%+v\n%s", l, proof.Show(s.Docs))
				continue
			}
			if diff := difference(s.Docs, want, wantErr, got, err); diff != "" {
				t.Fatalf("%s\nrefuse %b lookup %+v\nwant %+v, %v\ngot %+v, %v\n%s", diff, refuse, l, want, wantErr, got.Explain(), err, proof.Show(s.Docs))
			}
		}
	})
}
