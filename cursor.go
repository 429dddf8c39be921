package tax

import (
	"time"

	"github.com/taxresolve/tax/internal/canon"
	"github.com/taxresolve/tax/internal/exact"
)

// A cursor is a position in a list: the values by which the last configuration before
// it is sorted, and the location of that configuration. Its signature also covers the
// definition of the list, so that a cursor of another list is refused.

// seal returns the cursor for the position after a row.
func (s *selection) seal(r *row) string {
	w := canon.NewWriter(make([]byte, 0, 128))
	for i := range r.values {
		v := &r.values[i]
		w.Flag(v.missing)
		switch s.Sort[i].By {
		case ByRate:
			w.Text(exact.Format(v.number))
		case ByModified:
			w.Number(v.instant)
		default:
			w.Text(v.text)
		}
	}
	w.Text(r.location.Country)
	w.Text(r.location.Region)
	if s.today() {
		w.Text(s.zones[r.location.Country]) // the next page may begin after the country
	}
	return canon.Seal(s.CursorKey, s.definition(), w.Bytes())
}

// open reads the cursor of the query, unless it is empty.
func (s *selection) open(cursor string) error {
	if cursor == "" {
		return nil
	}
	refused := inputError("cursor", cursor, "not a cursor of this list: begin with the first page, and pass Next with the same query")
	content, ok := canon.Open(cursor, s.CursorKey, s.definition())
	if !ok {
		return refused
	}
	// Without a key anyone can sign a cursor, so its content is checked as well.
	rd := canon.NewReader(content)
	r := &row{values: make([]value, len(s.Sort))}
	for i := range r.values {
		v := &r.values[i]
		v.missing = rd.Flag()
		switch s.Sort[i].By {
		case ByRate:
			var err error
			if v.number, err = Percent(rd.Text()); err != nil && !v.missing {
				return refused
			}
		case ByModified:
			v.instant = rd.Number()
		default:
			v.text = rd.Text()
		}
	}
	r.location = Location{rd.Text(), rd.Text()}
	if s.today() {
		s.zones = map[string]string{r.location.Country: rd.Text()}
	}
	if !rd.Done() {
		return refused
	}
	s.after = r
	return nil
}

// definition returns everything that decides which configurations are in the list, and
// in which order.
func (s *selection) definition() []byte {
	w := canon.NewWriter(make([]byte, 0, 128))
	q := s.Query
	for _, text := range []string{q.Country, q.Region, q.Class, q.Name.Contains, q.Description.Contains, q.Date.String()} {
		w.Text(text)
	}
	w.Flag(q.CountriesOnly)
	w.Flag(q.Effective)
	w.Flag(q.Rate.Valid)
	if q.Rate.Valid {
		w.Decimal(exact.Trim(q.Rate.Decimal)) // 7 and 7.00 are the same filter
	}
	w.Flag(!q.ChangedSince.IsZero())
	if !q.ChangedSince.IsZero() {
		w.Text(q.ChangedSince.UTC().Format(time.RFC3339Nano))
	}
	w.Count(len(q.Treatments))
	for _, t := range q.Treatments {
		w.Number(int64(t))
	}
	for _, f := range []TextFilter{q.Name, q.Description} {
		if f.isSet() {
			w.Text(string(s.in(f.In).appendTo(nil)))
		}
	}
	w.Count(len(q.Sort))
	for _, k := range q.Sort {
		w.Number(int64(k.By))
		w.Flag(k.Descending)
		if k.By.localized() {
			w.Text(string(s.in(k.In).appendTo(nil)))
		}
	}
	// Only if they are set, so that cursors of earlier releases are read.
	if q.ExactCodes || q.Name.Equals+q.Description.Equals != "" || q.Name.IgnoreCase || q.Description.IgnoreCase {
		w.Flag(q.ExactCodes)
		for _, f := range []TextFilter{q.Name, q.Description} {
			w.Text(f.Equals)
			w.Flag(f.IgnoreCase)
		}
	}
	return w.Bytes()
}
