package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// compiling returns an error for the mutants that do not compile, all of them, also those
// of other days: a fault that does not compile would only be found on its day.
func (l *lab) compiling(mutants []mutant) error {
	var folders []string
	for _, m := range mutants {
		folders = append(folders, filepath.Dir(filepath.Join(l.root, m.file)))
	}
	slices.Sort(folders)
	c, err := l.checker(slices.Compact(folders))
	if err != nil {
		return err
	}
	var errs []error
	for _, m := range mutants {
		text, err := l.changed(m)
		if err == nil {
			err = c.check(filepath.Join(l.root, m.file), text)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: does not compile: %w", m.breaks, err))
		}
	}
	return errors.Join(errs...)
}

// checker checks the types of packages in which one file has another text.
type checker struct {
	files    *token.FileSet
	importer types.Importer
	packages map[string]goPackage // by their folders
	parsed   map[string]*ast.File
}

// goPackage is a package as the go command lists it.
type goPackage struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
}

// checker returns a checker for the packages in some folders.
func (l *lab) checker(folders []string) (*checker, error) {
	out, err := l.command(append([]string{"list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles"}, folders...)...)
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, out)
	}
	c := &checker{files: token.NewFileSet(), packages: make(map[string]goPackage), parsed: make(map[string]*ast.File)}
	exports := make(map[string]string)
	for d := json.NewDecoder(strings.NewReader(out)); ; {
		var p goPackage
		if err := d.Decode(&p); err == io.EOF {
			break
		} else if err != nil {
			return nil, err
		}
		c.packages[p.Dir], exports[p.ImportPath] = p, p.Export
	}
	c.importer = importer.ForCompiler(c.files, "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(exports[path])
	})
	return c, nil
}

// check returns the first error of the package in which a file has this text.
func (c *checker) check(file string, text []byte) error {
	p := c.packages[filepath.Dir(file)]
	if !slices.Contains(p.GoFiles, filepath.Base(file)) {
		return fmt.Errorf("%s is not compiled on this system", file)
	}
	var files []*ast.File
	for _, name := range p.GoFiles {
		path := filepath.Join(p.Dir, name)
		f, err := c.parsed[path], error(nil)
		switch {
		case path == file:
			f, err = parser.ParseFile(c.files, path, text, parser.SkipObjectResolution)
		case f == nil:
			f, err = parser.ParseFile(c.files, path, nil, parser.SkipObjectResolution)
			c.parsed[path] = f
		}
		if err != nil {
			return err
		}
		files = append(files, f)
	}
	_, err := (&types.Config{Importer: c.importer}).Check(p.ImportPath, c.files, files, nil)
	return err
}
