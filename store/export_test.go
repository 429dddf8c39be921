package store

// NewBackend returns what keeps the documents of a Memory.
func NewBackend() Backend { return &memory{} }

// Waiting returns the number of countries for which a writer has the turn or waits.
func Waiting(s *Versioned) int {
	s.writers.mu.Lock()
	defer s.writers.mu.Unlock()
	return len(s.writers.open)
}
