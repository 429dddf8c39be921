package main

import (
	"cmp"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/spelling"
	"github.com/taxresolve/tax/store"
	"github.com/taxresolve/tax/store/foreign"
)

// formats are those that import reads.
var formats = []string{"configurations", "ibericode", "sales-tax", "rates", "table"}

// importFormat are the flags that say how a file of another program is read.
type importFormat struct {
	name      string
	columns   []string // MEANING=NAME
	separator string
	fraction  bool
	onTop     []string
	source    string
}

// onlyTable are the flags of tables.
var onlyTable = []string{"column", "separator", "fraction", "on-top", "source"}

func (f *importFormat) flags(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&f.name, "format", formats[0], "`form` of the file: configurations, ibericode, sales-tax, rates or table")
	flags.StringArrayVar(&f.columns, "column", nil, "`MEANING=NAME` of a column of a table, such as percent=Satz; once for each")
	flags.StringVar(&f.separator, "separator", "", "`character` between the cells of a table, or tab; that of the header if not given")
	flags.BoolVar(&f.fraction, "fraction", false, "0.19 in a table is 19 %")
	flags.StringSliceVar(&f.onTop, "on-top", nil, "`codes` of the taxes that regions in a table charge on top of their country's, with commas between")
	flags.StringVar(&f.source, "source", "", "`name` of where a table is from, for the metadata of the documents")
	_ = c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp)) // the flag is there
}

// reader returns what reads the format.
func (f *importFormat) reader(c *cobra.Command) (store.Format, error) {
	for _, name := range onlyTable {
		if f.name != "table" && c.Flags().Changed(name) {
			return nil, &usageError{&tax.InputError{Field: name, Reason: "only with --format table"}}
		}
	}
	switch f.name {
	case "configurations":
		return nil, nil
	case "ibericode":
		return foreign.Ibericode, nil
	case "sales-tax":
		return foreign.SalesTax, nil
	case "rates":
		return foreign.Rates, nil
	case "table":
		return f.table()
	}
	reason := "no such form: pass " + strings.Join(formats[:len(formats)-1], ", ") + " or " + formats[len(formats)-1]
	if meant := spelling.Closest(f.name, slices.Values(formats)); meant != "" {
		reason += "; did you mean " + strconv.Quote(meant) + "?"
	}
	return nil, &usageError{&tax.InputError{Field: "format", Value: f.name, Reason: reason}}
}

var one = tax.MustPercent("1")

// percentages sees those of a table as they are read.
type percentages struct {
	reached bool   // by one of them: 1, which fractions do not reach
	first   string // of those below, which are not 0
}

// of returns a format that reads what another one reads.
func (p *percentages) of(f store.Format) store.Format {
	return func(r io.Reader, recordBytes int64) iter.Seq2[store.Record, error] {
		return func(yield func(store.Record, error) bool) {
			for record, err := range f(r, recordBytes) {
				p.see(record.Configuration)
				if !yield(record, err) {
					return
				}
			}
		}
	}
}

func (p *percentages) see(c tax.Configuration) {
	for _, class := range c.Classes {
		for _, rate := range class.Rates {
			if !rate.Percent.LessThan(one) {
				p.reached = true
			} else if !rate.Percent.IsZero() {
				p.first = cmp.Or(p.first, rate.Percent.String())
			}
		}
	}
}

// doubt says on w that a file seems to have fractions. It is not refused: some taxes are below 1 %.
func (p *percentages) doubt(w io.Writer, file string) {
	if !p.reached && p.first != "" {
		fmt.Fprintf(w, "tax: warning: %s: no percentage reaches 1, and %s was read as %s %%: pass --fraction if the table has fractions\n", file, p.first, p.first)
	}
}

// table returns what reads a table.
func (f *importFormat) table() (store.Format, error) {
	t := foreign.Table{Columns: map[string]string{}, Fraction: f.fraction, OnTop: f.onTop, Source: f.source}
	for _, column := range f.columns {
		meaning, name, ok := strings.Cut(column, "=")
		if !ok || meaning == "" || name == "" {
			return nil, &usageError{&tax.InputError{Field: "column", Value: column, Reason: "write MEANING=NAME, such as percent=Satz"}}
		}
		if t.Columns[meaning] != "" {
			return nil, &usageError{&tax.InputError{Field: "column", Value: meaning, Reason: "given twice: a meaning has one column"}}
		}
		t.Columns[meaning] = name
	}
	switch r, size := utf8.DecodeRuneInString(f.separator); {
	case f.separator == "tab":
		t.Comma = '\t'
	case size != len(f.separator):
		return nil, &usageError{&tax.InputError{Field: "separator", Value: f.separator, Reason: "longer than a character: pass one, such as ;, or tab"}}
	case size > 0:
		t.Comma = r
	}
	return t.Format, nil
}
