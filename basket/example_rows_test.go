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
// the file that the document links to, and invoices: as sold, its negative, and its refunds in part and in whole.
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
		have := invoicesOf(string(invoices), number)
		assert.True(t, have.sale, "%s: no invoice", number)
		assert.True(t, have.negative, "%s: no invoice that is taken back or refused", number)
		assert.True(t, have.part, "%s: no refund in part", number)
		assert.True(t, have.whole, "%s: no refund of everything", number)
	}
}

// has says which invoices a situation has: one with amounts, its negative (the same goods
// taken back, or what must be refused), a refund in part, and what is left or all of it.
type has struct{ sale, negative, part, whole bool }

func invoicesOf(document, number string) (have has) {
	for block := range strings.SplitSeq(document, "\n\n") {
		if block = strings.TrimSpace(block); !strings.HasPrefix(block, "basket "+number+" ") {
			continue
		}
		var refunds []string
		refused := strings.Contains(block, "\nrefused ")
		for line := range strings.SplitSeq(block, "\n") {
			if strings.HasPrefix(line, "refund ") {
				refused = refused || strings.Contains(line, "= refused ")
				if !strings.Contains(line, "= refused ") {
					refunds = append(refunds, line)
				}
			}
		}
		name, _, _ := strings.Cut(block, "\n")
		have.sale = have.sale || strings.Contains(block, "\nsum ")
		have.negative = have.negative || refused || strings.HasSuffix(name, ", taken back")
		have.part = have.part || len(refunds) > 1
		have.whole = have.whole || len(refunds) > 0 // the last refund of a block closes the sale
	}
	return have
}

// The test above notices what is missing.
func TestAnInvoiceWithoutItsNegativeIsNoticed(t *testing.T) {
	const sale = "basket A01 a sale\nsum = 1\nrefund everything all = 1"
	assert.Equal(t, has{sale: true, whole: true}, invoicesOf(sale, "A01"))
	assert.Equal(t, has{}, invoicesOf(sale, "A0"))
	assert.Equal(t, has{negative: true}, invoicesOf("basket A01 none\nrefused XX", "A01"))
	assert.Equal(t, has{sale: true, negative: true, part: true, whole: true}, invoicesOf(sale+"\nrefund x = refused XX\nrefund x = 0", "A01"))
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
