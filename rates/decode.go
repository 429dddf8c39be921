package rates

import (
	"sort"

	"github.com/taxresolve/tax"
)

// The packed form. Opening it reads only the fixed header, and each country is
// decoded separately, so that a program pays only for the countries it uses.
//
// Numbers in the header and the tables are little-endian and have a fixed
// width. All other numbers are unsigned varints (base 128, low bits first),
// written "u" below.
//
//	header      8 bytes "TAXRATES", u32 format version, u32 as-of day,
//	            32 bytes SHA-256 of the input files,
//	            u32 number of strings, of countries, of sources,
//	            u32 bytes of the string data, of the records
//	strings     u32 end of each string in the string data; string 0 is ""
//	countries   2 bytes code, u32 end of its record in the records; sorted by code
//	sources     u32 string numbers of id, name, address, date; sorted by id
//	string data
//	records     one for each country
//
// A record has the texts and source lists of the country, then its documents.
// Documents refer to texts and source lists by number from 1; 0 is none.
//
//	record      u texts { u translations { u language, u text } }
//	            u source lists { u sources { u id } }
//	            u documents { document }
//	document    u region, u name, u flags (1 exclusive, 2 local taxes are missing, above them the
//	            region rule), postal, postal (shared), u aliases { u alias },
//	            u referrals { u country, u region, u regions { u region }, postal },
//	            tax, u time zone, u classes { class }
//	postal      u ranges { u from, u to, u codes }; if codes is not 0, these are so many
//	            single codes that follow each other as numbers
//	class       u code, u name, u description, u order * 2 + default, u entries { entry }
//	entry       u from, [ u verified, if from is 0 ], byte: effect in bits 0 to 2, treatment in bits 3 to 5,
//	            bit 6 of gross, bit 7 tax and components follow; u source list * 4 +
//	            status (0 unstated, 1 agreed, 2 single, 3 disputed), percent,
//	            [ tax, u components { u code, u text, u compound, percent } ]
//	tax         u code, u text
//	percent     u coefficient * 16 + number of decimals
//
// A day is the number of days since 1899-12-31, 0 for none. The generator
// writes this form: see internal/gen/encode.go.
const (
	packedMagic   = "TAXRATES"
	packedVersion = 3

	headerSize    = 68
	countryStride = 6
	sourceStride  = 16
)

// metadataSource is the Source in the metadata of every document.
const metadataSource = "github.com/taxresolve/tax/rates"

// damaged is an error constant. Unlike a variable made with errors.New, it
// needs no initialization at program start.
type damaged string

func (d damaged) Error() string { return string(d) }

const errDamaged = damaged("tax: the embedded rates are damaged: rebuild the program from a clean copy of the module")

// header locates the parts of a packed form.
type header struct {
	asOf                                   tax.Date
	stringCount, countryCount, sourceCount int
	stringEnds, countryIndex, sourceIndex  string
	stringData, records                    string
}

// open reads the header of a packed form. It allocates nothing.
func open(data string) (header, error) {
	if len(data) < headerSize || data[:len(packedMagic)] != packedMagic || number(data[8:]) != packedVersion {
		return header{}, errDamaged
	}
	h := header{asOf: day(uint64(number(data[12:])))}
	h.stringCount, h.countryCount, h.sourceCount = number(data[48:]), number(data[52:]), number(data[56:])
	rest := data[headerSize:]
	for _, section := range []struct {
		part         *string
		count, width int
	}{
		{&h.stringEnds, h.stringCount, 4},
		{&h.countryIndex, h.countryCount, countryStride},
		{&h.sourceIndex, h.sourceCount, sourceStride},
		{&h.stringData, number(data[60:]), 1},
		{&h.records, number(data[64:]), 1},
	} {
		if section.count > len(rest)/section.width {
			return header{}, errDamaged
		}
		size := section.count * section.width
		*section.part, rest = rest[:size], rest[size:]
	}
	if rest != "" || h.asOf.IsZero() {
		return header{}, errDamaged
	}
	return h, nil
}

// country returns the code and the record of country i.
func (h *header) country(i int) (code, record string, ok bool) {
	start := 0
	if i > 0 {
		start = number(h.countryIndex[(i-1)*countryStride+2:])
	}
	entry := h.countryIndex[i*countryStride:]
	end := number(entry[2:])
	if start > end || end > len(h.records) {
		return entry[:2], "", false
	}
	return entry[:2], h.records[start:end], true
}

// find returns the index of a country.
func (h *header) find(code string) (i int, found bool) {
	i = sort.Search(h.countryCount, func(i int) bool { return h.countryIndex[i*countryStride:][:2] >= code })
	return i, i < h.countryCount && h.countryIndex[i*countryStride:][:2] == code
}

// string returns string n. It is a substring of the packed form, not a copy.
func (h *header) string(n uint64) (string, bool) {
	if n >= uint64(h.stringCount) {
		return "", false
	}
	start := 0
	if n > 0 {
		start = number(h.stringEnds[(n-1)*4:])
	}
	end := number(h.stringEnds[n*4:])
	if start > end || end > len(h.stringData) {
		return "", false
	}
	return h.stringData[start:end], true
}

// reference finds a source by id.
func (h *header) reference(id string) (Reference, bool) {
	field := func(i, n int) string {
		s, _ := h.string(uint64(number(h.sourceIndex[i*sourceStride+4*n:])))
		return s
	}
	i := sort.Search(h.sourceCount, func(i int) bool { return field(i, 0) >= id })
	if i == h.sourceCount || field(i, 0) != id {
		return Reference{}, false
	}
	return Reference{Name: field(i, 1), Address: field(i, 2), Date: field(i, 3)}, true
}

// decode returns the documents of a country, or none if the country is not
// covered. Damaged data is an error; it never causes a panic or a partial
// result. Entries share their lists of sources.
func decode(data, country string) ([]tax.Configuration, error) {
	h, err := open(data)
	if err != nil {
		return nil, err
	}
	i, found := h.find(country)
	if !found {
		return nil, nil
	}
	_, record, ok := h.country(i)
	if !ok {
		return nil, errDamaged
	}
	d := decoder{header: h, rest: record}
	documents := d.documents(country)
	if d.failed || d.rest != "" {
		return nil, errDamaged
	}
	return documents, nil
}

// decoder reads a record. After a failure it only returns zero values.
type decoder struct {
	header
	rest   string
	failed bool

	texts    []tax.LocalizedText
	lists    [][]string
	percents percents
	left     int               // documents, with the one that is being read
	classes  []tax.Class       // room for those that follow
	orders   []int             // the same
	ranges   []tax.PostalRange // the same
	rates    []tax.Rate        // the same
	strings  []string          // the same
}

func (d *decoder) documents(country string) []tax.Configuration {
	d.texts = make([]tax.LocalizedText, d.count())
	for i := range d.texts {
		d.texts[i] = d.localizedText()
	}
	d.lists = make([][]string, d.count())
	d.strings = make([]string, d.listed(len(d.lists))+fewAliases)
	for i := range d.lists {
		d.lists[i] = d.stringList()
	}
	documents := make([]tax.Configuration, d.count())
	for i := range documents {
		d.left = len(documents) - i
		documents[i] = d.document(country)
	}
	return documents
}

// fewAliases is how many aliases the regions of most countries have.
const fewAliases = 4

// listed returns how many elements the next lists of strings have, and leaves them unread.
func (d *decoder) listed(lists int) (total int) {
	rest := d.rest
	for range lists {
		n := d.count()
		for range n {
			d.number()
		}
		total += n
	}
	if !d.failed {
		d.rest = rest
	}
	return total
}

func (d *decoder) document(country string) (c tax.Configuration) {
	c.Location, c.Name = tax.Location{Country: country, Region: d.string()}, d.text()
	flags := d.number()
	c.Exclusive = flags&1 != 0
	c.LocalTaxesMissing = flags&2 != 0
	c.Regions = tax.RegionRule(d.atMost(flags>>2, uint64(tax.RegionsRequired)))
	c.PostalCodes = d.postal()
	c.SharedPostalCodes = d.postal()
	c.RegionAliases = d.stringList()
	if n := d.count(); n > 0 {
		c.Elsewhere = make([]tax.Referral, n)
		for i := range c.Elsewhere {
			c.Elsewhere[i] = tax.Referral{
				Location: tax.Location{Country: d.string(), Region: d.string()}, Regions: d.stringList(), PostalCodes: d.postal(),
			}
		}
	}
	c.Tax = d.tax()
	c.TimeZone = d.string()
	if n := d.count(); n > 0 {
		follow := min(n*d.left, len(d.rest)/classBytes) // most documents have as many
		c.Classes = room(&d.classes, n, follow)
		orders := room(&d.orders, n, follow)
		for i := range c.Classes {
			c.Classes[i] = d.class(&orders[i])
		}
	}
	c.Metadata = tax.Metadata{Version: 1, Source: metadataSource, AsOf: d.asOf}
	return c
}

func (d *decoder) class(orderOf *int) (c tax.Class) {
	c.Code = d.string()
	c.Name = d.text()
	c.Description = d.text()
	order := d.number()
	*orderOf = int(d.atMost(order>>1, 1<<20))
	c.Order = orderOf
	c.Default = order&1 != 0
	c.Rates = room(&d.rates, d.count(), len(d.rest)/rateBytes)
	for i := range c.Rates {
		c.Rates[i] = d.rate()
	}
	return c
}

func (d *decoder) rate() (r tax.Rate) {
	if r.From = d.date(); r.From.IsZero() {
		r.Evidence.VerifiedSince = d.date()
	}
	flags := d.byte()
	r.Effect = tax.Effect(d.atMost(uint64(flags&7), uint64(tax.End)))
	r.Treatment = tax.Treatment(d.atMost(uint64(flags>>3&7), uint64(tax.OutsideScope)))
	r.OfGross = flags&64 != 0
	evidence := d.number()
	r.Evidence.Status = packedStatus(evidence & 3)
	if n := evidence >> 2; n > 0 {
		if d.failed || n > uint64(len(d.lists)) {
			d.failed = true
			return r
		}
		r.Evidence.Sources = d.lists[n-1] // shared by entries: see country.copy
	}
	r.Percent = d.percent()
	if flags&128 == 0 {
		return r
	}
	r.Tax = d.tax()
	if n := d.count(); n > 0 {
		r.Components = make([]tax.Component, n)
		for i := range r.Components {
			r.Components[i] = tax.Component{Code: d.string(), Name: d.text(), Compound: d.number() != 0, Percent: d.percent()}
		}
	}
	return r
}

// packedStatus returns the status with a number in the packed form, which has none for
// [tax.Undated]: answers are undated, and not entries.
func packedStatus(n uint64) tax.Status {
	if n == 3 {
		return tax.Disputed
	}
	return tax.Status(n)
}

func (d *decoder) tax() tax.Tax { return tax.Tax{Code: d.string(), Name: d.text()} }

func (d *decoder) localizedText() tax.LocalizedText {
	n := d.count()
	byTag := make(map[string]string, n)
	for range n {
		tag := d.string()
		byTag[tag] = d.string()
	}
	if d.failed {
		return tax.LocalizedText{}
	}
	text, err := tax.NewLocalizedText(byTag)
	if err != nil {
		d.failed = true
	}
	return text
}

func (d *decoder) text() tax.LocalizedText {
	n := d.number()
	if n == 0 || d.failed || n > uint64(len(d.texts)) {
		d.failed = d.failed || n > 0
		return tax.LocalizedText{}
	}
	return d.texts[n-1]
}

func (d *decoder) stringList() []string {
	n := d.count()
	if n == 0 {
		return nil
	}
	list := room(&d.strings, n, 16)
	for i := range list {
		list[i] = d.string()
	}
	return list
}

func (d *decoder) string() string {
	s, ok := d.header.string(d.number())
	if !ok {
		d.failed = true
	}
	return s
}

func (d *decoder) date() tax.Date {
	n := d.number()
	date := day(n)
	if n > 0 && date.IsZero() {
		d.failed = true
	}
	return date
}

// count reads the number of elements that follow. Each takes at least one byte,
// so a count larger than the rest of the record means damage, and no count can
// cause a large allocation.
func (d *decoder) count() int {
	return int(d.atMost(d.number(), uint64(len(d.rest))))
}

func (d *decoder) atMost(n, limit uint64) uint64 {
	if n > limit {
		d.failed, d.rest = true, ""
		return 0
	}
	return n
}

func (d *decoder) number() uint64 {
	var n uint64
	for shift := 0; shift < 64; shift += 7 {
		b := d.byte()
		n |= uint64(b&127) << shift
		if b < 128 {
			return n
		}
	}
	d.failed, d.rest = true, ""
	return 0
}

func (d *decoder) byte() byte {
	if d.rest == "" {
		d.failed = true
		return 0
	}
	b := d.rest[0]
	d.rest = d.rest[1:]
	return b
}

// number reads four bytes. It caps the result so that it fits an int on every
// platform; a capped number is still too large to be a valid length.
func number(s string) int {
	n := uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
	return int(min(n, 1<<30))
}

// day returns the day with a number, or the zero Date for 0 and for numbers
// beyond the calendar.
func day(n uint64) tax.Date {
	if n == 0 || n > 1<<22 {
		return tax.Date{}
	}
	base, _ := tax.NewDate(1899, 12, 31)
	return base.AddDays(int(n))
}
