// Package canon writes values as bytes in one canonical form, reads them back, and
// seals them in tokens that cannot be made without the key.
package canon

import (
	"encoding/binary"

	"github.com/shopspring/decimal"
)

// Writer writes values. Two different sequences of values of the same types never give
// the same bytes, because the length of every list and text is written before it. The
// zero Writer is empty.
type Writer struct{ b []byte }

// NewWriter returns a writer that appends to b.
func NewWriter(b []byte) Writer { return Writer{b} }

// Bytes returns the bytes that were written. They are valid until the next write or
// Reset.
func (w *Writer) Bytes() []byte { return w.b }

// Reset removes the bytes that were written, and keeps the memory.
func (w *Writer) Reset() { w.b = w.b[:0] }

// Len returns the number of bytes that were written.
func (w *Writer) Len() int { return len(w.b) }

// Truncate removes all but the first n bytes.
func (w *Writer) Truncate(n int) { w.b = w.b[:n] }

// Again writes bytes that were written before: those from one number to another, exclusive.
func (w *Writer) Again(from, to int) { w.b = append(w.b, w.b[from:to]...) }

// Number writes an integer. Most are small: they take no call.
func (w *Writer) Number(n int64) {
	if small := zigzag(n); small < 0x80 {
		w.b = append(w.b, byte(small))
	} else {
		w.large(small)
	}
}

func (w *Writer) large(n uint64) { w.b = binary.AppendUvarint(w.b, n) }

// zigzag returns the number whose uvarint is the varint of n.
func zigzag(n int64) uint64 { return uint64(n)<<1 ^ uint64(n>>63) }

// Count writes the number of values that come next.
func (w *Writer) Count(n int) { w.Number(int64(n)) }

// Text writes a text, which need not be UTF-8.
func (w *Writer) Text(s string) {
	w.Count(len(s))
	w.b = append(w.b, s...)
}

// Texts writes a list of texts.
func (w *Writer) Texts(list []string) {
	w.Count(len(list))
	w.Each(list)
}

// Each writes texts without their number, which must be known from what was written before. Most
// of what is written are translations, so it leaves the bytes in registers in between.
func (w *Writer) Each(texts []string) {
	b := w.b
	for _, s := range texts {
		if small := zigzag(int64(len(s))); small < 0x80 {
			b = append(b, byte(small))
		} else {
			b = binary.AppendUvarint(b, small)
		}
		b = append(b, s...)
	}
	w.b = b
}

// Flag writes a flag.
func (w *Writer) Flag(set bool) {
	n := byte(0)
	if set {
		n = 1
	}
	w.b = append(w.b, n)
}

// Decimal writes a decimal with its scale: 19.0 and 19 have different bytes.
func (w *Writer) Decimal(d decimal.Decimal) {
	w.Number(int64(d.Exponent()))
	c := d.CoefficientInt64()
	small := decimal.New(c, d.Exponent()).Equal(d) // at the same scale, so fast for any size
	w.Flag(small)
	if small {
		w.Number(c)
		return
	}
	w.Flag(d.Sign() < 0)
	w.Text(string(d.Coefficient().Bytes()))
}
