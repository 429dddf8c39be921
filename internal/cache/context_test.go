package cache

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/civil"
)

// What can be asked of a context has the same answers as that of package context.
func TestContextOfALoadIsLikeAnyOther(t *testing.T) {
	type ctxKey struct{}
	type contextEnd struct {
		context.Context
		end func()
	}
	for name, make := range map[string]func() contextEnd{
		"package context": func() contextEnd {
			ctx, cancel := context.WithDeadline(context.Background(), time.Now().Add(time.Minute))
			return contextEnd{ctx, cancel}
		},
		"load": func() contextEnd {
			ctx := &loadContext{clock: civil.NewClock(time.Now), ends: int64(time.Minute)}
			return contextEnd{ctx, func() { ctx.end(context.Canceled) }}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				x := make()
				end := time.Now().Add(time.Minute)
				time.Sleep(time.Second)
				deadline, ok := x.Deadline()
				assert.True(t, ok)
				assert.Equal(t, end, deadline)
				assert.Nil(t, x.Value("key"))
				assert.NoError(t, x.Err())

				var mu sync.Mutex
				called := map[string]bool{}
				note := func(what string) func() {
					return func() {
						mu.Lock()
						defer mu.Unlock()
						called[what] = true
					}
				}
				context.AfterFunc(x.Context, note("at the end"))
				stop := context.AfterFunc(x.Context, note("stopped"))
				assert.True(t, stop())
				assert.False(t, stop(), "only once")
				child, cancel := context.WithTimeout(x.Context, time.Hour)
				defer cancel()
				grandchild, cancel := context.WithCancel(context.WithValue(child, ctxKey{}, 1))
				defer cancel()
				other, cancel := context.WithCancel(x.Context)
				cancel()
				synctest.Wait()
				assert.Empty(t, called)
				assert.NoError(t, grandchild.Err())
				assert.ErrorIs(t, other.Err(), context.Canceled)

				if name == "load" {
					assert.Len(t, x.Context.(*loadContext).after, 2, "nothing stays of what is over")
				}
				before := x.Done()
				x.end()
				x.end()
				<-before
				<-x.Done()
				<-grandchild.Done()
				assert.ErrorIs(t, x.Err(), context.Canceled)
				assert.ErrorIs(t, child.Err(), context.Canceled)
				late, cancel := context.WithCancel(x.Context)
				defer cancel()
				<-late.Done()
				assert.ErrorIs(t, late.Err(), context.Canceled)
				stop = context.AfterFunc(x.Context, note("late"))
				synctest.Wait()
				assert.False(t, stop())
				assert.Equal(t, map[string]bool{"at the end": true, "late": true}, called)
			})
		})
	}
}

func TestContextDerivedFromThatOfALoadNeedsNoGoroutine(t *testing.T) {
	x := &loadContext{clock: civil.NewClock(time.Now), ends: int64(time.Minute)}
	before := runtime.NumGoroutine()
	for range 100 {
		_, cancel := context.WithTimeout(x, time.Hour)
		defer cancel()
	}
	assert.Less(t, runtime.NumGoroutine(), before+100)
}

func TestContextOfALoadHasOneDeadline(t *testing.T) {
	x := &loadContext{clock: civil.NewClock(time.Now), ends: int64(time.Minute)}
	first, _ := x.Deadline()
	for range 1000 {
		again, _ := x.Deadline()
		require.Equal(t, first, again, "two clocks that are read one after the other are never as far apart twice")
	}
}

func TestContextOfALoadCanBePrintedWhileOthersUseIt(t *testing.T) {
	x := &loadContext{}
	done := make(chan string)
	go func() { done <- fmt.Sprintf("%v %+v %s", x, x, context.WithValue(x, t, nil)) }()
	x.end(context.Canceled)
	assert.Contains(t, <-done, "tax.load tax.load tax.load")
}

// A context that nobody asks for its end takes no memory besides its own.
func TestContextOfALoadMakesNothingUnasked(t *testing.T) {
	f, k := &flight[int64]{}, civil.NewClock(time.Now)
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		f.context = loadContext{clock: k}
		f.context.Deadline()
		f.context.Value(f)
		require.NoError(t, f.context.Err())
		f.context.end(context.Canceled)
		require.Error(t, f.context.Err())
	}))
}
