package house_test

import (
	"go/ast"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// A hit calls no function, because a stack frame for a call costs as much as all the
// rest of it, and a Lookup no more than its own steps. So the compiler must inline the
// functions of other packages that they use, whatever changes there.
func TestHitsCallNoFunction(t *testing.T) {
	goToTop(t)
	out, err := exec.CommandContext(t.Context(), "go", "build", "-gcflags=-m", ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
	for _, hit := range []struct {
		file, function string
		needs          []string
	}{
		{"resolver.go", "Resolve", []string{
			`cache\.\(\*Cache\[.*\]\)\.Direct`, `cache\.\(\*Cache\[.*\]\)\.Index`, `cache\.\(\*Index\[.*\]\)\.Find`,
			`cache\.ID\.Hash`, `cache\.\(\*Entry\[.*\]\)\.Due`, `cache\.\(\*Entry\[.*\]\)\.Use`,
			`civil\.\(\*Clock\)\.Past`, `civil\.\(\*Days\)\.Day`,
			`codetable\.Cut`, `codetable\.Word`, `codetable\.\(\*Slots\)\.At`, `codetable\.\(\*Slot\)\.In`,
		}},
		{"resolver.go", "fresh", []string{
			`cache\.\(\*Cache\[.*\]\)\.Direct`, `cache\.\(\*Cache\[.*\]\)\.Index`, `cache\.\(\*Index\[.*\]\)\.Find`,
			`cache\.ID\.Hash`, `cache\.\(\*Entry\[.*\]\)\.Due`, `cache\.\(\*Entry\[.*\]\)\.Use`, `civil\.\(\*Clock\)\.Past`,
		}},
		{"place.go", "Rate", []string{
			`codetable\.Cut`, `codetable\.Word`, `codetable\.\(\*Slots\)\.At`, `codetable\.\(\*Slot\)\.In`,
		}},
		{"place.go", "class", []string{
			`codetable\.Cut`, `codetable\.Word`, `codetable\.\(\*Slots\)\.At`, `\(\*territory\)\.answersWith`,
		}},
	} {
		first, last := lines(t, hit.file, hit.function)
		for _, need := range hit.needs {
			found := false
			for _, m := range regexp.MustCompile(hit.file+`:(\d+):\d+: inlining call to `+need+`\n`).FindAllSubmatch(out, -1) {
				line, err := strconv.Atoi(string(m[1]))
				require.NoError(t, err)
				found = found || first <= line && line <= last
			}
			if !found {
				t.Errorf("%s of %s calls %s: go build -gcflags=-m=2 says why it is not inlined", hit.function, hit.file, need)
			}
		}
	}
}

// lines returns the numbers of the first and the last line of a method.
func lines(t *testing.T, file, method string) (first, last int) {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	fset, parsed := goFile{file, text}.parse(t)
	for _, d := range parsed.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.Name == method {
			return fset.Position(fn.Pos()).Line, fset.Position(fn.End()).Line
		}
	}
	require.Fail(t, "no such method", "%s in %s", method, file)
	return 0, 0
}
