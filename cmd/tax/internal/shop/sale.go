package shop

import (
	"errors"

	"github.com/taxresolve/tax/basket"
)

// sale is a stored result, with what was paid back of it.
type sale struct {
	Sale  *basket.Result      `json:"sale"`
	Notes []basket.CreditNote `json:"notes"`
}

func (s *sale) check() error {
	if s.Sale == nil {
		return inputError("sale", "", "missing: write the result as it was stored")
	}
	return nil
}

// Refund makes the credit note of a document: {"sale": a result, "notes": the earlier
// ones, "returns": what comes back}. It returns the sale as well.
func Refund(document []byte) (*basket.Result, *basket.CreditNote, error) {
	var in struct {
		sale
		Returns []basket.Return `json:"returns"`
	}
	err := read(document, &in)
	if err == nil {
		err = in.check()
	}
	if err != nil {
		return nil, nil, err
	}
	note, err := basket.Refund(in.Sale, in.Notes, in.Returns...)
	if err != nil {
		return nil, nil, err
	}
	return in.Sale, &note, nil
}

// Verify returns the laws that a stored sale breaks: a document {"sale": a result, "notes":
// its credit notes}, or a result alone.
func Verify(document []byte) (*basket.Result, basket.Violations, error) {
	in, err := readSale(document)
	if err != nil {
		return nil, nil, err
	}
	var violations basket.Violations
	if err := basket.Verify(in.Sale, in.Notes...); err != nil && !errors.As(err, &violations) {
		return nil, nil, err
	}
	return in.Sale, violations, nil
}

func readSale(document []byte) (sale, error) {
	var in sale
	if !has(document, "sale") && has(document, "format") {
		in.Sale = new(basket.Result)
		return in, read(document, in.Sale)
	}
	err := read(document, &in)
	if err == nil {
		err = in.check()
	}
	return in, err
}
