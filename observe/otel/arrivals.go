package otel

import (
	"sync"
	"time"

	"github.com/taxresolve/tax"
)

// arrivals finds out how long the notices of others' writes take. It compares the time of
// a notice with the newest time of a write in the country that is read after it.
type arrivals struct {
	mu    sync.Mutex
	known map[tax.Key]*arrival
}

// arrival is what is known about a country that was read.
type arrival struct {
	newest time.Time // of the writes that were seen
	notice time.Time // the last one that was not read yet; zero if there is none
}

// maxArrivals bounds the memory. A country that is forgotten is not measured when it is
// read the next time.
const maxArrivals = 4096

// noticed remembers a notice of a change, for the countries that were read.
func (a *arrivals) noticed(key tax.Key, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if key.Country != "" {
		if known := a.known[key]; known != nil {
			known.notice = now.Round(0)
		}
		return
	}
	// Anything may have changed at any time, so the next reads say nothing.
	for other, known := range a.known {
		if key.Tenant == "" || other.Tenant == key.Tenant {
			known.notice = time.Time{}
		}
	}
}

// read remembers what was read, and returns how long its notice took, if that is known.
func (a *arrivals) read(key tax.Key, set []tax.Configuration, err error) (lag time.Duration, ok bool) {
	if a == nil || err != nil {
		return 0, false
	}
	newest := newestOf(set)
	a.mu.Lock()
	defer a.mu.Unlock()
	known := a.known[key]
	if known == nil {
		a.remember(key, newest)
		return 0, false
	}
	if !newest.After(known.newest) {
		return 0, false // a deletion, an own write, or read before the change
	}
	ok = newest.Before(known.notice)
	if ok {
		lag = known.notice.Sub(newest)
	}
	known.newest, known.notice = newest, time.Time{}
	return lag, ok
}

// written remembers a write of this process.
func (a *arrivals) written(key tax.Key, c *tax.Configuration) {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if known := a.known[key]; known != nil && c.Metadata.Modified.After(known.newest) {
		known.newest = c.Metadata.Modified
	}
}

// remember adds a country, in place of any other one if there are too many.
func (a *arrivals) remember(key tax.Key, newest time.Time) {
	if a.known == nil {
		a.known = make(map[tax.Key]*arrival)
	}
	if len(a.known) >= maxArrivals {
		for other := range a.known {
			delete(a.known, other)
			break
		}
	}
	a.known[key] = &arrival{newest: newest}
}

// maxUnder is the number of documents under a document that are looked at.
const maxUnder = 32

// newestOf returns the newest time at which one of the documents was written.
func newestOf(set []tax.Configuration) (newest time.Time) {
	for i := range set {
		m := &set[i].Metadata
		for range maxUnder {
			if m.Modified.After(newest) {
				newest = m.Modified
			}
			if m = m.Base; m == nil {
				break
			}
		}
	}
	return newest
}
