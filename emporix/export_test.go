package emporix

// SetMaxListBytes sets the size of the largest page.
func (s *Service) SetMaxListBytes(n int) { s.maxListBytes = n }
