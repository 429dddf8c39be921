package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
)

// testFile is a file of tests: the names that it declares at the top level, and those
// that it uses without declaring them.
type testFile struct {
	path     string
	declares []string
	uses     []string
}

// needless returns the test files in a folder that the given tests do not need. Every
// fault takes one compilation of the package and its tests, and most of that would go
// to tests that are not run.
func needless(folder string, tests []string) ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		return nil, err
	}
	files := make([]testFile, len(paths))
	for i, path := range paths {
		if files[i], err = readTestFile(path); err != nil {
			return nil, err
		}
	}
	declared := map[string][]int{}
	for i, f := range files {
		for _, name := range f.declares {
			declared[name] = append(declared[name], i)
		}
	}
	kept := map[int]bool{}
	var keep func(name string)
	keep = func(name string) {
		for _, i := range declared[name] {
			if kept[i] {
				continue
			}
			kept[i] = true
			for _, name := range files[i].uses {
				keep(name)
			}
		}
	}
	// Functions that prepare the process are part of every test.
	for _, name := range append([]string{"TestMain", "init"}, tests...) {
		keep(name)
	}
	// What it exports is used as if it were part of the package.
	for i, f := range files {
		if filepath.Base(f.path) == "export_test.go" && !kept[i] {
			kept[i] = true
			for _, name := range f.uses {
				keep(name)
			}
		}
	}
	var list []string
	for i, f := range files {
		if !kept[i] {
			list = append(list, f.path)
		}
	}
	return list, nil
}

func readTestFile(path string) (testFile, error) {
	parsed, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		return testFile{}, err
	}
	f := testFile{path: path}
	for _, d := range parsed.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil { // methods come with their type
				f.declares = append(f.declares, d.Name.Name)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					f.declares = append(f.declares, s.Name.Name)
				case *ast.ValueSpec:
					for _, name := range s.Names {
						f.declares = append(f.declares, name.Name)
					}
				}
			}
		}
	}
	for _, id := range parsed.Unresolved {
		f.uses = append(f.uses, id.Name)
	}
	// What a test exports to those outside of its package is used as pkg.Name.
	ast.Inspect(parsed, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			f.uses = append(f.uses, s.Sel.Name)
		}
		return true
	})
	return f, nil
}
