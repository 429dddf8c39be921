package orders

import (
	"bytes"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/exact"
)

// Currency is one in which there are orders.
type Currency struct {
	Code     string
	rounding tax.Rounding
	decimals int
}

// maxDigits bounds an amount in minor units, so that the tax on it fits 64 bits.
const maxDigits = 15

// parse returns an amount in minor units.
func (c *Currency) parse(field string, text []byte) (int64, error) {
	refuse := func(reason string) (int64, error) {
		return 0, &tax.InputError{Field: field, Value: clip(string(text)), Reason: reason}
	}
	if len(text) == 0 {
		return refuse("missing: write an amount in the column net or gross")
	}
	const malformed = "write digits with a point before the decimals, such as 19.99"
	number := text
	if text[0] == '-' {
		number = text[1:]
	}
	end := len(number)
	point := bytes.IndexByte(number, '.')
	if point >= 0 {
		for end > point+1+c.decimals && number[end-1] == '0' {
			end--
		}
	}
	if len(number) == 0 || point == 0 || point == len(number)-1 {
		return refuse(malformed)
	}
	amount, digits, decimals := int64(0), 0, 0
	for i, letter := range number[:end] {
		d := letter - '0'
		switch {
		case i == point:
			continue
		case d > 9:
			return refuse(malformed)
		case amount > 0 || d > 0:
			if digits++; digits > maxDigits {
				return refuse("too large: an amount has at most 15 digits")
			}
		}
		amount = amount*10 + int64(d)
	}
	if point >= 0 {
		decimals = max(0, end-point-1)
	}
	if decimals > c.decimals {
		return refuse(fmt.Sprintf("too many decimals: %s has %d", c.Code, c.decimals))
	}
	for range c.decimals - decimals {
		if digits += min(1, digits); digits > maxDigits {
			return refuse("too large: an amount has at most 15 digits")
		}
		amount *= 10
	}
	if text[0] == '-' {
		amount = -amount
	}
	return amount, nil
}

// Text writes an amount: 1999 is 19.99.
func (c *Currency) Text(minor int64) string {
	var digits [24]byte
	return c.pointed(string(strconv.AppendInt(digits[:0], minor, 10)))
}

func (c *Currency) text(minor *big.Int) string { return c.pointed(minor.String()) }

// pointed returns digits of minor units with the point before the decimals.
func (c *Currency) pointed(digits string) string {
	if c.decimals == 0 {
		return digits
	}
	digits, negative := strings.CutPrefix(digits, "-")
	if short := c.decimals + 1 - len(digits); short > 0 {
		digits = strings.Repeat("0", short) + digits
	}
	point := len(digits) - c.decimals
	if negative {
		return "-" + digits[:point] + "." + digits[point:]
	}
	return digits[:point] + "." + digits[point:]
}

// sum is an exact sum of minor units, however many.
type sum struct {
	small int64
	wide  *big.Int // what small does not hold; nil for nothing
}

func (s *sum) add(n int64) {
	if added, ok := exact.Add(s.small, n); ok {
		s.small = added
		return
	}
	if s.wide == nil {
		s.wide = new(big.Int)
	}
	s.wide.Add(s.wide, big.NewInt(s.small))
	s.small = n
}

func (s *sum) whole() *big.Int {
	n := big.NewInt(s.small)
	if s.wide != nil {
		n.Add(n, s.wide)
	}
	return n
}
