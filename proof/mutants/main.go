// Command mutants proves that the tests of the library can fail where it matters. It
// plants small faults in the code, one by one, and requires that the tests meant for
// them fail: in the cache, the compilation, the arithmetic, baskets, languages, lists,
// contracts and what they are built on.
//
//	go run ./mutants           all faults
//	go run ./mutants WORD...   those whose description has one of the words
//	go run ./mutants -share 20 one of 20 parts of them, another one each day
//
// The tree is not changed: the go command gets the changed file as an overlay. The
// command fails if no test notices a fault, if a fault does not compile, if its place
// is no longer in the code, or if a test fails without any fault.
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
	file   string // its path from the root of the module
	breaks string // what goes wrong, in words
	old    string // occurs once in the file
	new    string
	in     string   // the package of the tests: a folder of the repository
	tests  []string // at least one of them must fail
}

const module = "github.com/taxresolve/tax"

// atOnce is the number of mutants that are tested at the same time.
const atOnce = 2

var parts = flag.Int("share", 1, "plant only one of this many parts of the faults, another one each day")

func main() {
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

// all returns every fault.
func all() []mutant {
	return slices.Concat(inCache, inTime, inCompilation, inSharing, inArithmetic, inBaskets, inTexts, inLists, inJSON, inWords,
		inEmporix, inAmpeco, inRest, inAudits, inStores, inFileStore, inSQLite, inPostgres, inNATS, inTaxd, inPage, inObserve, inCommand, inTransfer, inSmall, inAPI, inNames)
}

func run(ctx context.Context, words []string) error {
	began := time.Now()
	mutants := all()
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
	if err := lab.compiling(mutants); err != nil {
		return err
	}
	fmt.Printf("%d faults fit and compile, %v\n", len(mutants), time.Since(began).Round(time.Second))
	if *parts > 1 {
		mutants = share(mutants, began, *parts)
		fmt.Printf("the share of this day has %d faults\n", len(mutants))
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

// share returns one of so many parts of the mutants, another one on each day in UTC, so
// that as many days in a row plant them all.
func share(mutants []mutant, now time.Time, parts int) []mutant {
	const secondsOfDay = 24 * 60 * 60
	var some []mutant
	for i := int(now.Unix() / secondsOfDay % int64(parts)); i < len(mutants); i += parts {
		some = append(some, mutants[i])
	}
	return some
}

// importPath returns the import path of the package in a folder.
func importPath(folder string) string { return filepath.ToSlash(filepath.Join(module, folder)) }
