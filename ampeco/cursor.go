package ampeco

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
)

// A cursor is a direction, an id and a message authentication code: 25 bytes,
// in 34 characters.
const (
	cursorContent = 1 + 8
	cursorMAC     = 16
	cursorLength  = 34
	minCursorKey  = 16
)

var cursorEncoding = base64.RawURLEncoding.Strict()

// cursorKey signs cursors.
type cursorKey []byte

func newCursorKey() cursorKey {
	key := make(cursorKey, sha256.Size)
	rand.Read(key) // never fails: see crypto/rand
	return key
}

func (k cursorKey) after(id int64) string { return k.cursor('>', id) }

func (k cursorKey) before(id int64) string { return k.cursor('<', id) }

func (k cursorKey) cursor(direction byte, id int64) string {
	b := binary.BigEndian.AppendUint64([]byte{direction}, uint64(id))
	return cursorEncoding.EncodeToString(append(b, k.mac(b)...))
}

// read returns the After or Before of a [Range] that a cursor stands for. It
// reports false for a text that the key did not sign.
func (k cursorKey) read(cursor string) (after, before int64, ok bool) {
	if len(cursor) != cursorLength {
		return 0, 0, false
	}
	b, err := cursorEncoding.DecodeString(cursor)
	if err != nil || len(b) != cursorContent+cursorMAC || !hmac.Equal(b[cursorContent:], k.mac(b[:cursorContent])) {
		return 0, 0, false
	}
	id := int64(binary.BigEndian.Uint64(b[1:cursorContent]))
	if b[0] == '>' {
		return id, 0, true
	}
	return 0, id, true
}

func (k cursorKey) mac(content []byte) []byte {
	h := hmac.New(sha256.New, k)
	h.Write([]byte("cursor of taxes\n")) // so that a signature for another purpose is no cursor
	h.Write(content)
	return h.Sum(nil)[:cursorMAC]
}
