// Package canon gives values one form in bytes, reads them back, and seals them in
// tokens that nobody can make without the key.
package canon

import (
	"encoding/binary"

	"github.com/shopspring/decimal"
)

// Writer writes values so that no two sequences of values of the same kinds are
// written alike: every list and text comes after its length. The zero Writer is
// empty.
type Writer struct{ b []byte }

// NewWriter makes a writer that appends to b.
func NewWriter(b []byte) Writer { return Writer{b} }

// Bytes returns what was written. The next value may move it.
func (w *Writer) Bytes() []byte { return w.b }

// Reset forgets what was written, and keeps the memory.
func (w *Writer) Reset() { w.b = w.b[:0] }

// Number writes an integer.
func (w *Writer) Number(n int64) { w.b = binary.AppendVarint(w.b, n) }

// Count writes how many values come next.
func (w *Writer) Count(n int) { w.Number(int64(n)) }

// Text writes any bytes.
func (w *Writer) Text(s string) {
	w.Count(len(s))
	w.b = append(w.b, s...)
}

// Texts writes a list.
func (w *Writer) Texts(list []string) {
	w.Count(len(list))
	for _, s := range list {
		w.Text(s)
	}
}

// Flag writes one byte.
func (w *Writer) Flag(set bool) {
	n := byte(0)
	if set {
		n = 1
	}
	w.b = append(w.b, n)
}

// Decimal writes the scale too: 19.0 is not written as 19.
func (w *Writer) Decimal(d decimal.Decimal) {
	w.Number(int64(d.Exponent()))
	c := d.CoefficientInt64()
	small := decimal.New(c, d.Exponent()).Equal(d) // of one scale: no arithmetic, whatever the size
	w.Flag(small)
	if small {
		w.Number(c)
		return
	}
	w.Flag(d.Sign() < 0)
	w.Text(string(d.Coefficient().Bytes()))
}
