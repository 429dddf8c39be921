package civil

import (
	"errors"
	"sync"
	"time"
)

// zones caches time zones: loading one reads a file, and many countries share a zone.
// It holds at most as many zones as the system knows.
var zones struct {
	sync.RWMutex
	byName map[string]*time.Location
}

// Zone returns a time zone from the data of the system, or from time/tzdata if the
// program imports it. The empty name is UTC. A text that is not an [IsZoneName] is an
// error; the others are those of [time.LoadLocation].
func Zone(name string) (*time.Location, error) {
	if name == "" {
		return time.UTC, nil
	}
	zones.RLock()
	zone := zones.byName[name]
	zones.RUnlock()
	if zone != nil {
		return zone, nil
	}
	if !IsZoneName(name) {
		return nil, errors.New("not the name of a time zone")
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
