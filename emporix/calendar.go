package emporix

import (
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/civil"
)

// calendar tells the day of one request.
type calendar struct {
	now time.Time
	day tax.Date // of all places, unless it is zero
}

func (s *Service) calendar() calendar {
	return calendar{now: s.options.Clock(), day: s.day}
}

// at is the day at a place with this time zone. A zone that the system does not
// know is UTC.
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
