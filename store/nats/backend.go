package nats

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// backend is a [store.Backend] in a bucket.
type backend struct {
	conn    *nats.Conn
	js      jetstream.JetStream
	request func(ctx context.Context, subject string, data []byte) (*nats.Msg, error) // of conn
	options Options
	stream  string
	prefix  string // of all subjects
	id      string // of this opened store
	most    int    // bytes that the bucket takes in a message; 0 for no limit
	feed    feed
	floors  floors
	recent  recent
	late    late
	reads   line // requests to the leader
	writes  line
	window  window        // of new countries
	created atomic.Int64  // the instant in which the stream was created, in nanoseconds
	probing chan struct{} // has an element while it is looked whether a write is denied
	behind  atomic.Int64  // since when the leader has been behind, in nanoseconds; 0 if it is not

	closing sync.Once
	closed  chan struct{}
}

var (
	_ store.Backend     = (*backend)(nil)
	_ store.BulkBackend = (*backend)(nil)
	_ tax.Watcher       = (*backend)(nil)
)

// Close ends the watching.
func (b *backend) Close() error {
	b.closing.Do(func() { close(b.closed); b.js.CleanupPublisher() })
	b.feed.wait()
	return nil
}

// limited returns a context with the deadline of every call.
func (b *backend) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, b.options.Timeout)
}

// Load returns the state of a country with one request to the leader.
func (b *backend) Load(ctx context.Context, key tax.Key) (*store.Country, error) {
	limited, cancel := b.limited(ctx)
	defer cancel()
	subject, ok := b.subjectOf(key)
	if !ok {
		return nil, nil
	}
	m, err := b.leading(limited, key, subject)
	if err != nil {
		return nil, err
	}
	return m.country(key.Country), nil
}

// atOnce is the number of requests that are under way together.
const atOnce = 256

// LoadAll returns the states of countries, many at the same time. It asks for what each tenant
// has, so that an import does not ask for every country that is new.
func (b *backend) LoadAll(ctx context.Context, keys []tax.Key) ([]*store.Country, error) {
	states, errs := make([]*store.Country, len(keys)), make([]error, len(keys))
	tenants := byTenant(keys)
	together(len(tenants), atOnce, func(i int) { tenants[i] = b.existing(ctx, keys, tenants[i]) })
	left := slices.Concat(tenants...)
	together(len(left), atOnce, func(i int) { n := left[i]; states[n], errs[n] = b.Load(ctx, keys[n]) })
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return states, nil
}

// byTenant returns the numbers of the keys of each tenant.
func byTenant(keys []tax.Key) (lists [][]int) {
	at := make(map[string]int)
	for n, key := range keys {
		i, ok := at[key.Tenant]
		if !ok {
			i = len(lists)
			at[key.Tenant], lists = i, append(lists, nil)
		}
		lists[i] = append(lists[i], n)
	}
	return lists
}

// existing returns those of a tenant's keys that may have something.
func (b *backend) existing(ctx context.Context, keys []tax.Key, of []int) (left []int) {
	if len(of) < 2 {
		return of
	}
	limited, cancel := b.limited(ctx)
	defer cancel()
	written, err := b.subjects(limited, b.tenantSubject(keys[of[0]].Tenant)+".*")
	if err != nil {
		return of // one of them by itself will say why
	}
	for _, n := range of {
		subject, ok := b.subjectOf(keys[n])
		if ok && !written[subject] && b.floors.passLeader(keys[n], floor{}) {
			continue // no message, and the server that leads is not behind
		}
		left = append(left, n)
	}
	return left
}

// together calls do for the numbers below n, at most so many at the same time.
func together(n, most int, do func(i int)) {
	if n == 1 {
		do(0)
		return
	}
	var wg sync.WaitGroup
	turns := make(chan struct{}, most)
	for i := range n {
		turns <- struct{}{}
		wg.Go(func() {
			defer func() { <-turns }()
			do(i)
		})
	}
	wg.Wait()
}

// Ended returns what the messages of a country tell of the past.
func (b *backend) Ended(ctx context.Context, key tax.Key, at *tax.Location) (ended []*store.Version, removed time.Time, err error) {
	limited, cancel := b.limited(ctx)
	defer cancel()
	subject, ok := b.subjectOf(key)
	if !ok {
		return nil, time.Time{}, nil
	}
	var before, last *state
	for sequence := uint64(1); ; {
		m, err := b.next(limited, subject, sequence)
		if err != nil {
			return nil, time.Time{}, err
		}
		if m == nil {
			break
		}
		s := decode(m)
		switch {
		case before == nil && s.Revision > 1:
			removed = s.Modified // what it has replaced is not there
		case before == nil:
		case s.Revision != before.Revision+1:
			removed = s.Modified
		default:
			gone, err := before.ended(s, key.Country, at)
			if err != nil {
				return nil, time.Time{}, fmt.Errorf("%w: the history of %s: %w", tax.ErrInvalid, key.Country, err)
			}
			if s.Unkept && len(gone) > 0 {
				removed = s.Modified
				gone = nil
			}
			ended = append(ended, gone...)
		}
		before, last, sequence = s, s, m.sequence+1
	}
	if last == nil {
		return nil, time.Time{}, nil
	}
	ended, pruned := store.Retention{Versions: last.Versions, Age: last.Age}.Prune(ended, last.Modified)
	if pruned.After(removed) {
		removed = pruned
	}
	return ended, removed, nil
}

// ended returns the versions that the next state has ended.
func (s *state) ended(next *state, country string, at *tax.Location) (list []*store.Version, err error) {
	for i := range s.Documents {
		d := &s.Documents[i]
		if at != nil && at.Region != d.Region {
			continue
		}
		j := slices.IndexFunc(next.Documents, func(n document) bool { return n.Region == d.Region })
		if j >= 0 && next.Documents[j].Version == d.Version || d.Configuration == nil {
			continue
		}
		v, err := d.version(country)
		if err != nil {
			return nil, err
		}
		v.Until, v.EndedBy, v.Deleted = next.Modified, next.Author, j < 0
		list = append(list, v)
	}
	return list, nil
}
