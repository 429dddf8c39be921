package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

const crashRoot = "/store"

// oftenCompact is how many writes there are here between two looks at the history.
const oftenCompact = 64

// onDisk opens a store on a file system in memory.
func onDisk(t *testing.T, d *crashDisk) *Versioned {
	o := &FileOptions{Options: Options{Retention: Retention{Versions: 3}, Clock: func() time.Time { return time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC) }}}
	f := newFiles(crashRoot, d, o)
	f.compactEvery = oftenCompact
	s, err := f.store(o)
	require.NoError(t, err)
	return s
}

var crashKeys = []tax.Key{{Country: "CA"}, {Country: "DE"}, {Tenant: "shop", Country: "DE"}}

// told returns all that a store says about each country of the tests.
func told(t *testing.T, s *Versioned) (list [3]string) {
	for i, key := range crashKeys {
		list[i] = toldOf(t, s, key)
	}
	return list
}

func toldOf(t *testing.T, s *Versioned, key tax.Key) string {
	var b strings.Builder
	c, err := s.backend().Load(t.Context(), key)
	require.NoError(t, err)
	if c == nil {
		return ""
	}
	fmt.Fprintln(&b, c, c.Retired, c.Modified)
	for _, region := range []string{"", "QC"} {
		versions, err := s.Versions(t.Context(), key.Tenant, tax.Location{Country: key.Country, Region: region})
		require.NoError(t, err)
		for _, v := range versions {
			text, err := v.Configuration.MarshalJSON()
			require.NoError(t, err)
			fmt.Fprintln(&b, v, v.Author, v.EndedBy, v.Deleted, string(text))
		}
	}
	return b.String()
}

// crashSteps are writes that use every part of the protocol.
func crashSteps() []func(context.Context, *crashDisk, *Versioned) error {
	write := func(tenant string, changes ...Change) func(context.Context, *crashDisk, *Versioned) error {
		return func(ctx context.Context, _ *crashDisk, s *Versioned) error {
			return s.Write(ctx, []Batch{{tax.Key{Tenant: tenant, Country: changes[0].Configuration.Location.Country}, changes}})[0].Err
		}
	}
	put := func(location, percent string) Change {
		return Change{Put, taxtest.Doc(location, taxtest.Class("STANDARD*", "2000-01-01 "+percent))}
	}
	remove := func(location string) Change { return Change{Delete, taxtest.Doc(location)} }
	steps := []func(context.Context, *crashDisk, *Versioned) error{
		write("", put("CA", "5")), write("", put("CA", "6")), write("", put("CA-QC", "7"), put("CA", "7")),
		write("shop", put("DE", "19")), write("", remove("CA-QC")), write("", remove("CA")), write("", put("CA", "8"), put("CA-QC", "9")),
		func(ctx context.Context, _ *crashDisk, s *Versioned) error {
			out := s.Write(ctx, []Batch{{crashKeys[0], []Change{put("CA", "1")}}, {crashKeys[2], []Change{put("DE", "2")}}})
			return errors.Join(out[0].Err, out[1].Err)
		},
		func(ctx context.Context, d *crashDisk, s *Versioned) error {
			_, f := d.find(crashRoot + "/_/CA.json")
			f.data = []byte(strings.ReplaceAll(string(f.data), `"percent": 1`, `"percent": 3`)) // by hand
			f.durable = f.data
			return nil
		},
		write("", put("CA-QC", "4")),
		write("", put("DE", "0")),
	}
	for i := range 2 * oftenCompact {
		steps = append(steps, write("", put("DE", fmt.Sprint(i%20))))
	}
	return steps
}

func TestEveryCrashLeavesTheOldOrTheNewState(t *testing.T) {
	t.Run("history first", func(t *testing.T) { testCrashes(t, false) })
	if testing.Short() {
		return
	}
	t.Run("history last", func(t *testing.T) { testCrashes(t, true) })
}

func testCrashes(t *testing.T, late bool) {
	d := newCrashDisk(crashRoot)
	d.late = late
	s := onDisk(t, d)
	states := 0
	for n, step := range crashSteps() {
		var taken []*crashDisk
		d.after = func() { taken = append(taken, d.copy()) }
		before := told(t, s)
		require.NoError(t, step(WithAuthor(t.Context(), "anna"), d, s))
		d.after = nil
		after := told(t, s)
		if plain := n > 15 && n%oftenCompact > 15; plain {
			continue // as the one before
		}
		taken = append(taken, d.copy())
		seen := map[string]bool{}
		for i, at := range taken {
			for id, state := range at.crashes() {
				if seen[id] {
					continue
				}
				states++
				again := onDisk(t, state)
				now := told(t, again)
				if acknowledged := i == len(taken)-1; acknowledged {
					require.Equal(t, after, now, "write %d was acknowledged", n)
				} else {
					seen[id] = true
					for key := range now {
						require.Contains(t, []string{before[key], after[key]}, now[key], "write %d, operation %d", n, i)
					}
				}
				goesOn(t, again, state)
			}
		}
	}
	t.Log(states, "states")
	assert.Greater(t, states, 500)
}

// goesOn writes to a store that was opened after a crash.
func goesOn(t *testing.T, s *Versioned, d *crashDisk) {
	l := tax.Location{Country: "CA"}
	old, err := s.Versions(t.Context(), "", l)
	require.NoError(t, err)
	out := s.Write(t.Context(), []Batch{{crashKeys[0], []Change{{Put, taxtest.Doc("CA", taxtest.Class("STANDARD*", "2000-01-01 50"))}}}})
	require.NoError(t, out[0].Err)
	versions, err := onDisk(t, d).Versions(t.Context(), "", l)
	require.NoError(t, err)
	require.Equal(t, min(len(old)+1, 4), len(versions))
	if len(old) < 4 { // nothing was removed
		_, err = s.AsOf(t.Context(), crashKeys[0], time.Time{})
		require.NoError(t, err)
	}
	for i := range versions[1:] {
		require.Equal(t, old[i].Configuration, versions[i+1].Configuration)
	}
}

func TestEveryFailureOfADiskIsAnErrorAndLeavesTheOldState(t *testing.T) {
	t.Run("history first", func(t *testing.T) { testFailures(t, false) })
	t.Run("history last", func(t *testing.T) { testFailures(t, true) })
}

func testFailures(t *testing.T, late bool) {
	d := newCrashDisk(crashRoot)
	d.late = late
	s := onDisk(t, d)
	failures := 0
	for n, step := range crashSteps()[:11+oftenCompact] {
		if n > 15 && n < 9+oftenCompact {
			require.NoError(t, step(t.Context(), d, s))
			continue
		}
		for at := 0; ; at++ {
			cause := []error{syscall.ENOSPC, syscall.EIO, syscall.EROFS}[at%3]
			broken, count, failed := d.copy(), 0, ""
			broken.fail = func(operation, name string) error {
				if count++; count-1 != at {
					return nil
				}
				failed = operation + " " + name
				return &tax.StoreError{Kind: cause}
			}
			sick := onDisk(t, broken)
			old := told(t, onDisk(t, d))
			err := step(t.Context(), broken, sick)
			broken.fail = nil
			if failed == "" {
				require.NoError(t, err)
				break
			}
			failures++
			now := told(t, onDisk(t, broken))
			if err == nil {
				require.Regexp(t, "^(remove|close) ", failed, "a failure that nobody is told of")
				continue
			}
			require.ErrorIs(t, err, tax.ErrUnavailable, failed)
			require.ErrorIs(t, err, cause)
			if errors.Is(err, ErrUnknownOutcome) {
				require.True(t, strings.HasPrefix(failed, "sync "), failed)
				continue
			}
			if n != 7 { // that of two tenants has two results
				require.Equal(t, old, now, "%s in write %d", failed, n)
			}
			require.NoError(t, step(t.Context(), broken, sick), "a later attempt, after %s", failed)
		}
		require.NoError(t, step(t.Context(), d, s))
	}
	t.Log(failures, "failures")
	assert.Greater(t, failures, 100)
}
