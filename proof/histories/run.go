package histories

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/taxresolve/tax"
)

// Run plays a script against a cache. When all clients are done and nothing breaks
// any more, it reads every key again and closes the cache.
func Run(s *Script, make Maker) (*History, error) {
	p := &play{script: s}
	p.world = newWorld(s, &p.clock)
	src := tax.Source(p.world)
	if !s.Notifier {
		src = tax.SourceFunc(p.world.Configurations)
	}
	cache, err := make(src, s)
	if err != nil {
		return nil, err
	}
	p.cache = cache
	main := p.client(-1)
	for _, key := range s.keys {
		main.do(step{act: Write, key: key})
	}
	var clients sync.WaitGroup
	for i, steps := range s.clients {
		clients.Go(func() {
			c := p.client(i)
			for _, s := range steps {
				p.script.Pace.Pause(c.random, 3)
				c.do(s)
			}
		})
	}
	clients.Wait()
	p.world.calmDown()
	for range 2 {
		for _, key := range s.keys {
			main.do(step{act: Read, key: key, how: main.random.IntN(8)})
		}
	}
	evictions := cache.Evictions()
	main.do(step{act: Close})
	for _, key := range s.keys {
		main.do(step{act: Read, key: key})
	}
	p.leaving.Wait()
	h := &History{Operations: p.operations, Loads: p.world.ended(), OneLoad: s.oneLoad, Evictions: evictions}
	slices.SortFunc(h.Operations, func(a, b Operation) int { return cmp.Compare(a.Call, b.Call) })
	return h, p.err
}

// play is a script that is being run.
type play struct {
	script  *Script
	world   *World
	cache   Cache
	clock   atomic.Int64
	version atomic.Int64
	leaving sync.WaitGroup

	mu         sync.Mutex
	operations []Operation
	err        error
}

// client does its operations one after the other.
type client struct {
	*play
	number int
	random *rand.Rand
}

func (p *play) client(n int) *client {
	return &client{p, n, rand.New(rand.NewPCG(p.script.Seed, uint64(100+n)))}
}

// do runs a step and records the operation.
func (c *client) do(s step) {
	o := Operation{Client: c.number, Act: s.act, Key: s.key}
	if s.act == Write && !s.gone {
		o.Version = int(c.version.Add(1))
	}
	ctx := context.Background()
	if s.act == Read && s.gone {
		o.Left = true
		ctx = c.leave()
	}
	var err error
	var answer Answer
	began := time.Now()
	o.Call = c.clock.Add(1)
	switch s.act {
	case Read:
		answer, o.Err = c.cache.Read(ctx, s.key, s.how)
	case Write:
		err = c.world.write(s.key, o.Version)
		if !c.script.Notifier {
			c.cache.Invalidate(s.key, s.scope)
		}
	case Invalidate:
		c.cache.Invalidate(s.key, s.scope)
	case Warm:
		// The error does not matter: reads load again what failed.
		_ = c.cache.Warm(ctx, s.key.Tenant, countries)
	case Close:
		c.cache.Close()
	}
	o.Return = c.clock.Add(1)
	o.Broken = c.world.hasBroken(s.key)
	if s.act == Read {
		o.Version, o.Stale = answer.Version, answer.Stale
		o.TooOld = c.script.tooOld(answer, began)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.operations = append(c.operations, o)
	c.err = cmp.Or(c.err, err)
}

// tooOld reports whether an answer was too old when the question was asked. Without
// a TTL no answer is.
func (s *Script) tooOld(a Answer, asked time.Time) bool {
	may := s.options.TTL
	if a.Stale {
		may += s.options.MaxStale
	}
	return s.options.TTL > 0 && !a.LoadedAt.IsZero() && asked.Sub(a.LoadedAt) > may
}

// leave returns a context that ends soon: it is cancelled or reaches its deadline.
func (c *client) leave() context.Context {
	r := rand.New(rand.NewPCG(c.random.Uint64(), 3))
	if timed, ok := c.script.Pace.(Timed); ok && r.IntN(2) == 0 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(r.IntN(5))*timed.Step)
		c.leaving.Go(func() { <-ctx.Done(); cancel() })
		return ctx
	}
	ctx, cancel := context.WithCancel(context.Background())
	c.leaving.Go(func() {
		c.script.Pace.Pause(r, 4)
		cancel()
	})
	return ctx
}
