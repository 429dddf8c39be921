package freshness_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

// soakVariable is the environment variable that says how long TestNothingStaysOfALongUse
// uses its resolvers, such as 10m. The test needs a -timeout above it.
const soakVariable = "FRESHNESS_SOAK"

func soakLength(t *testing.T) time.Duration {
	text := os.Getenv(soakVariable)
	if text == "" {
		return 300 * time.Millisecond
	}
	length, err := time.ParseDuration(text)
	require.NoError(t, err, soakVariable)
	return length
}

// soak is a number of resolvers in use by tenants who come and go.
type soak struct {
	*testing.T
	resolvers []*tax.Resolver
	state     atomic.Int64 // of the documents; each has classes that there never were
	first     atomic.Int64 // of the tenants that are here
	answers   atomic.Int64
	failures  atomic.Int64
	paused    sync.RWMutex // held while nobody may do anything
}

const (
	soakTimeout = 20 * time.Millisecond // of a load
	soakTenants = 60                    // are here at once
)

// load fails in all ways, or returns the documents of a tenant: a class that tells whose they
// are, one that all have, and one that only the state has.
func (s *soak) load(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
	switch rand.IntN(200) {
	case 0, 1:
		return nil, taxtest.ErrDatabase
	case 2:
		panic("a bug in a source")
	case 3:
		runtime.Goexit()
	case 4:
		return nil, nil
	case 5:
		<-ctx.Done()
		return nil, ctx.Err()
	case 6:
		time.Sleep(2 * soakTimeout) // whatever the context says
	}
	return s.documents(key)
}

// documents is load for a source that never waits.
func (s *soak) documents(key tax.Key) ([]tax.Configuration, error) {
	c := taxtest.Doc(key.Country, taxtest.Class("STANDARD*", "- 19"), taxtest.Class("WHOSE", "- "+whose(key.Tenant)))
	c.TimeZone = "Europe/Berlin"
	if state := s.state.Load(); rand.IntN(4) == 0 {
		c.Classes = append(c.Classes, taxtest.Class("STATE", fmt.Sprintf("- 1.%d; 2020-07-01 7", state)))
		c.Metadata.Source = fmt.Sprint("gazette ", state)
	}
	set := []tax.Configuration{c}
	switch rand.IntN(20) {
	case 0:
		set = append(set, taxtest.Doc(key.Country+"-X-NORTH", taxtest.Class("STANDARD", fmt.Sprintf("- 2.%d", s.state.Load()))))
	case 1:
		set[0].Classes[0].Rates = nil // withheld
	}
	return set, nil
}

// whose returns the percentage that tells a tenant from most others.
func whose(tenant string) string {
	return fmt.Sprint(1 + len(tenant)%7*11 + int(tenant[len(tenant)-1]-'0'))
}

// open returns a resolver of one of several kinds.
func (s *soak) open(kind int) *tax.Resolver {
	opts := tax.Options{LoadTimeout: soakTimeout, NegativeTTL: time.Millisecond}
	var src tax.Source = tax.SourceFunc(s.load)
	switch kind % 4 {
	case 0:
		opts.Capacity, opts.TenantQuota, opts.TTL, opts.MaxStale = 200, 7, 60*time.Millisecond, 40*time.Millisecond
	case 1:
		opts.Capacity, opts.MaxBytes = 1000, 100_000
		opts.Observer = &tax.Observer{LoadEnd: func(context.Context, tax.LoadEvent) {}, Evicted: func(tax.Key) {}}
	case 2:
		opts.Capacity, opts.CountHits, opts.TTL = 300, true, 40*time.Millisecond
		opts.RefreshAhead = 20 * time.Millisecond
		opts.OnWarning = func(tax.Warning) {}
	default:
		opts.Capacity = 250
		src = &hereSource{load: func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
			if rand.IntN(100) == 0 {
				return nil, taxtest.ErrDatabase
			}
			return s.documents(key)
		}}
	}
	r, err := tax.NewResolver(src, &opts)
	require.NoError(s, err)
	return r
}

// use does what programs do until the time is over.
func (s *soak) use(ctx context.Context, random *rand.Rand) {
	countries := taxtest.Countries()[:30]
	for n := 0; ctx.Err() == nil; n++ {
		s.paused.RLock()
		tenant := fmt.Sprint("tenant ", s.first.Load()+random.Int64N(soakTenants))
		if random.IntN(50) == 0 {
			tenant = strings.Repeat("long ", 60) + tenant
		}
		country := countries[random.IntN(1+random.IntN(len(countries)))]
		view := s.resolvers[random.IntN(len(s.resolvers))].Tenant(tenant)
		switch k := random.IntN(1000); {
		case k < 20:
			view.Invalidate(country)
		case k < 24:
			view.InvalidateTenant()
		case k < 25:
			view.InvalidateAll()
		case k < 28:
			s.state.Add(1)
		case k < 36:
			s.first.Add(1)
		case k < 37:
			s.passing(random.IntN(4))
		default:
			s.ask(view, tenant, country, k < 60)
		}
		s.paused.RUnlock()
		if n%20 == 0 {
			time.Sleep(time.Duration(random.IntN(1000)) * time.Microsecond)
		}
	}
}

// ask looks up whose documents there are. Some callers have little time.
func (s *soak) ask(view *tax.Resolver, tenant, country string, hasty bool) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if hasty {
		ctx, cancel = context.WithTimeout(ctx, time.Millisecond)
		defer cancel()
	}
	a, err := view.Resolve(ctx, country, "WHOSE")
	switch {
	case err == nil:
		s.answers.Add(1)
		if got := a.Percent().String(); got != whose(tenant) {
			s.Errorf("%s is told %s %%, and has %s %%", tenant, got, whose(tenant))
		}
	case errors.Is(err, tax.ErrUnavailable), errors.Is(err, tax.ErrUnknownCountry), errors.Is(err, tax.ErrInvalid):
		s.failures.Add(1)
	default:
		s.Errorf("%s in %s: %v", tenant, country, err)
	}
}

// passing uses a resolver for a moment. Not every program closes it.
func (s *soak) passing(kind int) {
	r := s.open(kind)
	_, _ = r.Tenant("tenant 1").Resolve(context.Background(), "DE", "")
	if kind > 1 {
		r.Close()
	}
}

// inUse is what a process has in use.
type inUse struct {
	heap, objects int64
	goroutines    int
}

func (u inUse) String() string {
	return fmt.Sprintf("%d KiB, %d objects, %d goroutines", u.heap>>10, u.objects, u.goroutines)
}

// sight returns what is in use.
func sight() inUse {
	heap := taxtest.HeapInUse()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return inUse{heap, int64(m.HeapObjects), runtime.NumGoroutine()}
}

// dropped returns what is in use after everything was dropped, while nobody does anything.
func (s *soak) dropped() inUse {
	s.paused.Lock()
	defer s.paused.Unlock()
	for _, r := range s.resolvers {
		ended := func() bool {
			r.InvalidateAll()
			n := r.Stats()
			return n.Countries == 0 && n.Loading == 0 && n.Abandoned == 0 && n.Bytes == 0
		}
		if !assert.Eventually(s, ended, 10*time.Second, time.Millisecond) {
			s.Logf("%+v", r.Stats())
		}
	}
	return sight()
}

// last runs the resolvers for a time, and returns what is in use after a part of it and in
// the end.
func (s *soak) last(length time.Duration) (early, late inUse) {
	for kind := range 4 {
		s.resolvers = append(s.resolvers, s.open(kind))
	}
	ctx, cancel := context.WithTimeout(s.Context(), length)
	defer cancel()
	var users sync.WaitGroup
	for seed := range uint64(4) {
		users.Go(func() { s.use(ctx, rand.New(rand.NewPCG(seed, 19))) })
	}
	time.Sleep(length / 3)
	early = s.dropped()
	users.Wait()
	late = s.dropped()
	for _, r := range s.resolvers {
		r.Close()
	}
	s.resolvers = nil
	return early, late
}

// However many tenants come and go, whatever their sources do, and however often documents
// change: what was dropped is freed, shared classes and what finds them included. Of what a
// resolver finds shared classes with, a part may stay until it needs the room again.
func TestNothingStaysOfALongUse(t *testing.T) {
	const (
		grown        = 256 << 10 // bytes of a table that was larger once
		other        = 64 << 10  // bytes of everything else in the process
		otherObjects = 300
	)
	length := soakLength(t)
	s := &soak{T: t}
	s.last(length / 6) // what is made once
	before := sight()
	early, late := s.last(length * 5 / 6)
	s.resolvers = nil
	var after inUse
	back := func() bool {
		after = sight()
		return after.goroutines <= before.goroutines && after.objects <= before.objects+otherObjects && after.heap <= before.heap+other
	}
	for range 20 {
		if back() {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Logf("%d answers and %d failures, %d tenants, %d states of the documents, %v", s.answers.Load(), s.failures.Load(), s.first.Load(), s.state.Load(), length)
	t.Logf("in use before %v; with everything dropped %v, and later %v; after %v", before, early, late, after)
	assert.True(t, back(), "something stays: %v, and before %v", after, before)
	assert.LessOrEqual(t, late.heap, early.heap+grown)
	assert.LessOrEqual(t, late.objects, early.objects+otherObjects)
	assert.LessOrEqual(t, late.goroutines, early.goroutines+2)
	require.Positive(t, s.answers.Load())
	if length > 5*time.Second { // in a moment of a busy machine nothing may have failed
		require.Positive(t, s.failures.Load())
	}
}
