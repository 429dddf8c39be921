package emporix

import "time"

// SetMaxListBytes sets the size of the largest page.
func (s *Service) SetMaxListBytes(n int) { s.maxListBytes = n }

// Instant returns the text of a time in an answer.
func Instant(t time.Time) string {
	var r renderer
	r.instant("at", t)
	return string(r.Bytes())
}
