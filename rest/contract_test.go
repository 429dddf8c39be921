package rest_test

import (
	"flag"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/rest"
)

var update = flag.Bool("update", false, "rewrite the answers in testdata: review them")

// TestDocumentedBehaviours asks a server one request after another. The files say what is
// documented, and what was decided where it is not: see docs/contracts.md.
func TestDocumentedBehaviours(t *testing.T) {
	askAll(t, "testdata/emporix.txt", serve(t, rest.Options{}), 130)
	askAll(t, "testdata/ampeco.txt", serve(t, rest.Options{}), 45)
}

// askAll sends the requests of a file, at least a number of them, and compares the answers.
func askAll(t *testing.T, file string, s *server, least int) {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var out strings.Builder
	asked := 0
	for block := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n\n") {
		request, want := splitBlock(t, block)
		if request == "" {
			out.WriteString(block + "\n\n")
			continue
		}
		asked++
		got := exchange(t, s, request)
		if !*update {
			assert.Equal(t, want, got, request)
		}
		out.WriteString(request + got + "\n\n")
	}
	assert.GreaterOrEqual(t, asked, least)
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(strings.TrimRight(out.String(), "\n")+"\n"), 0o644))
	}
}

// splitBlock splits a block of a file into the request, with the comment above, and the
// answer. A block that is a comment alone has no request.
func splitBlock(t *testing.T, block string) (request, answer string) {
	t.Helper()
	at := strings.Index("\n"+block, "\n< ")
	if at < 0 {
		require.NotContains(t, block, "\n> ", "no answer")
		return "", ""
	}
	return block[:at], block[at:]
}

// exchange sends the request of a block, and returns its answer in the form of the file.
func exchange(t *testing.T, s *server, block string) string {
	t.Helper()
	var method, path, body string
	token := manageToken
	var header []string
	for line := range strings.Lines(block) {
		line, ok := strings.CutPrefix(strings.TrimRight(line, "\n"), "> ")
		if !ok {
			continue
		}
		name, value, isHeader := strings.Cut(line, ": ")
		switch {
		case method == "":
			method, path, _ = strings.Cut(line, " ")
		case line[0] == '{' || line[0] == '[' || line[0] == '"':
			body = line
		case name == "Token":
			token = value
		case isHeader:
			header = append(header, name, strings.Trim(value, `"`))
		}
	}
	w := s.ask(method, path, token, body, header...)
	lines := []string{"< " + strconv.Itoa(w.Code) + " " + http.StatusText(w.Code)}
	assert.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	assert.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
	if w.Code != http.StatusNoContent {
		assert.Equal(t, jsonType, w.Header().Get("Content-Type"), block)
	}
	for name := range w.Header() {
		if !slices.Contains([]string{"Cache-Control", "X-Content-Type-Options", "Content-Type", "Content-Length"}, name) {
			lines = append(lines, "< "+name+": "+w.Header().Get(name))
		}
	}
	slices.Sort(lines[1:])
	if w.Body.Len() > 0 {
		lines = append(lines, "< "+w.Body.String())
	}
	return varying.ReplaceAllString(strings.Join(lines, "\n"), "$1$2...")
}

// varying matches what is different each time.
var varying = regexp.MustCompile(`("commandUuid":")[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}|(<http://shop.example/tax/acme/taxes\?cursor=)[A-Za-z0-9_-]+`)
