// Package page is what people see of a server of tax rates: all countries and what changes
// next, a place with its rates and their history, one question with its answer, and the
// configurations of a tenant. It is HTML that is made on the server. It needs no JavaScript
// and asks nothing of any other server, which its Content-Security-Policy makes sure of.
package page

import (
	"context"
	"crypto/rand"
	"net/http"
	"sync"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rest"
	"github.com/taxresolve/tax/store"
)

// Options say what the page shows.
type Options struct {
	// Store has the configurations of the tenants. It must be a [tax.Lister]; if it is a
	// [store.Historian], the page has their history.
	Store tax.Store
	// Resolver answers readers with a token for their tenant. It reads from Store.
	Resolver *tax.Resolver
	// Base is what the configurations of Store lie on, nil if they stand for themselves.
	Base tax.Source
	// Authorize checks a token as that of package rest does: the request has it as
	// [rest.Bearer].
	Authorize func(r *http.Request, tenant, scope string) error
	// Public answers readers who have given no token. It should know nothing of any
	// tenant.
	Public *tax.Resolver
	// Countries are the codes of the countries to list.
	Countries []string
	// Timeout is the time in which a request is answered. Defaults to 10 seconds.
	Timeout time.Duration
	// Failed is called with the error behind an answer 5xx. Defaults to nil.
	Failed func(*http.Request, error)
	// Clock returns the current time. Defaults to time.Now.
	Clock func() time.Time
}

func (o *Options) complete() error {
	switch {
	case o.Public == nil || o.Resolver == nil:
		return &tax.InputError{Field: "resolver", Value: "nil", Reason: "pass a Resolver, see tax.NewResolver"}
	case o.Authorize == nil:
		return &tax.InputError{Field: "authorize", Value: "nil", Reason: "pass a function that checks tokens"}
	}
	if _, ok := o.Store.(tax.Lister); !ok {
		return &tax.InputError{Field: "store", Reason: "not a tax.Lister: pass a Store that is one"}
	}
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	return nil
}

// site answers requests.
type site struct {
	Options
	mux       *http.ServeMux
	names     sync.Map // *names by language
	lister    tax.Lister
	historian store.Historian // nil if the store has no history
	sessions  sessions
	cursorKey []byte
}

// New returns the handler of all pages, which begin at /. It is safe for concurrent use.
// Options that cannot be used are a [tax.InputError].
func New(o Options) (http.Handler, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	s := &site{Options: o, mux: http.NewServeMux(), cursorKey: []byte(rand.Text())}
	s.lister = o.Store.(tax.Lister)
	s.historian, _ = o.Store.(store.Historian)
	s.mux.HandleFunc("GET /style.css", serveStyle)
	s.handle("GET /{$}", s.countries)
	s.handle("GET /places/{location}", s.place)
	s.handle("GET /search", s.search)
	s.handle("GET /ask", s.ask)
	s.handle("GET /ask.json", s.askJSON)
	s.handle("GET /session", s.signInPage)
	s.form("/session", "", func(w http.ResponseWriter, q *request) (view, error) { return s.signIn(w, q.Request) })
	s.form("/session/end", rest.ScopeRead, func(w http.ResponseWriter, q *request) (view, error) {
		s.sessions.end(q.Request)
		http.SetCookie(w, cookie("", -1))
		return view{goTo: "/"}, nil
	})
	s.handle("GET /configurations", ofTenant(s.list))
	s.handle("GET /configurations/{location}", ofTenant(s.document))
	s.handle("GET /configurations/{location}/history", ofTenant(s.history))
	s.handle("GET /configurations/new", ofTenant(s.newConfiguration))
	s.handle("GET /configurations/{location}/edit", ofTenant(s.editForm))
	s.handle("GET /configurations/{location}/rate", ofTenant(s.addRateForm))
	s.form("/configurations/{location}/edit", rest.ScopeManage, s.change)
	s.form("/configurations/{location}/rate", rest.ScopeManage, s.addRate)
	s.handle("/", func(context.Context, *request) (view, error) { return view{}, errNoPage })
	return http.HandlerFunc(s.serve), nil
}

// serve sets what is the same for all answers.
func (s *site) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	// Not no-referrer: browsers would then send the Origin "null" with forms.
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	ctx, cancel := context.WithTimeout(r.Context(), s.Timeout)
	defer cancel()
	s.mux.ServeHTTP(w, r.WithContext(ctx))
}

// request is a request with what is known of its reader.
type request struct {
	*http.Request
	reader
}

// handle adds a page.
func (s *site) handle(pattern string, answer func(context.Context, *request) (view, error)) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		who, err := s.readerOf(w, r)
		q := &request{Request: r, reader: who}
		var v view
		if err == nil {
			v, err = answer(r.Context(), q)
		}
		if err != nil {
			v = s.failure(q, err)
		}
		s.write(w, q, v)
	})
}

// ofTenant is for pages that only readers with a token see.
func ofTenant(answer func(context.Context, *request) (view, error)) func(context.Context, *request) (view, error) {
	return func(ctx context.Context, r *request) (view, error) {
		if r.session == nil {
			return view{}, errNoSession
		}
		return answer(ctx, r)
	}
}
