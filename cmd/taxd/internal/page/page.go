// Package page is what people see of a server of tax rates: all countries and what changes
// next, a place with its rates and their history, one question with its answer, and the
// configurations of a tenant. It is HTML that is made on the server. It needs no JavaScript
// and asks nothing of any other server, which its Content-Security-Policy makes sure of.
package page

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/taxresolve/tax"
)

// Options say what the page shows.
type Options struct {
	// Public answers readers who have given no token. It should know nothing of any
	// tenant. If it is nil, they see nothing but the form for a token.
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
	if o.Public == nil {
		return &tax.InputError{Field: "public", Value: "nil", Reason: "pass a Resolver, see tax.NewResolver"}
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
	mux   *http.ServeMux
	names sync.Map // *names by language
}

// New returns the handler of all pages, which begin at /. It is safe for concurrent use.
// Options that cannot be used are a [tax.InputError].
func New(o Options) (http.Handler, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	s := &site{Options: o, mux: http.NewServeMux()}
	s.mux.HandleFunc("GET /style.css", serveStyle)
	s.handle("GET /{$}", s.countries)
	s.handle("GET /places/{location}", s.place)
	s.handle("GET /search", s.search)
	s.handle("GET /ask", s.ask)
	s.handle("GET /ask.json", s.askJSON)
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
		q := &request{Request: r, reader: s.readerOf(r)}
		v, err := answer(r.Context(), q)
		if err != nil {
			v = s.failure(r, err)
		}
		s.write(w, q, v)
	})
}
