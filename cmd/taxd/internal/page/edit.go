package page

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// editData is the data of the form for a configuration.
type editData struct {
	Location tax.Location
	Form     string
	Version  string
	Document string
	Faults   []fault
	Place    []field
	Classes  []classForm
}

type classForm struct {
	Index  int
	Code   string
	Fields []field
	Rates  []rateForm
}

type rateForm struct {
	Index, Class int
	From         string
	Fields       []field
}

// newConfiguration asks which place a configuration is about.
func (s *site) newConfiguration(_ context.Context, r *request) (view, error) {
	_ = r.ParseForm()
	var wrong string
	status := 0
	if r.Form.Has("country") {
		l, err := tax.ParseLocation(strings.TrimSpace(r.Form.Get("country")), strings.TrimSpace(r.Form.Get("region")))
		if err == nil {
			return view{goTo: "/configurations/" + l.String() + "/rate"}, nil
		}
		wrong, status = sentence(err), http.StatusUnprocessableEntity
	}
	return view{status: status, template: "new", title: "New configuration", data: []field{
		{Name: "country", Label: "Country", Kind: "text", Value: r.Form.Get("country"), Required: true, Hint: "code, such as DE", Fault: wrong},
		{Name: "region", Label: "Region", Kind: "text", Value: r.Form.Get("region"), Hint: "code, such as QC; empty for the country itself"},
	}}, nil
}

// stored returns the configuration of a place, an empty one of version 0 if there is none.
func (s *site) stored(ctx context.Context, r *request, l tax.Location) (tax.Configuration, error) {
	c, err := s.Store.Get(ctx, r.session.tenant, l)
	if errors.Is(err, tax.ErrNotFound) {
		return tax.Configuration{Location: l}, nil
	}
	return c, err
}

func (s *site) editForm(ctx context.Context, r *request) (view, error) {
	l, err := r.location()
	if err != nil {
		return view{}, err
	}
	c, err := s.stored(ctx, r, l)
	if err != nil {
		return view{}, err
	}
	return r.formOf(draftOf(c), nil), nil
}

// formOf returns the form of a draft, with each fault at its field.
func (r *request) formOf(d draft, faults []fault) view {
	e := editData{Location: d.location, Form: r.session.form, Version: d.version, Document: d.kept}
	at := map[string]string{}
	known := map[string]bool{}
	for _, h := range d.hidden() {
		known[h.Name] = true
	}
	for _, f := range faults {
		f.Field = nearest(f.Field, known)
		e.Faults = append(e.Faults, f)
		at[f.Field] = strings.TrimPrefix(at[f.Field]+"; "+f.Text, "; ")
	}
	fill := func(prefix string, fields []field, v map[string]string) []field {
		list := make([]field, len(fields))
		for i, f := range fields {
			f.Value, f.Name = v[f.Name], prefix+f.Name
			f.Fault = at[f.Name]
			list[i] = f
		}
		return list
	}
	e.Place = fill("", d.placeFields(), d.top)
	for i, c := range d.classes {
		one := classForm{Index: i, Code: c.values["code"], Fields: fill(classPath(i), classFields, c.values)}
		for j, v := range c.rates {
			one.Rates = append(one.Rates, rateForm{Index: j, Class: i, From: v["from"], Fields: fill(ratePath(i, j), rateFields, v)})
		}
		e.Classes = append(e.Classes, one)
	}
	v := view{template: "edit", title: "Edit " + d.location.String(), data: e}
	if len(faults) > 0 {
		v.status = http.StatusUnprocessableEntity
	}
	return v
}

// nearest returns the name of the field that shows a part of a document, "" if none does.
func nearest(path string, known map[string]bool) string {
	for path != "" && !known[path] {
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return path
}

// change carries out a button of a form.
func (s *site) change(_ http.ResponseWriter, r *request) (view, error) {
	ctx := r.Context()
	l, err := r.location()
	if err != nil {
		return view{}, err
	}
	switch do := r.PostForm.Get("do"); do {
	case "back":
		return s.goBack(ctx, r, l)
	case "delete":
		return s.previewDeletion(ctx, r, l)
	case "confirm-delete":
		return s.delete(ctx, r, l)
	case "preview", "save":
		d := readDraft(r.PostForm, l)
		c, faults := d.configuration()
		if len(faults) > 0 {
			return r.formOf(d, append(faults, s.further(ctx, r, c, faults)...)), nil
		}
		if do == "save" {
			return s.save(ctx, r, d, c)
		}
		return s.preview(ctx, r, d, c)
	default:
		d := readDraft(r.PostForm, l)
		if !d.edit(do) {
			return view{}, errForged
		}
		return r.formOf(d, nil), nil
	}
}

// further returns what the store would refuse besides what could not be read, so that all of it
// can be mended at once. It leaves out the entries and classes that could not be read, whose
// other faults may follow from that.
func (s *site) further(ctx context.Context, r *request, c tax.Configuration, unread []fault) []fault {
	for _, f := range unread {
		if f.Field == "" {
			return nil // the form itself is damaged
		}
	}
	_, err := s.planned(ctx, tax.Key{Tenant: r.session.tenant, Country: c.Location.Country}, store.Change{Action: store.Put, Configuration: c})
	return slices.DeleteFunc(faultsOf(err, c.Location), func(f fault) bool {
		return f.Field == "" || slices.ContainsFunc(unread, func(u fault) bool {
			part := u.Field[:strings.LastIndex(u.Field, ".")+1]
			return u.Field == f.Field || part != "" && strings.HasPrefix(f.Field, part)
		})
	})
}

// goBack shows what a version would change as a new one.
func (s *site) goBack(ctx context.Context, r *request, l tax.Location) (view, error) {
	version, err := strconv.ParseInt(r.PostForm.Get("back"), 10, 64)
	if err != nil || s.historian == nil {
		return view{}, errNoPage
	}
	old, err := s.historian.Version(ctx, r.session.tenant, l, version)
	if err != nil {
		return view{}, err
	}
	now, err := s.stored(ctx, r, l)
	if err != nil {
		return view{}, err
	}
	c := old.Configuration
	c.Metadata.Version = now.Metadata.Version
	return s.preview(ctx, r, draftOf(c), c)
}

// save writes a configuration that was previewed.
func (s *site) save(ctx context.Context, r *request, d draft, c tax.Configuration) (view, error) {
	ctx = store.WithAuthor(ctx, r.session.author)
	var err error
	if c.Metadata.Version == 0 {
		_, err = s.Store.Create(ctx, r.session.tenant, c)
	} else {
		_, err = s.Store.Update(ctx, r.session.tenant, c)
	}
	switch {
	case err == nil:
		return view{goTo: "/configurations/" + c.Location.String()}, nil
	case errors.Is(err, tax.ErrConflict), errors.Is(err, tax.ErrExists), errors.Is(err, tax.ErrNotFound):
		return s.conflict(ctx, r, d, c)
	}
	if faults := faultsOf(err, c.Location); faults != nil {
		return r.formOf(d, faults), nil
	}
	return view{}, err
}

// delete removes a configuration, unless it has another version by now.
func (s *site) delete(ctx context.Context, r *request, l tax.Location) (view, error) {
	version, err := strconv.ParseInt(r.PostForm.Get("version"), 10, 64)
	if err != nil {
		return view{}, errForged
	}
	ctx = store.WithAuthor(ctx, r.session.author)
	if w, ok := s.Store.(store.BulkWriter); ok {
		change := store.Change{Action: store.Delete, Configuration: tax.Configuration{Location: l, Metadata: tax.Metadata{Version: version}}}
		err = w.Write(ctx, []store.Batch{{Key: tax.Key{Tenant: r.session.tenant, Country: l.Country}, Changes: []store.Change{change}}})[0].Err
	} else {
		err = s.Store.Delete(ctx, r.session.tenant, l)
	}
	if errors.Is(err, tax.ErrConflict) {
		v, err := s.previewDeletion(ctx, r, l)
		v.status = http.StatusConflict
		return v, err
	}
	return view{goTo: "/configurations"}, err
}

// faultsOf returns the faults of an error that refuses a document; nil for another error.
func faultsOf(err error, l tax.Location) []fault {
	var invalid *tax.InvalidError
	var input *tax.InputError
	var list []fault
	switch {
	case errors.As(err, &invalid):
		for _, f := range invalid.Faults {
			one := fault{Field: f.Path, Code: f.Code, Text: f.Message}
			if f.Location != l {
				one.Field, one.Text = "", f.Location.String()+" "+f.Path+": "+f.Message
			}
			list = append(list, one)
		}
	case errors.As(err, &input):
		list = []fault{{Field: input.Field, Code: input.Code(), Text: sentence(err)}}
	}
	return list
}
