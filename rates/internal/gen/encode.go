package main

import (
	"cmp"
	"encoding/binary"
	"maps"
	"slices"
	"strconv"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
)

// encode returns the packed form, which rates/decode.go describes and reads.
// Equal tables result in equal bytes.
func (w *world) encode(checksum [32]byte) []byte {
	// Frequent strings get small numbers, which take fewer bytes. The first pass
	// only counts them.
	counting := &encoder{strings: map[string]int{}, uses: map[string]int{}}
	for _, documents := range w.countries {
		counting.record(documents)
	}
	for _, s := range w.sources {
		for _, text := range []string{s.id, s.name, s.address, s.date} {
			counting.uses[text]++
		}
	}
	delete(counting.uses, "")
	ordered := slices.SortedFunc(maps.Keys(counting.uses), func(a, b string) int {
		return cmp.Or(cmp.Compare(counting.uses[b], counting.uses[a]), cmp.Compare(a, b))
	})
	ordered = append([]string{""}, ordered...)
	e := &encoder{strings: map[string]int{}, uses: map[string]int{}}
	for i, s := range ordered {
		e.strings[s] = i
	}

	var countries, sources, ends, text, records []byte
	for _, documents := range w.countries {
		records = append(records, e.record(documents)...)
		countries = append(countries, documents[0].Location.Country...)
		countries = fixed(countries, len(records))
	}
	for _, s := range w.sources {
		for _, text := range []string{s.id, s.name, s.address, s.date} {
			sources = fixed(sources, e.strings[text])
		}
	}
	for _, s := range ordered {
		text = append(text, s...)
		ends = fixed(ends, len(text))
	}

	out := fixed([]byte("TAXRATES"), 3)
	out = fixed(out, days(w.asOf))
	out = append(out, checksum[:]...)
	for _, n := range []int{len(ordered), len(w.countries), len(w.sources), len(text), len(records)} {
		out = fixed(out, n)
	}
	return slices.Concat(out, ends, countries, sources, text, records)
}

// encoder writes records.
type encoder struct {
	strings map[string]int
	uses    map[string]int // number of uses of each string

	// The record being written:
	out   []byte
	texts []tax.LocalizedText
	lists [][]string
}

func (e *encoder) record(documents []tax.Configuration) []byte {
	e.texts, e.lists, e.out = nil, nil, nil
	e.count(len(documents))
	for _, d := range documents {
		e.document(d)
	}
	body := e.out
	e.out = nil
	e.count(len(e.texts))
	for _, t := range e.texts {
		translations := t.All()
		e.count(len(translations))
		for _, tr := range translations {
			e.string(tr.Language)
			e.string(tr.Text)
		}
	}
	e.count(len(e.lists))
	for _, list := range e.lists {
		e.stringList(list)
	}
	return append(e.out, body...)
}

func (e *encoder) document(c tax.Configuration) {
	e.string(c.Location.Region)
	e.text(c.Name)
	e.count(int(c.Regions)<<2 | bit(c.LocalTaxesMissing)<<1 | bit(c.Exclusive))
	e.postal(c.PostalCodes)
	e.postal(c.SharedPostalCodes)
	e.stringList(c.RegionAliases)
	e.count(len(c.Elsewhere))
	for _, r := range c.Elsewhere {
		e.string(r.Location.Country)
		e.string(r.Location.Region)
		e.stringList(r.Regions)
		e.postal(r.PostalCodes)
	}
	e.tax(c.Tax)
	e.string(c.TimeZone)
	e.count(len(c.Classes))
	for _, class := range c.Classes {
		e.string(class.Code)
		e.text(class.Name)
		e.text(class.Description)
		e.count(*class.Order<<1 | bit(class.Default))
		e.count(len(class.Rates))
		for _, r := range class.Rates {
			e.rate(r)
		}
	}
}

// postal writes ranges of postal codes. Single codes that are numbers and follow each other
// are one range of these.
func (e *encoder) postal(list []tax.PostalRange) {
	type run struct {
		from, to string
		codes    int
	}
	var runs []run
	for _, p := range list {
		if n := len(runs) - 1; p.To == "" && n >= 0 && runs[n].codes > 0 && follows(runs[n].to, p.From) {
			runs[n].to = p.From
			runs[n].codes++
		} else if p.To == "" && follows("", p.From) {
			runs = append(runs, run{p.From, p.From, 1})
		} else {
			runs = append(runs, run{p.From, p.To, 0})
		}
	}
	e.count(len(runs))
	for _, r := range runs {
		e.string(r.from)
		e.string(r.to)
		e.count(r.codes)
	}
}

// follows reports whether a code is the next number after another one, or any number after
// nothing.
func follows(code, next string) bool {
	n, err := strconv.Atoi(next)
	if err != nil || n < 0 || code == "" {
		return err == nil && n >= 0 && next[0] != '+'
	}
	before, err := strconv.Atoi(code)
	return err == nil && before+1 == n && len(code) == len(next)
}

func (e *encoder) rate(r tax.Rate) {
	e.count(days(r.From))
	if r.From.IsZero() {
		e.count(days(r.Evidence.VerifiedSince))
	}
	more := r.Tax.Code != "" || len(r.Components) > 0
	e.out = append(e.out, byte(r.Effect)|byte(r.Treatment)<<3|byte(bit(r.OfGross))<<6|byte(bit(more))<<7)
	e.count(e.list(r.Evidence.Sources)<<2 | slices.Index(packedStatuses[:], r.Evidence.Status))
	e.percent(r.Percent)
	if !more {
		return
	}
	e.tax(r.Tax)
	e.count(len(r.Components))
	for _, c := range r.Components {
		e.string(c.Code)
		e.text(c.Name)
		e.count(bit(c.Compound))
		e.percent(c.Percent)
	}
}

// packedStatuses are the statuses by their numbers in the packed form.
var packedStatuses = [...]tax.Status{tax.Unstated, tax.Agreed, tax.Single, tax.Disputed}

func (e *encoder) tax(t tax.Tax) {
	e.string(t.Code)
	e.text(t.Name)
}

// maxDecimals is the number of decimals of a percentage that percent has room for.
const maxDecimals = 12

func (e *encoder) percent(d decimal.Decimal) {
	e.out = binary.AppendUvarint(e.out, d.Coefficient().Uint64()<<4|uint64(-d.Exponent()))
}

func (e *encoder) text(t tax.LocalizedText) {
	if t.IsZero() {
		e.count(0)
		return
	}
	i := slices.IndexFunc(e.texts, t.Equal)
	if i < 0 {
		i = len(e.texts)
		e.texts = append(e.texts, t)
	}
	e.count(i + 1)
}

// list returns the number of a source list, or 0 for an empty one.
func (e *encoder) list(ids []string) int {
	if len(ids) == 0 {
		return 0
	}
	i := slices.IndexFunc(e.lists, func(l []string) bool { return slices.Equal(l, ids) })
	if i < 0 {
		i = len(e.lists)
		e.lists = append(e.lists, ids)
	}
	return i + 1
}

func (e *encoder) stringList(list []string) {
	e.count(len(list))
	for _, s := range list {
		e.string(s)
	}
}

func (e *encoder) string(s string) {
	e.uses[s]++
	e.count(e.strings[s])
}

func (e *encoder) count(n int) { e.out = binary.AppendUvarint(e.out, uint64(n)) }

func fixed(out []byte, n int) []byte { return binary.LittleEndian.AppendUint32(out, uint32(n)) }

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

var dayZero = tax.MustDate("1899-12-31")

// days returns the number of a day in the packed form, or 0 for none.
func days(d tax.Date) int {
	if d.IsZero() {
		return 0
	}
	n := 0
	for step := 1 << 16; step > 0; step /= 2 {
		if next := dayZero.AddDays(n + step); !next.After(d) {
			n += step
		}
	}
	return n
}
