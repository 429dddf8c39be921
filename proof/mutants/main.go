// Command mutants proves that the tests of the library can fail where it
// matters. It plants small faults into the code of the cache, of the
// compilation, of the arithmetic, of languages and of lists, one by one, and
// demands that the tests that are there for it fail.
//
//	go run ./mutants           all of them
//	go run ./mutants WORD...   those whose description has one of the words
//
// The tree is not changed: the go command gets the changed file as an overlay.
// A fault that nobody notices, one that does not compile, and one whose place
// in the code is not there any more are failures of this command, and so is a
// test that fails without any fault.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// mutant is one fault.
type mutant struct {
	file   string // in the root of the module
	breaks string // in words
	old    string // occurs once in the file
	new    string
	in     string   // the package of the tests: a folder of the repository
	tests  []string // at least one of them must fail
}

const module = "github.com/taxresolve/tax"

// atOnce mutants are tested at the same time.
const atOnce = 2

func main() {
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, words []string) error {
	began := time.Now()
	mutants := slices.Concat(inCache, inTime, inCompilation, inArithmetic, inBaskets, inTexts, inLists)
	mutants = slices.DeleteFunc(mutants, func(m mutant) bool {
		has := func(word string) bool { return strings.Contains(m.breaks, word) }
		return len(words) > 0 && !slices.ContainsFunc(words, has)
	})
	if len(mutants) == 0 {
		return fmt.Errorf("no description has one of the words %q", words)
	}
	lab, err := newLab(ctx)
	if err != nil {
		return err
	}
	defer lab.close()
	if err := lab.fitting(mutants); err != nil {
		return err
	}
	if err := lab.healthy(mutants); err != nil {
		return fmt.Errorf("without a fault: %w", err)
	}
	fmt.Printf("the tests pass without a fault, %v\n", time.Since(began).Round(time.Second))

	var (
		mu      sync.Mutex
		wg      sync.WaitGroup
		next    int
		escaped []string
	)
	for range atOnce {
		wg.Go(func() {
			for {
				mu.Lock()
				i := next
				next++
				mu.Unlock()
				if i >= len(mutants) || ctx.Err() != nil {
					return
				}
				m, start := mutants[i], time.Now()
				by, err := lab.catch(m)
				mu.Lock()
				if err != nil {
					escaped = append(escaped, m.breaks)
					by = "NOT CAUGHT: " + err.Error()
				}
				fmt.Printf("%-27s %-62s %4.1f s  %s\n", m.file, m.breaks, time.Since(start).Seconds(), by)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(escaped) > 0 {
		return fmt.Errorf("%d of %d faults not caught: %s", len(escaped), len(mutants), strings.Join(escaped, "; "))
	}
	fmt.Printf("%d faults, each caught, %v\n", len(mutants), time.Since(began).Round(time.Second))
	return nil
}

// importPath is that of the package of a folder.
func importPath(folder string) string { return filepath.ToSlash(filepath.Join(module, folder)) }
