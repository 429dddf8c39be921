// Package house_test checks rules for the sources of the repository that no compiler
// and no linter knows. It reads all files of all modules.
package house_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// top is the folder of the repository. All paths in this package are relative to it, so
// a function that lists files or packages changes to it first. TestMain would be too
// early: the go command would not notice which files a test reads, and a cached result
// would hide a change.
var top, errTop = filepath.Abs(filepath.Join("..", ".."))

func goToTop(t *testing.T) {
	t.Helper()
	require.NoError(t, errTop)
	t.Chdir(top)
}

// goFile is a Go file of any module in the repository.
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

// goFiles returns the Go files outside testdata folders, which the go command leaves
// out as well.
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

// repositoryFiles returns the slash paths of all files below the top. It reads folders
// instead of asking git, so that it works in a copy without history, and so that the
// result of a test is not cached when there are new files.
func repositoryFiles(t *testing.T) []string {
	t.Helper()
	goToTop(t)
	var list []string
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		hidden := len(d.Name()) > 1 && d.Name()[0] == '.'
		switch {
		case d.IsDir() && hidden && d.Name() != ".ci" && d.Name() != ".github":
			return fs.SkipDir
		case d.Name() == ".git": // a file in a second working tree, which names the first
		case d.Type().IsRegular() && !slices.Contains([]string{".test", ".out", ".prof"}, filepath.Ext(path)):
			list = append(list, filepath.ToSlash(path))
		}
		return nil
	})
	require.NoError(t, err)
	return list
}
