package rest

import (
	"errors"
	"net/http"
	"strconv"
	"time"
)

// Errors with which [Options].Authorize refuses a request.
var (
	// ErrUnauthenticated: the request has no valid token.
	ErrUnauthenticated = errors.New("tax: unauthenticated")
	// ErrTokenExpired: the token was valid.
	ErrTokenExpired = errors.New("tax: the token has expired")
	// ErrForbidden: the token does not permit the scope, or belongs to another tenant.
	ErrForbidden = errors.New("tax: forbidden")
)

// RateLimitError is what [Options].Before returns for a client that has sent too many
// requests.
type RateLimitError struct {
	// RetryAfter is the time after which the client may try again. It is rounded up to
	// whole seconds; 0 leaves the header Retry-After out.
	RetryAfter time.Duration
}

// Error returns that there are too many requests, and when to try again.
func (e *RateLimitError) Error() string {
	if e.RetryAfter <= 0 {
		return "tax: too many requests"
	}
	return "tax: too many requests: try again after " + e.RetryAfter.String()
}

// MarshalText returns the text of Error. JSON has the error as this text.
func (e *RateLimitError) MarshalText() ([]byte, error) { return []byte(e.Error()), nil }

// refusal is an answer that belongs to HTTP, not to a contract.
type refusal struct {
	status int
	reason string
	header [2]string // a header of the answer, if there is one
}

func (e *refusal) Error() string { return "tax: " + e.reason }

func refuse(status int, reason string) error { return &refusal{status: status, reason: reason} }

// refuseWith is refuse with a header of the answer.
func refuseWith(status int, reason, name, value string) error {
	return &refusal{status, reason, [2]string{name, value}}
}

// refusalOf returns the answer to an error that belongs to HTTP, or nil.
func refusalOf(err error) *refusal {
	var r *refusal
	var limit *RateLimitError
	switch {
	case errors.As(err, &r):
		return r
	case errors.As(err, &limit):
		r = &refusal{status: http.StatusTooManyRequests, reason: "too many requests: try again later"}
		if limit.RetryAfter > 0 {
			r.header = [2]string{"Retry-After", strconv.FormatInt(int64((limit.RetryAfter-1)/time.Second)+1, 10)}
		}
		return r
	}
	return nil
}
