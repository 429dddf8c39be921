// Package house_test holds the sources of the repository to rules that no
// compiler and no linter knows. It sees all files, whatever module they are of.
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

// top is the folder of the repository, to which all paths here are relative. A
// function that lists files or packages goes there first. To go there in TestMain
// would be too early: the go command would not notice which files a test reads,
// and a cached result would hide a change.
var top, errTop = filepath.Abs(filepath.Join("..", ".."))

func goToTop(t *testing.T) {
	t.Helper()
	require.NoError(t, errTop)
	t.Chdir(top)
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
		case d.Name() == ".git": // of a second working tree: a file that names the first
		case d.Type().IsRegular() && !slices.Contains([]string{".test", ".out", ".prof"}, filepath.Ext(path)):
			list = append(list, filepath.ToSlash(path))
		}
		return nil
	})
	require.NoError(t, err)
	return list
}
