// Package ampecotest is the contract of an [ampeco.Store] as a test suite. Whoever writes a
// store, or an [ampeco.Backend], runs it in a test of their own:
//
//	func TestShelf(t *testing.T) {
//		ampecotest.Run(t, ampecotest.Factory{Open: func(t *testing.T, place string, clock func() time.Time) ampeco.Store { return newShelf(clock) }})
//	}
//
// Every test says which sentence of the contract it is about.
package ampecotest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/ampeco"
)

// Factory says how to make the stores to test.
type Factory struct {
	// Open opens a store on the data of a place, which is the path of a folder of its own
	// for each test: a database opens a file in it, or uses the path as a name. What keeps
	// nothing ignores it. A store that is an io.Closer is closed at the end of its test.
	Open func(t *testing.T, place string, clock func() time.Time) ampeco.Store

	// Lasting says that a store which is opened on a place again, at the same time or
	// later, has the taxes of the one before.
	Lasting bool
}

// Run runs the suite.
func Run(t *testing.T, f Factory) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, *opened){
		"ids grow and are never reused":               ids,
		"a read sees what was written":                seen,
		"what breaks a rule changes nothing":          faults,
		"an id that no tax has is not found":          missing,
		"the store sets the time, of changes alone":   times,
		"values are copied":                           copies,
		"ranges select parts in order of ids":         ranges,
		"patches of different fields all take effect": patches,
		"concurrent creates have ids of their own":    creates,
		"a context that has ended ends a call":        contexts,
		"what was written is there when opened again": lasting,
	} {
		t.Run(name, func(t *testing.T) {
			o := &opened{factory: f, place: t.TempDir(), now: time.Date(2026, 3, 31, 9, 52, 15, 999e6, time.FixedZone("", -7200))}
			o.Store = o.open(t)
			test(t, o)
		})
	}
}

// opened is a store with its clock.
type opened struct {
	ampeco.Store
	factory Factory
	place   string
	now     time.Time
}

func (o *opened) open(t *testing.T) ampeco.Store {
	t.Helper()
	s := o.factory.Open(t, o.place, func() time.Time { return o.now })
	if c, ok := s.(io.Closer); ok {
		t.Cleanup(func() { _ = c.Close() })
	}
	return s
}

// made creates taxes with these names.
func (o *opened) made(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		must(t)(o.Create(t.Context(), ampeco.Draft{Name: name}))
	}
}

func must(t *testing.T) func(ampeco.Tax, error) ampeco.Tax {
	return func(x ampeco.Tax, err error) ampeco.Tax {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
}

func want(t *testing.T, err, kind error) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Errorf("the error is %v, want one that unwraps to %v", err, kind)
	}
}

// equal compares values by their text.
func equal(t *testing.T, got, want any) {
	t.Helper()
	if a, b := text(got), text(want); a != b {
		t.Errorf("got  %s\nwant %s", a, b)
	}
}

func text(v any) string {
	if b, err := json.Marshal(v); err == nil {
		return string(b)
	}
	return fmt.Sprint(v)
}

func ids(t *testing.T, o *opened) {
	o.made(t, "a", "b", "c")
	for _, id := range []int64{3, 2} {
		if err := o.Delete(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	last := must(t)(o.Create(t.Context(), ampeco.Draft{Name: "d"}))
	if last.ID <= 3 {
		t.Errorf("the id %d was that of another tax, or is smaller", last.ID)
	}
	equal(t, must(t)(o.Get(t.Context(), last.ID)), last)
}

func full() ampeco.Draft {
	return ampeco.Draft{
		Name: "Mehrwertsteuer „19“", Percentage: tax.MustPercent("19.10"), TaxIdentificationNumberID: math.MaxInt32,
		DisplayName: []tax.Translation{{Language: "EN-us", Text: "VAT"}, {Language: "bg", Text: "ДДС"}},
	}
}

func seen(t *testing.T, o *opened) {
	made := must(t)(o.Create(t.Context(), full()))
	equal(t, made, json.RawMessage(`{"id":1,"name":"Mehrwertsteuer „19“","displayName":[{"locale":"en-US","translation":"VAT"},{"locale":"bg","translation":"ДДС"}],"percentage":19.10,"taxIdentificationNumberId":2147483647,"lastUpdatedAt":"2026-03-31T11:52:15+00:00"}`))
	equal(t, must(t)(o.Get(t.Context(), 1)), made)
	changed := must(t)(o.Update(t.Context(), 1, ampeco.Patch{DisplayName: ampeco.Clear[[]tax.Translation](), TaxIdentificationNumberID: ampeco.Clear[int64](), Percentage: ampeco.Set(tax.MustPercent("7"))}))
	equal(t, changed, json.RawMessage(`{"id":1,"name":"Mehrwertsteuer „19“","displayName":[],"percentage":7,"taxIdentificationNumberId":null,"lastUpdatedAt":"2026-03-31T11:52:15+00:00"}`))
	equal(t, must(t)(o.Get(t.Context(), 1)), changed)
	page, err := o.List(t.Context(), ampeco.Range{Limit: 1})
	equal(t, page.Taxes, []ampeco.Tax{changed})
	want(t, err, nil)
}

func faults(t *testing.T, o *opened) {
	o.made(t, "a")
	before := must(t)(o.Get(t.Context(), 1))
	var invalid *ampeco.ValidationError
	if _, err := o.Create(t.Context(), ampeco.Draft{TaxIdentificationNumberID: -1}); !errors.As(err, &invalid) || len(invalid.Errors) != 2 {
		t.Errorf("a draft with two faults: %v", err)
	}
	if _, err := o.Update(t.Context(), 1, ampeco.Patch{Name: ampeco.Set(""), TaxIdentificationNumberID: ampeco.Set(int64(0))}); !errors.As(err, &invalid) || len(invalid.Errors) != 2 {
		t.Errorf("a patch with two faults: %v", err)
	}
	equal(t, must(t)(o.Get(t.Context(), 1)), before)
	o.now = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	_, err := o.Update(t.Context(), 1, ampeco.Patch{Name: ampeco.Set("b")})
	want(t, err, tax.ErrInvalid)
	equal(t, must(t)(o.Get(t.Context(), 1)), before)
}

func missing(t *testing.T, o *opened) {
	o.made(t, "a")
	if err := o.Delete(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	for _, id := range []int64{1, 2, 0, -1, math.MaxInt64, math.MinInt64} {
		_, err := o.Get(t.Context(), id)
		want(t, err, tax.ErrNotFound)
		_, err = o.Update(t.Context(), id, ampeco.Patch{})
		want(t, err, tax.ErrNotFound)
		want(t, o.Delete(t.Context(), id), tax.ErrNotFound)
	}
}

func times(t *testing.T, o *opened) {
	o.made(t, "a")
	before := must(t)(o.Get(t.Context(), 1))
	equal(t, before.LastUpdatedAt, time.Date(2026, 3, 31, 11, 52, 15, 0, time.UTC))
	o.now = o.now.Add(time.Hour)
	equal(t, must(t)(o.Update(t.Context(), 1, ampeco.Patch{Name: ampeco.Set("a"), DisplayName: ampeco.Clear[[]tax.Translation]()})), before)
	equal(t, must(t)(o.Update(t.Context(), 1, ampeco.Patch{Name: ampeco.Set("b")})).LastUpdatedAt, before.LastUpdatedAt.Add(time.Hour))
}

func copies(t *testing.T, o *opened) {
	list := []tax.Translation{{Language: "en", Text: "VAT"}}
	made := must(t)(o.Create(t.Context(), ampeco.Draft{Name: "a", DisplayName: list}))
	got := must(t)(o.Get(t.Context(), 1))
	updated := must(t)(o.Update(t.Context(), 1, ampeco.Patch{Name: ampeco.Set("b")}))
	page, err := o.List(t.Context(), ampeco.Range{Limit: 1})
	want(t, err, nil)
	for _, l := range [][]tax.Translation{list, made.DisplayName, got.DisplayName, updated.DisplayName, page.Taxes[0].DisplayName} {
		l[0].Text = "changed"
	}
	equal(t, must(t)(o.Get(t.Context(), 1)).DisplayName[0].Text, "VAT")
}

func ranges(t *testing.T, o *opened) {
	empty, err := o.List(t.Context(), ampeco.Range{Limit: 1, Total: true})
	want(t, err, nil)
	equal(t, fmt.Sprint(empty), "{[] false false 0}")
	o.made(t, "a", "b", "c", "d", "e", "f", "g")
	for _, id := range []int64{1, 4, 7} {
		if err := o.Delete(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	const most = math.MaxInt
	for _, c := range []struct {
		r              ampeco.Range
		ids            []int64
		earlier, later bool
	}{
		{ampeco.Range{Limit: most}, []int64{2, 3, 5, 6}, false, false},
		{ampeco.Range{Limit: 4}, []int64{2, 3, 5, 6}, false, false},
		{ampeco.Range{Limit: 3}, []int64{2, 3, 5}, false, true},
		{ampeco.Range{Limit: most, Offset: 1}, []int64{3, 5, 6}, true, false},
		{ampeco.Range{Limit: 2, Offset: 1}, []int64{3, 5}, true, true},
		{ampeco.Range{Limit: 2, Offset: 4}, nil, true, false},
		{ampeco.Range{Limit: 2, Offset: most}, nil, true, false},
		{ampeco.Range{Limit: 2, After: 1}, []int64{2, 3}, false, true},
		{ampeco.Range{Limit: 2, After: 3}, []int64{5, 6}, true, false},
		{ampeco.Range{Limit: 1, After: 2}, []int64{3}, true, true},
		{ampeco.Range{Limit: most, After: math.MaxInt64}, nil, true, false},
		{ampeco.Range{Limit: 2, Before: 6}, []int64{3, 5}, true, true},
		{ampeco.Range{Limit: 2, Before: 4}, []int64{2, 3}, false, true},
		{ampeco.Range{Limit: 2, Before: 2}, nil, false, true},
		{ampeco.Range{Limit: most, Before: math.MaxInt64}, []int64{2, 3, 5, 6}, false, false},
	} {
		for _, total := range []bool{false, true} {
			c.r.Total = total
			p, err := o.List(t.Context(), c.r)
			want(t, err, nil)
			var ids []int64
			for _, x := range p.Taxes {
				ids = append(ids, x.ID)
			}
			equal(t, fmt.Sprint(ids, p.Earlier, p.Later, p.Total), fmt.Sprint(c.ids, c.earlier, c.later, map[bool]int{true: 4}[total]))
		}
	}
	for _, r := range []ampeco.Range{{}, {Limit: 1, Offset: -1}, {Limit: 1, After: 1, Before: 5}} {
		_, err := o.List(t.Context(), r)
		want(t, err, tax.ErrInvalid)
	}
}

func patches(t *testing.T, o *opened) {
	o.made(t, "a")
	const rounds = 10
	var writers sync.WaitGroup
	for _, patch := range []func(n int64) ampeco.Patch{
		func(n int64) ampeco.Patch { return ampeco.Patch{Name: ampeco.Set(fmt.Sprint("n", n))} },
		func(n int64) ampeco.Patch {
			return ampeco.Patch{Percentage: ampeco.Set(tax.MustPercent(fmt.Sprint(n)))}
		},
		func(n int64) ampeco.Patch { return ampeco.Patch{TaxIdentificationNumberID: ampeco.Set(n)} },
		func(n int64) ampeco.Patch {
			return ampeco.Patch{DisplayName: ampeco.Set([]tax.Translation{{Language: "en", Text: fmt.Sprint("d", n)}})}
		},
	} {
		writers.Go(func() {
			for n := range int64(rounds) {
				if _, err := o.Update(t.Context(), 1, patch(n+1)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	got := must(t)(o.Get(t.Context(), 1))
	got.LastUpdatedAt = time.Time{}
	equal(t, got, ampeco.Tax{ID: 1, Name: "n10", DisplayName: []tax.Translation{{Language: "en", Text: "d10"}}, Percentage: tax.MustPercent("10"), TaxIdentificationNumberID: 10})
}

func creates(t *testing.T, o *opened) {
	const writers, each = 4, 10
	var mu sync.Mutex
	known := map[int64]bool{}
	var running sync.WaitGroup
	for range writers {
		running.Go(func() {
			last := int64(0)
			for range each {
				made, err := o.Create(t.Context(), ampeco.Draft{Name: "a"})
				if err != nil || made.ID <= last {
					t.Errorf("id %d after %d: %v", made.ID, last, err)
				}
				last = made.ID
				mu.Lock()
				known[made.ID] = true
				mu.Unlock()
			}
		})
	}
	running.Wait()
	equal(t, len(known), writers*each)
}

func contexts(t *testing.T, o *opened) {
	o.made(t, "a")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := o.Create(ended, ampeco.Draft{Name: "b"})
	want(t, err, context.Canceled)
	_, err = o.Get(ended, 1)
	want(t, err, context.Canceled)
	_, err = o.Update(ended, 1, ampeco.Patch{Name: ampeco.Set("b")})
	want(t, err, context.Canceled)
	want(t, o.Delete(ended, 1), context.Canceled)
	_, err = o.List(ended, ampeco.Range{Limit: 1})
	want(t, err, context.Canceled)
	page, err := o.List(t.Context(), ampeco.Range{Limit: 10})
	want(t, err, nil)
	equal(t, len(page.Taxes), 1)
	equal(t, page.Taxes[0].Name, "a")
}

func lasting(t *testing.T, o *opened) {
	if !o.factory.Lasting {
		t.Skip("the store keeps nothing")
	}
	made := must(t)(o.Create(t.Context(), full()))
	o.made(t, "b")
	if err := o.Delete(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	other := &opened{Store: o.open(t), now: o.now}
	equal(t, must(t)(other.Get(t.Context(), 1)), made)
	third := must(t)(other.Create(t.Context(), ampeco.Draft{Name: "c"}))
	if third.ID <= 2 {
		t.Errorf("the id %d was that of a tax that was deleted", third.ID)
	}
	equal(t, must(t)(o.Get(t.Context(), third.ID)), third)
	changed := must(t)(other.Update(t.Context(), 1, ampeco.Patch{Name: ampeco.Set("changed")}))
	equal(t, must(t)(o.Get(t.Context(), 1)), changed)
}
