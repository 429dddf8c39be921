package tax

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"

	"github.com/taxresolve/tax/internal/exact"
)

// A cursor is the place after a configuration in an order: the values it is sorted
// by and its location, behind a signature. The signature covers what the list is
// made of too, so that a cursor of another list is noticed.
//
//	base64url( signature of 16 bytes, values, country, region )
const (
	signatureBytes = 16
	maxCursorBytes = 16 << 10
)

var cursorEncoding = base64.RawURLEncoding.Strict()

// seal makes the cursor after a row.
func (s *selection) seal(r *row) string {
	w := printer{b: make([]byte, signatureBytes, 128)}
	for i := range r.values {
		v := &r.values[i]
		w.flag(v.missing)
		switch s.Sort[i].By {
		case ByRate:
			w.text(exact.Format(v.number))
		case ByModified:
			w.number(v.instant)
		default:
			w.text(v.text)
		}
	}
	w.text(r.location.Country)
	w.text(r.location.Region)
	if s.today() {
		w.text(s.zones[r.location.Country]) // the next page may begin behind it
	}
	copy(w.b, s.signature(w.b[signatureBytes:]))
	return cursorEncoding.EncodeToString(w.b)
}

// open reads the cursor of the query, if it has one.
func (s *selection) open(cursor string) error {
	if cursor == "" {
		return nil
	}
	refused := inputError("cursor", cursor, "not a cursor of this list: begin with the first page, and pass Next with the same query")
	if len(cursor) > maxCursorBytes {
		return refused
	}
	data, err := cursorEncoding.DecodeString(cursor)
	whole := cursorEncoding.EncodedLen(len(data)) == len(cursor) // base64 skips line ends
	if err != nil || !whole || len(data) < signatureBytes || !hmac.Equal(data[:signatureBytes], s.signature(data[signatureBytes:])) {
		return refused
	}
	// It is one of ours, as far as one can tell. Without a key anybody can sign,
	// so that it is read with care all the same.
	rd := scanner{b: data[signatureBytes:], ok: true}
	r := &row{values: make([]value, len(s.Sort))}
	for i := range r.values {
		v := &r.values[i]
		v.missing = rd.flag()
		switch s.Sort[i].By {
		case ByRate:
			var err error
			if v.number, err = Percent(rd.text()); err != nil && !v.missing {
				return refused
			}
		case ByModified:
			v.instant = rd.number()
		default:
			v.text = rd.text()
		}
	}
	r.location = Location{rd.text(), rd.text()}
	if s.today() {
		s.zones = map[string]string{r.location.Country: rd.text()}
	}
	if !rd.ok || len(rd.b) > 0 {
		return refused
	}
	s.after = r
	return nil
}

// signature signs the content of a cursor and what the list is made of.
func (s *selection) signature(content []byte) []byte {
	mac := hmac.New(sha256.New, s.CursorKey)
	w := printer{}
	q := s.Query
	w.count(len(q.CursorKey)) // HMAC fills up short keys with zeros, and hashes long ones
	for _, text := range []string{q.Country, q.Region, q.Class, q.Name.Contains, q.Description.Contains, q.Date.String()} {
		w.text(text)
	}
	w.flag(q.CountriesOnly)
	w.flag(q.Effective)
	w.flag(q.Rate.Valid)
	if q.Rate.Valid {
		w.decimal(exact.Trim(q.Rate.Decimal)) // 7 and 7.00 are one filter
	}
	w.flag(!q.ChangedSince.IsZero())
	if !q.ChangedSince.IsZero() {
		w.text(q.ChangedSince.UTC().Format(time.RFC3339Nano))
	}
	w.count(len(q.Treatments))
	for _, t := range q.Treatments {
		w.number(int64(t))
	}
	for _, f := range []TextFilter{q.Name, q.Description} {
		if f.Contains != "" {
			w.text(string(s.in(f.In).appendTo(nil)))
		}
	}
	w.count(len(q.Sort))
	for _, k := range q.Sort {
		w.number(int64(k.By))
		w.flag(k.Descending)
		if k.By.localized() {
			w.text(string(s.in(k.In).appendTo(nil)))
		}
	}
	w.text(string(content))
	mac.Write(w.b)
	return mac.Sum(nil)[:signatureBytes]
}

// scanner reads what a printer wrote. After a fault everything is zero, and ok
// is false.
type scanner struct {
	b  []byte
	ok bool
}

func (r *scanner) number() int64 {
	n, size := binary.Varint(r.b)
	if size <= 0 {
		r.b, r.ok = nil, false
		return 0
	}
	r.b = r.b[size:]
	return n
}

func (r *scanner) text() string {
	n := r.number()
	if n < 0 || n > int64(len(r.b)) {
		r.b, r.ok = nil, false
		return ""
	}
	text := string(r.b[:n])
	r.b = r.b[n:]
	return text
}

func (r *scanner) flag() bool {
	if len(r.b) == 0 || r.b[0] > 1 {
		r.b, r.ok = nil, false
		return false
	}
	set := r.b[0] == 1
	r.b = r.b[1:]
	return set
}
