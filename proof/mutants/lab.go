package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// lab is where mutants are tested.
type lab struct {
	ctx  context.Context
	root string // of the module
	temp string
}

func newLab(ctx context.Context) (*lab, error) {
	l := &lab{ctx: ctx}
	out, err := l.command("list", "-m", "-f", "{{.Dir}}", module)
	if err != nil {
		return nil, fmt.Errorf("cannot find %s: %w\n%s", module, err, out)
	}
	l.root = strings.TrimSpace(out)
	l.temp, err = os.MkdirTemp("", "mutants")
	return l, err
}

func (l *lab) close() { os.RemoveAll(l.temp) }

// command runs the go command and returns everything that it printed.
func (l *lab) command(args ...string) (string, error) {
	cmd := exec.CommandContext(l.ctx, "go", args...)
	cmd.Dir = l.root
	// Few random cases are enough: the tests find a planted fault early or never.
	cmd.Env = append(os.Environ(), "PROOF_HISTORIES=600", "PROOF_CHECKS=300")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

var (
	passed = regexp.MustCompile(`(?m)^--- PASS: (\w+)`)
	failed = regexp.MustCompile(`(?m)^ *--- FAIL: (\w+)|^(panic|fatal error|runtime): `)
)

// healthy runs all tests without a fault. It returns an error unless each of them
// exists and passes.
func (l *lab) healthy(mutants []mutant) error {
	tests := map[string][]string{}
	for _, m := range mutants {
		tests[m.in] = append(tests[m.in], m.tests...)
	}
	for in, names := range tests {
		out, err := l.command(arguments(in, names, "-v")...)
		if err != nil {
			return fmt.Errorf("%w\n%s", err, out)
		}
		var seen []string
		for _, m := range passed.FindAllStringSubmatch(out, -1) {
			seen = append(seen, m[1])
		}
		for _, name := range names {
			if !slices.Contains(seen, name) {
				return fmt.Errorf("%s does not pass in %s", name, in)
			}
		}
	}
	return nil
}

// catch plants a fault and returns the test that notices it.
func (l *lab) catch(m mutant) (by string, err error) {
	overlay, err := l.plant(m)
	if err != nil {
		return "", err
	}
	out, err := l.command(arguments(m.in, m.tests, overlay)...)
	if err == nil {
		return "", fmt.Errorf("%s passes", strings.Join(m.tests, ", "))
	}
	if strings.Contains(out, "panic: test timed out") {
		// On a machine that is too busy, every fault would seem to be caught.
		return "", fmt.Errorf("the tests timed out, which proves nothing: %s", strings.Join(m.tests, ", "))
	}
	found := failed.FindStringSubmatch(out)
	if found == nil || strings.Contains(out, "[build failed]") || strings.Contains(out, "[setup failed]") {
		return "", fmt.Errorf("it does not compile, or the tests do not run: %w\n%s", err, out)
	}
	return strings.Join(found[1:], ""), nil
}

// fitting returns an error for the mutants whose place is no longer in the code.
func (l *lab) fitting(mutants []mutant) error {
	var errs []error
	for _, m := range mutants {
		_, err := l.changed(m)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// changed returns the text of the file with the fault.
func (l *lab) changed(m mutant) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(l.root, m.file))
	if err != nil {
		return nil, err
	}
	if n := bytes.Count(text, []byte(m.old)); n != 1 {
		return nil, fmt.Errorf("%s: no longer applies: %s has this text %d times, not once:\n%s", m.breaks, m.file, n, m.old)
	}
	return bytes.Replace(text, []byte(m.old), []byte(m.new), 1), nil
}

// plant writes the changed file and the overlay that names it, and returns the
// flag that goes with them.
func (l *lab) plant(m mutant) (flag string, err error) {
	text, err := l.changed(m)
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(l.temp, "")
	if err != nil {
		return "", err
	}
	changed, list := filepath.Join(dir, filepath.Base(m.file)), filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(changed, text, 0o600); err != nil {
		return "", err
	}
	overlay := map[string]string{filepath.Join(l.root, m.file): changed}
	others, err := needless(filepath.Join(l.root, m.in), m.tests)
	if err != nil {
		return "", err
	}
	for _, path := range others {
		overlay[path] = "" // as if it were not there
	}
	replace, err := json.Marshal(map[string]any{"Replace": overlay})
	if err != nil {
		return "", err
	}
	return "-overlay=" + list, os.WriteFile(list, replace, 0o600)
}

// arguments returns the arguments of the go command that runs tests by their names.
func arguments(in string, names []string, flags ...string) []string {
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	args := append([]string{"test", "-vet=off", "-ldflags=-s -w", "-count=1", "-failfast", "-timeout=120s", "-run=^(" + strings.Join(names, "|") + ")$"}, flags...)
	args = append(args, importPath(in))
	if in == proofs {
		args = append(args, "-rapid.shrinktime=0s") // a failure need not be small
	}
	return args
}

// proofs is the package whose tests draw random cases.
const proofs = "proof"
