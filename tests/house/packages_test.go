package house_test

import (
	"bytes"
	"encoding/json"
	"errors"
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

// sourcePackage is a package of the library, read from its files without tests.
type sourcePackage struct {
	path  string // import path
	dir   string // relative to the top
	fset  *token.FileSet
	files []*ast.File
	types *types.Package
	info  *types.Info
	err   error
}

// libraryPackages finds and type-checks the packages of the library, including the
// internal ones. The root is the first.
func libraryPackages(t *testing.T) []*sourcePackage {
	t.Helper()
	goToTop(t)
	list, err := loadLibrary()
	require.NoError(t, err)
	require.NotEmpty(t, list)
	require.Equal(t, ".", list[0].dir)
	return list
}

// publicPackages returns the packages that other modules can import. The root is the
// first.
func publicPackages(t *testing.T) []*sourcePackage {
	t.Helper()
	return slices.DeleteFunc(slices.Clone(libraryPackages(t)), (*sourcePackage).internal)
}

func (p *sourcePackage) internal() bool {
	return slices.Contains(strings.Split(p.dir, "/"), "internal")
}

// nested reports whether the package is a module of its own.
func (p *sourcePackage) nested() bool {
	_, err := os.Stat(filepath.Join(top, p.dir, "go.mod"))
	return p.dir != "." && err == nil
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

var loadLibrary = sync.OnceValues(func() ([]*sourcePackage, error) {
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

// apart reports whether a folder is not part of the library: it has programs, proofs,
// tests or packages for tests.
func apart(dir string) bool {
	if slices.Contains([]string{"internal/hostile", "internal/oracle", "internal/pgserver", "internal/proxy", "internal/taxtest", "internal/testfile"}, dir) {
		return true
	}
	for part := range strings.SplitSeq(dir, "/") {
		if slices.Contains([]string{"benchmarks", "examples", "proof", "testdata", "tests"}, part) || len(part) > 1 && part[0] == '.' {
			return true
		}
	}
	return false
}

// forTests reports whether a folder has no code that programs run: it is apart, or has a
// suite that users import into their tests.
func forTests(dir string) bool {
	return apart(dir) || dir == "store/storetest" || dir == "ampeco/ampecotest"
}

// moduleDirs returns the folders with a go.mod and packages of the library.
func moduleDirs() ([]string, error) {
	var dirs []string
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && apart(filepath.ToSlash(path)):
			return fs.SkipDir
		case d.Name() == "go.mod":
			dirs = append(dirs, filepath.ToSlash(filepath.Dir(path)))
		}
		return nil
	})
	return dirs, err
}

// loadModule type-checks the packages of one module from source. To be fast, it takes
// their imports compiled from the go command.
func loadModule(dir string) ([]*sourcePackage, error) {
	cmd := exec.Command("go", "list", "-e", "-export", "-deps", "-json=ImportPath,Name,Dir,GoFiles,Export,DepOnly,Error,DepsErrors", "./...")
	cmd.Dir = filepath.FromSlash(dir)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list in %s: %w\n%s", dir, err, stderr.Bytes())
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
		if err != nil || p.DepOnly || p.Name == "main" || apart(filepath.ToSlash(rel)) || len(p.GoFiles) == 0 && p.Error == nil {
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
