package page

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"html/template"
	"net/http"
	"strconv"
	"strings"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rates"
	"github.com/taxresolve/tax/store"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed style.css
var style []byte

// templates has each page together with the frame around it.
var templates = func() map[string]*template.Template {
	shared := template.Must(template.ParseFS(templateFiles, "templates/frame.html"))
	all := map[string]*template.Template{}
	files, _ := templateFiles.ReadDir("templates")
	for _, f := range files {
		if name, _ := strings.CutSuffix(f.Name(), ".html"); name != "frame" {
			all[name] = template.Must(template.Must(shared.Clone()).ParseFS(templateFiles, "templates/"+f.Name()))
		}
	}
	return all
}()

// view is an answer: a template and its data, or the address of another page.
type view struct {
	status   int // 0 is 200
	template string
	title    string
	data     any
	goTo     string
	json     any // in place of a page
}

// frame is the data of the frame around a page.
type frame struct {
	Title, Query string
	AsOf         tax.Date
	Session      *signedIn // nil without a token
	Data         any
}

// signedIn is what the frame shows of a session.
type signedIn struct {
	Tenant, Form string
}

func (r *request) signedIn() *signedIn {
	if r.session == nil {
		return nil
	}
	return &signedIn{r.session.tenant, r.session.form}
}

func (s *site) write(w http.ResponseWriter, r *request, v view) {
	h := w.Header()
	h.Set("Cache-Control", "private, no-cache")
	if r.session != nil {
		h.Set("Cache-Control", "no-store") // the next person at the browser has no use for it
	}
	h.Set("Vary", "Accept-Language, Cookie")
	if v.goTo != "" {
		http.Redirect(w, r.Request, v.goTo, http.StatusSeeOther)
		return
	}
	if v.json != nil {
		writeJSON(w, v)
		return
	}
	body, err := v.html(r)
	if err != nil {
		v = s.failure(r, err)
		body, _ = v.html(r)
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if v.status != 0 {
		w.WriteHeader(v.status)
	}
	_, _ = w.Write(body) // an error means that the reader has gone
}

// html returns the whole page, so that one that cannot be made is never sent in part.
func (v view) html(r *request) ([]byte, error) {
	var b bytes.Buffer
	err := templates[v.template].ExecuteTemplate(&b, "frame", frame{
		Title: v.title, Query: r.Form.Get("q"), AsOf: rates.AsOf(), Session: r.signedIn(), Data: v.data,
	})
	return b.Bytes(), err
}

// writeJSON writes a value of this package, which can always be encoded.
func writeJSON(w http.ResponseWriter, v view) {
	body, err := json.MarshalIndent(v.json, "", "  ")
	if err != nil {
		v.status, body = http.StatusInternalServerError, []byte("{}")
	}
	w.Header().Set("Content-Type", "application/json")
	if v.status != 0 {
		w.WriteHeader(v.status)
	}
	_, _ = w.Write(append(body, '\n'))
}

func serveStyle(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "max-age=300")
	_, _ = w.Write(style)
}

var errNoPage = errors.New("page: there is no such page")

// problem is the data of the page about an error.
type problem struct {
	Heading, Code, Text, Suggestion string
}

// failure returns the page about an error.
func (s *site) failure(r *request, err error) view {
	if errors.Is(err, errNoSession) {
		return signInForm("", "", "", http.StatusUnauthorized)
	}
	status, p := describe(err)
	if status >= 500 && s.Failed != nil {
		s.Failed(r.Request, err)
	}
	return view{status: status, template: "problem", title: p.Heading, data: p}
}

// describe returns the status of an error, and what a reader may know of it. What went
// wrong in the store is for the log alone.
func describe(err error) (int, problem) {
	var lookup *tax.LookupError
	var stored *tax.StoreError
	var input *tax.InputError
	switch {
	case errors.Is(err, errNoPage):
		return http.StatusNotFound, problem{Heading: "No such page", Code: "not_found", Text: "There is no page at this address."}
	case errors.Is(err, errForged):
		return http.StatusForbidden, problem{Heading: "Refused", Code: "forged", Text: "The form does not come from a page of this session. Nothing was changed. Open the page again."}
	case isRefused(err):
		return http.StatusForbidden, problem{Heading: "Refused", Code: "forbidden", Text: "The token does not permit this. Nothing was changed."}
	case errors.Is(err, store.ErrUnknownOutcome):
		return http.StatusInternalServerError, problem{Heading: "Not known", Code: "unknown_outcome", Text: "It is not known whether the change was saved. Open the configuration and look."}
	case errors.Is(err, store.ErrRemoved):
		return http.StatusGone, problem{Heading: "No longer kept", Code: "removed", Text: "The store no longer keeps this version."}
	case isTemporary(err):
		return http.StatusServiceUnavailable, problem{Heading: "Not available", Code: "unavailable", Text: "The rates are not available at the moment. Try again."}
	case errors.As(err, &lookup):
		return http.StatusNotFound, problem{Heading: "No answer", Code: lookup.Code(), Text: sentence(err), Suggestion: lookup.Suggestion()}
	case errors.As(err, &stored) && errors.Is(err, tax.ErrNotFound):
		return http.StatusNotFound, problem{Heading: "Not found", Code: stored.Code(), Text: "There is no configuration of " + stored.Location.String() + "."}
	case errors.As(err, &input):
		return http.StatusBadRequest, problem{Heading: "Not understood", Code: input.Code(), Text: sentence(err)}
	}
	return http.StatusInternalServerError, problem{Heading: "Failed", Code: "failed", Text: "The page could not be made."}
}

// sentence returns the text of an error for people.
func sentence(err error) string { return strings.TrimPrefix(err.Error(), "tax: ") }
