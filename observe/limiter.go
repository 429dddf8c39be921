package observe

import (
	"sync"
	"time"

	"github.com/taxresolve/tax"
)

// subject is what a failure is about.
type subject struct {
	what     string
	key      tax.Key
	location tax.Location
}

// limiter decides which failures are logged. Its zero value is ready.
type limiter struct {
	mu      sync.Mutex
	known   map[subject]*failure
	began   time.Time // of the time in which lines are counted
	lines   int
	omitted int
}

// failure is one that may repeat.
type failure struct {
	times  int // since it began
	logged time.Time
}

const (
	maxLines  = 32   // for each repeat
	maxKnown  = 1024 // failures that are remembered
	maxTenant = 256  // bytes of a tenant that is remembered
)

// allow reports whether a failure is logged now. times is how often it happened in a row,
// and omitted how many others were not logged because there were too many lines.
func (l *limiter) allow(about subject, now time.Time, repeat time.Duration) (times, omitted int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.known[about]
	if f == nil {
		f = &failure{}
		l.remember(about, f, now, repeat)
	}
	f.times++
	if !f.logged.IsZero() && now.Sub(f.logged) < repeat {
		return 0, 0, false
	}
	if l.began.IsZero() || now.Sub(l.began) >= repeat {
		l.began, l.lines = now, 0
	}
	if l.lines >= maxLines {
		l.omitted++
		return 0, 0, false
	}
	l.lines++
	f.logged = now
	omitted, l.omitted = l.omitted, 0
	return f.times, omitted, true
}

// remember keeps a failure. If there are too many, those are forgotten that have not been
// logged for long; if all have been, the new one is not kept.
func (l *limiter) remember(about subject, f *failure, now time.Time, repeat time.Duration) {
	if l.known == nil {
		l.known = make(map[subject]*failure)
	}
	if len(l.known) >= maxKnown {
		for other, old := range l.known {
			if now.Sub(old.logged) >= 2*repeat {
				delete(l.known, other)
			}
		}
	}
	if len(l.known) < maxKnown && len(about.key.Tenant) <= maxTenant {
		l.known[about] = f
	}
}

// recovered forgets a failure, and returns how often it happened; 0 if it was not logged.
func (l *limiter) recovered(about subject) (times int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.known[about]
	if f == nil {
		return 0
	}
	delete(l.known, about)
	if f.logged.IsZero() {
		return 0
	}
	return f.times
}
