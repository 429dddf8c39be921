package civil

import (
	"sync"
	"sync/atomic"
	"time"
	"weak"
)

// Clock keeps the time ready for lookups, which cannot afford to read a clock: the
// current day in every zone that [Clock.Today] was called for, and roughly how much
// time has passed. A timer updates both once per tick. It starts with Start and ends
// when nobody needs the time, with Stop, or when nothing refers to the clock any more.
//
// The day follows the wall clock: after midnight, and after any step of the wall
// clock, the next tick updates it. Elapsed time is measured with the monotonic clock
// of the process, which has no steps.
//
// The wall clock is code of the caller. It holds up nothing but the day: while it does
// not answer, the day stays for up to a minute and is then unknown. If it panics or ends
// its goroutine, the day is unknown at once, until the wall clock works again.
type Clock struct {
	wall   func() time.Time
	tick   time.Duration
	needed func() bool
	start  time.Time

	_    [64]byte // past, which every lookup reads, shares no cache line with the rest
	past atomic.Int64
	_    [56]byte

	mu       sync.Mutex
	days     map[*time.Location]*Today
	numbered *Days // nil if nobody needs numbers
	timer    *time.Timer
	running  atomic.Bool // the timer is set; it is written under mu
	asked    int64       // when the wall clock was asked, if it has not answered; else 0
	stopped  bool
}

// patience is how long the day stays while the wall clock does not answer.
const patience = int64(time.Minute)

// NewClock makes a clock without a tick: Past and its days never change.
func NewClock(wall func() time.Time) *Clock {
	k := &Clock{}
	k.Init(wall, 0, nil)
	return k
}

// Init sets up a clock. It must be called before all other methods. Lookups have
// their clock as a field by value, because following a pointer would cost them time.
//
// needed reports whether anybody reads the time or will read it without another Start:
// if not, the timer ends. It is called under the lock of the clock. nil means always.
func (k *Clock) Init(wall func() time.Time, tick time.Duration, needed func() bool) {
	k.wall, k.tick, k.needed, k.start = wall, tick, needed, time.Now()
	k.days = make(map[*time.Location]*Today)
}

// Number has the clock number its days. It must be called before [Clock.Today].
func (k *Clock) Number(days *Days) { k.numbered, days[0] = days, &noDay }

var noDay Today

// Past returns the time since the clock was set up, in nanoseconds, as of the last
// tick. It takes no lock and reads no clock.
func (k *Clock) Past() int64 { return k.past.Load() }

// Elapsed returns the time since the clock was set up, in nanoseconds. It reads the
// monotonic clock.
func (k *Clock) Elapsed() int64 { return int64(time.Since(k.start)) }

// Tick returns the interval between two updates: Past is late by no more than that.
func (k *Clock) Tick() time.Duration { return k.tick }

// Today returns the current day in a zone. The clock keeps it up to date from then
// on.
func (k *Clock) Today(zone *time.Location) *Today {
	k.mu.Lock()
	d := k.days[zone]
	k.mu.Unlock()
	if d != nil {
		return d
	}
	now := k.wall() // code of the caller, so not under the lock
	k.mu.Lock()
	defer k.mu.Unlock()
	if d = k.days[zone]; d == nil {
		d = &Today{zone: zone}
		d.follow(now)
		k.days[zone] = d
		if n := len(k.days); k.numbered != nil && n < len(k.numbered) {
			d.number, k.numbered[n] = uint16(n), d
		}
	}
	return d
}

// Start starts the timer unless it runs already or the clock was stopped. now is what
// the wall clock says: it sets the days, which nothing did while the timer did not run.
func (k *Clock) Start(now time.Time) {
	if k.running.Load() {
		return // as for most loads, which need not wait for one another here
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.running.Load() || k.stopped || k.tick == 0 {
		return
	}
	defer k.running.Store(true)
	k.past.Store(k.Elapsed())
	for _, d := range k.days {
		d.follow(now)
	}
	if k.timer != nil {
		k.timer.Reset(k.tick)
		return
	}
	self := weak.Make(k)
	k.timer = time.AfterFunc(k.tick, func() {
		if k := self.Value(); k != nil {
			k.update()
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

// update follows the time and sets the timer for the next tick. Then it asks the wall
// clock, unless that has not answered the last time.
func (k *Clock) update() {
	if !k.next() {
		return
	}
	var now time.Time
	answered := false
	defer func() {
		// Nothing else would recover a panic in the timer's goroutine.
		_ = recover()
		k.follow(now, answered)
	}()
	now = k.wall()
	answered = true
}

// next sets the timer for the next tick if the time is needed, and reports whether to
// ask the wall clock.
func (k *Clock) next() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.stopped {
		return false
	}
	// A Start from here on waits for the lock. What it is called for may be too late for
	// needed; what one before was called for is not.
	k.running.Store(false)
	if k.needed != nil && !k.needed() {
		return false
	}
	k.running.Store(true)
	now := k.Elapsed()
	k.past.Store(now)
	k.timer.Reset(k.tick)
	if k.asked == 0 {
		k.asked = now
		return true
	}
	if now-k.asked > patience {
		k.forget()
	}
	return false
}

// follow sets the days to those of an instant, or forgets them if the wall clock has
// not answered.
func (k *Clock) follow(now time.Time, answered bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	late := k.Elapsed()-k.asked > patience // the answer can be as old as the question
	k.asked = 0
	switch {
	case k.stopped:
	case answered && !late:
		for _, d := range k.days {
			d.follow(now)
		}
	default:
		k.forget()
	}
}

// forget makes the day unknown. The lock must be held.
func (k *Clock) forget() {
	for _, d := range k.days {
		d.n.Store(0)
	}
}

// Today is the current day in a time zone. Every lookup reads it, and it changes once
// a day, so it has a cache line of its own. The zero Today has no zone and no day.
type Today struct {
	n      atomic.Int32
	number uint16
	zone   *time.Location
	_      [48]byte
}

// Day returns the number of the day; 0 if the wall clock panicked or is outside the
// calendar.
func (d *Today) Day() int32 { return d.n.Load() }

// Number returns the number of the day among [Days]; 0 if it has none.
func (d *Today) Number() uint16 { return d.number }

// Days are days by their numbers, for those who have no room for a pointer. They are more
// than there are names of zones. Number 0 has no day.
type Days [1024]*Today

// Day returns the number of the day, as [Today.Day] does.
func (d *Days) Day(number uint16) int32 { return d[int(number)%len(d)].Day() }

// follow sets the day to that of an instant.
func (d *Today) follow(now time.Time) {
	if today := DayOf(now, d.zone); d.n.Load() != today {
		d.n.Store(today)
	}
}
