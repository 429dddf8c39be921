package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/cmd/tax/internal/document"
	"github.com/taxresolve/tax/cmd/tax/internal/lint"
	"github.com/taxresolve/tax/rates"
	"github.com/taxresolve/tax/store"
)

// linting are the flags of lint.
type linting struct {
	format, failOn     string
	before             string
	alone, rules       bool
	disable, languages []string
	oldAfter           int
}

func (s *session) lintCommand() *cobra.Command {
	var l linting
	c := &cobra.Command{
		Use:   "lint [FILE | FOLDER]...",
		Short: "Find what is wrong with configurations, and what is probably not meant",
		Long: `lint checks configurations in files and folders, in standard input for -, or those of
--store if none are named. It prints every fault of validation with file, line and path, and
advice that validation does not give. Documents lie on the embedded rates, as they do in
stores; with --alone they are all that there is. --date is the day of the check. The exit code
is 1 if there is an error, or what --fail-on says.

Days before the check should be answered as they were: as the versions in the history of the
store have it, or as --before does, which is one of the sides of diff, such as the store that
is in use, or the folder as it was.

Rules are switched off with --disable, or for the documents of a folder by a file taxlint.json
in it: {"disable": ["as_of_old"], "files": {"DE.json": ["past_rewritten"]}}. Errors of
validation cannot be.`,
		Example: "  tax lint rates --date 2026-11-21 # exit code 1\n  tax lint rates/FR.json --format github --date 2026-11-21\n  tax lint --rules",
		RunE: func(c *cobra.Command, args []string) error {
			if l.rules {
				return s.lintRules()
			}
			return s.lint(c.Context(), &l, args)
		},
	}
	f := c.Flags()
	f.StringVar(&l.format, "format", "text", "`form` of the findings: text, json, sarif or github")
	f.StringVar(&l.failOn, "fail-on", "error", "least `severity` for exit code 1: error, warning or note")
	f.BoolVar(&l.alone, "alone", false, "the documents do not lie on the embedded rates")
	f.StringSliceVar(&l.disable, "disable", nil, "`rules` that are switched off, with commas between")
	f.StringSliceVar(&l.languages, "languages", nil, "`languages` in which all names must be, with commas between")
	f.IntVar(&l.oldAfter, "old-after", 365, "`days` after which facts should be checked again")
	f.StringVar(&l.before, "before", "", "`side` that has answered until now: embedded, a file, a folder or a store, as for diff")
	f.BoolVar(&l.rules, "rules", false, "list the rules that can be switched off")
	return c
}

func (s *session) lintRules() error {
	rules := lint.Rules()
	if s.json {
		return s.printJSON(rules, "  ")
	}
	rows := make([][]string, len(rules))
	for i, r := range rules {
		rows[i] = []string{r.ID, r.Severity.String(), r.Advice}
	}
	return s.printTable([]string{"rule", "severity", "finds"}, rows)
}

func (l *linting) check() (least lint.Severity, err error) {
	severities := []string{"note", "warning", "error"}
	at := slices.Index(severities, l.failOn)
	if at < 0 {
		return 0, &usageError{&tax.InputError{Field: "fail-on", Value: l.failOn, Reason: "no such severity: pass error, warning or note"}}
	}
	if !slices.Contains([]string{"text", "json", "sarif", "github"}, l.format) {
		return 0, &usageError{&tax.InputError{Field: "format", Value: l.format, Reason: "no such form: pass text, json, sarif or github"}}
	}
	if l.oldAfter < 0 || l.oldAfter > 100_000 {
		return 0, &usageError{&tax.InputError{Field: "old-after", Value: fmt.Sprint(l.oldAfter), Reason: "out of range: pass 0 to 100000"}}
	}
	for i, language := range l.languages {
		text, err := tax.NewLocalizedText(map[string]string{language: "-"})
		if err != nil {
			return 0, &usageError{err}
		}
		for _, translation := range text.All() {
			l.languages[i] = translation.Language // as documents have it
		}
	}
	for _, rule := range l.disable {
		if err := lint.Known(rule); err != nil {
			return 0, &usageError{err}
		}
	}
	return lint.Severity(at), nil
}

func (s *session) lint(ctx context.Context, l *linting, paths []string) error {
	if s.json {
		l.format = "json"
	}
	least, err := l.check()
	if err != nil {
		return err
	}
	documents, problems, history, err := s.documents(ctx, paths, l.alone)
	if err == nil && l.before != "" {
		history, err = s.before(ctx, l.before, l.alone)
	}
	if err != nil {
		return err
	}
	today, err := s.date()
	if err == nil && today.IsZero() {
		today, err = tax.DateIn(time.Now(), nil)
	}
	if err != nil {
		return err
	}
	findings, err := lint.Check(ctx, documents, problems, lint.Options{
		Embedded: rates.World(), Alone: l.alone, Today: today, Languages: l.languages, OldAfter: l.oldAfter, History: history,
	})
	if err != nil {
		return err
	}
	if findings, err = l.wanted(findings); err != nil {
		return err
	}
	if err := s.printFindings(l.format, findings, len(documents)+len(problems)); err != nil {
		return err
	}
	if slices.ContainsFunc(findings, func(f lint.Finding) bool { return f.Severity >= least }) {
		return errFound
	}
	return nil
}

// wanted leaves out what is switched off.
func (l *linting) wanted(findings []lint.Finding) ([]lint.Finding, error) {
	var switches document.Switches
	var list []lint.Finding
	for _, f := range findings {
		if lint.Known(f.Rule) == nil {
			if slices.Contains(l.disable, f.Rule) {
				continue
			}
			off, err := switches.Off(f.File, f.Rule, lint.Known)
			if err != nil {
				return nil, &readingError{err}
			}
			if off {
				continue
			}
		}
		list = append(list, f)
	}
	return list, nil
}

// documents reads what is to be checked, and what a store knows of its past.
func (s *session) documents(ctx context.Context, paths []string, alone bool) ([]*document.Document, []document.Problem, *lint.History, error) {
	if len(paths) == 0 {
		documents, history, err := s.storedDocuments(ctx, alone)
		return documents, nil, history, err
	}
	documents, problems, err := s.readDocuments(paths)
	return documents, problems, nil, err
}

func (s *session) readDocuments(paths []string) (documents []*document.Document, problems []document.Problem, err error) {
	for _, path := range paths {
		d, p, err := s.readSide(path)
		if err != nil {
			return nil, nil, &readingError{err}
		}
		documents, problems = append(documents, d...), append(problems, p...)
	}
	if len(documents)+len(problems) == 0 {
		return nil, nil, &readingError{&tax.InputError{Field: "path", Value: strings.Join(paths, " "), Reason: "empty: it has no configuration; in a folder, their files end in .json or .jsonl"}}
	}
	return documents, problems, nil
}

// storedDocuments reads the documents of the tenant in the store, and their history.
func (s *session) storedDocuments(ctx context.Context, alone bool) ([]*document.Document, *lint.History, error) {
	b, err := s.backing(ctx)
	if err != nil {
		return nil, nil, err
	}
	if b.store == nil {
		return nil, nil, &usageError{&tax.InputError{Field: "path", Reason: "missing: name files or folders, or a store with --store"}}
	}
	name, rest, _ := strings.Cut(s.store, ":")
	if name == "file" || name == "sqlite" { // the others may have a password
		name += ":" + rest
	}
	var documents []*document.Document
	var locations []tax.Location
	err = b.list(ctx, s.tenant, func(c tax.Configuration) {
		documents = append(documents, &document.Document{Configuration: c, File: name, Tenant: s.tenant})
		locations = append(locations, c.Location)
	})
	historian, ok := b.store.(store.Historian)
	if err != nil || !ok {
		return documents, nil, err
	}
	history, err := s.storeHistory(ctx, historian, name, locations, alone)
	return documents, history, err
}

func (s *session) printFindings(format string, findings []lint.Finding, documents int) error {
	switch format {
	case "json":
		return s.printJSON(map[string]any{"documents": documents, "findings": append([]lint.Finding{}, findings...)}, "  ")
	case "sarif":
		return lint.SARIF(s.out, findings)
	case "github":
		return lint.Annotations(s.out, findings)
	}
	var counts [3]int
	for _, f := range findings {
		counts[f.Severity]++
		if _, err := fmt.Fprintln(s.out, printable(f.String())); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(s.out, "%s: %s, %s, %s\n", counted(documents, "document"),
		counted(counts[lint.Error], "error"), counted(counts[lint.Warning], "warning"), counted(counts[lint.Note], "note"))
	return err
}

// counted returns a number of things: "1 error", "2 errors".
func counted(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}
