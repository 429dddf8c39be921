package civil

import (
	"sync"
	"sync/atomic"
	"time"
	"weak"
)

// Clock follows the time for lookups, so that they need not ask for it: which
// day it is in the zones it was asked about, and roughly how much time has
// passed. One timer moves both on, every tick; it starts with Start, and ends
// with Stop or with the clock itself, when nothing refers to it any more.
//
// The day is that of the wall clock, whatever it says: after midnight, and
// after a step of the wall clock, the next tick follows it. Ages are measured
// with the monotonic clock of the process, which knows no steps.
type Clock struct {
	wall  func() time.Time
	tick  time.Duration
	start time.Time

	_    [64]byte // the word that every lookup reads shares no cache line with the rest
	past atomic.Int64
	_    [56]byte

	mu      sync.Mutex
	days    map[*time.Location]*Today
	timer   *time.Timer
	stopped bool
}

// NewClock makes a clock that does not tick: its days never move on.
func NewClock(wall func() time.Time) *Clock {
	k := &Clock{}
	k.Init(wall, 0)
	return k
}

// Init sets a clock up, before anything else is asked of it. A clock is a value
// and not a pointer in what embeds it, because lookups would have to follow the
// pointer.
func (k *Clock) Init(wall func() time.Time, tick time.Duration) {
	k.wall, k.tick, k.start = wall, tick, time.Now()
	k.days = make(map[*time.Location]*Today)
}

// Past returns the time since the clock was made, in nanoseconds, as of the
// last tick. It takes no lock and reads no clock.
func (k *Clock) Past() int64 { return k.past.Load() }

// Elapsed returns the time since the clock was made, in nanoseconds.
func (k *Clock) Elapsed() int64 { return int64(time.Since(k.start)) }

// Tick returns the interval at which the clock moves on: Past is late by no
// more.
func (k *Clock) Tick() time.Duration { return k.tick }

// Today returns the day of a zone. The clock moves it on from then on.
func (k *Clock) Today(zone *time.Location) *Today {
	now := k.wall() // the caller's code: not under the lock
	k.mu.Lock()
	defer k.mu.Unlock()
	d := k.days[zone]
	if d == nil {
		d = &Today{zone: zone}
		d.follow(now)
		k.days[zone] = d
	}
	return d
}

// Start starts the timer if it does not run.
func (k *Clock) Start() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.timer != nil || k.stopped || k.tick == 0 {
		return
	}
	k.past.Store(k.Elapsed())
	self := weak.Make(k)
	k.timer = time.AfterFunc(k.tick, func() {
		if k := self.Value(); k != nil {
			k.move()
		}
	})
}

// Stop ends the timer for good.
func (k *Clock) Stop() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.stopped = true
	if k.timer != nil {
		k.timer.Stop()
	}
}

// move follows the time and sets the timer for the next tick.
func (k *Clock) move() {
	now, ok := k.wallTime()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.stopped {
		return
	}
	k.past.Store(k.Elapsed())
	for _, d := range k.days {
		if ok {
			d.follow(now)
		} else {
			d.n.Store(0)
		}
	}
	k.timer.Reset(k.tick)
}

// wallTime asks the wall clock. That is the caller's code, and no caller stands
// above the timer to catch a panic: until the wall clock answers again, the day
// is not known.
func (k *Clock) wallTime() (now time.Time, ok bool) {
	defer func() { ok = recover() == nil }()
	return k.wall(), true
}

// Today is the current day in a time zone. Lookups read it all the time, and it
// changes once a day: it has a cache line of its own. The zero Today is no day,
// of any zone.
type Today struct {
	n    atomic.Int32
	zone *time.Location
	_    [48]byte
}

// Day returns the number of the day; 0 when the wall clock is outside the
// calendar.
func (d *Today) Day() int32 { return d.n.Load() }

// follow sets the day to that of an instant.
func (d *Today) follow(now time.Time) {
	if today := DayOf(now, d.zone); d.n.Load() != today {
		d.n.Store(today)
	}
}
