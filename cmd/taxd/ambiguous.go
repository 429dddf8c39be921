package main

import (
	"net/http"
	"path"
	"strings"
)

// unambiguous refuses paths that another server on the way could read as those of another
// tenant, which http.ServeMux would redirect, and ends the connection after a body in
// chunks: net/http hides whether the request had a length as well, at which a proxy could
// have seen its end.
func unambiguous(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TransferEncoding) > 0 {
			w.Header().Set("Connection", "close")
		}
		if !isClean(r.URL.Path) {
			http.NotFound(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// isClean reports whether a path has no empty and no dotted segments. It may end in a slash.
func isClean(p string) bool {
	return !strings.Contains(p, "//") && (p == "/" || strings.TrimSuffix(p, "/") == path.Clean(p))
}
