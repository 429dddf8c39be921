package tax_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

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
				src := taxtest.NewWatchedSource("19")
				r := taxtest.Open(t, src, nil)
				ctx, cancel := context.WithCancel(t.Context())
				ended := taxtest.Watch(ctx, r)
				for _, key := range all {
					require.Equal(t, "19 VAT", taxtest.Answer(r.Tenant(key.Tenant).Resolve(t.Context(), key.Country, "")))
				}
				src.Percent.Store("21")
				for _, key := range c.notices {
					src.Notices <- key
				}
				synctest.Wait()
				var dropped []tax.Key
				for _, key := range all {
					if taxtest.Answer(r.Tenant(key.Tenant).Resolve(t.Context(), key.Country, "")) == "21 VAT" {
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
		loads := taxtest.Script(taxtest.Held(gate, taxtest.LoadNineteen), func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
			return []tax.Configuration{taxtest.Doc(key.Country, taxtest.Class("STANDARD*", "- 21"))}, nil
		})
		r := taxtest.Open(t, watchFunc{loads, func(ctx context.Context, c func(tax.Key)) error {
			changed = c
			<-ctx.Done()
			return ctx.Err()
		}}, nil)
		ctx, cancel := context.WithCancel(t.Context())
		ended := taxtest.Watch(ctx, r)
		before := taxtest.Ask(t.Context(), r)
		synctest.Wait()
		changed(tax.Key{Country: "DE"})
		assert.Equal(t, "21 VAT", <-taxtest.Ask(t.Context(), r), "it does not join the older load")
		close(gate)
		<-before
		synctest.Wait()
		assert.Equal(t, "21 VAT", <-taxtest.Ask(t.Context(), r))
		cancel()
		<-ended
	})
}

func TestWatchThatLosesANoticeIsRightWithinTheTTL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := taxtest.NewWatchedSource("19")
		r := taxtest.Open(t, src, &tax.Options{TTL: time.Minute})
		ctx, cancel := context.WithCancel(t.Context())
		ended := taxtest.Watch(ctx, r)
		require.Equal(t, "19 VAT", <-taxtest.Ask(t.Context(), r))
		src.Percent.Store("21") // and nobody is told
		time.Sleep(time.Minute)
		assert.Equal(t, "21 VAT", <-taxtest.Ask(t.Context(), r))
		cancel()
		<-ended
	})
}

func TestWatchThatBreaksIsRunAgainWithGrowingPauses(t *testing.T) {
	for name, breaks := range map[string]func() error{
		"error": func() error { return taxtest.ErrDatabase },
		"nil":   func() error { return nil },
		"panic": func() error { panic("out of order") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const runs = 16
				var at []time.Time
				r := taxtest.Open(t, watchFunc{taxtest.Script(taxtest.LoadNineteen), func(ctx context.Context, _ func(tax.Key)) error {
					at = append(at, time.Now())
					if len(at) < runs {
						return breaks()
					}
					<-ctx.Done()
					return ctx.Err()
				}}, nil)
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				assert.ErrorIs(t, <-taxtest.Watch(ctx, r), context.DeadlineExceeded)
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
		src := taxtest.NewWatchedSource("19")
		r := taxtest.Open(t, src, nil)
		ctx, cancel := context.WithCancel(t.Context())
		ended := taxtest.Watch(ctx, r)
		require.Equal(t, "19 VAT", <-taxtest.Ask(t.Context(), r))
		for range 3 {
			src.Broken <- errors.New("connection reset")
			src.Percent.Store("21") // in the gap
			time.Sleep(15 * time.Second)
			assert.Equal(t, "21 VAT", <-taxtest.Ask(t.Context(), r), "it listens again, and drops what the gap may have changed")
			src.Percent.Store("22")
			src.Notices <- tax.Key{Country: "DE"}
			synctest.Wait()
			assert.Equal(t, "22 VAT", <-taxtest.Ask(t.Context(), r))
		}
		assert.Len(t, src.Started(), 4)
		time.Sleep(time.Hour)
		before := time.Now()
		src.Broken <- nil
		time.Sleep(time.Second)
		require.Len(t, src.Started(), 5)
		assert.LessOrEqual(t, src.Started()[4].Sub(before), 100*time.Millisecond, "one that held for long starts from the shortest pause")
		cancel()
		assert.ErrorIs(t, <-ended, context.Canceled)
	})
}

func TestWatchEndsWithItsContextOrWithClose(t *testing.T) {
	for name, pausing := range map[string]bool{"listening": false, "between two attempts": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				source := func() tax.Source {
					return watchFunc{taxtest.Script(taxtest.LoadNineteen), func(ctx context.Context, _ func(tax.Key)) error {
						if !pausing {
							<-ctx.Done()
						}
						return taxtest.ErrDatabase
					}}
				}
				r := taxtest.Open(t, source(), nil)
				caused, cancel := context.WithCancelCause(t.Context())
				short, stop := context.WithTimeout(t.Context(), time.Minute)
				defer stop()
				first, second, third := taxtest.Watch(caused, r), taxtest.Watch(short, r.Tenant("shop")), taxtest.Watch(t.Context(), r)
				time.Sleep(50 * time.Second)
				start := time.Now()
				cancel(taxtest.ErrDatabase)
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
		src := taxtest.NewWatchedSource("19")
		r := taxtest.Open(t, src, nil)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		assert.ErrorIs(t, r.Watch(ctx), context.Canceled)
	})
}

func TestWatchNoticeThatComesTooLateHarmsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var changed func(tax.Key)
		r := taxtest.Open(t, watchFunc{taxtest.Script(taxtest.LoadNineteen), func(ctx context.Context, c func(tax.Key)) error {
			changed = c
			<-ctx.Done()
			return ctx.Err()
		}}, nil)
		ended := taxtest.Watch(t.Context(), r)
		r.Close()
		<-ended
		for _, key := range []tax.Key{{}, {Tenant: "shop"}, {Country: "DE"}, {Country: "ZZ"}, {Tenant: "\xff", Country: "\x00"}} {
			assert.NotPanics(t, func() { changed(key) })
		}
	})
}

func TestWatchRefusesASourceThatCannotTell(t *testing.T) {
	var none context.Context
	watched := taxtest.Open(t, taxtest.NewWatchedSource("19"), nil)
	for name, err := range map[string]error{
		"a function":       taxtest.Open(t, taxtest.Fixed(), nil).Watch(t.Context()),
		"a Notifier":       taxtest.Open(t, taxtest.NewNotifyingSource("19"), nil).Watch(t.Context()),
		"overlay of two":   taxtest.Open(t, tax.Overlay(taxtest.Fixed(), taxtest.Fixed()), nil).Watch(t.Context()),
		"overlay of three": taxtest.Open(t, tax.Overlay(tax.Overlay(taxtest.Fixed(), taxtest.Fixed()), taxtest.Fixed()), nil).Watch(t.Context()),
		"no context":       watched.Watch(none),
		"zero resolver":    (&tax.Resolver{}).Watch(t.Context()),
	} {
		var e *tax.InputError
		require.ErrorAs(t, err, &e, name)
		require.ErrorIs(t, err, tax.ErrInvalid, name)
		taxtest.AssertAdvises(t, err)
	}
}

func TestWatchSurvivesAWarningHookThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, breaks := range []func() error{func() error { return taxtest.ErrDatabase }, func() error { panic("out of order") }} {
			r := taxtest.Open(t, watchFunc{taxtest.Script(taxtest.LoadNineteen), func(context.Context, func(tax.Key)) error { return breaks() }},
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
		r := taxtest.Open(t, watchFunc{taxtest.Script(taxtest.LoadNineteen), func(ctx context.Context, _ func(tax.Key)) error {
			if runs++; runs == 1 {
				return taxtest.ErrDatabase
			}
			<-ctx.Done()
			return ctx.Err()
		}}, &tax.Options{OnWarning: func(w tax.Warning) { warned = append(warned, w) }})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		assert.Error(t, r.Watch(ctx))
		require.Len(t, warned, 1, "the end of the context is no failure")
		assert.Equal(t, tax.WarnWatchFailed, warned[0].Kind)
		assert.ErrorIs(t, warned[0].Cause, taxtest.ErrDatabase)
	})
}

func TestOverlayIsAWatcherOnlyIfASourceIsOne(t *testing.T) {
	plain := tax.Overlay(taxtest.Fixed(), taxtest.Fixed())
	_, ok := tax.Overlay(plain, taxtest.Fixed()).(tax.Watcher)
	assert.False(t, ok)
	_, ok = tax.Overlay(plain, tax.Overlay(taxtest.NewWatchedSource("19"), taxtest.Fixed())).(tax.Watcher)
	assert.True(t, ok)
}

func TestWatchOfAnOverlayHearsAllThatCanTell(t *testing.T) {
	plain := taxtest.Fixed()
	type overlaid struct {
		src     tax.Source
		sources []*taxtest.WatchedSource
	}
	for name, build := range map[string]func(a, b *taxtest.WatchedSource) overlaid{
		"both": func(a, b *taxtest.WatchedSource) overlaid {
			return overlaid{tax.Overlay(a, b), []*taxtest.WatchedSource{a, b}}
		},
		"base": func(a, _ *taxtest.WatchedSource) overlaid {
			return overlaid{tax.Overlay(a, plain), []*taxtest.WatchedSource{a}}
		},
		"mine": func(a, _ *taxtest.WatchedSource) overlaid {
			return overlaid{tax.Overlay(plain, a), []*taxtest.WatchedSource{a}}
		},
		"below": func(a, b *taxtest.WatchedSource) overlaid {
			return overlaid{tax.Overlay(tax.Overlay(plain, a), b), []*taxtest.WatchedSource{a, b}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := build(taxtest.NewWatchedSource("19"), taxtest.NewWatchedSource("19"))
				_, ok := o.src.(tax.Watcher)
				assert.True(t, ok)
				r := taxtest.Open(t, o.src, nil)
				ended := taxtest.Watch(t.Context(), r)
				set := func(percent string) {
					for _, s := range o.sources {
						s.Percent.Store(percent)
					}
				}
				hears := func(s *taxtest.WatchedSource, percent string) {
					set(percent)
					s.Notices <- tax.Key{Country: "DE"}
					synctest.Wait()
					assert.Equal(t, percent+" VAT", <-taxtest.Ask(t.Context(), r))
				}
				require.Equal(t, "19 VAT", <-taxtest.Ask(t.Context(), r))
				for _, s := range o.sources {
					hears(s, "20")
					hears(s, "21")
				}
				for _, breaking := range o.sources {
					breaking.Broken <- taxtest.ErrDatabase
					set("22")
					time.Sleep(time.Minute)
					assert.Equal(t, "22 VAT", <-taxtest.Ask(t.Context(), r), "after a gap everything may have changed")
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
