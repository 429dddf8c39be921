package house_test

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
)

// Programs and translators depend on the codes of errors, so each one is documented,
// and none is documented that no error has.
func TestCodesOfErrorsAreDocumented(t *testing.T) {
	written := errorCodes(t)
	text, err := os.ReadFile("docs/errors.md")
	require.NoError(t, err)
	documented := map[string]int{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllSubmatch(text, -1) {
		documented[string(m[1])]++
	}
	require.Greater(t, len(documented), 60)
	for code, at := range written {
		assert.Regexp(t, `^[a-z]+(_[a-z0-9]+)*$`, code, at)
		assert.Equal(t, 1, documented[code], "%s: document the code %s in docs/errors.md, in one row", at, code)
	}
	for code := range documented {
		assert.Contains(t, written, code, "docs/errors.md has a code that no error has")
	}
}

// errorCodes returns the codes that package tax can give, and where they are written:
// all constants of the type of codes.
func errorCodes(t *testing.T) map[string]token.Position {
	root := libraryPackages(t)[0]
	root.require(t)
	codes := map[string]token.Position{}
	for expr, value := range root.info.Types {
		if named, ok := value.Type.(*types.Named); ok && named.Obj().Name() == "errorCode" && value.Value != nil {
			if code := constant.StringVal(value.Value); code != "" {
				codes[code] = root.fset.Position(expr.Pos())
			}
		}
	}
	require.Greater(t, len(codes), 60)
	return codes
}

// A fault without a code would be one that no program can tell from another.
func TestFaultsAreMadeWithACode(t *testing.T) {
	codes := errorCodes(t)
	made := 0
	for _, p := range libraryPackages(t) {
		p.require(t)
		for _, f := range p.files {
			ast.Inspect(f, func(n ast.Node) bool {
				lit, ok := n.(*ast.CompositeLit)
				if !ok || !isTaxType(p.info.TypeOf(lit), "Fault") || len(lit.Elts) == 0 {
					return true
				}
				made++
				for _, code := range fieldOf(lit, "Code") {
					switch code := code.(type) {
					case *ast.CallExpr:
						if len(code.Args) == 1 && isTaxType(p.info.TypeOf(code.Args[0]), "errorCode") {
							return true
						}
					case *ast.BasicLit:
						if text, err := strconv.Unquote(code.Value); err == nil && codes[text] != (token.Position{}) && p.name() != "tax" {
							return true // other packages know the documented codes only
						}
					case *ast.SelectorExpr:
						if code.Sel.Name == "Code" && isTaxType(p.info.TypeOf(code.X), "Fault") {
							return true // that of the fault it was made from
						}
					}
				}
				t.Errorf("%s: a Fault has a code of the type errorCode, or that of another Fault", p.fset.Position(lit.Pos()))
				return true
			})
		}
	}
	require.GreaterOrEqual(t, made, 3)
}

func isTaxType(typ types.Type, name string) bool {
	named, ok := types.Unalias(typ).(*types.Named)
	return ok && named.Obj().Name() == name && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "github.com/taxresolve/tax"
}

// The code of an InputError follows from the words that its reason begins with. Each
// reason in the library has words that say more than "invalid".
func TestReasonsOfRefusedInputHaveACode(t *testing.T) {
	found := 0
	for _, p := range libraryPackages(t) {
		p.require(t)
		for _, f := range p.files {
			ast.Inspect(f, func(n ast.Node) bool {
				if f, ok := n.(*ast.FuncDecl); ok && (f.Name.Name == "Describe" || f.Name.Name == "String") {
					return false // it writes a value, not a reason
				}
				for _, reason := range reasonsAt(p, n) {
					text, ok := leadingText(p.info, reason)
					if !ok {
						continue // a reason that was written elsewhere
					}
					found++
					code := (&tax.InputError{Reason: text}).Code()
					if code == "invalid" {
						t.Errorf("%s: the reason %q has no code: begin it with words that inputCodes in errors.go knows", p.fset.Position(reason.Pos()), text)
					}
				}
				return true
			})
		}
	}
	require.Greater(t, found, 150)
}

// reasonsAt returns the reasons that a piece of code gives for refusing an input.
func reasonsAt(p *sourcePackage, n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.CallExpr:
		name := ""
		switch fun := n.Fun.(type) {
		case *ast.Ident:
			name = fun.Name
		case *ast.SelectorExpr:
			name = fun.Sel.Name
		}
		if slices.Contains([]string{"inputError", "Refuse", "RefuseField"}, name) && p.dir != "ampeco" && len(n.Args) > 0 {
			return n.Args[len(n.Args)-1:]
		}
	case *ast.CompositeLit:
		typ, ok := types.Unalias(p.info.TypeOf(n)).(*types.Named)
		if ok && (typ.Obj().Name() == "InputError" || typ.Obj().Name() == "fault" && p.dir == "basket") {
			return fieldOf(n, "Reason", "reason")
		}
	case *ast.ReturnStmt:
		if returnsReasons(p) {
			return n.Results
		}
	case *ast.ValueSpec:
		if returnsReasons(p) {
			return n.Values
		}
	case *ast.AssignStmt:
		if returnsReasons(p) && p.dir != "internal/strictjson" { // which assigns parts of reasons
			return n.Rhs
		}
	}
	return nil
}

// returnsReasons reports whether the sentences in a package are reasons, which its
// callers make errors of.
func returnsReasons(p *sourcePackage) bool {
	return slices.Contains([]string{"civil", "enum", "exact", "lang", "postal", "strictjson"}, strings.TrimPrefix(p.dir, "internal/")) &&
		path.Dir(p.dir) == "internal"
}

// fieldOf returns the value of a field of a literal: the one with a name, or the third.
func fieldOf(lit *ast.CompositeLit, names ...string) []ast.Expr {
	for i, e := range lit.Elts {
		kv, ok := e.(*ast.KeyValueExpr)
		if ok && slices.Contains(names, kv.Key.(*ast.Ident).Name) {
			return []ast.Expr{kv.Value}
		}
		if !ok && i == 2 {
			return []ast.Expr{e}
		}
	}
	return nil
}

// leadingText returns the constant text that an expression begins with, if it is a
// sentence.
func leadingText(info *types.Info, e ast.Expr) (string, bool) {
	if v := info.Types[e].Value; v != nil && v.Kind() == constant.String {
		text := constant.StringVal(v)
		return text, strings.Contains(text, " ") && text != strings.ToUpper(text)
	}
	if sum, ok := e.(*ast.BinaryExpr); ok && sum.Op == token.ADD {
		return leadingText(info, sum.X)
	}
	return "", false
}
