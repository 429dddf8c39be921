package tax_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
)

const maxLines = 450

// countryLiterals are the strings of the library that look like a country code
// and are none, by file. Countries are data.
var countryLiterals = map[string]string{
	"class.go AE": "EN 16931 category of reverse charge",
}

func TestFilesAreOneNounEach(t *testing.T) {
	for _, f := range goFiles(t) {
		base := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(f.path), ".go"), "_test")
		for part := range strings.SplitSeq(base, "_") {
			if slices.Contains([]string{"util", "utils", "common", "helper", "helpers", "misc"}, part) {
				t.Errorf("%s: name the file for the thing that it holds", f.path)
			}
		}
		if lines := bytes.Count(f.text, []byte("\n")); lines > maxLines && !f.test() && !f.generated() {
			t.Errorf("%s: %d lines, more than %d: it holds more than one thing", f.path, lines, maxLines)
		}
	}
}

// Bad input is an error. What cannot happen may panic when the line says why.
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

// Every program can change the variables of the decimal library, so nothing may
// depend on them: not division, not powers, not the text of a decimal. Equality
// by == tells 1.0 from 1.
func TestDecimalsDoNotDependOnGlobals(t *testing.T) {
	banned := []string{
		"Div", "Pow", "PowInt32", "PowBigInt", "Sqrt", "Root", "ExpHullAbrham", "Avg",
		"String", "Format", "MarshalJSON", "MarshalText", "Value",
		"NewFromString", "RequireFromString", "UnmarshalJSON", "UnmarshalText", "UnmarshalBinary", "GobDecode", "Scan",
	}
	for _, p := range publicPackages(t) {
		p.require(t)
		fault := func(n ast.Node, format string, args ...any) {
			t.Errorf("%s: %s", p.fset.Position(n.Pos()), fmt.Sprintf(format, args...))
		}
		for id, obj := range p.info.Uses {
			if !fromDecimal(obj) {
				continue
			}
			switch v := obj.(type) {
			case *types.Var:
				if !v.IsField() {
					fault(id, "decimal.%s is a variable that any package can change", id.Name)
				}
			case *types.Func:
				if slices.Contains(banned, id.Name) {
					fault(id, "%s of a decimal depends on variables of its package", id.Name)
				}
			}
		}
		for _, f := range p.files {
			ast.Inspect(f, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.BinaryExpr:
					if t := p.info.TypeOf(n.X); (n.Op == token.EQL || n.Op == token.NEQ) && !isPointer(t) && !isSlice(t) && hasDecimal(t) {
						fault(n, "%s compares decimals by representation: use Equal", n.Op)
					}
				case *ast.MapType:
					if hasDecimal(p.info.TypeOf(n.Key)) {
						fault(n, "a map key holds a decimal: equal numbers are different keys")
					}
				case *ast.CallExpr:
					if fn := callee(p.info, n); fn != nil && fn.Pkg() != nil && slices.Contains([]string{"fmt", "encoding/json"}, fn.Pkg().Path()) {
						for _, arg := range n.Args {
							if hasDecimal(p.info.TypeOf(arg)) {
								fault(arg, "%s.%s writes a decimal the way its package's variables say", fn.Pkg().Name(), fn.Name())
							}
						}
					}
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
	check := func(fset *token.FileSet, f *ast.File) {
		if ast.IsGenerated(f) {
			return
		}
		ast.Inspect(f, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(lit.Value)
			require.NoError(t, err)
			at := fset.Position(lit.Pos())
			code := twoLetters.MatchString(text)
			if threeLetters.MatchString(text) && text != "VAT" { // the Vatican's code, too
				_, err := tax.ParseLocation(text, "")
				code = err == nil
			}
			if key := filepath.ToSlash(at.Filename) + " " + text; countryLiterals[key] != "" {
				used[key] = true
			} else if code {
				t.Errorf("%s: %s looks like a country code: countries are data", at, lit.Value)
			}
			return true
		})
	}
	for _, p := range publicPackages(t) {
		p.require(t)
		for _, f := range p.files {
			check(p.fset, f)
		}
	}
	internal := 0
	for _, f := range goFiles(t) {
		if strings.HasPrefix(f.path, "internal/") && !strings.HasPrefix(f.path, "internal/proof/") && !f.test() {
			check(f.parse(t))
			internal++
		}
	}
	require.Positive(t, internal, "the mechanisms behind the public face know no country either")
	for key := range countryLiterals {
		if !used[key] {
			t.Errorf("exception %q is not needed any more: delete it", key)
		}
	}
}

// dataFiles hold addresses and texts of others, in which any word may occur.
var dataFiles = []string{
	"go.sum", "*/go.sum", "*/*/go.sum", "go.work.sum", "rates/data/*.csv", "rates/world.bin",
	"internal/iso/gen/*.csv", "testdata/fuzz/*/*", "*/testdata/fuzz/*/*",
}

func TestRepositoryStandsOnItsOwn(t *testing.T) {
	// Pieces, so that this file does not contain what it looks for.
	foreign := regexp.MustCompile(`(?i)` + strings.Join([]string{
		`(?:^|[\s"'(=,:` + "`" + `])/(?:` + `wo` + `rk|` + `t` + `mp|ro` + `ot|ho` + `me|Us` + `ers)/`,
		`\b(?:pro` + `xy|s` + `um)\.golang\.org`, `\bgo` + `proxy\b`, `\bartif` + `actory\b`,
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
			for _, m := range document.FindAllString(line, -1) {
				name := filepath.Base(m)
				if !strings.Contains(m, "//") && !slices.ContainsFunc(all, func(f string) bool { return filepath.Base(f) == name }) {
					t.Errorf("%s:%d: %s is mentioned but not in the repository", path, i+1, m)
				}
			}
		}
	}
}

func fromDecimal(obj types.Object) bool {
	return obj.Pkg() != nil && obj.Pkg().Path() == "github.com/shopspring/decimal"
}

// hasDecimal tells whether a value of the type is a decimal, points to one, or
// holds one in its fields or elements.
func hasDecimal(t types.Type) bool {
	switch t := t.(type) {
	case *types.Named:
		return fromDecimal(t.Obj()) || !types.IsInterface(t) && !isPointer(t.Underlying()) && hasDecimal(t.Underlying())
	case *types.Alias:
		return hasDecimal(types.Unalias(t))
	case *types.Struct:
		for i := range t.NumFields() {
			if f := t.Field(i).Type(); !isPointer(f) && !isSlice(f) && hasDecimal(f) {
				return true
			}
		}
	case *types.Pointer:
		named, ok := t.Elem().(*types.Named)
		return ok && fromDecimal(named.Obj())
	case *types.Slice:
		named, ok := t.Elem().(*types.Named)
		return ok && fromDecimal(named.Obj())
	case *types.Array:
		return hasDecimal(t.Elem())
	}
	return false
}

func isPointer(t types.Type) bool { _, ok := t.(*types.Pointer); return ok }

func isSlice(t types.Type) bool { _, ok := t.Underlying().(*types.Slice); return ok }

func callee(info *types.Info, call *ast.CallExpr) *types.Func {
	var id *ast.Ident
	switch f := call.Fun.(type) {
	case *ast.Ident:
		id = f
	case *ast.SelectorExpr:
		id = f.Sel
	default:
		return nil
	}
	fn, _ := info.Uses[id].(*types.Func)
	return fn
}

// goFile is a Go file of the repository, of any module.
type goFile struct {
	path string
	text []byte
}

func (f goFile) test() bool { return strings.HasSuffix(f.path, "_test.go") }

var generatedMark = regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)

func (f goFile) generated() bool { return generatedMark.Match(f.text) }

func (f goFile) parse(t *testing.T) (*token.FileSet, *ast.File) {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, f.path, f.text, parser.ParseComments|parser.SkipObjectResolution)
	require.NoError(t, err)
	return fset, file
}

// goFiles leaves out testdata, which the go command does too.
func goFiles(t *testing.T) []goFile {
	t.Helper()
	var list []goFile
	for _, path := range repositoryFiles(t) {
		if strings.HasSuffix(path, ".go") && !strings.Contains("/"+path, "/testdata/") {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			list = append(list, goFile{path, text})
		}
	}
	require.NotEmpty(t, list)
	return list
}

// repositoryFiles returns every file below the top by its slash path. It reads
// folders instead of asking git, so that it works in a copy without history and
// a cached test result sees new files.
func repositoryFiles(t *testing.T) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		hidden := len(d.Name()) > 1 && d.Name()[0] == '.'
		switch {
		case d.IsDir() && hidden && d.Name() != ".ci" && d.Name() != ".github":
			return fs.SkipDir
		case d.Type().IsRegular() && !slices.Contains([]string{".test", ".out", ".prof"}, filepath.Ext(path)):
			list = append(list, filepath.ToSlash(path))
		}
		return nil
	})
	require.NoError(t, err)
	return list
}
