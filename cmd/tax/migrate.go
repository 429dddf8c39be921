package main

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/spf13/cobra"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

func (s *session) migrateCommand() *cobra.Command {
	var o store.ImportOptions
	var author, history string
	c := &cobra.Command{
		Use:   "migrate FROM TO",
		Short: "Copy the configurations of one store into another",
		Long: `migrate copies the configurations of --tenant from one store into another, with their versions
and times, as export and import do. FROM and TO are written as for --store. A country is written
as a whole or not at all, and to migrate again changes nothing. What was refused is printed,
and makes the exit code 4. A store cannot be given a past: --history writes that of FROM into
a file.`,
		Example: "  tax migrate file:stored sqlite:moved.db --create --tenant acme --dry-run\n  tax migrate file:stored sqlite:moved.db --create --tenant acme",
		Args:    cobra.ExactArgs(2),
		RunE: func(c *cobra.Command, args []string) error {
			return s.migrate(by(c.Context(), author), args[0], args[1], o, history)
		},
	}
	s.importFlags(c, &o)
	authorFlag(c, &author)
	c.Flags().BoolVar(&s.alone, "alone", false, "the stores do not lie on the embedded rates")
	c.Flags().StringVar(&history, "history", "", "`file` to write an export into, with the versions that are no longer in force")
	return c
}

func (s *session) migrate(ctx context.Context, from, to string, o store.ImportOptions, history string) error {
	if from == to {
		return &usageError{&tax.InputError{Field: "to", Reason: "given twice: name two stores"}}
	}
	create := s.create
	s.create, s.dry = false, o.DryRun
	a, err := s.open(ctx, from)
	if err != nil {
		return err
	}
	s.create = create
	b, err := s.open(ctx, to)
	if err != nil {
		return err
	}
	// Addresses may have a password.
	o.File, o.Tenant = "the first store", s.tenant
	return s.move(ctx, a.store, b.store, o, history)
}

// move copies the configurations of the tenant, and prints the report.
func (s *session) move(ctx context.Context, from, to tax.Store, o store.ImportOptions, history string) (err error) {
	read, write := io.Pipe()
	out := io.Writer(write)
	if history != "" {
		if !replaceable(history) {
			return &usageError{&tax.InputError{Field: "history", Value: history, Reason: "exists: there is a file with something else in it; name another one"}}
		}
		f, failed := os.Create(history)
		if failed != nil {
			return &readingError{failed}
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		out = io.MultiWriter(f, write)
	}
	exported := make(chan error, 1)
	go func() {
		_, err := store.Export(ctx, out, from, &store.ExportOptions{Tenants: []string{s.tenant}, History: history != ""})
		// Documents that cannot be read are left out, and the others are complete.
		var unreadable *tax.InvalidError
		if errors.As(err, &unreadable) {
			_ = write.Close()
		} else {
			_ = write.CloseWithError(err) // nil is the end of the file
		}
		exported <- err
	}()
	err = s.importInto(ctx, to, read, o)
	_ = read.Close() // so that the export ends, too
	var refused *reportedError
	if left := <-exported; left != nil && (err == nil || errors.As(err, &refused)) {
		return &readingError{left}
	}
	return err
}

// replaceable reports whether a file can be replaced by an export: it is one, or empty, or not
// there.
func replaceable(path string) bool {
	const begin = `{"format":"taxresolve configurations"`
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return true // or os.Create says why not
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	text, _ := io.ReadAll(io.LimitReader(f, int64(len(begin))))
	return len(text) == 0 || string(text) == begin
}
