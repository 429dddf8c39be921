package ampeco

import (
	"net/url"
	"strconv"
	"time"

	"github.com/taxresolve/tax/internal/exact"
	"github.com/taxresolve/tax/internal/strictjson"
)

// answer returns the body for a tax that a store returned.
func answer(t Tax, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	out, err := appendTax([]byte(`{"data":`), t)
	if err != nil {
		return nil, err
	}
	return append(out, '}'), nil
}

func appendTax(out []byte, t Tax) ([]byte, error) {
	t, err := t.valid()
	if err != nil {
		return nil, err
	}
	w := writer{out}
	w.open('{')
	w.field("id").integer(t.ID)
	w.field("name").text(t.Name)
	w.field("displayName").open('[')
	for _, d := range t.DisplayName {
		w.next()
		w.open('{')
		w.field("locale").text(d.Language)
		w.field("translation").text(d.Text)
		w.close('}')
	}
	w.close(']')
	w.field("percentage").raw(exact.Format(t.Percentage))
	w.field("taxIdentificationNumberId").positive(t.TaxIdentificationNumberID)
	w.field("lastUpdatedAt").text(t.LastUpdatedAt.Format(time.DateOnly+"T"+time.TimeOnly) + "+00:00")
	w.close('}')
	return w.out, nil
}

// envelope returns the body of a list.
func (s *Service) envelope(p parameters, page Page) ([]byte, error) {
	w := writer{append(make([]byte, 0, 512+256*len(page.Taxes)), `{"data":[`...)}
	for _, t := range page.Taxes {
		w.next()
		out, err := appendTax(w.out, t)
		if err != nil {
			return nil, err
		}
		w.out = out
	}
	w.close(']')
	if p.page > 0 {
		s.numbered(&w, p, page)
	} else {
		s.byCursor(&w, p, page)
	}
	w.close('}')
	return w.out, nil
}

func (s *Service) numbered(w *writer, p parameters, page Page) {
	last := max((page.Total+p.perPage-1)/p.perPage, 1)
	link := func(number int) string {
		if number < 1 || number > last {
			return ""
		}
		return s.link("page", strconv.Itoa(number), p.perPage)
	}
	w.links(link(1), link(last), link(min(p.page-1, last)), link(p.page+1))

	var from, to int // positions, from 1
	if n := len(page.Taxes); n > 0 {
		from = (p.page-1)*p.perPage + 1
		to = from + n - 1
	}
	w.field("meta").open('{')
	w.field("current_page").integer(int64(p.page))
	w.field("from").positive(int64(from))
	w.field("last_page").integer(int64(last))
	w.field("path").text(s.path)
	w.field("per_page").integer(int64(p.perPage))
	w.field("to").positive(int64(to))
	w.field("total").integer(int64(page.Total))
	w.close('}')
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

	w.field("meta").open('{')
	w.field("path").text(s.path)
	w.field("per_page").integer(int64(p.perPage))
	w.field("next_cursor").optional(next)
	w.field("prev_cursor").optional(previous)
	w.close('}')
}

func (s *Service) link(parameter, value string, perPage int) string {
	query := url.Values{parameter: {value}, "per_page": {strconv.Itoa(perPage)}}
	return s.path + "?" + query.Encode()
}

// links writes the links of a list. An empty one is null.
func (w *writer) links(first, last, previous, next string) {
	w.field("links").open('{')
	w.field("first").optional(first)
	w.field("last").optional(last)
	w.field("prev").optional(previous)
	w.field("next").optional(next)
	w.close('}')
}

// writer appends JSON.
type writer struct{ out []byte }

// next separates a value from the previous one.
func (w *writer) next() { w.out = strictjson.AppendSeparator(w.out) }

func (w *writer) field(name string) *writer {
	w.out = strictjson.AppendName(w.out, name)
	return w
}

func (w *writer) open(c byte) { w.out = append(w.out, c) }

func (w *writer) close(c byte) { w.out = append(w.out, c) }

func (w *writer) raw(value string) { w.out = append(w.out, value...) }

func (w *writer) integer(n int64) { w.out = strconv.AppendInt(w.out, n, 10) }

// positive writes a positive number, or null for 0.
func (w *writer) positive(n int64) {
	if n == 0 {
		w.raw("null")
		return
	}
	w.integer(n)
}

func (w *writer) text(s string) { w.out = strictjson.AppendString(w.out, s) }

// optional writes a text, or null for an empty one.
func (w *writer) optional(s string) {
	if s == "" {
		w.raw("null")
		return
	}
	w.text(s)
}
