package tax_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
)

// watchedSource is a source that others change, in another process. Its
// notices go to whoever watches.
type watchedSource struct {
	percent atomic.Value // string
	loads   atomic.Int64
	notices chan tax.Key
	broken  chan error // ends a watch with what comes

	mu   sync.Mutex
	runs []time.Time // when Watch was called
}

func newWatchedSource(percent string) *watchedSource {
	s := &watchedSource{notices: make(chan tax.Key), broken: make(chan error)}
	s.percent.Store(percent)
	return s
}

func (s *watchedSource) Configurations(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
	s.loads.Add(1)
	return []tax.Configuration{docAt(key.Country, classOf("STANDARD*", "- "+s.percent.Load().(string)))}, nil
}

func (s *watchedSource) Watch(ctx context.Context, changed func(tax.Key)) error {
	s.mu.Lock()
	s.runs = append(s.runs, time.Now())
	s.mu.Unlock()
	changed(tax.Key{})
	for {
		select {
		case key := <-s.notices:
			changed(key)
		case err := <-s.broken:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *watchedSource) started() []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.runs)
}

// watching starts Watch in a goroutine; its error comes when it ends.
func watching(ctx context.Context, r *tax.Resolver) <-chan error {
	ended := make(chan error, 1)
	go func() { ended <- r.Watch(ctx) }()
	synctest.Wait()
	return ended
}

// watchFunc is a source whose Watch is a function.
type watchFunc struct {
	tax.Source
	watch func(context.Context, func(tax.Key)) error
}

func (w watchFunc) Watch(ctx context.Context, changed func(tax.Key)) error {
	return w.watch(ctx, changed)
}

func TestWatchDropsWhatTheSourceTellsOf(t *testing.T) {
	all := []tax.Key{{"", "DE"}, {"", "FR"}, {"shop", "DE"}, {"shop", "FR"}, {"shop2", "DE"}}
	for name, c := range map[string]struct {
		notices []tax.Key
		dropped []tax.Key
	}{
		"one country":         {[]tax.Key{{"shop", "DE"}}, []tax.Key{{"shop", "DE"}}},
		"of the empty tenant": {[]tax.Key{{"", "FR"}}, []tax.Key{{"", "FR"}}},
		"a tenant":            {[]tax.Key{{"shop", ""}}, []tax.Key{{"shop", "DE"}, {"shop", "FR"}}},
		"everything":          {[]tax.Key{{}}, all},
		"duplicates":          {[]tax.Key{{"shop", "DE"}, {"shop", "DE"}, {"shop", "DE"}}, []tax.Key{{"shop", "DE"}}},
		"reordered":           {[]tax.Key{{"shop2", "DE"}, {"", "DE"}, {"shop", "FR"}}, []tax.Key{{"", "DE"}, {"shop", "FR"}, {"shop2", "DE"}}},
		"of nothing kept":     {[]tax.Key{{"shop", "AT"}, {"nobody", ""}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := newWatchedSource("19")
				r := openResolver(t, src, nil)
				ctx, cancel := context.WithCancel(t.Context())
				ended := watching(ctx, r)
				for _, key := range all {
					require.Equal(t, "19 VAT", answerText(r.Tenant(key.Tenant).Resolve(t.Context(), key.Country, "")))
				}
				src.percent.Store("21")
				for _, key := range c.notices {
					src.notices <- key
				}
				synctest.Wait()
				var dropped []tax.Key
				for _, key := range all {
					if answerText(r.Tenant(key.Tenant).Resolve(t.Context(), key.Country, "")) == "21 VAT" {
						dropped = append(dropped, key)
					}
				}
				assert.Equal(t, c.dropped, dropped)
				cancel()
				assert.ErrorIs(t, <-ended, context.Canceled)
			})
		})
	}
}

func TestWatchMakesLoadsUnderWayObsolete(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var changed func(tax.Key)
		gate := make(chan struct{})
		loads := script(held(gate, loadsNineteen), func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
			return []tax.Configuration{docAt(key.Country, classOf("STANDARD*", "- 21"))}, nil
		})
		r := openResolver(t, watchFunc{loads, func(ctx context.Context, c func(tax.Key)) error {
			changed = c
			<-ctx.Done()
			return ctx.Err()
		}}, nil)
		ctx, cancel := context.WithCancel(t.Context())
		ended := watching(ctx, r)
		before := ask(t.Context(), r)
		synctest.Wait()
		changed(tax.Key{Country: "DE"})
		assert.Equal(t, "21 VAT", <-ask(t.Context(), r), "it does not join the older load")
		close(gate)
		<-before
		synctest.Wait()
		assert.Equal(t, "21 VAT", <-ask(t.Context(), r))
		cancel()
		<-ended
	})
}

func TestWatchThatLosesANoticeIsRightWithinTheTTL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newWatchedSource("19")
		r := openResolver(t, src, &tax.Options{TTL: time.Minute})
		ctx, cancel := context.WithCancel(t.Context())
		ended := watching(ctx, r)
		require.Equal(t, "19 VAT", <-ask(t.Context(), r))
		src.percent.Store("21") // and nobody is told
		time.Sleep(time.Minute)
		assert.Equal(t, "21 VAT", <-ask(t.Context(), r))
		cancel()
		<-ended
	})
}

func TestWatchThatBreaksIsRunAgainWithGrowingPauses(t *testing.T) {
	for name, breaks := range map[string]func() error{
		"error": func() error { return errDatabase },
		"nil":   func() error { return nil },
		"panic": func() error { panic("out of order") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const runs = 16
				var at []time.Time
				r := openResolver(t, watchFunc{script(loadsNineteen), func(ctx context.Context, _ func(tax.Key)) error {
					at = append(at, time.Now())
					if len(at) < runs {
						return breaks()
					}
					<-ctx.Done()
					return ctx.Err()
				}}, nil)
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				assert.ErrorIs(t, <-watching(ctx, r), context.DeadlineExceeded)
				require.Len(t, at, runs)
				full, drawn := 100*time.Millisecond, 0
				for i := range runs - 1 {
					pause := at[i+1].Sub(at[i])
					assert.LessOrEqual(t, pause, full, "pause %d", i)
					assert.GreaterOrEqual(t, pause, full/2, "pause %d", i)
					if pause != full && pause != full/2 {
						drawn++
					}
					full = min(2*full, 15*time.Second)
				}
				assert.Greater(t, drawn, runs/2, "pauses are drawn")
				assert.Equal(t, 15*time.Second, full)
			})
		})
	}
}

func TestWatchIsHeardAgainAfterTheStreamBroke(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newWatchedSource("19")
		r := openResolver(t, src, nil)
		ctx, cancel := context.WithCancel(t.Context())
		ended := watching(ctx, r)
		require.Equal(t, "19 VAT", <-ask(t.Context(), r))
		for range 3 {
			src.broken <- errors.New("connection reset")
			src.percent.Store("21") // in the gap
			time.Sleep(15 * time.Second)
			assert.Equal(t, "21 VAT", <-ask(t.Context(), r), "it listens again, and drops what the gap may have changed")
			src.percent.Store("22")
			src.notices <- tax.Key{Country: "DE"}
			synctest.Wait()
			assert.Equal(t, "22 VAT", <-ask(t.Context(), r))
		}
		assert.Len(t, src.started(), 4)
		time.Sleep(time.Hour)
		before := time.Now()
		src.broken <- nil
		time.Sleep(time.Second)
		require.Len(t, src.started(), 5)
		assert.LessOrEqual(t, src.started()[4].Sub(before), 100*time.Millisecond, "one that held for long starts from the shortest pause")
		cancel()
		assert.ErrorIs(t, <-ended, context.Canceled)
	})
}

func TestWatchEndsWithItsContextOrWithClose(t *testing.T) {
	for name, pausing := range map[string]bool{"listening": false, "between two attempts": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				source := func() tax.Source {
					return watchFunc{script(loadsNineteen), func(ctx context.Context, _ func(tax.Key)) error {
						if !pausing {
							<-ctx.Done()
						}
						return errDatabase
					}}
				}
				r := openResolver(t, source(), nil)
				caused, cancel := context.WithCancelCause(t.Context())
				short, stop := context.WithTimeout(t.Context(), time.Minute)
				defer stop()
				first, second, third := watching(caused, r), watching(short, r.Tenant("shop")), watching(t.Context(), r)
				time.Sleep(50 * time.Second)
				start := time.Now()
				cancel(errDatabase)
				assert.ErrorIs(t, <-first, context.Canceled, "the error of the context, whatever its cause")
				assert.Zero(t, time.Since(start))
				assert.ErrorIs(t, <-second, context.DeadlineExceeded)
				assert.Equal(t, 10*time.Second, time.Since(start))
				synctest.Wait()
				assert.Empty(t, third)
				start = time.Now()
				r.Close()
				assert.ErrorIs(t, <-third, tax.ErrClosed)
				assert.Zero(t, time.Since(start))
				assert.ErrorIs(t, r.Watch(t.Context()), tax.ErrClosed, "and so does one that comes later")
			})
		})
	}
}

func TestWatchOfADoneContextIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := newWatchedSource("19")
		r := openResolver(t, src, nil)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		assert.ErrorIs(t, r.Watch(ctx), context.Canceled)
	})
}

func TestWatchNoticeThatComesTooLateHarmsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var changed func(tax.Key)
		r := openResolver(t, watchFunc{script(loadsNineteen), func(ctx context.Context, c func(tax.Key)) error {
			changed = c
			<-ctx.Done()
			return ctx.Err()
		}}, nil)
		ended := watching(t.Context(), r)
		r.Close()
		<-ended
		for _, key := range []tax.Key{{}, {Tenant: "shop"}, {Country: "DE"}, {Country: "ZZ"}, {Tenant: "\xff", Country: "\x00"}} {
			assert.NotPanics(t, func() { changed(key) })
		}
	})
}

func TestWatchRefusesASourceThatCannotTell(t *testing.T) {
	var none context.Context
	watched := openResolver(t, newWatchedSource("19"), nil)
	for name, err := range map[string]error{
		"a function":       openResolver(t, fixedSource(), nil).Watch(t.Context()),
		"a Notifier":       openResolver(t, newNotifyingSource("19"), nil).Watch(t.Context()),
		"overlay of two":   openResolver(t, tax.Overlay(fixedSource(), fixedSource()), nil).Watch(t.Context()),
		"overlay of three": openResolver(t, tax.Overlay(tax.Overlay(fixedSource(), fixedSource()), fixedSource()), nil).Watch(t.Context()),
		"no context":       watched.Watch(none),
		"zero resolver":    (&tax.Resolver{}).Watch(t.Context()),
	} {
		var e *tax.InputError
		require.ErrorAs(t, err, &e, name)
		require.ErrorIs(t, err, tax.ErrInvalid, name)
		assertAdvises(t, err)
	}
}

func TestWatchSurvivesAWarningHookThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, breaks := range []func() error{func() error { return errDatabase }, func() error { panic("out of order") }} {
			r := openResolver(t, watchFunc{script(loadsNineteen), func(context.Context, func(tax.Key)) error { return breaks() }},
				&tax.Options{OnWarning: func(tax.Warning) { panic("hook") }})
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			assert.NotPanics(t, func() { assert.ErrorIs(t, r.Watch(ctx), context.DeadlineExceeded) })
			cancel()
		}
	})
}

func TestWatchWarnsOfAStreamThatBroke(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var warned []tax.Warning
		runs := 0
		r := openResolver(t, watchFunc{script(loadsNineteen), func(ctx context.Context, _ func(tax.Key)) error {
			if runs++; runs == 1 {
				return errDatabase
			}
			<-ctx.Done()
			return ctx.Err()
		}}, &tax.Options{OnWarning: func(w tax.Warning) { warned = append(warned, w) }})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		assert.Error(t, r.Watch(ctx))
		require.Len(t, warned, 1, "the end of the context is no failure")
		assert.Equal(t, tax.WarnWatchFailed, warned[0].Kind)
		assert.ErrorIs(t, warned[0].Cause, errDatabase)
	})
}

func TestWatchOfAnOverlayHearsAllThatCanTell(t *testing.T) {
	plain := fixedSource()
	type overlaid struct {
		src     tax.Source
		sources []*watchedSource
	}
	for name, build := range map[string]func(a, b *watchedSource) overlaid{
		"both": func(a, b *watchedSource) overlaid { return overlaid{tax.Overlay(a, b), []*watchedSource{a, b}} },
		"base": func(a, _ *watchedSource) overlaid { return overlaid{tax.Overlay(a, plain), []*watchedSource{a}} },
		"mine": func(a, _ *watchedSource) overlaid { return overlaid{tax.Overlay(plain, a), []*watchedSource{a}} },
		"below": func(a, b *watchedSource) overlaid {
			return overlaid{tax.Overlay(tax.Overlay(plain, a), b), []*watchedSource{a, b}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := build(newWatchedSource("19"), newWatchedSource("19"))
				_, ok := o.src.(tax.Watcher)
				assert.True(t, ok)
				r := openResolver(t, o.src, nil)
				ended := watching(t.Context(), r)
				set := func(percent string) {
					for _, s := range o.sources {
						s.percent.Store(percent)
					}
				}
				hears := func(s *watchedSource, percent string) {
					set(percent)
					s.notices <- tax.Key{Country: "DE"}
					synctest.Wait()
					assert.Equal(t, percent+" VAT", <-ask(t.Context(), r))
				}
				require.Equal(t, "19 VAT", <-ask(t.Context(), r))
				for _, s := range o.sources {
					hears(s, "20")
					hears(s, "21")
				}
				for _, breaking := range o.sources {
					breaking.broken <- errDatabase
					set("22")
					time.Sleep(time.Minute)
					assert.Equal(t, "22 VAT", <-ask(t.Context(), r), "after a gap everything may have changed")
					for _, s := range o.sources {
						hears(s, "23")
						hears(s, "24")
					}
				}
				r.Close()
				assert.ErrorIs(t, <-ended, tax.ErrClosed)
			})
		})
	}
}
