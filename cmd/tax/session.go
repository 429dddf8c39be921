package main

import (
	"context"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/regions"
)

// session is one run of the command: what it reads and writes, and the flags that all
// commands have.
type session struct {
	in            io.Reader
	out, problems io.Writer
	env           func(string) (string, bool)
	terminal      bool // out is one
	progress      bool // problems is one

	json           bool
	store, tenant  string
	day, languages string
	answersIn      tax.Preferences
	create         bool   // a store that is not there is made
	dry            bool   // nothing is written, nor made
	alone          bool   // stores do not lie on the embedded rates
	inputRead      bool   // in was
	usage          string // of the command
	started        bool   // flags and arguments are those of a command
	opened         []func()
}

// run runs a command and returns its exit code.
func (s *session) run(ctx context.Context, args []string) int {
	s.in = &interruptible{ctx: ctx, in: s.in}
	out := &output{Writer: s.out}
	s.out = out
	root := s.root()
	helpful(root)
	root.SetArgs(args)
	c, err := root.ExecuteContextC(ctx)
	for _, end := range s.opened {
		end()
	}
	switch {
	case err != nil && !s.started:
		err = &usageError{usageText(c, args, err)}
	case err == nil:
		err = out.failed // of a help text, say
	}
	if c != root {
		s.usage = c.UseLine()
	}
	return s.report(err)
}

// root returns the command with all its commands.
func (s *session) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "tax",
		Short: "Look up, explain, check and compare tax rates",
		Long: `tax answers which tax rate applies to a class of goods at an address on a day, and
why: from the rates of the world that it has in it, or from a store that lies on them.`,
		Example:       "  tax resolve DE REDUCED\n  tax resolve AT --postal-code 6991 --explain",
		SilenceErrors: true, SilenceUsage: true,
		PersistentPreRunE: func(*cobra.Command, []string) error { return s.start() },
	}
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.problems)
	root.SetFlagErrorFunc(unknownFlag)
	root.DisableSuggestions = true // usageText has them
	f := root.PersistentFlags()
	f.BoolVar(&s.json, "json", false, "answer as JSON, in the form that docs/command.md describes")
	f.StringVar(&s.store, "store", "", "`store` to ask: file:FOLDER, sqlite:FILE, postgres://USER@HOST/DATABASE or nats://USER@HOST/BUCKET; TAX_STORE if not given, the embedded rates without both")
	f.StringVar(&s.tenant, "tenant", "", "`tenant` of the store")
	f.StringVar(&s.day, "date", "", "`day` of the question, as YYYY-MM-DD; today at the place if not given")
	f.StringVar(&s.languages, "lang", "en", "`languages` of names, the preferred one first: de-AT,en")
	root.AddCommand(s.resolveCommand(), s.classesCommand(), s.regionsCommand(), s.countriesCommand(),
		s.priceCommand(), s.refundCommand(), s.verifyCommand(), s.lintCommand(), s.diffCommand(), s.simulateCommand(),
		s.importCommand(), s.exportCommand(), s.seedCommand(), s.migrateCommand(), s.historyCommand(), manualCommand(root))
	return root
}

// start reads the flags that all commands have.
func (s *session) start() error {
	if s.store == "" && s.env != nil {
		s.store, _ = s.env("TAX_STORE")
	}
	if _, err := s.date(); err != nil {
		return err
	}
	var err error
	s.answersIn, err = tax.NewPreferences(strings.Split(s.languages, ",")...)
	if err != nil {
		return err
	}
	s.started = true
	return nil
}

// date returns the day of --date, zero without it.
func (s *session) date() (tax.Date, error) {
	if s.day == "" {
		return tax.Date{}, nil
	}
	return tax.ParseDate(s.day)
}

// resolver answers from the store, for the tenant.
func (s *session) resolver(ctx context.Context) (*tax.Resolver, error) {
	b, err := s.backing(ctx)
	if err != nil {
		return nil, err
	}
	return s.resolverOf(b.source)
}

func (s *session) resolverOf(source tax.Source) (*tax.Resolver, error) {
	r, err := tax.NewResolver(source, &tax.Options{RegionsNamed: regions.Named})
	if err != nil {
		return nil, err
	}
	s.opened = append(s.opened, r.Close)
	return r.Tenant(s.tenant), nil
}
