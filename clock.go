package tax

import (
	"sync"
	"sync/atomic"
	"time"
	"weak"
)

// clock follows the time for the lookups of a resolver, so that they need not
// ask for it: which day it is in the zones of the countries that were loaded,
// and roughly how much time has passed. One timer moves both on, every tick;
// it begins with the first country, and ends with stop or with the clock
// itself, when nobody refers to it any more.
//
// The day is that of Options.Clock, whatever it says: after midnight, and after
// a step of the wall clock, the next tick follows it. Ages are measured with
// the monotonic clock of the process, which knows no steps.
type clock struct {
	wall  func() time.Time
	tick  time.Duration
	start time.Time

	_    [64]byte // what is read by every lookup shares no cache line with the rest
	past atomic.Int64
	_    [56]byte

	mu      sync.Mutex
	days    map[*time.Location]*civilDay
	timer   *time.Timer
	stopped bool
}

// civilDay is today in a time zone. Lookups read it all the time, and it
// changes once a day: it has a cache line of its own.
type civilDay struct {
	n    atomic.Int32 // as in Date; 0 when the clock is outside the calendar
	zone *time.Location
	_    [48]byte
}

// date is today; the zero Date when the clock is outside the calendar.
func (d *civilDay) date() Date { return Date{d.n.Load()} }

// newClock makes a clock whose days never move on.
func newClock(wall func() time.Time) *clock {
	k := &clock{}
	k.init(wall, 0)
	return k
}

func (k *clock) init(wall func() time.Time, tick time.Duration) {
	k.wall, k.tick, k.start = wall, tick, time.Now()
	k.days = make(map[*time.Location]*civilDay)
}

// elapsed is the time since the clock was made, in nanoseconds.
func (k *clock) elapsed() int64 { return int64(time.Since(k.start)) }

// day returns the day of a zone, which the clock moves on from here.
func (k *clock) day(zone *time.Location) *civilDay {
	now := k.wall() // the caller's code: not under the lock
	k.mu.Lock()
	defer k.mu.Unlock()
	d := k.days[zone]
	if d == nil {
		d = &civilDay{zone: zone}
		d.follow(now)
		k.days[zone] = d
	}
	return d
}

// begin starts the timer if it does not run.
func (k *clock) begin() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.timer != nil || k.stopped || k.tick == 0 {
		return
	}
	k.past.Store(k.elapsed())
	self := weak.Make(k)
	k.timer = time.AfterFunc(k.tick, func() {
		if k := self.Value(); k != nil {
			k.move()
		}
	})
}

// move follows the time and sets the timer for the next tick.
func (k *clock) move() {
	now, ok := k.wallTime()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.stopped {
		return
	}
	k.past.Store(k.elapsed())
	for _, d := range k.days {
		if ok {
			d.follow(now)
		} else {
			d.n.Store(0)
		}
	}
	k.timer.Reset(k.tick)
}

// wallTime asks the wall clock. That is the caller's code, and here nobody
// stands above it who could catch a panic: until it answers again, the day is
// not known.
func (k *clock) wallTime() (now time.Time, ok bool) {
	defer func() { ok = recover() == nil }()
	return k.wall(), true
}

// stop ends the timer for good.
func (k *clock) stop() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.stopped = true
	if k.timer != nil {
		k.timer.Stop()
	}
}

// follow sets the day to that of an instant.
func (d *civilDay) follow(now time.Time) {
	today, _ := DateIn(now, d.zone)
	if d.n.Load() != today.n {
		d.n.Store(today.n)
	}
}
