package canon

import "encoding/binary"

// Reader reads values that a [Writer] wrote. The bytes can come from anywhere: after a
// fault, all values are zero, and Done reports false.
type Reader struct {
	b      []byte
	failed bool
}

// NewReader returns a reader for b, which must not change while the reader is in use.
func NewReader(b []byte) Reader { return Reader{b: b} }

// Done reports whether all bytes were read without a fault.
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
