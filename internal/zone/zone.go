// Package zone loads time zones once: reading one costs a file, and many countries
// share one.
package zone

import (
	"sync"
	"time"
)

// zones keeps the time zones that were loaded. It holds at most as many as the
// system knows.
var zones struct {
	sync.RWMutex
	byName map[string]*time.Location
}

// Load returns a zone of the system's time zone data, or of time/tzdata
// when the program imports it.
func Load(name string) (*time.Location, error) {
	if name == "" {
		return time.UTC, nil // as time.LoadLocation says
	}
	zones.RLock()
	zone := zones.byName[name]
	zones.RUnlock()
	if zone != nil {
		return zone, nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, err
	}
	zones.Lock()
	defer zones.Unlock()
	if zones.byName == nil {
		zones.byName = make(map[string]*time.Location)
	}
	zones.byName[zone.String()] = zone
	return zone, nil
}
