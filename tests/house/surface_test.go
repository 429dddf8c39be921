package house_test

import (
	"errors"
	"flag"
	"fmt"
	"go/types"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var updateSurface = flag.Bool("update", false, "rewrite "+surfaceDir+" from the source")

// maxExported is the largest number of exported names in the root package, without
// methods and constants of an enumeration. One more name needs a good reason, or a
// package of its own.
const maxExported = 109

const surfaceDir = "tests/house/testdata/api"

// The listing shows each change of the exported API as a line in a review.
func TestExportedAPIIsTheOneListed(t *testing.T) {
	listed := map[string]bool{}
	for _, p := range publicPackages(t) {
		listed[p.listing()] = true
		t.Run(p.name(), func(t *testing.T) {
			p.require(t)
			got := surface(p.types)
			file := filepath.Join(surfaceDir, p.listing())
			if *updateSurface {
				require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
				return
			}
			want, err := os.ReadFile(file)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
			if diff := lineDiff(string(want), got); diff != "" {
				t.Errorf("the exported API of %s is not the one in %s:\n%s\nIf the change is meant: go test ./tests/house -run TestExportedAPI -update, and say why in CHANGELOG.md",
					p.path, file, diff)
			}
		})
	}
	files, err := os.ReadDir(surfaceDir)
	require.NoError(t, err)
	for _, f := range files {
		if !listed[f.Name()] {
			t.Errorf("%s/%s lists a package that does not exist: delete it", surfaceDir, f.Name())
		}
	}
}

func TestRootHasRoomForItsExportedNames(t *testing.T) {
	root := publicPackages(t)[0]
	root.require(t)
	names := countedNames(root.types)
	t.Logf("%d exported names, at most %d", len(names), maxExported)
	if len(names) > maxExported {
		t.Errorf("%d exported names, more than %d: unexport one or move it to a package of its own\n%s",
			len(names), maxExported, strings.Join(names, " "))
	}
}

// surface returns a listing of the exported API: constants with their values,
// variables, functions, and each type with its fields and methods.
func surface(pkg *types.Package) string {
	var consts, vars, funcs, kinds []string
	qualify := func(other *types.Package) string {
		if other == pkg {
			return ""
		}
		return other.Name()
	}
	for _, name := range pkg.Scope().Names() {
		obj := pkg.Scope().Lookup(name)
		if !obj.Exported() {
			continue
		}
		switch obj := obj.(type) {
		case *types.Const:
			consts = append(consts, fmt.Sprintf("const %s %s = %s", name, types.TypeString(obj.Type(), qualify), obj.Val().ExactString()))
		case *types.Var:
			vars = append(vars, "var "+name+" "+types.TypeString(obj.Type(), qualify))
		case *types.Func:
			funcs = append(funcs, "func "+name+strings.TrimPrefix(types.TypeString(obj.Type(), qualify), "func"))
		case *types.TypeName:
			kinds = append(append(kinds, ""), typeSurface(obj, qualify)...)
		}
	}
	return strings.Join(slices.Concat(consts, vars, funcs, kinds), "\n") + "\n"
}

func typeSurface(obj *types.TypeName, qualify types.Qualifier) []string {
	name, t := obj.Name(), obj.Type()
	if obj.IsAlias() {
		return []string{"type " + name + " = " + types.TypeString(types.Unalias(t), qualify)}
	}
	var lines []string
	line := "type " + name + " "
	switch u := t.Underlying().(type) {
	case *types.Struct:
		line += "struct"
		if types.Comparable(t) {
			line += ", comparable"
		}
		hidden := false
		for i := range u.NumFields() {
			f := u.Field(i)
			if !f.Exported() {
				hidden = true
				continue
			}
			text := "field " + name + "." + f.Name() + " " + types.TypeString(f.Type(), qualify)
			if f.Embedded() {
				text += ", embedded"
			}
			if u.Tag(i) != "" {
				text += " `" + u.Tag(i) + "`"
			}
			lines = append(lines, text)
		}
		if hidden {
			line += ", unexported fields"
		}
	case *types.Interface:
		line += "interface"
		for i := range u.NumMethods() {
			if !u.Method(i).Exported() {
				line += ", closed by unexported methods"
				break
			}
		}
	default:
		line += types.TypeString(u, qualify)
	}
	return append(append([]string{line}, lines...), methodSurface(name, t, qualify)...)
}

func methodSurface(name string, t types.Type, qualify types.Qualifier) []string {
	var lines []string
	values := types.NewMethodSet(t)
	all := values
	if !types.IsInterface(t) {
		all = types.NewMethodSet(types.NewPointer(t))
	}
	for i := range all.Len() {
		m := all.At(i).Obj()
		if !m.Exported() {
			continue
		}
		receiver := name
		if values.Lookup(m.Pkg(), m.Name()) == nil {
			receiver = "*" + name
		}
		lines = append(lines, "method ("+receiver+") "+m.Name()+strings.TrimPrefix(types.TypeString(m.Type(), qualify), "func"))
	}
	return lines
}

// countedNames returns the exported names of a package without the constants of its
// own types, which belong to their type.
func countedNames(pkg *types.Package) []string {
	var names []string
	for _, name := range pkg.Scope().Names() {
		obj := pkg.Scope().Lookup(name)
		if !obj.Exported() {
			continue
		}
		if c, ok := obj.(*types.Const); ok {
			if n, ok := c.Type().(*types.Named); ok && n.Obj().Pkg() == pkg {
				continue
			}
		}
		names = append(names, name)
	}
	return names
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// lineDiff returns the lines that were removed and added. It ignores their order,
// because both texts are sorted.
func lineDiff(want, got string) string {
	var b strings.Builder
	old, now := strings.Split(want, "\n"), strings.Split(got, "\n")
	for _, l := range old {
		if !slices.Contains(now, l) {
			b.WriteString("- " + l + "\n")
		}
	}
	for _, l := range now {
		if !slices.Contains(old, l) {
			b.WriteString("+ " + l + "\n")
		}
	}
	if b.Len() == 0 && want != got {
		b.WriteString("  the lines are the same in another order\n")
	}
	return b.String()
}
