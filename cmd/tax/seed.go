package main

import (
	"context"

	"github.com/spf13/cobra"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

func (s *session) seedCommand() *cobra.Command {
	var o store.ImportOptions
	var author string
	c := &cobra.Command{
		Use:   "seed",
		Short: "Copy the embedded rates into a store",
		Long: `seed copies the embedded rates into --store, for --tenant. What the store has already stays as
it is, and to seed it again changes nothing. The copy does not follow the embedded rates of a
later version. A store needs none if it lies on the embedded rates, as those of this command
and of taxd do: --alone says that this one is for programs that open it without them.`,
		Example: "  tax seed --store sqlite:copy.db --create --alone --dry-run\n  tax seed --store sqlite:copy.db --create --alone",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return s.seed(by(c.Context(), author), o) },
	}
	f := c.Flags()
	f.BoolVar(&s.alone, "alone", false, "the store does not lie on the embedded rates")
	f.BoolVar(&o.DryRun, "dry-run", false, "validate everything and write nothing")
	f.Int64Var(&o.Skip, "skip", 0, "`number` of records to read over, because an earlier copy has settled them")
	f.BoolVar(&s.create, "create", false, "make the store if it is not there")
	authorFlag(c, &author)
	return c
}

func (s *session) seed(ctx context.Context, o store.ImportOptions) error {
	switch {
	case s.store == "":
		return &usageError{&tax.InputError{Field: "store", Reason: "missing: name the store to write into with --store"}}
	case !s.alone:
		return &usageError{&tax.InputError{Field: "alone", Reason: "missing: the store lies on the embedded rates, so it answers with them already, and follows them; pass --alone for one that programs open without them"}}
	}
	s.dry = o.DryRun
	b, err := s.backing(ctx)
	if err != nil {
		return err
	}
	from, err := copied(ctx, s.tenant)
	if err != nil {
		return err
	}
	o.File, o.AsNew, o.KeepExisting = embedded, true, true
	return s.move(ctx, from, b.store, o, "")
}
