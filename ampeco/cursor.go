package ampeco

import (
	"crypto/rand"
	"crypto/sha256"

	"github.com/taxresolve/tax/internal/canon"
)

// minCursorKey is the smallest length of a key for cursors.
const minCursorKey = 16

// cursorPurpose keeps tokens that the same key signs for another purpose from being
// cursors.
var cursorPurpose = []byte("cursor of taxes")

// cursorKey signs cursors. A cursor stands for the taxes after or before an id.
type cursorKey []byte

func newCursorKey() cursorKey {
	key := make(cursorKey, sha256.Size)
	rand.Read(key) // never fails: see crypto/rand
	return key
}

func (k cursorKey) after(id int64) string { return k.cursor(true, id) }

func (k cursorKey) before(id int64) string { return k.cursor(false, id) }

func (k cursorKey) cursor(after bool, id int64) string {
	w := canon.NewWriter(nil)
	w.Flag(after)
	w.Number(id)
	return canon.Seal(k, cursorPurpose, w.Bytes())
}

// read returns the After or Before of a [Range] that a cursor stands for. It
// reports false for a text that the key did not sign.
func (k cursorKey) read(cursor string) (after, before int64, ok bool) {
	content, ok := canon.Open(cursor, k, cursorPurpose)
	r := canon.NewReader(content)
	isAfter, id := r.Flag(), r.Number()
	switch {
	case !ok || !r.Done():
		return 0, 0, false
	case isAfter:
		return id, 0, true
	}
	return 0, id, true
}
