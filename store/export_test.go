package store

import "github.com/taxresolve/tax"

// NewBackend returns what keeps the documents of a Memory.
func NewBackend() Backend { return &memory{} }

// Waiting returns the number of countries for which a writer has the turn or waits.
func Waiting(s *Versioned) int {
	s.writers.mu.Lock()
	defer s.writers.mu.Unlock()
	return len(s.writers.open)
}

// FolderOf and TenantOf name the folder of a tenant, and the other way round.
var (
	FolderOf = folderOf
	TenantOf = tenantOf
)

// LockFolder locks the folder of a store as another process would.
func LockFolder(dir string) (release func(), err error) {
	f, err := tryLock(dir+"/"+lockName, false)
	if err != nil {
		return nil, err
	}
	return func() { _ = f.Close() }, nil
}

// Burden is that of documents.
type Burden struct{ Documents, Codes, Spans, Merged, Parts int64 }

// BurdenOf returns the burden of the documents of a country.
func BurdenOf(set []tax.Configuration) Burden {
	n := newNeighbours()
	documents := make([]*tax.Configuration, len(set))
	for i := range set {
		documents[i] = &set[i]
	}
	n.apply(nil, documents)
	for _, r := range n.owners {
		n.weigh(r)
	}
	b := n.total
	return Burden{b.documents, b.codes, b.spans, b.merged, b.parts}
}
