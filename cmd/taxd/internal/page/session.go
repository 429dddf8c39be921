package page

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/taxresolve/tax/rest"
)

const (
	// The prefix makes browsers accept the cookie only with Secure and for this host alone.
	cookieName  = "__Host-taxd"
	sessionIdle = 8 * time.Hour
	// mostSessions bounds memory. Only whoever has a valid token begins one.
	mostSessions = 10_000
	// formBytes is the size of the largest form. It has the document twice.
	formBytes = 2 << 20
	// tenantBytes is the length of the longest tenant that the stores of this library have.
	tenantBytes = 1024
)

var (
	errNoSession = errors.New("page: no session")
	errForged    = errors.New("page: the form is not one of this session")
)

// session is what a browser gets for a token. The token stays here: the browser has only a
// random name for it, so that no page and no script can read it.
type session struct {
	tenant, author, token string
	form                  string // is in each form of the session, and in no other
	used                  time.Time
}

// sessions are the ones that have begun, by the digest of their cookie.
type sessions struct {
	mu   sync.Mutex
	open map[[sha256.Size]byte]*session
}

// begin returns the value of the cookie of a new session.
func (s *sessions) begin(n session, now time.Time) string {
	name := rand.Text() + rand.Text()
	n.form, n.used = rand.Text(), now
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		s.open = map[[sha256.Size]byte]*session{}
	}
	var oldest [sha256.Size]byte
	for digest, o := range s.open {
		if now.Sub(o.used) > sessionIdle {
			delete(s.open, digest)
		} else if first, ok := s.open[oldest]; !ok || o.used.Before(first.used) {
			oldest = digest
		}
	}
	if len(s.open) >= mostSessions {
		delete(s.open, oldest)
	}
	s.open[sha256.Sum256([]byte(name))] = &n
	return name
}

// find returns the session of a request.
func (s *sessions) find(r *http.Request, now time.Time) (session, bool) {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return session{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n, ok := s.open[sha256.Sum256([]byte(cookie.Value))]
	if !ok || now.Sub(n.used) > sessionIdle {
		return session{}, false
	}
	n.used = now
	return *n, true
}

func (s *sessions) end(r *http.Request) {
	if cookie, err := r.Cookie(cookieName); err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.open, sha256.Sum256([]byte(cookie.Value)))
	}
}

func cookie(value string, age int) *http.Cookie {
	return &http.Cookie{Name: cookieName, Value: value, Path: "/", MaxAge: age, Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode}
}

// permits checks the token of a session as if the request had it, so that a token that is
// withdrawn ends its sessions with the next request.
func (s *site) permits(r *http.Request, n session, scope string) error {
	asked := r.Clone(r.Context())
	asked.Header = http.Header{"Authorization": {"Bearer " + n.token}}
	return s.Authorize(asked, n.tenant, scope)
}

// isRefused reports whether a token does not permit what was asked for.
func isRefused(err error) bool {
	return errors.Is(err, rest.ErrUnauthenticated) || errors.Is(err, rest.ErrTokenExpired) || errors.Is(err, rest.ErrForbidden)
}

// signInData is the data of the form for a token.
type signInData struct {
	Fields []field
}

func (s *site) signInPage(context.Context, *request) (view, error) {
	return signInForm("", "", "", 0), nil
}

func signInForm(tenant, author, wrong string, status int) view {
	return view{status: status, template: "session", title: "Sign in", data: signInData{[]field{
		{Name: "tenant", Label: "Tenant", Kind: "text", Value: tenant},
		{Name: "author", Label: "Your name", Kind: "text", Value: author, Required: true, Hint: "the history shows it with what you change"},
		{Name: "token", Label: "Token", Kind: "password", Required: true, Fault: wrong},
	}}}
}

// signIn begins a session.
func (s *site) signIn(w http.ResponseWriter, r *http.Request) (view, error) {
	n := session{tenant: r.PostForm.Get("tenant"), author: strings.TrimSpace(r.PostForm.Get("author")), token: strings.TrimSpace(r.PostForm.Get("token"))}
	if !utf8.ValidString(n.tenant + n.author) {
		n = session{}
	}
	if len(n.tenant) > tenantBytes {
		v := signInForm("", n.author, "", http.StatusUnprocessableEntity)
		v.data.(signInData).Fields[0].Fault = "too long: a tenant has at most 1,024 bytes"
		return v, nil
	}
	if n.author == "" {
		v := signInForm(n.tenant, "", "", http.StatusUnprocessableEntity)
		v.data.(signInData).Fields[1].Fault = "missing: write your name or number"
		return v, nil
	}
	err := s.permits(r, n, rest.ScopeRead)
	if isRefused(err) {
		return signInForm(n.tenant, n.author, "the token does not permit to read the configurations of this tenant", http.StatusForbidden), nil
	}
	if err != nil {
		return view{}, err
	}
	s.sessions.end(r) // a cookie that somebody else may have set is never continued
	http.SetCookie(w, cookie(s.sessions.begin(n, s.Clock()), 0))
	return view{goTo: "/configurations"}, nil
}

// form adds what a form of a page sends. Browsers say where it comes from, and a form of
// another site is refused; so is one without the secret of the session, which no other
// site can read. Without scope, it needs no session.
func (s *site) form(pattern, scope string, answer func(http.ResponseWriter, *request) (view, error)) {
	origin := http.NewCrossOriginProtection()
	s.mux.HandleFunc("POST "+pattern, func(w http.ResponseWriter, r *http.Request) {
		who, err := s.readerOf(w, r)
		q := &request{Request: r, reader: who}
		if err == nil && origin.Check(r) != nil {
			err = errForged
		}
		if err == nil {
			r.Body = http.MaxBytesReader(w, r.Body, formBytes)
			if err = r.ParseForm(); err != nil {
				err = errForged
			}
		}
		if err == nil && scope != "" {
			err = s.permitted(q, scope)
		}
		var v view
		if err == nil {
			v, err = answer(w, q)
		}
		if err != nil {
			v = s.failure(q, err)
		}
		s.write(w, q, v)
	})
}

// permitted checks that a form is one of the session, and that its token permits it.
func (s *site) permitted(q *request, scope string) error {
	if q.session == nil {
		return errNoSession
	}
	if subtle.ConstantTimeCompare([]byte(q.PostForm.Get("form")), []byte(q.session.form)) != 1 {
		return errForged
	}
	return s.permits(q.Request, *q.session, scope)
}
