package rest

import (
	"net/http"
	"strings"
)

const (
	exposedHeaders = "X-Total-Count, ETag, Location, Link, Retry-After, WWW-Authenticate, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Deprecation, Sunset"
	allowedHeaders = "Authorization, Content-Type, Accept, Accept-Language, Content-Language, Emporix-Tenant, X-Total-Count, If-Match, If-None-Match"
	preflightAge   = "600" // seconds
)

// cross sets the headers with which a browser lets pages of other origins read an answer.
func (o *Options) cross(header http.Header, r *http.Request) {
	if o.AllowOrigin == nil {
		return
	}
	header.Add("Vary", "Origin")
	if origins := r.Header["Origin"]; len(origins) == 1 && o.AllowOrigin(origins[0]) {
		header.Set("Access-Control-Allow-Origin", origins[0])
		header.Set("Access-Control-Expose-Headers", exposedHeaders)
	}
}

// preflight sets the headers of an answer to OPTIONS. methods are those of the path.
func preflight(header http.Header, r *http.Request, methods []string) {
	if header.Get("Access-Control-Allow-Origin") == "" || r.Header.Get("Access-Control-Request-Method") == "" {
		return
	}
	header.Set("Access-Control-Allow-Methods", strings.Join(methods, ", "))
	header.Set("Access-Control-Allow-Headers", allowedHeaders)
	header.Set("Access-Control-Max-Age", preflightAge)
}
