package rest

import (
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/taxresolve/tax"
)

// Options are what the handlers of this package have in common. Functions are called
// concurrently. One that panics makes the answer 500.
type Options struct {
	// Authorize checks that the token of a request permits a scope for a tenant:
	// [ScopeRead], [ScopeManage], or "" for a request that needs a token alone. It is
	// required. The tenant is the one in the path, decoded and otherwise as it was sent,
	// or AMPECOOptions.Tenant. The request has [Bearer]; its body must not be read.
	//
	// It returns nil to permit the request, and an error that unwraps to
	// [ErrUnauthenticated], [ErrTokenExpired] or [ErrForbidden] to refuse it. An error
	// that unwraps to [tax.ErrUnavailable] or that of a context is 503, and any other 500.
	// Compare tokens in constant time: see [crypto/subtle].
	Authorize func(r *http.Request, tenant, scope string) error

	// Strict refuses fields of bodies that the contract does not have. By default they are
	// ignored, as the contracts permit. Unknown parameters are always refused.
	Strict bool

	// MaxBodyBytes is the size of the largest body, by default and at most 1 MiB; that of
	// a calculation is at most 64 KiB.
	MaxBodyBytes int64
	// MaxHeaderBytes is the size of all headers of a request together, names and values.
	// It defaults to 32 KiB.
	MaxHeaderBytes int
	// Timeout is the time in which a request is answered. When it is over, the store gets
	// a context that has ended, and the answer is 503. It defaults to 30 seconds.
	Timeout time.Duration

	// BaseURL begins the links in answers, such as https://api.example.com/v1. If it is
	// empty, they begin with the scheme and host of the request.
	BaseURL string
	// TrustedProxies are the addresses of proxies whose headers X-Forwarded-Proto,
	// X-Forwarded-Host and X-Forwarded-Prefix are believed where BaseURL is empty. Of
	// several values, the last counts, which the nearest proxy wrote. By default none is.
	TrustedProxies []netip.Prefix

	// Before is called before the token of a request is checked, if it is not nil. It may
	// set headers of the answer, such as X-RateLimit-Remaining or Deprecation. If it
	// returns an error, that is the answer: 429 for a [RateLimitError], others as those
	// of Authorize.
	Before func(header http.Header, r *http.Request, tenant string) error

	// AllowOrigin reports whether pages of an origin, such as https://shop.example, may
	// read answers in a browser. If it is nil, none may. The handler then answers
	// preflight requests, too.
	AllowOrigin func(origin string) bool

	// Failed gets the error behind each answer 5xx, for logs. It may contain texts of the
	// store.
	Failed func(r *http.Request, err error)
}

const (
	// ScopeRead permits reading.
	ScopeRead = "tax.tax_read"
	// ScopeManage permits writing.
	ScopeManage = "tax.tax_manage"
)

const (
	maxBodyBytes          = 1 << 20
	maxCommandBytes       = 64 << 10
	defaultMaxHeaderBytes = 32 << 10
	maxURLBytes           = 8 << 10
	defaultTimeout        = 30 * time.Second
)

// complete fills in the defaults. It refuses options that cannot be used.
func (o *Options) complete() error {
	switch {
	case o.Authorize == nil:
		return inputError("Authorize", "nil", "pass a function that checks tokens")
	case o.MaxBodyBytes < 0 || o.MaxHeaderBytes < 0 || o.Timeout < 0:
		return inputError("limits", "", "negative: use 0 for the default")
	case o.MaxBodyBytes > maxBodyBytes:
		return inputError("MaxBodyBytes", "", "too large: at most 1 MiB")
	}
	if o.BaseURL != "" {
		u, err := url.Parse(o.BaseURL)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || !isHost(u.Host) || u.User != nil || u.RawQuery != "" || u.Fragment != "" || !isPrefix(u.Path) {
			return inputError("BaseURL", o.BaseURL, "not a URL of http or https without user, query and slash at the end")
		}
	}
	if o.MaxBodyBytes == 0 {
		o.MaxBodyBytes = maxBodyBytes
	}
	if o.MaxHeaderBytes == 0 {
		o.MaxHeaderBytes = defaultMaxHeaderBytes
	}
	if o.Timeout == 0 {
		o.Timeout = defaultTimeout
	}
	return nil
}

func inputError(field, value, reason string) error {
	return &tax.InputError{Field: field, Value: value, Reason: reason}
}
