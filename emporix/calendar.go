package emporix

import (
	"time"

	"github.com/taxresolve/tax"
)

// calendar tells the day of one request.
type calendar struct {
	now time.Time
	day tax.Date // of all places, unless it is zero
	// today is the day by time zone: loading a zone takes a file.
	today map[string]tax.Date
}

func (s *Service) calendar() calendar {
	return calendar{now: s.options.Clock(), day: s.day, today: make(map[string]tax.Date)}
}

// at is the day at a place with this time zone. A zone that the system does not
// know is UTC.
func (c calendar) at(zone string) (tax.Date, error) {
	if !c.day.IsZero() {
		return c.day, nil
	}
	if day, ok := c.today[zone]; ok {
		return day, nil
	}
	loaded, err := time.LoadLocation(zone)
	if err != nil {
		loaded = time.UTC
	}
	day, err := tax.DateIn(c.now, loaded)
	if err == nil {
		c.today[zone] = day
	}
	return day, err
}
