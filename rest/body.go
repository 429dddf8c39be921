package rest

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"strconv"
	"strings"
)

// readBody reads the body of a request: JSON of at most max bytes.
func readBody(w http.ResponseWriter, r *http.Request, max int64) ([]byte, error) {
	if !isJSON(r.Header["Content-Type"]) {
		return nil, refuseWith(http.StatusUnsupportedMediaType, "write the body as application/json in UTF-8", "Accept", "application/json")
	}
	if coding := strings.Join(r.Header["Content-Encoding"], ","); coding != "" && !strings.EqualFold(coding, "identity") {
		return nil, refuseWith(http.StatusUnsupportedMediaType, "write the body without a Content-Encoding", "Accept-Encoding", "identity")
	}
	tooLarge := refuse(http.StatusRequestEntityTooLarge, "the body is larger than "+strconv.FormatInt(max, 10)+" bytes")
	if r.ContentLength > max {
		return nil, tooLarge
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, max))
	var beyond *http.MaxBytesError
	switch {
	case err == nil:
		return body, nil
	case errors.As(err, &beyond):
		return nil, tooLarge
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return nil, refuse(http.StatusRequestTimeout, "the body did not arrive in time")
	}
	return nil, refuse(http.StatusBadRequest, "the body ends before its length")
}

// isJSON reports whether values of Content-Type are one type of JSON.
func isJSON(values []string) bool {
	if len(values) != 1 {
		return false
	}
	kind, parameters, err := mime.ParseMediaType(values[0])
	if err != nil || kind != "application/json" && !(strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json")) {
		return false
	}
	charset, given := parameters["charset"]
	return !given || strings.EqualFold(charset, "utf-8")
}
