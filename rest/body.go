package rest

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
)

// readBody reads the body of a request: JSON of at most max bytes.
func readBody(w http.ResponseWriter, r *http.Request, max int64) ([]byte, error) {
	if err := acceptable(r, max); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, max))
	var beyond *http.MaxBytesError
	switch {
	case err == nil:
		return body, nil
	case errors.As(err, &beyond):
		return nil, tooLarge(max)
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return nil, refuse(http.StatusRequestTimeout, "the body did not arrive in time")
	}
	return nil, refuse(http.StatusBadRequest, "the body ends before its length")
}

// acceptable returns an error for a body that is not JSON, of one of the other types, or
// that is known to have more than max bytes.
func acceptable(r *http.Request, max int64, types ...string) error {
	if !isJSON(r.Header["Content-Type"], types) {
		types = append([]string{"application/json"}, types...)
		return refuseWith(http.StatusUnsupportedMediaType, "write the body as "+strings.Join(types, " or ")+" in UTF-8", "Accept", strings.Join(types, ", "))
	}
	if coding := strings.Join(r.Header["Content-Encoding"], ","); coding != "" && !strings.EqualFold(coding, "identity") {
		return refuseWith(http.StatusUnsupportedMediaType, "write the body without a Content-Encoding", "Accept-Encoding", "identity")
	}
	if r.ContentLength > max {
		return tooLarge(max)
	}
	return nil
}

func tooLarge(max int64) error {
	return refuse(http.StatusRequestEntityTooLarge, "the body is larger than "+strconv.FormatInt(max, 10)+" bytes")
}

// transfer returns the body of a transfer, which is read while it arrives.
func (h *handler) transfer(w http.ResponseWriter, r *http.Request, op operation) (io.Reader, error) {
	if err := acceptable(r, op.maxBody, op.bodyTypes...); err != nil {
		return nil, err
	}
	return &arriving{r.Context(), http.MaxBytesReader(w, r.Body, op.maxBody), http.NewResponseController(w), h.options.Timeout}, nil
}

// isJSON reports whether values of Content-Type are one type of JSON, or one of the others.
func isJSON(values, others []string) bool {
	if len(values) != 1 {
		return false
	}
	kind, parameters, err := mime.ParseMediaType(values[0])
	if err != nil || kind != "application/json" && !(strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json")) && !slices.Contains(others, kind) {
		return false
	}
	charset, given := parameters["charset"]
	return !given || strings.EqualFold(charset, "utf-8")
}
