package freshness_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
	"github.com/taxresolve/tax/rates"
	"github.com/taxresolve/tax/store"
)

// hereSource says that it never waits, and counts the loads in the goroutine of a lookup.
type hereSource struct {
	load        tax.SourceFunc
	here, other atomic.Int32
}

func (s *hereSource) NeverWaits() bool { return true }

func (s *hereSource) Configurations(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
	if calledByLookup() {
		s.here.Add(1)
	} else {
		s.other.Add(1)
	}
	return s.load(ctx, key)
}

// calledByLookup reports whether a method of a resolver is on the stack.
func calledByLookup() bool {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(0, pcs)])
	for {
		frame, more := frames.Next()
		if strings.Contains(frame.Function, "tax.(*Resolver)") {
			return true
		}
		if !more {
			return false
		}
	}
}

func (s *hereSource) loads() [2]int32 { return [2]int32{s.here.Load(), s.other.Load()} }

func TestASourceThatNeverWaitsIsCalledByTheLookup(t *testing.T) {
	none := tax.SourceFunc(taxtest.LoadNone)
	for name, c := range map[string]struct {
		wrap func(*hereSource) tax.Source
		opts *tax.Options
		want [2]int32
	}{
		"alone":                     {func(s *hereSource) tax.Source { return s }, nil, [2]int32{1, 0}},
		"over one that never waits": {func(s *hereSource) tax.Source { return tax.Overlay(rates.World(), s) }, nil, [2]int32{1, 0}},
		"under a store in memory":   {func(s *hereSource) tax.Source { return store.NewMemory(&store.Options{Base: s}) }, nil, [2]int32{1, 0}},
		"over one that may wait":    {func(s *hereSource) tax.Source { return tax.Overlay(none, s) }, nil, [2]int32{0, 1}},
		"under one that may wait":   {func(s *hereSource) tax.Source { return tax.Overlay(s, none) }, nil, [2]int32{0, 1}},
		"with an observer": {func(s *hereSource) tax.Source { return s },
			&tax.Options{Observer: &tax.Observer{LoadEnd: func(context.Context, tax.LoadEvent) {}}}, [2]int32{0, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			s := &hereSource{load: taxtest.LoadNineteen}
			r := taxtest.Open(t, c.wrap(s), c.opts)
			_, err := r.Resolve(t.Context(), "DE", "")
			require.NoError(t, err)
			assert.Equal(t, c.want, s.loads(), "in the goroutine of the lookup, in another one")
		})
	}
	waits := store.NewMemory(&store.Options{Base: none})
	assert.False(t, waits.NeverWaits(), "its base may wait")
}

func TestAnAnswerDoesNotWaitForALoadInTheBackground(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &hereSource{load: taxtest.LoadNineteen}
		r := taxtest.Open(t, s, &tax.Options{TTL: time.Hour, RefreshAhead: 30 * time.Minute})
		for range 2 {
			_, err := r.Resolve(t.Context(), "DE", "")
			require.NoError(t, err)
			time.Sleep(50 * time.Minute)
		}
		synctest.Wait()
		assert.Equal(t, [2]int32{1, 1}, s.loads())
	})
}

// A large country takes long to compile, whatever its source says.
func TestALargeCountryIsNotCompiledByTheLookup(t *testing.T) {
	set := []tax.Configuration{taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19"))}
	for i := range 2000 {
		set = append(set, taxtest.Doc(fmt.Sprintf("DE-X-%d", i)))
	}
	s := &hereSource{load: taxtest.Fixed(set...)}
	r := taxtest.Open(t, s, nil)
	a, err := r.Lookup(t.Context(), tax.Lookup{Country: "DE", Region: "X-1999"})
	require.NoError(t, err)
	assert.Equal(t, "DE-X-1999", a.Location().String())
	assert.Equal(t, [2]int32{1, 1}, s.loads(), "the documents are read here, and read and compiled elsewhere")
}

// What a country is compiled to can be far more than its documents say.
func TestWhatTakesLongToCompileIsNotCompiledByTheLookup(t *testing.T) {
	many := func(n int) (classes []tax.Class) {
		for i := range n {
			classes = append(classes, taxtest.Class(fmt.Sprintf("C%d", i), "- 19"))
		}
		return classes
	}
	regions := func(n int, set ...tax.Configuration) []tax.Configuration {
		for i := range n {
			set = append(set, taxtest.Doc(fmt.Sprintf("DE-X-%d", i)))
		}
		return set
	}
	inside := regions(200, taxtest.Doc("DE", many(1)...))
	for i := range inside[2:] {
		inside[i+2].Within = inside[i+1].Location.Region
		inside[i+2].Classes = []tax.Class{taxtest.Class(fmt.Sprintf("D%d", i), "- 19")}
	}
	aliased, parts, sourced, named := many(1), many(1), many(1), many(1)
	names := map[string]string{}
	for i := range 2000 {
		aliased[0].Aliases = append(aliased[0].Aliases, fmt.Sprintf("A%d", i))
		sourced[0].Rates[0].Evidence.Sources = append(sourced[0].Rates[0].Evidence.Sources, "a source")
		parts[0].Rates[0].Components = append(parts[0].Rates[0].Components, tax.Component{})
		names[fmt.Sprintf("en-x-a%d", i)] = "name"
	}
	var err error
	named[0].Name, err = tax.NewLocalizedText(names)
	require.NoError(t, err)
	referring := taxtest.Doc("DE", many(1)...)
	referring.Elsewhere = []tax.Referral{{Location: tax.Location{Country: "AT"}, PostalCodes: make([]tax.PostalRange, 2000)}}
	for name, set := range map[string][]tax.Configuration{
		"classes that many regions inherit":   regions(390, taxtest.Doc("DE", many(300)...)),
		"classes of regions within regions":   inside,
		"aliases":                             {taxtest.Doc("DE", aliased...)},
		"components":                          {taxtest.Doc("DE", parts...)},
		"sources":                             {taxtest.Doc("DE", sourced...)},
		"names":                               {taxtest.Doc("DE", named...)},
		"postal codes that belong to another": {referring},
	} {
		t.Run(name, func(t *testing.T) {
			s := &hereSource{load: taxtest.Fixed(set...)}
			_, _ = taxtest.Open(t, s, nil).Resolve(t.Context(), "DE", "C0")
			assert.Equal(t, [2]int32{1, 1}, s.loads())
		})
	}
	for _, country := range []string{"DE", "US", "FR", "ES"} {
		s := &hereSource{load: rates.World().Configurations}
		_, _ = taxtest.Open(t, s, nil).Resolve(t.Context(), country, "")
		assert.Equal(t, [2]int32{1, 0}, s.loads(), country)
	}
}

func TestASourceThatWaitsAllTheSameHoldsUpOnlyItsOwnLookup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		s := &hereSource{load: func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
			if key.Country == "DE" {
				<-gate // it does not heed its context
			}
			return taxtest.LoadNineteen(ctx, key)
		}}
		r := taxtest.Open(t, s, &tax.Options{LoadTimeout: 10 * time.Second})
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		own := taxtest.Ask(short, r)
		synctest.Wait()

		began := time.Now()
		_, err := r.Resolve(short, "DE", "")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, time.Second, time.Since(began), "another lookup leaves at its deadline")
		assert.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), "FR", "")), "another country")
		_, err = r.Resolve(t.Context(), "DE", "")
		require.ErrorIs(t, err, tax.ErrUnavailable)
		assert.Equal(t, 10*time.Second, time.Since(began), "and without one, at Options.LoadTimeout")
		assert.Equal(t, 1, r.Stats().Abandoned)
		select {
		case answer := <-own:
			t.Fatal("the source has not returned: ", answer)
		default:
		}
		close(gate)
		<-own
		synctest.Wait()
		assert.Zero(t, r.Stats().Abandoned)
		time.Sleep(time.Minute) // longer than any pause after a failure
		assert.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
	})
}

func TestASourceThatBreaksInALookupLeavesNobodyWaiting(t *testing.T) {
	for name, breaks := range map[string]func(){"panic": func() { panic("oops") }, "goexit": runtime.Goexit} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				gate, broken := make(chan struct{}), true
				r := taxtest.Open(t, &hereSource{load: func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
					if <-gate; broken {
						breaks()
					}
					return taxtest.LoadNineteen(ctx, key)
				}}, nil)
				var own error
				ended := make(chan struct{})
				go func() {
					defer close(ended)
					own = errors.New("it ended")
					_, own = r.Resolve(context.Background(), "DE", "")
				}()
				synctest.Wait()
				other := taxtest.Ask(t.Context(), r)
				synctest.Wait()
				close(gate)
				<-ended
				if name == "panic" {
					require.ErrorIs(t, own, tax.ErrUnavailable)
				} else {
					require.EqualError(t, own, "it ended")
				}
				assert.Contains(t, <-other, "unavailable")
				assert.Zero(t, r.Stats().Loading)
				broken = false
				time.Sleep(time.Minute)
				assert.Equal(t, "19 VAT", taxtest.Answer(r.Resolve(t.Context(), "DE", "")))
			})
		})
	}
}

// The functions of the user may wait, even if the source does not.
func TestALookupWaitsForNoFunctionOfTheOptionsBeyondItsContext(t *testing.T) {
	for name, options := range map[string]func(wait func()) *tax.Options{
		"Languages": func(wait func()) *tax.Options {
			return &tax.Options{Languages: func(string) *tax.Languages { wait(); return nil }}
		},
		"Clock": func(wait func()) *tax.Options {
			return &tax.Options{Clock: func() time.Time { wait(); return time.Now() }}
		},
		"OnWarning": func(wait func()) *tax.Options {
			return &tax.Options{OnWarning: func(tax.Warning) { wait() }, MaxDataAge: time.Hour}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var waits atomic.Bool
				s := &hereSource{load: func(context.Context, tax.Key) ([]tax.Configuration, error) {
					return []tax.Configuration{taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19")), {Location: tax.Location{Country: "DE", Region: "X-A"}, TimeZone: "?"}}, nil
				}}
				r := taxtest.Open(t, s, options(func() {
					if waits.Load() {
						time.Sleep(time.Second)
					}
				}))
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
				defer cancel()
				waits.Store(true)
				defer time.Sleep(2 * time.Second) // until the load has returned
				began := time.Now()
				_, err := r.Resolve(ctx, "DE", "")
				require.ErrorIs(t, err, context.DeadlineExceeded)
				assert.Equal(t, 10*time.Millisecond, time.Since(began))
			})
		})
	}
}

// numbered is a source with versions. It counts how often documents are read.
type numbered struct {
	load    tax.SourceFunc
	version func(tax.Key) (uint64, bool)
	reads   int
}

func (s *numbered) NeverWaits() bool { return true }

func (s *numbered) Version(key tax.Key) (uint64, bool) { return s.version(key) }

func (s *numbered) Configurations(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
	s.reads++
	return s.load(ctx, key)
}

func versionOfNineteen(version int64) []tax.Configuration {
	c := taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 19"))
	c.Metadata.Version = version
	return []tax.Configuration{c}
}

func TestAVersionThatIsKnownIsNotReadAgain(t *testing.T) {
	number, ok := uint64(7), true
	s := &numbered{load: taxtest.LoadNineteen, version: func(tax.Key) (uint64, bool) { return number, ok }}
	r := taxtest.Open(t, s, nil)
	ask := func(tenant string) {
		assert.Equal(t, "19 VAT", taxtest.Answer(r.Tenant(tenant).Resolve(t.Context(), "DE", "")))
	}
	ask("a")
	ask("b")
	assert.Equal(t, 1, s.reads, "another tenant")
	_, err := r.Resolve(t.Context(), "FR", "")
	require.NoError(t, err)
	assert.Equal(t, 2, s.reads, "another country")
	number++
	ask("c")
	assert.Equal(t, 3, s.reads, "another version")
	ok = false
	ask("d")
	assert.Equal(t, 4, s.reads, "no version")
	ok, number = true, 7
	_, err = taxtest.Open(t, s, nil).Resolve(t.Context(), "DE", "")
	require.NoError(t, err)
	assert.Equal(t, 5, s.reads, "another resolver")
	ask("e")
	assert.Equal(t, 5, s.reads, "the version is known still")
}

func TestDocumentsThatChangeWhileTheyAreReadHaveNoVersion(t *testing.T) {
	number := uint64(1)
	s := &numbered{version: func(tax.Key) (uint64, bool) { return number, true }}
	s.load = func(context.Context, tax.Key) ([]tax.Configuration, error) {
		number = 2
		return []tax.Configuration{taxtest.Doc("DE", taxtest.Class("STANDARD*", "- 20"))}, nil
	}
	r := taxtest.Open(t, s, nil)
	assert.Equal(t, "20 VAT", taxtest.Answer(r.Tenant("a").Resolve(t.Context(), "DE", "")))
	number, s.load = 1, taxtest.LoadNineteen
	assert.Equal(t, "19 VAT", taxtest.Answer(r.Tenant("b").Resolve(t.Context(), "DE", "")), "the documents of the first version")
}

func TestAVersionHasItsOwnMetadata(t *testing.T) {
	version := int64(1)
	s := &numbered{
		load:    func(context.Context, tax.Key) ([]tax.Configuration, error) { return versionOfNineteen(version), nil },
		version: func(tax.Key) (uint64, bool) { return uint64(version), version > 1 },
	}
	r := taxtest.Open(t, s, nil)
	for _, version = range []int64{1, 2, 3, 3} {
		a, err := r.Tenant(fmt.Sprint(version, s.reads)).Resolve(t.Context(), "DE", "")
		require.NoError(t, err)
		assert.Equal(t, version, a.Explain().Documents[0].Version)
	}
}

func TestALaterTenantOfTheWorldTakesFewAllocations(t *testing.T) {
	r := taxtest.Open(t, rates.World(), nil)
	ctx := context.Background()
	_, err := r.Resolve(ctx, "DE", "")
	require.NoError(t, err)
	views := make([]*tax.Resolver, 0, 400)
	for i := range cap(views) {
		views = append(views, r.Tenant(fmt.Sprint("shop ", i)))
	}
	n := 0
	assert.LessOrEqual(t, fewest(func() {
		_, err = views[n].Resolve(ctx, "DE", "")
		n++
	}), 2.0)
	require.NoError(t, err)
}

func TestAMissInTheLookupTakesFewAllocations(t *testing.T) {
	set := versionOfNineteen(1)
	r := taxtest.Open(t, plainSource{func(context.Context, tax.Key) ([]tax.Configuration, error) { return set, nil }}, nil)
	ctx := context.Background()
	var err error
	assert.Equal(t, 2.0, fewest(func() {
		r.Invalidate("DE")
		_, err = r.Resolve(ctx, "DE", "")
	}))
	require.NoError(t, err)
}

// plainSource never waits and does nothing else.
type plainSource struct{ tax.SourceFunc }

func (plainSource) NeverWaits() bool { return true }
