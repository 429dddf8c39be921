package sqlite

import (
	"bytes"
	"math"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// decode reads a document. The limits of the store hold where it is written; they may have
// been higher then.
func decode(text []byte) (c tax.Configuration, err error) {
	if err = c.UnmarshalJSON(text); err != nil {
		none := tax.Limits{Bytes: math.MaxInt64, Classes: math.MaxInt, Entries: math.MaxInt}
		c, err = tax.ReadConfiguration(bytes.NewReader(text), &none)
	}
	return c, err
}

// row is a version as it is stored.
type row struct {
	*store.Version
	document, base string
}

// modified returns the instant at which the document was modified, nil without one.
func (r *row) modified() any {
	if t := r.Configuration.Metadata.Modified; !t.IsZero() {
		return t.UnixMilli()
	}
	return nil
}
