package freshness_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

// A load is shared. Its observer can link it to the request that started it, but what
// belongs to that request never reaches the source.
func TestObserverSeesWhoStartedALoadAndTheSourceDoesNot(t *testing.T) {
	type request struct{}
	type span struct{}
	synctest.Test(t, func(t *testing.T) {
		started := make(chan string, 10)
		gate := make(chan struct{}, 10)
		r := taxtest.Open(t, tax.SourceFunc(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
			assert.Nil(t, ctx.Value(request{}))
			assert.Equal(t, "span of DE", ctx.Value(span{}))
			_, ok := ctx.Deadline()
			assert.True(t, ok)
			<-gate
			return taxtest.LoadNineteen(ctx, key)
		}), &tax.Options{TTL: time.Minute, RefreshAhead: 30 * time.Second, LoadTimeout: 5 * time.Second, Observer: &tax.Observer{
			LoadStart: func(ctx, caller context.Context, key tax.Key) context.Context {
				assert.Nil(t, ctx.Value(request{}))
				time.Sleep(2 * time.Second) // meanwhile the caller leaves
				assert.NoError(t, caller.Err())
				_, ok := caller.Deadline()
				assert.False(t, ok)
				started <- fmt.Sprint(caller.Value(request{}))
				return context.WithValue(ctx, span{}, "span of "+key.Country)
			},
			LoadEnd: func(ctx context.Context, _ tax.LoadEvent) {
				assert.Nil(t, ctx.Value(request{}))
				assert.Equal(t, "span of DE", ctx.Value(span{}))
			},
		}})
		ask := func(name string, within time.Duration) <-chan string {
			ctx, cancel := context.WithTimeout(context.WithValue(t.Context(), request{}, name), within)
			t.Cleanup(cancel)
			answer := taxtest.Ask(ctx, r)
			synctest.Wait()
			return answer
		}
		first, second := ask("first", time.Second), ask("second", time.Hour)
		assert.Equal(t, "source unavailable", <-first)
		gate <- struct{}{}
		assert.Equal(t, "19 VAT", <-second)
		time.Sleep(35 * time.Second)
		assert.Equal(t, "19 VAT", <-ask("third", time.Hour), "it refreshes")
		gate <- struct{}{}
		time.Sleep(10 * time.Second)
		assert.Equal(t, "first", <-started)
		assert.Equal(t, "third", <-started)
		assert.Empty(t, started)
	})
}
