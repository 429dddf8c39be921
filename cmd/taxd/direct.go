package main

import (
	"net/http"
	"strings"
)

// direct passes paths below a first segment to its handler as mux does, without the search
// that mux needs for patterns of any form: these handlers have a mux of their own.
func direct(mux *http.ServeMux, below map[string]http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A RawPath has an escaped slash, which ends no segment for mux.
		if r.URL.RawPath == "" && r.Method != http.MethodConnect {
			first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
			if h, at := below[first], len(first)+1; h != nil && len(r.URL.Path) > at && r.URL.Path[at] == '/' {
				h.ServeHTTP(w, r)
				return
			}
		}
		mux.ServeHTTP(w, r)
	})
}
