package rest

import (
	"net/http"
	"strings"
)

// Bearer returns the token of a request: that of its only header Authorization, which has
// the form of RFC 6750. It is not checked.
func Bearer(r *http.Request) (token string, ok bool) {
	if r == nil || len(r.Header["Authorization"]) != 1 {
		return "", false
	}
	scheme, token, _ := strings.Cut(r.Header["Authorization"][0], " ")
	token = strings.TrimLeft(token, " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" || strings.ContainsFunc(token, notInToken) {
		return "", false
	}
	return token, true
}

// notInToken reports whether a token cannot have a character. The form of RFC 6750 has
// fewer; a colon is what many servers use as well.
func notInToken(c rune) bool { return c <= ' ' || c > '~' || c == ',' || c == '"' }

// challenge sets WWW-Authenticate for an answer 401 or 403.
func challenge(header http.Header, r *http.Request, status int, scope string) {
	value := "Bearer"
	switch {
	case status == http.StatusForbidden && scope != "":
		value += ` error="insufficient_scope", scope="` + scope + `"`
	case status == http.StatusForbidden:
		value += ` error="insufficient_scope"`
	case len(r.Header["Authorization"]) > 0:
		value += ` error="invalid_token"`
	}
	header.Set("WWW-Authenticate", value)
}
