package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rates"
	"github.com/taxresolve/tax/store"
)

func (s *session) importCommand() *cobra.Command {
	var o store.ImportOptions
	var format importFormat
	var author string
	c := &cobra.Command{
		Use:   "import FILE",
		Short: "Write configurations of a file into a store",
		Long: `import writes the configurations of a file into --store: an export, one JSON document or
several. FILE may be - for standard input. A country is written as a whole or not at all, and
to import a file twice changes nothing. Documents whose file names no tenant are of --tenant.
What was refused is printed with file, line and path, and makes the exit code 4. An import that
was interrupted goes on with --skip and the number that it printed, or with the whole file.

With --format, the file is one of other programs:

  ibericode   the JSON file of ibericode/vat-rates
  sales-tax   the JSON file of valeriansaliou/node-sales-tax
  rates       a CSV file with the columns of rates/data/rates.csv of this library
  table       another CSV file with a header, such as one of a spreadsheet

Each row of a table is the rate of a class at a place from a day on, and the rows of a country
are next to each other. --column says which column has what: country and percent are needed,
and there are region, postcodes, tax, class, from, to, default, effect, treatment, status,
sources and name.LANGUAGE. A column with the name of a meaning needs no --column.`,
		Example: "  tax import copy.json --store sqlite:taxes.db --create --tenant acme\n  tax import copy.json --store sqlite:taxes.db --create --tenant acme --dry-run\n" +
			"  tax import sheet.csv --format table --column country=Land --column class=Klasse --column percent=Satz --column from=ab --store sqlite:sheet.db --create",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			o.File, o.Tenant = args[0], s.tenant
			var err error
			if o.Format, err = format.reader(c); err != nil {
				return err
			}
			var seen percentages
			if format.name == "table" && !format.fraction {
				o.Format = seen.of(o.Format)
			}
			err = s.load(by(c.Context(), author), args[0], o)
			seen.doubt(s.problems, args[0])
			return err
		},
	}
	s.importFlags(c, &o)
	format.flags(c)
	authorFlag(c, &author)
	c.Flags().BoolVar(&s.alone, "alone", false, "the store does not lie on the embedded rates")
	return c
}

// importFlags are those of every command that imports.
func (s *session) importFlags(c *cobra.Command, o *store.ImportOptions) {
	f := c.Flags()
	f.BoolVar(&o.DryRun, "dry-run", false, "validate everything and write nothing")
	f.BoolVar(&o.KeepExisting, "keep-existing", false, "only add what the store does not have")
	f.BoolVar(&o.AsNew, "as-new", false, "write documents as new versions, not with the versions of their export")
	f.Int64Var(&o.Skip, "skip", 0, "`number` of records to read over, because an earlier import has settled them")
	f.BoolVar(&s.create, "create", false, "make the store if it is not there")
}

func authorFlag(c *cobra.Command, author *string) {
	c.Flags().StringVar(author, "author", "", "`name` of who writes, for the history")
}

// by returns a context whose writes have an author, if there is one.
func by(ctx context.Context, author string) context.Context {
	if author == "" {
		return ctx
	}
	return store.WithAuthor(ctx, author)
}

func (s *session) load(ctx context.Context, name string, o store.ImportOptions) error {
	if s.store == "" {
		return &usageError{&tax.InputError{Field: "store", Reason: "missing: name the store to write into with --store"}}
	}
	s.dry = o.DryRun
	in, err := s.file(name)
	if err != nil {
		return err
	}
	defer in.Close()
	if o.File = name; name == "-" {
		o.File = "standard input"
	}
	b, err := s.backing(ctx)
	if err != nil {
		return err
	}
	return s.importInto(ctx, b.store, in, o)
}

// importInto imports what a reader has, and prints the report.
func (s *session) importInto(ctx context.Context, to tax.Store, in io.Reader, o store.ImportOptions) error {
	if s.progress {
		o.OnProgress = func(p store.Progress) { fmt.Fprintf(s.problems, "\r\x1b[K%s", p) }
	}
	report, err := store.Import(ctx, in, to, &o)
	if s.progress {
		fmt.Fprint(s.problems, "\r\x1b[K")
	}
	if ended(report, err) {
		if report.Refused > 0 {
			_ = s.printReport(report, o.DryRun) // the error is told in any case
		}
		if report.Next == 0 || o.DryRun {
			return about(o.File, err)
		}
		return fmt.Errorf("%s: %w; %d records are settled: go on with --skip %d", o.File, err, report.Next, report.Next)
	}
	return s.printImport(report, err, o.DryRun)
}

// ended reports whether an error ended an import, in place of saying that records were refused.
func ended(report store.Report, err error) bool {
	refused := report.Err()
	return err != nil && (refused == nil || err.Error() != refused.Error())
}

// printImport prints a report. err is that of the import.
func (s *session) printImport(report store.Report, err error, dry bool) error {
	if err := s.printReport(report, dry); err != nil {
		return err
	}
	if err != nil {
		return &reportedError{&readingError{err}}
	}
	return nil
}

func (s *session) printReport(r store.Report, dry bool) error {
	if s.json {
		return s.printJSON(r, "  ")
	}
	for _, rejection := range r.Rejections {
		if _, err := fmt.Fprintf(s.out, "refused: %s [%s]\n", printable(rejection.String()), rejection.Code); err != nil {
			return err
		}
	}
	if r.Omitted > 0 {
		fmt.Fprintf(s.out, "refused: %d more\n", r.Omitted)
	}
	text := r.Progress.String()
	if dry {
		text += "; nothing was written: this was a dry run"
	}
	_, err := fmt.Fprintln(s.out, text)
	return err
}

func (s *session) exportCommand() *cobra.Command {
	var o store.ExportOptions
	c := &cobra.Command{
		Use:   "export",
		Short: "Write the configurations of a store, or the embedded rates, as JSON Lines",
		Long: `export prints the configurations of --tenant in --store, or the embedded rates, in the format
of docs/stores-transfer.md: one document a line, with its version and times.`,
		Example: "  tax export",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return s.export(c.Context(), o) },
	}
	c.Flags().BoolVar(&o.History, "history", false, "also the versions that are no longer in force")
	return c
}

func (s *session) export(ctx context.Context, o store.ExportOptions) error {
	b, err := s.backing(ctx)
	if err != nil {
		return err
	}
	if b.store == nil {
		if b.store, err = copied(ctx, s.tenant); err != nil {
			return err
		}
	}
	o.Tenants = []string{s.tenant}
	out := bufio.NewWriter(s.out)
	_, err = store.Export(ctx, out, b.store, &o)
	return cmp.Or(err, out.Flush())
}

// copied returns a store with the embedded rates, whose times are those of the day on which
// they were checked, so that an export of them is the same every time.
func copied(ctx context.Context, tenant string) (tax.Store, error) {
	checked, err := time.Parse(time.DateOnly, rates.AsOf().String())
	if err != nil {
		return nil, err
	}
	s := store.NewMemory(&store.Options{Clock: func() time.Time { return checked }})
	_, err = store.Seed(ctx, s, rates.World(), tenant)
	return s, err
}
