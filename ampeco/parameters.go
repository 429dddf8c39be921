package ampeco

import (
	"math"
	"net/url"
	"strconv"
)

const maxPerPage = 100

// parameters are the parameters of a list request.
type parameters struct {
	perPage       int
	page          int // 0 means by cursor
	after, before int64
}

// parameters reads the parameters of a request. Its error is a
// [ValidationError] with all faults.
func (s *Service) parameters(query url.Values) (parameters, error) {
	p, f, byCursor := parameters{page: 1, perPage: maxPerPage}, faults{}, false
	for name, values := range query {
		switch {
		case name != "page" && name != "per_page" && name != "cursor":
			f.add(name, "no such parameter: use page or cursor, and per_page")
			continue
		case len(values) != 1:
			f.add(name, "given twice: keep one")
			continue
		}
		switch value := values[0]; name {
		case "page":
			p.page = f.number(name, value, math.MaxInt32)
		case "per_page":
			p.perPage = f.number(name, value, maxPerPage)
		case "cursor":
			// An empty cursor is the first page. Some clients write null for none.
			ok := value == "" || value == "null"
			byCursor = !ok || !query.Has("page") // beside a page it is none
			if !ok {
				p.after, p.before, ok = s.key.read(value)
			}
			if !ok {
				f.add(name, "not a cursor of this list: take one from meta or links, or begin with an empty one")
			}
		}
	}
	if byCursor && query.Has("page") {
		f.add("cursor", "cannot be combined with page: keep one")
	}
	if byCursor {
		p.page = 0
	}
	if int64(p.page)*int64(p.perPage) > math.MaxInt32 {
		f.add("page", "too large: no list is that long")
	}
	if err := f.err(); err != nil {
		return parameters{}, err
	}
	return p, nil
}

// number reads a whole number from 1 to high, and adds a fault for any other
// value.
func (f faults) number(name, value string, high int) int {
	n, ok := parsePlain(value)
	if !ok || n > int64(high) {
		f.add(name, "write a whole number from 1 to "+strconv.Itoa(high))
		return 1
	}
	return int(n)
}

// parsePlain reads a whole number from 1, without sign or leading zeros.
func parsePlain(text string) (n int64, ok bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil && n >= 1 && strconv.FormatInt(n, 10) == text
}

// span returns the range that the parameters request.
func (p parameters) span() Range {
	r := Range{Limit: p.perPage, After: p.after, Before: p.before}
	if p.page > 0 {
		r.Offset, r.Total = (p.page-1)*p.perPage, true
	}
	return r
}
