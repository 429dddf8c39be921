package histories

import (
	"math/rand/v2"

	"github.com/taxresolve/tax"
)

// Script says what happens in one history, as far as it is not left to chance.
type Script struct {
	Name   string
	Seed   uint64
	Pace   Pace
	Breaks Breaks
	// Notifier makes the world notify the cache of writes. Without it, the client
	// that writes invalidates.
	Notifier bool
	// Watched adds an observer, which is slow.
	Watched bool

	options tax.Options
	keys    []tax.Key
	clients [][]step
	oneLoad bool
}

// step is one operation that a client is to do.
type step struct {
	act   Act
	key   tax.Key
	scope Scope
	how   int  // how to read: see Cache.Read
	gone  bool // a write deletes; a read is given up by its caller
}

var (
	tenants   = []string{"", "a"}
	countries = []string{"DE", "FR"}
)

// weights are the percentages of the acts; the rest are reads.
type weights struct{ write, remove, invalidate, leave, warm, closing int }

// deal writes the steps of 3 to 8 clients, with 5 to 15 operations each, on 2 or 3
// keys.
func (s *Script) deal(w weights) {
	r := rand.New(rand.NewPCG(s.Seed, 0))
	for _, t := range tenants {
		for _, c := range countries {
			s.keys = append(s.keys, tax.Key{Tenant: t, Country: c})
		}
	}
	r.Shuffle(len(s.keys), func(i, j int) { s.keys[i], s.keys[j] = s.keys[j], s.keys[i] })
	s.keys = s.keys[:2+r.IntN(2)]
	// It is not visible from outside when a load in the background was asked for.
	s.oneLoad = w.leave == 0 && s.Breaks.Hang == 0 && s.options.TTL == 0
	s.clients = make([][]step, 3+r.IntN(6))
	for i := range s.clients {
		for range 5 + r.IntN(11) {
			s.clients[i] = append(s.clients[i], w.draw(r, s.keys))
		}
	}
	if r.IntN(100) < w.closing {
		// One client closes, in the second half of its steps.
		i := r.IntN(len(s.clients))
		half := len(s.clients[i]) / 2
		s.clients[i][half+r.IntN(half)].act = Close
	}
}

func (w weights) draw(r *rand.Rand, keys []tax.Key) step {
	// The first key is the busy one.
	p := step{key: keys[min(r.IntN(len(keys)+2), len(keys)+1)%len(keys)], how: r.IntN(8), scope: OneCountry}
	switch n := r.IntN(10); {
	case n == 8:
		p.scope = OneTenant
	case n == 9:
		p.scope = Everything
	}
	n := r.IntN(100)
	for _, c := range []struct {
		weight int
		step
	}{
		{w.write, step{act: Write}}, {w.remove, step{act: Write, gone: true}}, {w.invalidate, step{act: Invalidate}},
		{w.leave, step{act: Read, gone: true}}, {w.warm, step{act: Warm}},
	} {
		if n -= c.weight; n < 0 {
			p.act, p.gone = c.act, c.gone
			break
		}
	}
	return p
}
