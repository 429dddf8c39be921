package rest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// handler serves one contract.
type handler struct {
	options  Options
	contract contract
	mux      *http.ServeMux
}

// contract is what differs between the contracts beside their operations.
type contract struct {
	// tenant returns the tenant of a request.
	tenant func(*http.Request) string
	// agrees returns an error if the contract has no such tenant, or a header of a request
	// contradicts it.
	agrees func(r *http.Request, tenant string) error
	// document returns the status and the body for an error of an operation that needs a
	// scope.
	document func(err error, scope string) (status int, body any)
	// plain returns the body for an error that belongs to HTTP.
	plain func(status int, reason string) any
	// noParameters refuses the parameters of an operation that has none.
	noParameters func(url.Values) error
}

// operation is what a method does on a path.
type operation struct {
	scope      string
	public     bool  // whether it needs no token
	maxBody    int64 // 0 if it has no body
	times      int64 // how often Options.MaxBodyBytes the body may have, if not once
	parameters bool  // whether it has any
	answer     func(context.Context, *request) (answer, error)

	// An operation with a timeout of its own is a transfer: its answer, and its body of one
	// of these types, go through while they are made.
	timeout   time.Duration
	bodyTypes []string
}

// request is a request that may be answered.
type request struct {
	*http.Request
	tenant     string
	parameters url.Values
	body       []byte
	stream     io.Reader // the body of a transfer
	options    *Options
	expiring   expiring // its context
}

// answer is the answer to a request that succeeded.
type answer struct {
	status int
	body   []byte
	header http.Header
	write  func(io.Writer) error // writes the lines of a transfer instead
}

func newHandler(o Options, c contract) *handler {
	h := &handler{options: o, contract: c, mux: http.NewServeMux()}
	h.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		h.fail(w, r, refuse(http.StatusNotFound, "there is no such path"), "")
	})
	return h
}

// handle serves the operations of a path, with and without a slash at its end.
func (h *handler) handle(path string, byMethod map[string]operation) {
	serve := func(w http.ResponseWriter, r *http.Request) { h.route(w, r, byMethod) }
	h.mux.HandleFunc(path, serve)
	h.mux.HandleFunc(path+"/{$}", serve)
}

// ServeHTTP answers a request.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer func() {
		if cause := recover(); cause == http.ErrAbortHandler {
			panic(cause) // the server ends the connection
		} else if cause != nil {
			h.fail(w, r, fmt.Errorf("tax: a panic: %v", cause), "")
		}
	}()
	header := w.Header()
	values := [...]string{"nosniff", "no-store"} // of this answer alone: whoever serves the handler may change them
	header["X-Content-Type-Options"], header["Cache-Control"] = values[:1:1], values[1:]
	h.options.cross(header, r)
	switch {
	case len(r.URL.Path)+len(r.URL.RawQuery) > maxURLBytes:
		h.fail(w, r, refuse(http.StatusRequestURITooLong, "the URL is longer than "+strconv.Itoa(maxURLBytes)+" bytes"), "")
	case headerBytes(r.Header) > h.options.MaxHeaderBytes:
		h.fail(w, r, refuse(http.StatusRequestHeaderFieldsTooLarge, "the headers are larger than "+strconv.Itoa(h.options.MaxHeaderBytes)+" bytes"), "")
	case !isClean(r.URL.Path):
		h.fail(w, r, refuse(http.StatusNotFound, "there is no such path"), "")
	default:
		h.mux.ServeHTTP(w, r)
	}
}

func headerBytes(header http.Header) (n int) {
	for name, values := range header {
		for _, value := range values {
			n += len(name) + len(value)
		}
	}
	return n
}

// isClean reports whether a path has no segment that another server on the way could
// read differently: ServeMux would redirect them.
func isClean(path string) bool {
	if !strings.HasPrefix(path, "/") || strings.Contains(path, "//") {
		return false
	}
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." {
			return false
		}
	}
	return true
}

// route finds the operation of a method.
func (h *handler) route(w http.ResponseWriter, r *http.Request, byMethod map[string]operation) {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	op, ok := byMethod[method]
	if ok {
		h.serve(w, r, op)
		return
	}
	methods := []string{http.MethodOptions}
	for name := range byMethod {
		methods = append(methods, name)
		if name == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
	}
	slices.Sort(methods)
	if method == http.MethodOptions {
		w.Header().Set("Allow", strings.Join(methods, ", "))
		preflight(w.Header(), r, methods)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	h.fail(w, r, refuseWith(http.StatusMethodNotAllowed, "the path does not have this method", "Allow", strings.Join(methods, ", ")), "")
}

// serve answers a request with an operation.
func (h *handler) serve(w http.ResponseWriter, r *http.Request, op operation) {
	q := new(request)
	ctx := &q.expiring
	ctx.begin(r.Context(), max(h.options.Timeout, op.timeout))
	defer ctx.finish()
	r = r.WithContext(ctx)
	err := h.read(w, r, op, q)
	var a answer
	if err == nil {
		a, err = op.answer(ctx, q)
	}
	if op.bodyTypes != nil { // the time of the server for an answer may be over
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(h.options.Timeout))
	}
	if err != nil {
		h.fail(w, r, err, op.scope)
		return
	}
	if a.write != nil {
		h.stream(ctx, w, r, op, a)
		return
	}
	for name, values := range a.header {
		w.Header()[name] = values
	}
	send(w, a.status, a.body)
}

// read checks a request, and reads what its operation needs.
func (h *handler) read(w http.ResponseWriter, r *http.Request, op operation, q *request) error {
	q.Request, q.tenant, q.options = r, h.contract.tenant(r), &h.options
	if h.options.Before != nil {
		if err := h.options.Before(w.Header(), r, q.tenant); err != nil {
			return err
		}
	}
	if !op.public {
		if err := h.options.Authorize(r, q.tenant, op.scope); err != nil {
			return err
		}
	}
	if err := h.contract.agrees(r, q.tenant); err != nil {
		return err
	}
	var err error
	switch {
	case op.bodyTypes != nil:
		if q.stream, err = h.transfer(w, r, op); err != nil {
			return err
		}
	case op.maxBody > 0:
		if q.body, err = readBody(w, r, min(op.maxBody, h.options.MaxBodyBytes*max(op.times, 1))); err != nil {
			return err
		}
	}
	if r.URL.RawQuery != "" || op.parameters {
		if q.parameters, err = url.ParseQuery(r.URL.RawQuery); err != nil {
			return refuse(http.StatusBadRequest, "the query of the URL cannot be read")
		}
	}
	if !op.parameters && len(q.parameters) > 0 {
		return h.contract.noParameters(q.parameters)
	}
	return nil
}

// fail answers with an error. scope is what the operation needs.
func (h *handler) fail(w http.ResponseWriter, r *http.Request, err error, scope string) {
	var status int
	var document any
	if refused := refusalOf(err); refused != nil {
		status, document = refused.status, h.contract.plain(refused.status, refused.reason)
		if refused.header[0] != "" {
			w.Header().Set(refused.header[0], refused.header[1])
		}
	} else {
		status, document = h.contract.document(err, scope)
	}
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		challenge(w.Header(), r, status, scope)
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "1")
	}
	if status >= http.StatusInternalServerError {
		h.report(r, err)
	}
	body, err := json.Marshal(document)
	if err != nil { // the texts of a document are always UTF-8
		body = []byte("{}")
	}
	send(w, status, body)
}

// report passes an error on to the log. A log that panics is no reason not to answer.
func (h *handler) report(r *http.Request, err error) {
	if h.options.Failed == nil {
		return
	}
	defer func() { _ = recover() }()
	h.options.Failed(r, err)
}

// send writes an answer. An error means that the client has gone.
func send(w http.ResponseWriter, status int, body []byte) {
	if body != nil {
		header, values := w.Header(), [...]string{"application/json", strconv.Itoa(len(body))}
		if header["Content-Type"] == nil {
			header["Content-Type"] = values[:1:1]
		}
		header["Content-Length"] = values[1:]
	}
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
