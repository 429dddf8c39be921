package page

import (
	"context"
	"net/http"
	"strconv"

	"github.com/taxresolve/tax"
)

// conflictData is the data of the page about two people who changed the same configuration.
type conflictData struct {
	Location             tax.Location
	Form                 string
	Started, Now, Author string // versions, and who wrote the stored one
	Rows                 []difference
	Hidden               []hidden
}

// conflict shows what was stored in between beside what was to be saved. Nothing is lost:
// each of the two can be taken.
func (s *site) conflict(ctx context.Context, r *request, d draft, mine tax.Configuration) (view, error) {
	now, err := s.stored(ctx, r, mine.Location)
	if err != nil {
		return view{}, err
	}
	data := conflictData{Location: mine.Location, Form: r.session.form, Started: d.version, Now: strconv.FormatInt(now.Metadata.Version, 10)}
	started := map[string]string{}
	if s.historian != nil {
		if old, err := s.historian.Version(ctx, r.session.tenant, mine.Location, mine.Metadata.Version); err == nil {
			for _, f := range facts(old.Configuration) {
				started[f.About] = f.Says
			}
		}
		if last, err := s.historian.Version(ctx, r.session.tenant, mine.Location, now.Metadata.Version); err == nil {
			data.Author = last.Author
		}
	}
	data.Rows = differences(now, mine)
	for i := range data.Rows {
		data.Rows[i].Third = started[data.Rows[i].About]
	}
	d.version = data.Now
	data.Hidden = d.hidden()
	return view{status: http.StatusConflict, template: "conflict", title: "Changed in between", data: data}, nil
}
