package tax

import (
	"cmp"
	"container/heap"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax/internal/civil"
	"github.com/taxresolve/tax/internal/exact"
)

// Select answers a query from a sequence of configurations, in any order, each
// location once. It defines the answer that every [Lister] must give. It copies
// nothing: the configurations must not be modified afterwards.
//
// Select takes the time of one pass over the sequence. A numbered page takes memory
// for all pages before it. A page after the last one is empty.
//
// Select returns an [InputError] with the parameter as its Field:
//
//   - "pageSize", "pageNumber", "maxPageSize": a number that is negative or too
//     large, or a page number without a page size or with a cursor;
//   - "cursor": it is damaged, signed with another key, or of a query with other
//     filters, sort keys, languages or day;
//   - "name", "description", "sort": texts are to be compared, but the preferences
//     have no language or ask for all;
//   - "name", "description": case is to be ignored, but the filter is not UTF-8;
//   - "sort": a field that does not exist, or more than 8 keys;
//   - "rate", "treatment": a percentage or treatment that is not valid;
//   - "sequence": it is nil.
func Select(all iter.Seq[*Configuration], q Query) (Page, error) {
	if all == nil {
		return Page{}, noSequence()
	}
	s, err := newSelection(&q)
	if err != nil {
		return Page{}, err
	}
	s.zones = nil // of the cursor: all countries are read again
	return s.page(all), nil
}

// SelectFrom is [Select] for configurations that are kept in the order of country
// and region. from returns the configurations after a location; for the zero
// Location it returns all of them. A query in that order, without sort keys or by
// [ByCountry], and without Total reads only the configurations that it needs.
func SelectFrom(from func(after Location) iter.Seq[*Configuration], q Query) (Page, error) {
	if from == nil {
		return Page{}, noSequence()
	}
	s, err := newSelection(&q)
	if err != nil {
		return Page{}, err
	}
	s.ordered = !slices.ContainsFunc(q.Sort, func(k SortKey) bool { return k.By != ByCountry || k.Descending })
	start := Location{}
	if s.ordered && s.after != nil && !q.Total {
		start = s.after.location
	} else {
		s.zones = nil
	}
	all := from(start)
	if all == nil {
		return Page{}, noSequence()
	}
	return s.page(all), nil
}

func noSequence() error {
	return inputError("sequence", "nil", "pass the configurations to select from")
}

// selection is a query that was checked and is being answered.
type selection struct {
	*Query
	// The page has the rows from first to last, exclusive, of those after the cursor.
	// last can be the largest int, so nothing may be added to it.
	first, last int
	ordered     bool // the sequence is in the order of the list
	byClass     bool // a filter is about classes
	needsClass  bool // a filter or sort key is about classes
	needsDay    bool // a filter or sort key is about rates
	now         time.Time
	days        map[string]Date   // today by time zone
	zones       map[string]string // time zone by country
	after       *row              // the cursor
}

// row is a configuration with the values that it is sorted by.
type row struct {
	values   []value // of the sort keys
	location Location
	c        *Configuration
}

// value is the value of a sort key: a text, a number or an instant.
type value struct {
	missing bool
	text    string
	number  decimal.Decimal
	instant int64
}

const (
	defaultPageSize    = 60
	defaultMaxPageSize = 1000
	maxPosition        = 1<<31 - 1
	maxSortedBytes     = 1024 // of a text, the others are not compared
)

func newSelection(q *Query) (*selection, error) {
	s := &selection{Query: q, now: q.Now}
	if err := s.check(); err != nil {
		return nil, err
	}
	if s.now.IsZero() {
		s.now = time.Now()
	}
	s.byClass = q.Class != "" || q.Name.isSet() || q.Description.isSet() || q.Rate.Valid || len(q.Treatments) > 0 || q.Effective
	s.needsClass, s.needsDay = s.byClass, q.Rate.Valid || len(q.Treatments) > 0 || q.Effective
	for _, k := range q.Sort {
		s.needsClass = s.needsClass || k.By.ofClass()
		s.needsDay = s.needsDay || k.By == ByRate
	}
	return s, s.position()
}

// check refuses a query that cannot be answered.
func (s *selection) check() error {
	q := s.Query
	for _, f := range []struct {
		name   string
		filter *TextFilter
	}{{"name", &q.Name}, {"description", &q.Description}} {
		if reason := f.filter.fault(s.in(f.filter.In)); reason != "" {
			return inputError(f.name, cmp.Or(f.filter.Contains, f.filter.Equals), reason)
		}
	}
	if q.Rate.Valid {
		if reason := exact.PercentFault(q.Rate.Decimal); reason != "" {
			return inputError("rate", "", reason)
		}
	}
	for _, t := range q.Treatments {
		if int(t) >= len(treatmentNames) {
			return inputError("treatment", t.String(), enumAdvice(treatmentNames[:]))
		}
	}
	if len(q.Sort) > maxSortKeys {
		return inputError("sort", itoa(int64(len(q.Sort))), tooManyKeys)
	}
	for _, k := range q.Sort {
		if int(k.By) >= len(sortFieldNames) {
			return inputError("sort", k.By.String(), enumAdvice(sortFieldNames[:]))
		}
		if k.By.localized() && !s.in(k.In).canMatch() {
			return inputError("sort", k.By.String(), "needs a language: set In, or the Preferences of the query")
		}
	}
	return nil
}

// position finds the place of the page.
func (s *selection) position() error {
	q := s.Query
	most, size, number := q.MaxPageSize, q.PageSize, q.PageNumber
	if most == 0 {
		most = defaultMaxPageSize
	}
	switch {
	case most < 0:
		return inputError("maxPageSize", itoa(int64(most)), "negative: pass 0 for the default")
	case size == 0 && number != 0:
		return inputError("pageSize", "", "missing: pass it with the number of the page")
	case size == 0:
		size = min(defaultPageSize, most)
	case size < 0 || size > most:
		return inputError("pageSize", itoa(int64(size)), "pass a number from 1 to "+itoa(int64(most)))
	}
	switch {
	case number < 0 || number > max(maxPosition/size, 1):
		return inputError("pageNumber", itoa(int64(number)), "pass a number from 1 to "+itoa(int64(max(maxPosition/size, 1))))
	case number > 0 && q.Cursor != "":
		return inputError("pageNumber", itoa(int64(number)), "given with a cursor: pass one of the two")
	case number > 0:
		s.first = (number - 1) * size
	}
	s.last = s.first + size
	return s.open(q.Cursor)
}

// in returns the languages of a filter or sort key.
func (s *selection) in(own Preferences) Preferences { return own.or(s.Preferences) }

// page makes the page.
func (s *selection) page(all iter.Seq[*Configuration]) Page {
	if s.ordered {
		return s.inOrder(all)
	}
	// The rows up to the end of the page are kept, and one more that shows whether
	// there is a next page.
	kept := rows{s: s, list: make([]row, 0, min(s.last, defaultMaxPageSize)+1)}
	total := 0
	values := make([]value, len(s.Sort)) // of the current row, copied if it is kept
	for c := range all {
		class, day, ok := s.matches(c)
		if !ok {
			continue
		}
		total++
		candidate := row{values: values, location: c.Location}
		s.evaluate(&candidate, c, class, day)
		if s.after != nil && s.compare(&candidate, s.after) <= 0 {
			continue
		}
		if len(kept.list) <= s.last {
			candidate.values, candidate.c = slices.Clone(values), c
			kept.add(candidate)
		} else if top := &kept.list[0]; s.compare(&candidate, top) < 0 {
			copy(top.values, values)
			top.location, top.c = candidate.location, c
			heap.Fix(&kept, 0)
		}
	}
	slices.SortFunc(kept.list, func(a, b row) int { return s.compare(&a, &b) })
	var p Page
	for i := s.first; i < min(s.last, len(kept.list)); i++ {
		p.list = append(p.list, kept.list[i].c)
	}
	if len(kept.list) > s.last {
		p.Next = s.seal(&kept.list[s.last-1])
	}
	if s.Total {
		p.Total = total
	}
	return p
}

// inOrder makes the page from a sequence that is in the order of the list, and
// stops reading after it unless the query asks for the total.
func (s *selection) inOrder(all iter.Seq[*Configuration]) Page {
	var p Page
	n, total := 0, 0
	values := make([]value, len(s.Sort)) // of the current row
	for c := range all {
		if _, _, ok := s.matches(c); !ok {
			continue
		}
		total++
		if s.after != nil {
			at := row{values: values, location: c.Location}
			if s.evaluate(&at, c, nil, Date{}); s.compare(&at, s.after) <= 0 {
				continue
			}
		}
		switch {
		case n == s.first:
			p.list = append(make([]*Configuration, 0, min(s.last-s.first, defaultMaxPageSize)), c)
		case n > s.first && n < s.last:
			p.list = append(p.list, c)
		case n == s.last:
			last := p.list[n-s.first-1]
			at := row{values: values, location: last.Location}
			s.evaluate(&at, last, nil, Date{})
			p.Next = s.seal(&at)
		}
		if n++; n > s.last && !s.Total {
			break
		}
	}
	if s.Total {
		p.Total = total
	}
	return p
}

// rows is a heap with the last row on top, as soon as it has as many rows as the
// page needs.
type rows struct {
	s    *selection
	list []row
}

func (r *rows) add(c row) {
	r.list = append(r.list, c)
	if len(r.list)-1 == r.s.last {
		heap.Init(r)
	}
}

func (r *rows) Len() int           { return len(r.list) }
func (r *rows) Less(i, j int) bool { return r.s.compare(&r.list[i], &r.list[j]) > 0 }
func (r *rows) Swap(i, j int)      { r.list[i], r.list[j] = r.list[j], r.list[i] }

// Push and Pop complete the interface of a heap. Nothing calls them.
func (r *rows) Push(any) {}
func (r *rows) Pop() any { return nil }

// compare is the order of the list. It is total, because no two rows have the same
// location.
func (s *selection) compare(a, b *row) int {
	for i := range s.Sort {
		if order := a.values[i].compare(&b.values[i], s.Sort[i].Descending); order != 0 {
			return order
		}
	}
	return cmp.Or(strings.Compare(a.location.Country, b.location.Country), strings.Compare(a.location.Region, b.location.Region))
}

func (v *value) compare(w *value, descending bool) int {
	switch {
	case v.missing && w.missing:
		return 0
	case v.missing:
		return 1
	case w.missing:
		return -1
	}
	order := cmp.Or(strings.Compare(v.text, w.text), cmp.Compare(v.instant, w.instant))
	if order == 0 {
		order = v.number.Cmp(w.number)
	}
	if descending {
		return -order
	}
	return order
}

// matches reports whether a configuration matches, and returns the first of its
// classes that do; nil if the query is not about classes.
func (s *selection) matches(c *Configuration) (class *Class, day Date, ok bool) {
	if c == nil {
		return nil, day, false
	}
	if s.needsDay {
		day = s.dayAt(c) // of each, because a region may need the zone of its country
	}
	l := c.Location
	if s.CountriesOnly && l.Region != "" || !s.matchesCode(l.Country, s.Country) || !s.matchesCode(l.Region, s.Region) ||
		!s.ChangedSince.IsZero() && c.Metadata.Modified.Before(s.ChangedSince) {
		return nil, day, false
	}
	if !s.needsClass {
		return nil, day, true
	}
	for i := range c.Classes {
		if candidate := &c.Classes[i]; (class == nil || candidate.order() < class.order()) && s.matchesClass(candidate, day) {
			class = candidate
		}
	}
	return class, day, class != nil || !s.byClass
}

func (s *selection) matchesClass(c *Class, day Date) bool {
	if !s.matchesCode(c.Code, s.Class) || !s.Name.passes(c.Name, s.Preferences) || !s.Description.passes(c.Description, s.Preferences) {
		return false
	}
	if !s.Rate.Valid && len(s.Treatments) == 0 && !s.Effective {
		return true
	}
	r := c.rateOn(day)
	return r != nil && (!s.Rate.Valid || r.Percent.Equal(s.Rate.Decimal)) &&
		(len(s.Treatments) == 0 || slices.Contains(s.Treatments, r.Treatment))
}

// evaluate sets the values that a configuration is sorted by.
func (s *selection) evaluate(r *row, c *Configuration, class *Class, day Date) {
	for i := range s.Sort {
		k, v := &s.Sort[i], &r.values[i]
		*v = value{}
		switch {
		case k.By == ByCountry:
			v.text = c.Location.Country
		case k.By == ByRegion:
			v.text = c.Location.Region
			v.missing = v.text == ""
		case k.By == ByModified:
			v.instant = c.Metadata.Modified.UnixMilli()
			v.missing = c.Metadata.Modified.IsZero()
		case class == nil:
			v.missing = true
		case k.By == ByClass:
			v.text = class.Code[:min(len(class.Code), maxSortedBytes)]
		case k.By == ByRate:
			rate := class.rateOn(day)
			if v.missing = rate == nil; rate != nil {
				v.number = rate.Percent
			}
		default:
			text := class.Name
			if k.By == ByDescription {
				text = class.Description
			}
			v.text = text.In(s.in(k.In)).Text
			v.text = v.text[:min(len(v.text), maxSortedBytes)]
			v.missing = v.text == ""
		}
	}
}

// today reports whether rates are those of today at each place.
func (s *selection) today() bool { return s.needsDay && s.Date.IsZero() }

// dayAt returns the day of the query, or today at the place of a configuration.
func (s *selection) dayAt(c *Configuration) Date {
	if !s.Date.IsZero() {
		return s.Date
	}
	name := c.TimeZone
	if s.zones == nil {
		s.zones = make(map[string]string)
	}
	if s.days == nil {
		s.days = make(map[string]Date)
	}
	if c.Location.Region == "" {
		s.zones[c.Location.Country] = name
	} else if name == "" {
		name = s.zones[c.Location.Country]
	}
	day, ok := s.days[name]
	if !ok {
		in, err := civil.Zone(name)
		if err != nil {
			in = time.UTC
		}
		day, _ = DateIn(s.now, in) // after an error it is zero, before every dated entry
		s.days[name] = day
	}
	return day
}
