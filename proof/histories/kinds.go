package histories

import (
	"math/rand/v2"
	"time"
)

// kind is a family of scripts.
type kind struct {
	name    string
	weights weights
	shape   func(s *Script)
}

// step1 is one step of time in scripts with a Timed pace. Pauses take a few steps.
const step1 = 10 * time.Millisecond

var kinds = []kind{
	{
		name:    "nothing breaks",
		weights: weights{write: 14, remove: 3, invalidate: 8, closing: 10},
	},
	{
		name:    "the source fails",
		weights: weights{write: 14, remove: 3, invalidate: 6, warm: 4, closing: 10},
		shape:   func(s *Script) { s.Breaks = Breaks{Fail: 150, Panic: 30, Exit: 30} },
	},
	{
		name:    "callers leave",
		weights: weights{write: 14, remove: 2, invalidate: 4, leave: 35, warm: 2, closing: 10},
		shape:   func(s *Script) { s.Breaks.Fail = 50 },
	},
	{
		name:    "the source hangs",
		weights: weights{write: 14, remove: 2, invalidate: 6, leave: 5, warm: 2, closing: 10},
		shape: func(s *Script) {
			s.Pace = Timed{step1}
			s.options.LoadTimeout = 20 * step1
			s.Breaks = Breaks{Hang: 150, Long: 25 * step1}
		},
	},
	{
		name:    "countries end",
		weights: weights{write: 8, remove: 2, invalidate: 3, warm: 4, closing: 5},
		shape: func(s *Script) {
			s.Pace = Timed{step1}
			s.options.TTL = 16 * step1
			s.options.RefreshAhead = 4 * step1
			s.options.NegativeTTL = 8 * step1
			s.Breaks.Fail = 50
		},
	},
	{
		name:    "stale countries",
		weights: weights{write: 5, remove: 1, invalidate: 2, leave: 8, warm: 2, closing: 5},
		shape: func(s *Script) {
			s.Pace = Timed{step1}
			s.options.TTL = 12 * step1
			s.options.MaxStale = 20 * step1
			s.Breaks = Breaks{Fail: 500, Panic: 50, Exit: 50}
		},
	},
}

// Mixed returns the script with a number. Successive numbers go through all kinds.
func Mixed(seed uint64) *Script { return kinds[seed%uint64(len(kinds))].script(seed) }

// Harmless returns the script with a number in which nothing breaks: only the order
// of operations is difficult.
func Harmless(seed uint64) *Script {
	s := kinds[0].script(seed)
	s.oneLoad = false // some caches do not try to load once
	return s
}

func (k *kind) script(seed uint64) *Script {
	r := rand.New(rand.NewPCG(seed, 4))
	s := &Script{Name: k.name, Seed: seed, Notifier: r.IntN(2) == 0, Watched: r.IntN(4) == 0}
	if s.Pace = Pace(Free{}); r.IntN(2) == 0 {
		s.Pace = Timed{step1}
	}
	// Most caches have room for few countries, so that they evict often.
	s.options.Capacity = 1 + r.IntN(3)
	switch r.IntN(8) {
	case 0:
		s.options.Capacity = 10000
	case 1:
		s.options.TenantQuota = 1
	case 2:
		s.options.MaxBytes = 1
	}
	if k.shape != nil {
		k.shape(s)
	}
	s.deal(k.weights)
	return s
}
