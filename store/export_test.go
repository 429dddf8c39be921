package store

// NewBackend returns what keeps the documents of a Memory.
func NewBackend() Backend { return &memory{} }
