package page

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

const pageSize = 50

// listData is the data of the list of a tenant's configurations.
type listData struct {
	Fields []field
	Fault  *fault
	Rows   []documentRow
	Next   string
}

type documentRow struct {
	Location tax.Location
	Name     text
	Version  int64
	Modified time.Time
	Classes  []classRate
}

// listFields are the filters of the list.
var listFields = []field{
	{Name: "country", Label: "Country", Kind: "text", Hint: "code, or a part of it"},
	{Name: "region", Label: "Region", Kind: "text", Hint: "code, or a part of it"},
	{Name: "class", Label: "Class", Kind: "text", Hint: "code, or a part of it"},
	{Name: "name", Label: "Name of a class", Kind: "text", Hint: "a part of it, in your language"},
	{Name: "rate", Label: "Percentage today", Kind: "text"},
	{Name: "since", Label: "Changed since", Kind: "date", Hint: "a day in UTC"},
}

func (s *site) list(ctx context.Context, r *request) (view, error) {
	_ = r.ParseForm()
	get := func(name string) string { return strings.TrimSpace(r.Form.Get(name)) }
	d := listData{}
	q := tax.Query{
		Country: strings.ToUpper(get("country")), Region: strings.ToUpper(get("region")), Class: get("class"),
		Name: tax.TextFilter{Contains: strings.ToValidUTF8(get("name"), "?"), IgnoreCase: true}, Preferences: r.in,
		PageSize: pageSize, Cursor: r.Form.Get("cursor"), CursorKey: s.cursorKey, Now: s.Clock(),
	}
	var err error
	if text := get("rate"); text != "" {
		q.Rate.Decimal, err = tax.Percent(text)
		q.Rate.Valid = err == nil
		d.note("rate", err)
	}
	if text := get("since"); text != "" {
		day, err := tax.ParseDate(text)
		if err == nil {
			q.ChangedSince = time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, time.UTC)
		}
		d.note("since", err)
	}
	v := view{template: "configurations", title: "Configurations"}
	if d.Fault == nil {
		page, err := s.lister.List(ctx, r.session.tenant, q)
		if err != nil {
			return view{}, err
		}
		for c := range page.All() {
			d.Rows = append(d.Rows, r.documentRow(c))
		}
		if page.Next != "" {
			d.Next = nextPage(r.Form, page.Next)
		}
	} else {
		v.status = 422
	}
	for _, f := range listFields {
		f.Value = get(f.Name)
		if d.Fault != nil && d.Fault.Field == f.Name {
			f.Fault = d.Fault.Text
		}
		d.Fields = append(d.Fields, f)
	}
	v.data = d
	return v, nil
}

func (d *listData) note(name string, err error) {
	if err != nil {
		d.Fault = &fault{Field: name, Text: sentence(err)}
	}
}

// nextPage returns the address of the next page with the same filters.
func nextPage(form url.Values, cursor string) string {
	p := url.Values{"cursor": {cursor}}
	for _, f := range listFields {
		if v := form.Get(f.Name); v != "" {
			p.Set(f.Name, v)
		}
	}
	return "/configurations?" + p.Encode()
}

func (r *request) documentRow(c tax.Configuration) documentRow {
	row := documentRow{Location: c.Location, Name: r.nameOf(c), Version: c.Metadata.Version, Modified: c.Metadata.Modified}
	for _, class := range c.Classes {
		shown := classRate{Name: class.Code}
		if len(class.Rates) > 0 {
			shown.Text = entryText(class.Rates[0]) + " from " + first(class.Rates[0].From)
		}
		row.Classes = append(row.Classes, shown)
	}
	return row
}

// nameOf returns the name of the place of a document.
func (r *reader) nameOf(c tax.Configuration) text {
	if m := c.Name.In(r.in); m.Text != "" {
		return text{Text: m.Text, Lang: m.Language}
	}
	if c.Location.Region == "" {
		return r.countryNamed(c.Location.Country)
	}
	return text{Text: c.Location.String()}
}

// documentData is the data of the page about one configuration.
type documentData struct {
	Location tax.Location
	Name     text
	Version  int64
	Modified time.Time
	Facts    []fact
	JSON     string
	Form     string
	History  bool
}

func (s *site) document(ctx context.Context, r *request) (view, error) {
	l, err := r.location()
	if err != nil {
		return view{}, err
	}
	c, err := s.Store.Get(ctx, r.session.tenant, l)
	if err != nil {
		return view{}, err
	}
	body, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return view{}, err
	}
	return view{template: "document", title: "Configuration of " + l.String(), data: documentData{
		Location: l, Name: r.nameOf(c), Version: c.Metadata.Version, Modified: c.Metadata.Modified, Facts: facts(c), JSON: shown(body),
		Form: r.session.form, History: s.historian != nil,
	}}, nil
}

// location returns the place in the path.
func (r *request) location() (tax.Location, error) {
	return tax.ParseLocation(r.PathValue("location"), "")
}

// versionRow is a version in the history of a configuration.
type versionRow struct {
	Version     int64
	From, Until time.Time
	Author      string
	EndedBy     string
	Deleted     bool
	InForce     bool
	Changes     []difference
	First       bool // the oldest that the store keeps
}

type historyData struct {
	Location tax.Location
	Name     text
	Form     string
	Rows     []versionRow
}

func (s *site) history(ctx context.Context, r *request) (view, error) {
	l, err := r.location()
	if err != nil {
		return view{}, err
	}
	if s.historian == nil {
		return view{}, errNoPage
	}
	versions, err := s.historian.Versions(ctx, r.session.tenant, l)
	if err != nil {
		return view{}, err
	}
	if len(versions) == 0 {
		return view{}, &tax.StoreError{Kind: tax.ErrNotFound, Location: l}
	}
	d := historyData{Location: l, Name: r.nameOf(versions[0].Configuration), Form: r.session.form}
	for i, v := range versions {
		row := versionRow{
			Version: v.Configuration.Metadata.Version, From: v.From, Until: v.Until, Author: v.Author, EndedBy: v.EndedBy,
			Deleted: v.Deleted, InForce: v.Until.IsZero(), First: i == len(versions)-1,
		}
		if !row.First {
			row.Changes = differences(before(versions, i), v.Configuration)
		}
		d.Rows = append(d.Rows, row)
	}
	return view{template: "history", title: "History of " + l.String(), data: d}, nil
}

// before returns what a version replaced: nothing, if the one before it was deleted.
func before(versions []store.Version, i int) tax.Configuration {
	if versions[i+1].Deleted {
		return tax.Configuration{}
	}
	return versions[i+1].Configuration
}
