package page

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

// document is a page as a browser reads it.
type document struct {
	*html.Node
	status int
	header http.Header
}

// get asks for a page. headers are names and values.
func get(t *testing.T, h http.Handler, path string, headers ...string) document {
	t.Helper()
	r := httptest.NewRequest("GET", path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return answered(t, h, r)
}

func answered(t *testing.T, h http.Handler, r *http.Request) document {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	root, err := html.Parse(strings.NewReader(w.Body.String()))
	require.NoError(t, err)
	d := document{root, w.Code, w.Header()}
	if redirects := w.Code >= 300 && w.Code < 400; !redirects && w.Header().Get("Content-Type") != "application/json" {
		requireReadable(t, d)
	}
	return d
}

// all returns the elements with a name, and with a class if one is given after a point.
func all(n *html.Node, selector string) []*html.Node {
	name, class, _ := strings.Cut(selector, ".")
	var list []*html.Node
	for c := range n.Descendants() {
		if c.Type == html.ElementNode && c.Data == name && (class == "" || strings.Contains(" "+attribute(c, "class")+" ", " "+class+" ")) {
			list = append(list, c)
		}
	}
	return list
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// words returns the text in a node, with single spaces.
func words(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(" " + c.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// row returns the words of the cells of the row whose first cell has a text.
func row(t *testing.T, n *html.Node, first string) []string {
	t.Helper()
	for _, tr := range all(n, "tr") {
		var cells []string
		for c := range tr.ChildNodes() {
			if c.Type == html.ElementNode {
				cells = append(cells, words(c))
			}
		}
		if len(cells) > 0 && strings.Contains(cells[0], first) {
			return cells
		}
	}
	require.Fail(t, "no row", "with %q in its first cell: %s", first, words(n))
	return nil
}

// requireReadable checks what holds for every page: that it runs nothing and asks nobody,
// and what keyboards and screen readers need.
func requireReadable(t *testing.T, d document) {
	t.Helper()
	policy := d.header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "style-src 'self'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"} {
		assert.Contains(t, policy, part)
	}
	assert.NotContains(t, policy, "unsafe")
	assert.Equal(t, "nosniff", d.header.Get("X-Content-Type-Options"))
	roots := all(d.Node, "html")
	require.Len(t, roots, 1)
	assert.Equal(t, "en", attribute(roots[0], "lang"))
	assert.Equal(t, "ltr", attribute(roots[0], "dir"))
	for _, once := range []string{"main", "h1", "header", "footer", "title"} {
		assert.NotEmpty(t, all(d.Node, once), once)
	}
	assert.Len(t, all(d.Node, "main"), 1)
	assert.Len(t, all(d.Node, "h1"), 1)
	for _, never := range []string{"script", "style", "iframe", "object", "embed", "img", "base"} {
		assert.Empty(t, all(d.Node, never), never)
	}
	ids, labelled := map[string]bool{}, map[string]bool{}
	for _, l := range all(d.Node, "label") {
		labelled[attribute(l, "for")] = true
	}
	for n := range d.Descendants() {
		if n.Type == html.ElementNode {
			requireSound(t, n, ids, labelled)
		}
	}
}

func requireSound(t *testing.T, n *html.Node, ids, labelled map[string]bool) {
	t.Helper()
	for _, a := range n.Attr {
		if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
			assert.Fail(t, "the policy forbids the attribute", a.Key)
		}
	}
	if id := attribute(n, "id"); id != "" {
		if ids[id] {
			assert.Fail(t, "an id is twice in the page", id)
		}
		ids[id] = true
	}
	switch n.Data {
	case "input", "select", "textarea":
		if kind := attribute(n, "type"); kind != "hidden" {
			assert.True(t, labelled[attribute(n, "id")], "%s %q has no label", n.Data, attribute(n, "name"))
		}
	case "table":
		assert.NotEmpty(t, all(n, "caption"), "a table without a caption")
	case "th":
		if attribute(n, "scope") == "" {
			assert.Fail(t, "th without a scope", words(n))
		}
	case "nav":
		assert.NotEmpty(t, attribute(n, "aria-label"))
	case "svg":
		assert.Equal(t, "img", attribute(n, "role"))
		assert.NotEmpty(t, words(all(n, "title")[0]))
	case "a":
		if href := attribute(n, "href"); strings.Contains(href, ":") {
			assert.Regexp(t, "^https?://", href)
			assert.Contains(t, attribute(n, "rel"), "noreferrer")
		}
	case "link":
		assert.Equal(t, "/style.css", attribute(n, "href"))
	}
}
