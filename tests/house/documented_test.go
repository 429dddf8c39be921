package house_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"strings"
	"testing"
)

func TestExportedNamesAreDocumented(t *testing.T) {
	for _, p := range publicPackages(t) {
		t.Run(p.name(), func(t *testing.T) {
			p.require(t)
			for _, fault := range undocumented(p) {
				t.Error(fault)
			}
		})
	}
}

// undocumented returns a fault for each exported name without a proper doc comment.
// The comment of a package, type, function or method begins with its name. A field or
// constant has a comment of its own, or is named in the comment of a line above, of its
// type or of its group.
func undocumented(p *sourcePackage) []string {
	c := &docCheck{fset: p.fset}
	var packageDoc string
	for _, f := range p.files {
		packageDoc += f.Doc.Text()
		for _, decl := range f.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if receiver := receiverName(d); ast.IsExported(d.Name.Name) && ast.IsExported(receiver) {
					c.begins(d.Name, d.Doc, d.Name.Name)
				}
			case *ast.GenDecl:
				c.group(d)
			}
		}
	}
	if !strings.HasPrefix(packageDoc, "Package "+p.types.Name()+" ") {
		c.faults = append(c.faults, p.dir+": the package comment must begin \"Package "+p.types.Name()+" \"")
	}
	return c.faults
}

// receiverName returns the type of the receiver of a method, or the name of a function.
func receiverName(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return d.Name.Name
	}
	name := ""
	ast.Inspect(d.Recv.List[0].Type, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && name == "" {
			name = id.Name
		}
		return name == ""
	})
	return name
}

type docCheck struct {
	fset   *token.FileSet
	faults []string
}

func (c *docCheck) addf(at ast.Node, format string, args ...any) {
	c.faults = append(c.faults, c.fset.Position(at.Pos()).String()+": "+fmt.Sprintf(format, args...))
}

func (c *docCheck) begins(at *ast.Ident, doc *ast.CommentGroup, name string) {
	text := doc.Text()
	for _, article := range []string{"A ", "An ", "The "} {
		text = strings.TrimPrefix(text, article)
	}
	if rest, ok := strings.CutPrefix(text, name); !ok || rest == "" || !strings.ContainsAny(rest[:1], " \n,:'") {
		c.addf(at, "the doc comment of %s must begin with its name", name)
	}
}

func (c *docCheck) group(d *ast.GenDecl) {
	above := "" // the last comment above, which can name several constants
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			if !ast.IsExported(s.Name.Name) {
				continue
			}
			doc := s.Doc
			if doc == nil && !d.Lparen.IsValid() {
				doc = d.Doc
			}
			c.begins(s.Name, doc, s.Name.Name)
			c.members(s, doc.Text())
		case *ast.ValueSpec:
			own := s.Doc.Text() + s.Comment.Text()
			if !d.Lparen.IsValid() {
				own += d.Doc.Text()
			}
			if own != "" {
				above = own
			}
			for _, n := range s.Names {
				if ast.IsExported(n.Name) && own == "" && !names(above, n.Name) && !names(d.Doc.Text(), n.Name) {
					c.addf(n, "%s has no doc comment", n.Name)
				}
			}
		}
	}
}

// members checks the fields of a struct and the methods of an interface.
func (c *docCheck) members(s *ast.TypeSpec, doc string) {
	var list []*ast.Field
	switch t := s.Type.(type) {
	case *ast.StructType:
		list = t.Fields.List
	case *ast.InterfaceType:
		if list = t.Methods.List; len(list) == 1 {
			return // the type's comment is the contract of its one method
		}
	}
	above := ""
	for _, f := range list {
		own := f.Doc.Text() + f.Comment.Text()
		if own != "" {
			above = own
		}
		for _, n := range f.Names {
			if ast.IsExported(n.Name) && own == "" && !names(above, n.Name) && !names(doc, n.Name) {
				c.addf(n, "%s.%s has no doc comment", s.Name.Name, n.Name)
			}
		}
	}
}

func names(comment, name string) bool {
	return regexp.MustCompile(`\b` + name + `\b`).MatchString(comment)
}
