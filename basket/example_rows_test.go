package basket_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Every situation of docs/invoices.md has an example whose comment begins with its number, in
// the file that the document links to, and an invoice with its refunds.
func TestEverySituationHasAnExampleAndAnInvoice(t *testing.T) {
	document, err := os.ReadFile("../docs/invoices.md")
	require.NoError(t, err)
	invoices, err := os.ReadFile("testdata/invoices.txt")
	require.NoError(t, err)
	rows := regexp.MustCompile("(?m)^\\| ([A-Z]+[0-9]+b?) \\| .* \\| \\[`(Example\\w+)`\\]\\(\\.\\./basket/(\\w+\\.go)\\) \\|$").FindAllStringSubmatch(string(document), -1)
	require.Len(t, rows, 38, "situations")
	seen := map[string]bool{}
	for _, row := range rows {
		number, name, file := row[1], row[2], row[3]
		assert.False(t, seen[number] || seen[name], "%s %s is there twice", number, name)
		seen[number], seen[name] = true, true
		comment, ok := commentOf(t, file, name)
		assert.True(t, ok && strings.HasPrefix(comment, number+": "), "%s: %s of %s begins with %q", number, name, file, comment)
		refunds := 0
		for block := range strings.SplitSeq(string(invoices), "\n\n") {
			if strings.HasPrefix(strings.TrimSpace(block), "basket "+number+" ") {
				refunds += strings.Count(block, "\nrefund ")
			}
		}
		assert.GreaterOrEqual(t, refunds, 1, "%s: no invoice with a refund", number)
	}
}

// commentOf returns the comment of an example that has an output.
func commentOf(t *testing.T, file, name string) (string, bool) {
	tree, err := parser.ParseFile(token.NewFileSet(), filepath.FromSlash(file), nil, parser.ParseComments)
	require.NoError(t, err)
	for _, d := range tree.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Name.Name != name {
			continue
		}
		for _, c := range tree.Comments {
			if c.Pos() > f.Body.Lbrace && c.End() < f.Body.Rbrace && strings.HasPrefix(c.Text(), "Output:") {
				return f.Doc.Text(), true
			}
		}
	}
	return "", false
}
