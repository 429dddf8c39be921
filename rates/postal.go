package rates

import (
	"slices"

	"github.com/taxresolve/tax"
)

// postal reads a list of postal codes.
func (d *decoder) postal() []tax.PostalRange {
	n := d.count()
	if n == 0 {
		return nil
	}
	list := room(&d.ranges, n, min(n*d.left, len(d.rest)/rangeBytes))[:0]
	for range n {
		from, to, codes := d.string(), d.string(), d.atMost(d.number(), maxCodes)
		if codes == 0 {
			list = append(list, tax.PostalRange{From: from, To: to})
		} else {
			list = d.codes(list, from, int(codes))
		}
	}
	return list
}

// maxCodes is the number of single codes that can follow each other.
const maxCodes = 1000

// codes appends single codes that follow each other as numbers.
func (d *decoder) codes(list []tax.PostalRange, first string, n int) []tax.PostalRange {
	if n == 1 {
		return append(list, tax.PostalRange{From: first})
	}
	code := []byte(first)
	text := make([]byte, 0, n*len(code)) // of all codes, in one allocation
	list = slices.Grow(list, n)
	for range n {
		text = append(text, code...)
		i := len(code) - 1
		for ; i >= 0 && code[i] == '9'; i-- {
			code[i] = '0'
		}
		if i >= 0 {
			code[i]++
		}
	}
	all := string(text)
	for ; all != ""; all = all[len(code):] {
		list = append(list, tax.PostalRange{From: all[:len(code)]})
	}
	return list
}
