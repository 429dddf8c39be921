package tax

import (
	"sync"
	"time"
)

// zones keeps the time zones that were loaded: reading one costs a file, and
// many countries share one. It holds at most as many as the system knows.
var zones sync.Map // name string -> *time.Location

// loadZone returns a zone of the system's time zone data, or of time/tzdata
// when the program imports it.
func loadZone(name string) (*time.Location, error) {
	if zone, ok := zones.Load(name); ok {
		return zone.(*time.Location), nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, err
	}
	zones.Store(name, zone)
	return zone, nil
}
