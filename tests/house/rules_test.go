package house_test

import (
	"bytes"
	"go/ast"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
)

const (
	maxLines     = 450 // of a source file
	maxFunction  = 60  // lines of a function
	maxSources   = 48  // source files of the root folder
	maxRootTests = 51  // test files of the root folder
)

// countryLiterals are the strings in files of the library that look like a country
// code, but are not.
var countryLiterals = map[string]string{
	"class.go AE": "EN 16931 category of reverse charge",
}

func TestFilesAreOneNounEach(t *testing.T) {
	for _, f := range goFiles(t) {
		words := strings.FieldsFunc(strings.TrimSuffix(f.path, ".go"), func(r rune) bool { return r == '/' || r == '_' })
		for _, word := range words {
			if slices.Contains([]string{"util", "utils", "common", "helper", "helpers", "misc"}, word) {
				t.Errorf("%s: name the file and its folder for their content", f.path)
			}
		}
		if lines := bytes.Count(f.text, []byte("\n")); lines > maxLines && !f.test() && !f.generated() {
			t.Errorf("%s: %d lines, more than %d: split it into files of one noun each", f.path, lines, maxLines)
		}
	}
}

// The root folder holds what a user reads. Mechanisms and their tests have
// folders of their own, below internal and tests.
func TestRootFolderHasRoomForItsFiles(t *testing.T) {
	var sources, tests []string
	for _, f := range goFiles(t) {
		switch {
		case path.Dir(f.path) != ".":
		case f.test():
			tests = append(tests, f.path)
		default:
			sources = append(sources, f.path)
		}
	}
	t.Logf("%d source files of at most %d, %d test files of at most %d", len(sources), maxSources, len(tests), maxRootTests)
	if len(sources) > maxSources {
		t.Errorf("%d source files, more than %d: move a mechanism to internal\n%s", len(sources), maxSources, strings.Join(sources, " "))
	}
	if len(tests) > maxRootTests {
		t.Errorf("%d test files, more than %d: merge those of one noun, or move them to tests\n%s", len(tests), maxRootTests, strings.Join(tests, " "))
	}
}

func TestFunctionsDoOneThing(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.test() || f.generated() || forTests(path.Dir(f.path)) {
			continue
		}
		fset, file := f.parse(t)
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if lines := fset.Position(fn.End()).Line - fset.Position(fn.Pos()).Line + 1; lines > maxFunction {
				t.Errorf("%s: %s has %d lines, more than %d: give its parts names", fset.Position(fn.Pos()), fn.Name.Name, lines, maxFunction)
			}
		}
	}
}

// Bad input must be an error. A line that cannot be reached may panic if it says why.
func TestOnlyMustFunctionsPanic(t *testing.T) {
	for _, f := range goFiles(t) {
		if f.test() || f.generated() {
			continue
		}
		fset, file := f.parse(t)
		reasons := map[int]bool{}
		for _, g := range file.Comments {
			for _, c := range g.List {
				reasons[fset.Position(c.Pos()).Line] = len(strings.Trim(c.Text, "/* ")) >= len("unreachable")
			}
		}
		for _, decl := range file.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && strings.HasPrefix(fn.Name.Name, "Must") {
				continue
			}
			ast.Inspect(decl, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				at := fset.Position(call.Pos())
				if id, ok := call.Fun.(*ast.Ident); ok && id.Name == "panic" && !reasons[at.Line] {
					t.Errorf("%s: panic outside a Must function: return an error, or say on the line why it is unreachable", at)
				}
				return true
			})
		}
	}
}

func TestCountriesAreDataNotCode(t *testing.T) {
	twoLetters := regexp.MustCompile(`^[A-Z]{2}(-[A-Z0-9]{1,3})?$`)
	threeLetters := regexp.MustCompile(`^[A-Z]{3}$`)
	used := map[string]bool{}
	for _, f := range goFiles(t) {
		if f.test() || f.generated() || forTests(path.Dir(f.path)) {
			continue
		}
		fset, file := f.parse(t)
		ast.Inspect(file, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(lit.Value)
			require.NoError(t, err)
			code := twoLetters.MatchString(text)
			if threeLetters.MatchString(text) && text != "VAT" { // also the code of the Vatican
				_, err := tax.ParseLocation(text, "")
				code = err == nil
			}
			if key := f.path + " " + text; countryLiterals[key] != "" {
				used[key] = true
			} else if code {
				t.Errorf("%s: %s looks like a country code: move it into data", fset.Position(lit.Pos()), lit.Value)
			}
			return true
		})
	}
	for key := range countryLiterals {
		if !used[key] {
			t.Errorf("the exception %q is not needed any more: delete it", key)
		}
	}
}

// dataFiles have addresses and texts from elsewhere, in which any word can occur.
var dataFiles = []string{
	"go.sum", "*/go.sum", "*/*/go.sum", "go.work.sum", "rates/data/*.csv", "rates/world.bin",
	"internal/*/*.csv", "internal/*/*/*.csv", "testdata/fuzz/*/*", "*/testdata/fuzz/*/*", "*/*/testdata/fuzz/*/*",
}

func TestRepositoryStandsOnItsOwn(t *testing.T) {
	// The words are in pieces, so that the test does not find them in this file.
	foreign := regexp.MustCompile(`(?i)` + strings.Join([]string{
		`(?:^|[\s"'(=,:` + "`" + `])/(?:` + `wo` + `rk|` + `t` + `mp|ro` + `ot|ho` + `me|Us` + `ers)/`,
		`\b(?:pro` + `xy|s` + `um)\.golang\.org`, `\bgo` + `proxy\b(?:[^=]|=[^f])`, `\bartif` + `actory\b`,
		`\bsub-?ag` + `ents?\b`, `\blanguage mod` + `els?\b`, `\bwork` + `place\b`, `\bco-auth` + `ored-by\b`,
	}, "|"))
	document := regexp.MustCompile(`[\w./-]*\w\.md\b`)
	all := repositoryFiles(t)
	for _, path := range all {
		if slices.ContainsFunc(dataFiles, func(p string) bool { ok, _ := filepath.Match(p, path); return ok }) {
			continue
		}
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		if bytes.IndexByte(text, 0) >= 0 {
			continue
		}
		for i, line := range strings.Split(string(text), "\n") {
			if m := foreign.FindString(line); m != "" {
				t.Errorf("%s:%d: %q belongs to a machine or a way of working, not to the library", path, i+1, m)
			}
			if !strings.Contains(line, ".md") {
				continue
			}
			for _, m := range document.FindAllString(line, -1) {
				name := filepath.Base(m)
				if !strings.Contains(m, "//") && !slices.ContainsFunc(all, func(f string) bool { return filepath.Base(f) == name }) {
					t.Errorf("%s:%d: %s is mentioned but not in the repository", path, i+1, m)
				}
			}
		}
	}
}

// A program that was built in the tree is easily committed with it.
func TestRepositoryHoldsNoPrograms(t *testing.T) {
	begins := [][]byte{[]byte("\x7fELF"), []byte("MZ"), {0xcf, 0xfa, 0xed, 0xfe}, {0xca, 0xfe, 0xba, 0xbe}, []byte("!<arch>")}
	for _, path := range repositoryFiles(t) {
		f, err := os.Open(path)
		require.NoError(t, err)
		begin := make([]byte, 8)
		n, _ := f.Read(begin)
		f.Close()
		if slices.ContainsFunc(begins, func(b []byte) bool { return bytes.HasPrefix(begin[:n], b) }) {
			t.Errorf("%s is a program: build it somewhere else", path)
		}
	}
}
