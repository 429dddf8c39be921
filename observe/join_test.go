package observe_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
	"github.com/taxresolve/tax/observe"
)

type nameKey struct{}

// named is an observer that tells what it receives.
func named(name string, tell func(string)) *tax.Observer {
	return &tax.Observer{
		LoadStart: func(ctx, _ context.Context, key tax.Key) context.Context {
			tell(fmt.Sprint(name, " starts ", key.Country, " after ", ctx.Value(nameKey{})))
			return context.WithValue(ctx, nameKey{}, name)
		},
		LoadEnd: func(ctx context.Context, e tax.LoadEvent) {
			tell(fmt.Sprint(name, " ends ", e.Key.Country, " of ", ctx.Value(nameKey{})))
		},
		Evicted: func(key tax.Key) { tell(fmt.Sprint(name, " evicted ", key.Country)) },
	}
}

func TestJoinedObserversReceiveEverythingInOrder(t *testing.T) {
	var told []string
	tell := func(s string) { told = append(told, s) }
	only := &tax.Observer{LoadEnd: func(ctx context.Context, _ tax.LoadEvent) { tell(fmt.Sprint("only end of ", ctx.Value(nameKey{}))) }}
	quiet := &tax.Observer{LoadStart: func(context.Context, context.Context, tax.Key) context.Context { return nil }}
	o := observe.Join(nil, named("a", tell), quiet, only, named("b", tell), &tax.Observer{})
	r, err := tax.NewResolver(tax.SourceFunc(taxtest.LoadNineteen), &tax.Options{Observer: o, Capacity: 1})
	require.NoError(t, err)
	_, err = r.Resolve(t.Context(), "DE", "")
	require.NoError(t, err)
	r.Close()
	o.Evicted(tax.Key{Country: "AT"})
	assert.Equal(t, []string{"a starts DE after <nil>", "b starts DE after a", "a ends DE of a", "only end of a", "b ends DE of b", "a evicted AT", "b evicted AT"}, told)
}

func TestAJoinedObserverThatPanicsHurtsNoOther(t *testing.T) {
	var told []string
	tell := func(s string) { told = append(told, s) }
	panics := &tax.Observer{LoadEnd: func(context.Context, tax.LoadEvent) { panic("end") }, Evicted: func(tax.Key) { panic("evicted") }}
	o := observe.Join(panics, named("b", tell))
	assert.PanicsWithValue(t, "end", func() { o.LoadEnd(t.Context(), tax.LoadEvent{}) })
	assert.PanicsWithValue(t, "evicted", func() { o.Evicted(tax.Key{}) })
	assert.Equal(t, []string{"b ends  of <nil>", "b evicted "}, told)
}

func TestNothingJoinedObservesNothing(t *testing.T) {
	o := observe.Join()
	ctx := o.LoadStart(t.Context(), t.Context(), tax.Key{})
	assert.NotNil(t, ctx)
	o.LoadEnd(ctx, tax.LoadEvent{})
	o.Evicted(tax.Key{})
}
