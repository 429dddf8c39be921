package basket_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	termPattern = regexp.MustCompile(`B[TG]-\d+`)
	pathPattern = regexp.MustCompile("`([A-Z]\\w*(?:\\.\\w+(?:\\[\\])?)*(?:\\(\\))?)`")
)

// The table of docs/invoices.md and the comments of the fields have the same terms of EN 16931.
func TestEveryTermIsInTheCommentOfItsField(t *testing.T) {
	document, err := os.ReadFile("../docs/invoices.md")
	require.NoError(t, err)
	types := documented(t)
	rows := map[string][]string{} // the fields of a term
	for line := range strings.Lines(string(document)) {
		cells := strings.Split(line, "|")
		if len(cells) != 6 || !termPattern.MatchString(cells[1]) {
			continue
		}
		terms := termPattern.FindAllString(cells[1], -1)
		for column, cell := range cells[3:5] {
			all := ""
			for _, path := range pathPattern.FindAllStringSubmatch(cell, -1) {
				comment, along := types.comment(path[1])
				require.NotEmpty(t, along, "%s: no such field as %s", terms, path[1])
				assert.True(t, slices.ContainsFunc(terms, func(term string) bool { return hasTerm(comment, term) }), "the comment of %s has none of %s", path[1], terms)
				all += comment
				for _, term := range terms {
					rows[term] = append(rows[term], along...)
				}
			}
			for _, term := range terms {
				assert.True(t, all == "" || hasTerm(all, term), "%s, column %d: in no comment", term, column+3)
			}
		}
	}
	for _, g := range types.groups {
		for _, term := range termPattern.FindAllString(g.comment, -1) {
			assert.True(t, slices.ContainsFunc(g.fields, func(f string) bool { return slices.Contains(rows[term], f) }), "%s is in the comment of %s, but not in its row", term, g.fields)
		}
	}
	// Amounts of the document and of lines, and what they are of.
	without := "BT-93 BT-94 BT-100 BT-101 BT-130 BT-150"
	for n := 92; n <= 152; n++ {
		term := "BT-" + strconv.Itoa(n)
		if n > 121 && n < 129 && n != 126 || n >= 132 && n <= 135 {
			continue // notes, references and periods
		}
		if slices.Contains(strings.Fields(without), term) {
			assert.Contains(t, string(document), term)
			continue
		}
		assert.NotEmpty(t, rows[term], "%s is in no row", term)
	}
}

// The first column of the words of shop systems names fields.
func TestWordsOfShopSystemsAreThoseOfFields(t *testing.T) {
	document, err := os.ReadFile("../docs/invoices.md")
	require.NoError(t, err)
	types, rows := documented(t), 0
	for line := range strings.Lines(string(document)) {
		if cells := strings.Split(line, "|"); len(cells) == 8 && strings.Contains(cells[1], "`") {
			rows++
			for _, path := range pathPattern.FindAllStringSubmatch(cells[1], -1) {
				_, along := types.comment(path[1])
				assert.NotEmpty(t, along, "no such field as %s", path[1])
			}
			words := 0
			for _, cell := range cells[2:7] {
				if strings.TrimSpace(cell) != "" {
					words++
				}
			}
			assert.Positive(t, words, cells[1])
		}
	}
	assert.GreaterOrEqual(t, rows, 16)
}

func hasTerm(comment, term string) bool {
	return slices.Contains(termPattern.FindAllString(comment, -1), term)
}

// commented has the comments of the exported types, fields and methods of the package.
type commented struct {
	types  map[string]string            // comments
	fields map[string]map[string]string // by type: comments; "()" follows the name of a method
	typeOf map[string]string            // the type of a field, such as "Result.Lines"
	inside map[string][]string          // embedded fields
	groups []commentGroup
}

// commentGroup is a comment and the fields that it is for.
type commentGroup struct {
	comment string
	fields  []string
}

func documented(t *testing.T) *commented {
	c := &commented{map[string]string{}, map[string]map[string]string{}, map[string]string{}, map[string][]string{}, nil}
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		require.NoError(t, err)
		for _, d := range tree.Decls {
			switch d := d.(type) {
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if s, ok := s.(*ast.TypeSpec); ok && s.Name.IsExported() {
						c.types[s.Name.Name] = d.Doc.Text()
						if fields, ok := s.Type.(*ast.StructType); ok {
							c.read(s.Name.Name, fields.Fields.List)
						}
					}
				}
			case *ast.FuncDecl:
				if d.Recv != nil {
					c.add(nameOf(d.Recv.List[0].Type), d.Name.Name+"()", d.Doc.Text())
				}
			}
		}
	}
	return c
}

func (c *commented) add(of, name, comment string) {
	if c.fields[of] == nil {
		c.fields[of] = map[string]string{}
	}
	c.fields[of][name] = comment
}

// read reads the fields of a type. A field without a comment has that of the field before.
func (c *commented) read(of string, list []*ast.Field) {
	for _, f := range list {
		if f.Doc != nil || len(c.groups) == 0 || !strings.HasPrefix(c.groups[len(c.groups)-1].fields[0], of+".") {
			c.groups = append(c.groups, commentGroup{comment: f.Doc.Text()})
		}
		g := &c.groups[len(c.groups)-1]
		names := f.Names
		if len(names) == 0 {
			names = []*ast.Ident{{Name: nameOf(f.Type)}}
			c.inside[of] = append(c.inside[of], nameOf(f.Type))
		}
		for _, name := range names {
			g.fields = append(g.fields, of+"."+name.Name)
			c.typeOf[of+"."+name.Name] = nameOf(f.Type)
			c.add(of, name.Name, g.comment)
		}
	}
}

// nameOf returns the name of a type, of what it points to, or of the elements of a list.
func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return nameOf(e.X)
	case *ast.ArrayType:
		return nameOf(e.Elt)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// comment returns the comments along a path such as Result.Lines[].Net, and the fields that it
// leads through, those that are embedded included; none if there is no such path.
func (c *commented) comment(path string) (comment string, along []string) {
	words := strings.Split(strings.ReplaceAll(path, "[]", ""), ".")
	of := words[0]
	if len(words) == 1 && c.types[of] != "" {
		return c.types[of], []string{of}
	}
	for _, word := range words[1:] {
		if _, ok := c.fields[of][word]; !ok {
			i := slices.IndexFunc(c.inside[of], func(embedded string) bool { return c.typeOf[embedded+"."+word] != "" })
			if i < 0 {
				return "", nil
			}
			embedded := c.inside[of][i]
			comment += c.fields[of][embedded]
			along, of = append(along, of+"."+embedded), embedded
		}
		comment += c.fields[of][word]
		along, of = append(along, of+"."+word), c.typeOf[of+"."+word]
	}
	return comment, along
}
