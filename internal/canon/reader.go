package canon

import "encoding/binary"

// Reader reads what a [Writer] wrote, or bytes that somebody made up: after a
// fault every value is zero.
type Reader struct {
	b      []byte
	failed bool
}

// NewReader makes a reader of bytes, which must not change while it is used.
func NewReader(b []byte) Reader { return Reader{b: b} }

// Done reports whether every byte was read and none was in the wrong place.
func (r *Reader) Done() bool { return !r.failed && len(r.b) == 0 }

// Number reads an integer.
func (r *Reader) Number() int64 {
	n, size := binary.Varint(r.b)
	if size <= 0 {
		r.fail()
		return 0
	}
	r.b = r.b[size:]
	return n
}

// Text reads a text.
func (r *Reader) Text() string {
	n := r.Number()
	if n < 0 || n > int64(len(r.b)) {
		r.fail()
		return ""
	}
	text := string(r.b[:n])
	r.b = r.b[n:]
	return text
}

// Flag reads a flag.
func (r *Reader) Flag() bool {
	if len(r.b) == 0 || r.b[0] > 1 {
		r.fail()
		return false
	}
	set := r.b[0] == 1
	r.b = r.b[1:]
	return set
}

func (r *Reader) fail() { r.b, r.failed = nil, true }
