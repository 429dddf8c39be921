package ampeco

import (
	"net/url"
	"strconv"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/exact"
	"github.com/taxresolve/tax/internal/strictjson"
)

// answer returns the body for a tax that a store returned.
func answer(t Tax, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	var w writer
	w.Open('{')
	if err := w.field("data").tax(t); err != nil {
		return nil, err
	}
	w.Close('}')
	return w.Bytes(), nil
}

// tax writes a tax. It returns an error if the tax is not valid.
func (w *writer) tax(t Tax) error {
	t, err := t.valid()
	if err != nil {
		return err
	}
	w.Open('{')
	w.field("id").Integer(t.ID)
	w.field("name").Text(t.Name)
	w.field("displayName").translations(t.DisplayName)
	w.field("percentage").Raw(exact.Format(t.Percentage))
	w.field("taxIdentificationNumberId").positive(t.TaxIdentificationNumberID)
	w.field("lastUpdatedAt").Text(t.LastUpdatedAt.Format(time.DateOnly+"T"+time.TimeOnly) + "+00:00")
	w.Close('}')
	return nil
}

// envelope returns the body of a list.
func (s *Service) envelope(p parameters, page Page) ([]byte, error) {
	w := writer{strictjson.NewBuilder(make([]byte, 0, 512+256*min(len(page.Taxes), maxPerPage)))}
	w.Open('{')
	w.field("data").Open('[')
	for _, t := range page.Taxes {
		if err := w.tax(t); err != nil {
			return nil, err
		}
	}
	w.Close(']')
	if p.page > 0 {
		s.numbered(&w, p, page)
	} else {
		s.byCursor(&w, p, page)
	}
	w.Close('}')
	return w.Bytes(), nil
}

func (s *Service) numbered(w *writer, p parameters, page Page) {
	last := (max(page.Total, 1)-1)/p.perPage + 1 // a total can be the largest int
	link := func(number int) string {
		if number < 1 || number > last {
			return ""
		}
		return s.link("page", strconv.Itoa(number), p.perPage)
	}
	previous, next := link(min(p.page-1, last)), link(p.page+1)
	w.links(link(1), link(last), previous, next)

	var from, to int // positions, from 1
	if n := len(page.Taxes); n > 0 {
		from = (p.page-1)*p.perPage + 1
		to = from + n - 1
	}
	w.field("meta").Open('{')
	w.field("current_page").Integer(int64(p.page))
	w.field("from").positive(int64(from))
	w.field("last_page").Integer(int64(last))
	w.field("links").Open('[')
	w.pageLink(previous, "&laquo; Previous", false)
	for _, number := range window(p.page, last) {
		if number == 0 {
			w.pageLink("", "...", false)
		} else {
			w.pageLink(link(number), strconv.Itoa(number), number == p.page)
		}
	}
	w.pageLink(next, "Next &raquo;", false)
	w.Close(']')
	w.field("path").Text(s.path)
	w.field("per_page").Integer(int64(p.perPage))
	w.field("to").positive(int64(to))
	w.field("total").Integer(int64(page.Total))
	w.Close('}')
}

// window returns the numbers of the pages that meta has links to, with 0 for the pages
// left out between two of them: all of few pages, or the first two, the last two and
// those around the current one.
func window(current, last int) (numbers []int) {
	add := func(from, to int) {
		if n := len(numbers); n > 0 && numbers[n-1] < from-1 {
			numbers = append(numbers, 0)
		}
		for i := range to - from + 1 { // to can be the largest int
			numbers = append(numbers, from+i)
		}
	}
	const few, around = 13, 3
	if last <= few {
		add(1, last)
		return numbers
	}
	current = min(current, last)
	add(1, 2)
	add(max(3, current-around), min(last-2, current+around))
	add(last-1, last)
	return numbers
}

// pageLink writes a link of meta. The labels are those of the framework that the
// contract comes from.
func (w *writer) pageLink(address, label string, active bool) {
	w.Open('{')
	w.field("url").optional(address)
	w.field("label").Text(label)
	w.field("active").Raw(strconv.FormatBool(active))
	w.Close('}')
}

func (s *Service) byCursor(w *writer, p parameters, page Page) {
	// The position of an empty page is after p.after or before p.before.
	first, last := p.after+1, p.before-1
	if n := len(page.Taxes); n > 0 {
		first, last = page.Taxes[0].ID, page.Taxes[n-1].ID
	}
	var previous, next, previousLink, nextLink string
	if page.Earlier {
		previous = s.key.before(first)
		previousLink = s.link("cursor", previous, p.perPage)
	}
	if page.Later {
		next = s.key.after(last)
		nextLink = s.link("cursor", next, p.perPage)
	}
	w.links("", "", previousLink, nextLink)

	w.field("meta").Open('{')
	w.field("path").Text(s.path)
	w.field("per_page").Integer(int64(p.perPage))
	w.field("next_cursor").optional(next)
	w.field("prev_cursor").optional(previous)
	w.Close('}')
}

func (s *Service) link(parameter, value string, perPage int) string {
	query := url.Values{parameter: {value}, "per_page": {strconv.Itoa(perPage)}}
	return s.path + "?" + query.Encode()
}

// links writes the links of a list. An empty one is null.
func (w *writer) links(first, last, previous, next string) {
	w.field("links").Open('{')
	w.field("first").optional(first)
	w.field("last").optional(last)
	w.field("prev").optional(previous)
	w.field("next").optional(next)
	w.Close('}')
}

// writer writes JSON.
type writer struct{ strictjson.Builder }

func (w *writer) field(name string) *writer {
	w.Name(name)
	return w
}

func (w *writer) translations(list []tax.Translation) {
	w.Open('[')
	for _, d := range list {
		w.Open('{')
		w.field("locale").Text(d.Language)
		w.field("translation").Text(d.Text)
		w.Close('}')
	}
	w.Close(']')
}

// positive writes a positive number, or null for 0.
func (w *writer) positive(n int64) {
	if n == 0 {
		w.Raw("null")
		return
	}
	w.Integer(n)
}

// optional writes a text, or null for an empty one.
func (w *writer) optional(s string) {
	if s == "" {
		w.Raw("null")
		return
	}
	w.Text(s)
}
