package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"
)

// pack is a package and what its files use of each other.
type pack struct {
	path  string // its import path
	files []file // sorted by name
}

type file struct {
	name  string
	lines int
	uses  map[int][]string // the names it uses, by the number of the file that declares them
}

// load reads the package with this import path, without its tests.
func load(path string) (pack, error) {
	found, err := packages.Load(&packages.Config{
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports |
			packages.NeedTypes | packages.NeedTypesSizes | packages.NeedSyntax | packages.NeedTypesInfo,
	}, path)
	if err != nil {
		return pack{}, err
	}
	if len(found) != 1 {
		return pack{}, fmt.Errorf("%s matches %d packages: pass the import path of one", path, len(found))
	}
	p := found[0]
	var faults []error
	for _, fault := range p.Errors {
		faults = append(faults, fault)
	}
	if len(p.Syntax) == 0 {
		faults = append(faults, fmt.Errorf("%s has no files", path))
	}
	if len(faults) > 0 {
		return pack{}, errors.Join(faults...)
	}
	return usesOf(p.Types, p.Fset, p.Syntax, p.TypesInfo), nil
}

// usesOf finds what the files of a package use of each other.
func usesOf(p *types.Package, fset *token.FileSet, syntax []*ast.File, info *types.Info) pack {
	syntax = slices.Clone(syntax)
	slices.SortFunc(syntax, func(a, b *ast.File) int {
		return strings.Compare(fileName(fset, a), fileName(fset, b))
	})
	numbers := map[*token.File]int{}
	for i, f := range syntax {
		numbers[fset.File(f.Package)] = i
	}
	owners := ownersOf(syntax, info)
	result := pack{path: p.Path()}
	for i, f := range syntax {
		uses := map[int][]string{}
		ast.Inspect(f, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if !ok {
				return true
			}
			obj := info.Uses[id]
			if obj == nil || obj.Pkg() != p {
				return true
			}
			// Only names declared outside functions are used in other files.
			if other, ok := numbers[fset.File(obj.Pos())]; ok && other != i {
				if name := qualified(obj, owners); !slices.Contains(uses[other], name) {
					uses[other] = append(uses[other], name)
				}
			}
			return true
		})
		result.files = append(result.files, file{fileName(fset, f), fset.File(f.Package).LineCount(), uses})
	}
	return result
}

func fileName(fset *token.FileSet, f *ast.File) string {
	return filepath.Base(fset.File(f.Package).Name())
}

// ownersOf returns, for the position of every field and interface method, the name of
// the type that declares it. Positions identify them better than objects do, because
// every instance of a generic type has fields of its own.
func ownersOf(syntax []*ast.File, info *types.Info) map[token.Pos]string {
	owners := map[token.Pos]string{}
	for _, f := range syntax {
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			ast.Inspect(spec.Type, func(n ast.Node) bool {
				if id, ok := n.(*ast.Ident); ok && info.Defs[id] != nil {
					owners[id.Pos()] = spec.Name.Name
				}
				return true
			})
			return true
		})
	}
	return owners
}

// qualified returns the name of an object, after that of its type if it has one.
func qualified(obj types.Object, owners map[token.Pos]string) string {
	if owner := owners[obj.Pos()]; owner != "" {
		return owner + "." + obj.Name()
	}
	fn, ok := obj.(*types.Func)
	if !ok || fn.Signature().Recv() == nil {
		return obj.Name()
	}
	receiver := fn.Signature().Recv().Type()
	if pointer, ok := receiver.(*types.Pointer); ok {
		receiver = pointer.Elem()
	}
	if named, ok := receiver.(*types.Named); ok {
		return named.Obj().Name() + "." + obj.Name()
	}
	return obj.Name()
}
