package tax_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

var updateSurface = flag.Bool("update", false, "rewrite testdata/api from the source")

// maxExported is the room for exported names in the root package, methods and
// enum constants not counted. A name that does not fit needs a reason or a
// package of its own.
const maxExported = 108

const surfaceDir = "testdata/api"

// The listing makes every change of the exported API a line in a review.
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
				t.Errorf("the exported API of %s is not the one in %s:\n%s\nIf the change is meant: go test -run TestExportedAPI -update . and say why in CHANGELOG.md",
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
	t.Logf("%d exported names of at most %d", len(names), maxExported)
	if len(names) > maxExported {
		t.Errorf("%d exported names, more than %d: unexport one or move it to a package of its own\n%s",
			len(names), maxExported, strings.Join(names, " "))
	}
}

// sourcePackage is a public package as read from its files, tests left out.
type sourcePackage struct {
	path  string // import path
	dir   string // relative to the top
	fset  *token.FileSet
	files []*ast.File
	types *types.Package
	info  *types.Info
	err   error
}

// publicPackages finds and type-checks the packages that others can import; the
// root is the first.
func publicPackages(t *testing.T) []*sourcePackage {
	t.Helper()
	list, err := loadPublic()
	require.NoError(t, err)
	require.NotEmpty(t, list)
	require.Equal(t, ".", list[0].dir)
	return list
}

func (p *sourcePackage) require(t *testing.T) {
	t.Helper()
	require.NoError(t, p.err, "%s does not compile", p.path)
}

func (p *sourcePackage) name() string {
	if p.dir == "." {
		return "tax"
	}
	return p.dir
}

func (p *sourcePackage) listing() string { return strings.ReplaceAll(p.name(), "/", "_") + ".txt" }

var loadPublic = sync.OnceValues(func() ([]*sourcePackage, error) {
	modules, err := moduleDirs()
	if err != nil {
		return nil, err
	}
	var list []*sourcePackage
	for _, dir := range modules {
		found, err := loadModule(dir)
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
	slices.SortFunc(list, func(a, b *sourcePackage) int { return strings.Compare(a.dir, b.dir) })
	return list, nil
})

// private tells whether the packages of a folder are not for users.
func private(dir string) bool {
	for part := range strings.SplitSeq(dir, "/") {
		if slices.Contains([]string{"internal", "examples", "testdata", "benchmarks", "proof"}, part) || len(part) > 1 && part[0] == '.' {
			return true
		}
	}
	return false
}

// moduleDirs returns the folders with a go.mod and public packages.
func moduleDirs() ([]string, error) {
	var dirs []string
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && private(filepath.ToSlash(path)):
			return fs.SkipDir
		case d.Name() == "go.mod":
			dirs = append(dirs, filepath.ToSlash(filepath.Dir(path)))
		}
		return nil
	})
	return dirs, err
}

// loadModule type-checks the public packages of one module from source. What
// they import comes compiled from the go command, so that this is fast.
func loadModule(dir string) ([]*sourcePackage, error) {
	cmd := exec.Command("go", "list", "-e", "-export", "-deps", "-json=ImportPath,Name,Dir,GoFiles,Export,DepOnly,Error,DepsErrors", "./...")
	cmd.Dir = filepath.FromSlash(dir)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list in %s: %w\n%s", dir, err, stderr.Bytes())
	}
	top, err := filepath.Abs(".")
	if err != nil {
		return nil, err
	}
	exports := map[string]string{}
	fset := token.NewFileSet()
	imports := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) {
		if exports[path] == "" {
			return nil, fmt.Errorf("%s does not compile", path)
		}
		return os.Open(exports[path])
	})
	var list []*sourcePackage
	var names []map[string]string
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath, Name, Dir, Export string
			GoFiles                       []string
			DepOnly                       bool
			Error                         *struct{ Err string }
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		exports[p.ImportPath] = p.Export
		rel, err := filepath.Rel(top, p.Dir)
		if err != nil || p.DepOnly || p.Name == "main" || private(filepath.ToSlash(rel)) || len(p.GoFiles) == 0 && p.Error == nil {
			continue
		}
		src := &sourcePackage{path: p.ImportPath, dir: filepath.ToSlash(rel), fset: fset}
		if p.Error != nil {
			src.err = errors.New(p.Error.Err)
		}
		files := map[string]string{}
		for _, f := range p.GoFiles {
			files[f] = filepath.Join(rel, f)
		}
		list, names = append(list, src), append(names, files)
	}
	for i, p := range list {
		p.check(names[i], imports)
	}
	return list, nil
}

func (p *sourcePackage) check(files map[string]string, imports types.Importer) {
	if p.err != nil {
		return
	}
	for _, name := range sortedKeys(files) {
		f, err := parser.ParseFile(p.fset, files[name], nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			p.err = err
			return
		}
		p.files = append(p.files, f)
	}
	p.info = &types.Info{
		Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}, Types: map[ast.Expr]types.TypeAndValue{},
	}
	conf := types.Config{Importer: imports}
	p.types, p.err = conf.Check(p.path, p.fset, p.files, p.info)
}

// surface lists the exported API: constants with their values, variables,
// functions, then each type with its fields and methods.
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

// countedNames leaves out the constants of the package's own types: they belong
// to their type.
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

// lineDiff tells which lines are gone and which are new; both are sorted alike,
// so order carries nothing.
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
