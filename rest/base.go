package rest

import (
	"net/http"
	"net/netip"
	"strings"
)

// base returns the beginning of links of the answer to a request.
func (r *request) base() string { return r.options.base(r.Request) }

// base returns the beginning of links: a scheme, a host and perhaps a prefix of paths. It
// is "", which makes links relative to the host, if the request names none.
func (o *Options) base(r *http.Request) string {
	if o.BaseURL != "" {
		return o.BaseURL
	}
	scheme, host, prefix := "http", r.Host, ""
	if r.TLS != nil {
		scheme = "https"
	}
	if o.trusts(r.RemoteAddr) {
		if s := forwarded(r, "X-Forwarded-Proto"); s == "http" || s == "https" {
			scheme = s
		}
		if s := forwarded(r, "X-Forwarded-Host"); isHost(s) {
			host = s
		}
		if s := strings.TrimRight(forwarded(r, "X-Forwarded-Prefix"), "/"); isPrefix(s) {
			prefix = s
		}
	}
	if !isHost(host) {
		return prefix
	}
	return scheme + "://" + host + prefix
}

// trusts reports whether an address is that of a trusted proxy.
func (o *Options) trusts(remote string) bool {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return false
	}
	for _, proxies := range o.TrustedProxies {
		if proxies.Contains(at.Addr().Unmap().WithZone("")) {
			return true
		}
	}
	return false
}

// forwarded returns the last value of a header that proxies write.
func forwarded(r *http.Request, name string) string {
	lines := r.Header.Values(name)
	if len(lines) == 0 {
		return ""
	}
	last := lines[len(lines)-1]
	return strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
}

// isHost reports whether a text is a host with or without a port, as URLs have it.
func isHost(s string) bool {
	const longest = 255
	if s == "" || len(s) > longest {
		return false
	}
	if _, err := netip.ParseAddrPort(s); err == nil {
		return true
	}
	if inside, ok := strings.CutPrefix(s, "["); ok {
		inside, ok = strings.CutSuffix(inside, "]")
		_, err := netip.ParseAddr(inside)
		return ok && err == nil && !strings.Contains(inside, "%")
	}
	name, port, hasPort := strings.Cut(s, ":")
	if hasPort && (port == "" || strings.Trim(port, "0123456789") != "") {
		return false
	}
	return name != "" && !strings.ContainsFunc(name, func(c rune) bool { return !isWord(c) })
}

// isPrefix reports whether a text can stand between the host and the path of a URL.
func isPrefix(s string) bool {
	return s == "" || s[0] == '/' && !strings.HasSuffix(s, "/") && !strings.Contains(s, "//") &&
		!strings.ContainsFunc(s, func(c rune) bool { return !isWord(c) && c != '/' })
}

func isWord(c rune) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_'
}
