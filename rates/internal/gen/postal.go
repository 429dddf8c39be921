package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/taxresolve/tax"
)

// postalRow is a row of postal.csv.
type postalRow struct {
	line, country, prefix string
	regions               []string
	used                  bool
}

const (
	digits       = "0123456789"
	alphanumeric = digits + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// claims are postal codes by the region that has them alone, and by each of those that
// share them.
type claims struct{ own, shared map[string][]tax.PostalRange }

// claims turns the rows of postal.csv for a country into ranges. Every code of as many
// characters as the line of kind codes says gets the regions of the longest prefix.
func (b *builder) claims(country string) claims {
	c := claims{map[string][]tax.PostalRange{}, map[string][]tax.PostalRange{}}
	var rows []*postalRow
	alphabet := digits
	for _, r := range b.in.postal {
		if r.country == country {
			rows = append(rows, r)
			r.used = true
			if strings.Trim(r.prefix, digits) != "" {
				alphabet = alphanumeric
			}
		}
	}
	if len(rows) == 0 {
		return c
	}
	line := b.in.shapes.one(&b.faults, "codes", tax.Location{Country: country}, "", "")
	if line == nil {
		b.faults.addf("%s: rows in postal.csv, but no line of kind codes", country)
		return c
	}
	length, err := strconv.Atoi(line.value)
	if err != nil || length < 1 || length > 5 {
		b.faults.addf("%s: value is not a number from 1 to 5", line.line)
		return c
	}
	row := b.everyCode(rows, length, alphabet)
	for from := 0; from < len(row); {
		to := from
		for to+1 < len(row) && sameRegions(row[to+1], row[from]) {
			to++
		}
		if r := row[from]; r != nil {
			c.add(r.regions, tax.PostalRange{From: codeOf(from, length, alphabet), To: codeOf(to, length, alphabet)})
		}
		from = to + 1
	}
	return c
}

// everyCode returns the row of every code of a length, by its number among them: that of
// the longest prefix.
func (b *builder) everyCode(rows []*postalRow, length int, alphabet string) []*postalRow {
	slices.SortStableFunc(rows, func(a, b *postalRow) int { return cmp.Compare(len(a.prefix), len(b.prefix)) })
	size := 1
	for range length {
		size *= len(alphabet)
	}
	row := make([]*postalRow, size)
	for _, r := range rows {
		from, count := 0, size
		for _, char := range r.prefix {
			count /= len(alphabet)
			from += strings.IndexRune(alphabet, char) * count
		}
		if strings.Trim(r.prefix, alphabet) != "" || r.prefix == "" || len(r.prefix) > length {
			b.faults.addf("%s: prefix is not 1 to %d of %s", r.line, length, alphabet)
			continue
		}
		if row[from] != nil && len(row[from].prefix) == len(r.prefix) {
			b.faults.addf("%s: second row of the prefix", r.line)
		}
		for i := range count {
			row[from+i] = r
		}
	}
	return row
}

func sameRegions(a, b *postalRow) bool {
	return a == b || a != nil && b != nil && slices.Equal(a.regions, b.regions)
}

func (c claims) add(regions []string, p tax.PostalRange) {
	to := c.own
	if len(regions) > 1 {
		to = c.shared
	}
	for _, region := range regions {
		to[region] = append(to[region], p)
	}
}

// codeOf returns a code by its number among all codes of a length.
func codeOf(n, length int, alphabet string) string {
	code := make([]byte, length)
	for i := length - 1; i >= 0; i-- {
		code[i] = alphabet[n%len(alphabet)]
		n /= len(alphabet)
	}
	return string(code)
}

// take gives a territory its codes in the table, so that none remains unused.
func (c claims) take(d *tax.Configuration) {
	region := d.Location.Region
	d.PostalCodes = append(d.PostalCodes, c.own[region]...)
	d.SharedPostalCodes = append(d.SharedPostalCodes, c.shared[region]...)
	delete(c.own, region)
	delete(c.shared, region)
}

// elsewhere gives a country its referrals, one for each line: who configures one of the
// regions himself takes only that one back.
func (b *builder) elsewhere(d *tax.Configuration, c claims) {
	for _, s := range b.in.shapes.match("refer", func(s *shape) bool { return s.country == d.Location.Country }) {
		to, err := place(s.key)
		if err != nil {
			b.faults.addf("%s: key: %w", s.line, err)
			continue
		}
		r := tax.Referral{Location: to}
		if s.region != "" {
			r.Regions = append(r.Regions, s.region)
			r.PostalCodes = append(r.PostalCodes, c.own[s.region]...)
			delete(c.own, s.region)
		}
		for cell := range strings.FieldsSeq(s.value) {
			list, err := ranges(cell)
			if err != nil {
				b.faults.addf("%s: %w", s.line, err)
			}
			r.PostalCodes = append(r.PostalCodes, list...)
		}
		d.Elsewhere = append(d.Elsewhere, r)
	}
}

// ranges reads a range, or with "=" before it all codes of exactly its length in it.
func ranges(cell string) ([]tax.PostalRange, error) {
	exact, ok := strings.CutPrefix(cell, "=")
	if !ok {
		p, err := tax.ParsePostalRange(cell)
		return []tax.PostalRange{p}, err
	}
	from, to, _ := strings.Cut(exact, "-")
	first, err1 := strconv.Atoi(from)
	last, err2 := strconv.Atoi(to)
	if err1 != nil || err2 != nil || len(from) != len(to) || first > last {
		return nil, fmt.Errorf("%s: not two numbers of equal length", cell)
	}
	var list []tax.PostalRange
	for n := first; n <= last; n++ {
		list = append(list, tax.PostalRange{From: fmt.Sprintf("%0*d", len(from), n)})
	}
	return list, nil
}

// left reports codes of the table that no territory has taken.
func (b *builder) left(country string, c claims) {
	for region := range c.own {
		b.faults.addf("postal.csv: %s-%s has neither a document nor a line of kind refer", country, region)
	}
	for region := range c.shared {
		b.faults.addf("postal.csv: %s-%s shares codes and has no document", country, region)
	}
}
