package house_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Any program can change the variables of the decimal library, so nothing may depend
// on them: not division, not powers, not the text of a decimal. And == does not work
// for decimals, because 1.0 and 1 are different by it.
func TestDecimalsDoNotDependOnGlobals(t *testing.T) {
	banned := []string{
		"Div", "Pow", "PowInt32", "PowBigInt", "Sqrt", "Root", "ExpHullAbrham", "Avg",
		"String", "Format", "MarshalJSON", "MarshalText", "Value",
		"NewFromString", "RequireFromString", "UnmarshalJSON", "UnmarshalText", "UnmarshalBinary", "GobDecode", "Scan",
	}
	for _, p := range libraryPackages(t) {
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
						fault(n, "%s compares the representation of decimals: use Equal", n.Op)
					}
				case *ast.MapType:
					if hasDecimal(p.info.TypeOf(n.Key)) {
						fault(n, "a map key holds a decimal: equal numbers are different keys")
					}
				case *ast.CallExpr:
					if fn := callee(p.info, n); fn != nil && fn.Pkg() != nil && slices.Contains([]string{"fmt", "encoding/json"}, fn.Pkg().Path()) {
						for _, arg := range n.Args {
							if hasDecimal(p.info.TypeOf(arg)) {
								fault(arg, "%s.%s writes a decimal as the variables of its package say: use exact.Format", fn.Pkg().Name(), fn.Name())
							}
						}
					}
				}
				return true
			})
		}
	}
}

func TestTrapOperationsThatObeyPackageVariables(t *testing.T) {
	banned := []string{
		"Div", "Avg", "Pow", "PowInt32", "PowBigInt", "Sqrt", "Root", "Ln", "ExpHullAbrham", "ExpTaylor", "Mod", // precision
		"NewFromString", "RequireFromString", "NewFromFormattedString", "NewNullDecimal", // MaxDecodeExponent
		"NewFromFloat", "NewFromFloat32", "NewFromFloatWithExponent", "InexactFloat64", "Float64", // floats
		"IntPart", // wraps silently
	}
	variables := []string{
		"DivisionPrecision", "MarshalJSONWithoutQuotes", "TrimTrailingZeros", "UseScientificNotation",
		"MaxDecodeExponent", "PowPrecisionNegativeExponent", "ExpMaxIterations", "Zero",
	}
	files := 0
	for _, f := range goFiles(t) {
		if f.test() || forTests(path.Dir(f.path)) {
			continue
		}
		files++
		fset, file := f.parse(t)
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				assert.NotContains(t, banned, n.Sel.Name, "%s uses %s: compute with integers instead", fset.Position(n.Pos()), n.Sel.Name)
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "decimal" {
					assert.NotContains(t, variables, n.Sel.Name, fset.Position(n.Pos()))
				}
			case *ast.Ident:
				assert.NotContains(t, []string{"float32", "float64"}, n.Name, "%s uses a binary float", fset.Position(n.Pos()))
			}
			return true
		})
	}
	require.Greater(t, files, 15)
}

// A new package of the library is tested with hostile variables as well.
func TestPackagesOfDecimalsAreTestedWithHostileVariables(t *testing.T) {
	computes, tested, hostile := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, f := range goFiles(t) {
		dir := path.Dir(f.path)
		for _, imported := range []string{"github.com/shopspring/decimal", "github.com/taxresolve/tax"} {
			if bytes.Contains(f.text, []byte(strconv.Quote(imported))) {
				computes[dir] = true
			}
		}
		if f.test() {
			tested[dir] = true
		}
		if path.Base(f.path) == "hostile_test.go" && bytes.HasPrefix(f.text, []byte("//go:build hostile\n")) &&
			bytes.Contains(f.text, []byte(`_ "github.com/taxresolve/tax/internal/hostile"`)) {
			hostile[dir] = true
		}
	}
	dirs := []string{"tests/freshness"}
	for _, p := range libraryPackages(t) {
		dirs = append(dirs, p.dir)
	}
	for _, dir := range dirs {
		if computes[dir] && tested[dir] && !hostile[dir] {
			t.Errorf("%s: add a file hostile_test.go with the build tag hostile that imports internal/hostile", dir)
		}
	}
	require.NotEmpty(t, hostile)
}

func TestTrapVersionsBelowTheFloor(t *testing.T) {
	goToTop(t)
	text, err := os.ReadFile("go.mod")
	require.NoError(t, err)
	for module, floor := range map[string][2]int{
		"github.com/shopspring/decimal": {1, 6},  // limits exponents when decoding
		"golang.org/x/text":             {0, 39}, // the last fixed vulnerability
	} {
		m := regexp.MustCompile(regexp.QuoteMeta(module) + ` v(\d+)\.(\d+)\.`).FindSubmatch(text)
		require.NotNil(t, m, module)
		major, _ := strconv.Atoi(string(m[1]))
		minor, _ := strconv.Atoi(string(m[2]))
		assert.GreaterOrEqual(t, slices.Compare([]int{major, minor}, floor[:]), 0, "%s is older than v%d.%d", module, floor[0], floor[1])
	}
}

func fromDecimal(obj types.Object) bool {
	return obj.Pkg() != nil && obj.Pkg().Path() == "github.com/shopspring/decimal"
}

// hasDecimal reports whether a value of the type is a decimal, points to one, or has
// one in its fields or elements.
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
