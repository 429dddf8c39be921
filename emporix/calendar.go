package emporix

import (
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/civil"
)

// calendar knows the time and the day of one request.
type calendar struct {
	now time.Time
	day tax.Date // the day at all places; zero means today
}

func (s *Service) calendar() calendar {
	return calendar{now: s.options.Clock(), day: s.day}
}

// at returns the day at a place with this time zone. It uses UTC if the system
// does not know the zone.
func (c calendar) at(timeZone string) (tax.Date, error) {
	if !c.day.IsZero() {
		return c.day, nil
	}
	in, err := civil.Zone(timeZone)
	if err != nil {
		in = time.UTC
	}
	return tax.DateIn(c.now, in)
}
