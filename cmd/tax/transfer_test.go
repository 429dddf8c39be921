package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// stopping is a store that takes documents of Germany alone.
type stopping struct{ tax.Store }

func (s stopping) Create(ctx context.Context, tenant string, c tax.Configuration) (tax.Configuration, error) {
	if c.Location.Country != "DE" {
		return c, errors.New("the disk is full")
	}
	return s.Store.Create(ctx, tenant, c)
}

// What ended an import is told also if records were refused before.
func TestAnImportThatEndedEarlySaysWhy(t *testing.T) {
	records := `{"location":{"country":"DE"},"taxClasses":[{"code":"A","rates":[{"percent":2000}]}]}` + "\n" + `{"location":{"country":"FR"}}` + "\n"
	var out, problems bytes.Buffer
	s := session{out: &out, problems: &problems}
	err := s.importInto(t.Context(), stopping{store.NewMemory(nil)}, strings.NewReader(records), store.ImportOptions{File: "two.json"})
	assert.ErrorContains(t, err, "two.json: ")
	assert.ErrorContains(t, err, "the disk is full")
	assert.ErrorContains(t, err, "go on with --skip 1")
	assert.Contains(t, out.String(), "refused: two.json:1: ")

	refused := store.Report{Progress: store.Progress{Records: 2, Refused: 1}}
	assert.False(t, ended(refused, refused.Err()))
	assert.False(t, ended(store.Report{}, nil))
}

func TestCopiesShowHowFarTheyAre(t *testing.T) {
	t.Chdir(t.TempDir())
	const line = "tax seed --store sqlite:copy.db --create --alone"
	got := runIn(t, line+" --dry-run", session{progress: true})
	assert.Contains(t, got.problems, "559 records, 559 written")
	assert.Equal(t, "559 records, 559 written; nothing was written: this was a dry run\n", got.out)
	assert.NoFileExists(t, "copy.db")
	got = runIn(t, line, session{progress: true})
	assert.Contains(t, got.problems, "559 records, 559 written")
	assert.Equal(t, "559 records, 559 written\n", got.out)
	assert.Equal(t, "559 records\n", runIn(t, line+" --skip 559", session{}).out)
	assert.Empty(t, runIn(t, line, session{}).problems)
}

// A dry run does not make the store either, which would answer from then on, although a
// store that is not there is an error.
func TestADryRunMakesNoStore(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("de.json", []byte(`{"location":{"country":"DE"},"taxClasses":[{"code":"BOOKS","rates":[{"from":"2027-01-01","percent":5}]}]}`), 0o600))
	for _, address := range []string{"file:made", "sqlite:made"} {
		for range 2 {
			got := runIn(t, "tax import de.json --create --dry-run --store "+address, session{})
			assert.Equal(t, "1 records, 1 written; nothing was written: this was a dry run\n", got.out, got.problems)
			assert.NoFileExists(t, "made")
			assert.NoDirExists(t, "made")
		}
	}
	runIn(t, "tax import de.json --create --store file:stored", session{})
	got := runIn(t, "tax migrate file:stored sqlite:moved.db --create --dry-run", session{})
	assert.Equal(t, "1 records, 1 written; nothing was written: this was a dry run\n", got.out, got.problems)
	assert.NoFileExists(t, "moved.db")
	// One that is there is asked.
	got = runIn(t, "tax import de.json --create --dry-run --store file:stored", session{})
	assert.Equal(t, "1 records, 1 unchanged; nothing was written: this was a dry run\n", got.out, got.problems)
}

// A mark at the beginning, as editors of Windows write it, is no part of what is read,
// whichever command reads it.
func TestByteOrderMarksAreReadOver(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"de.json":     `{"location":{"country":"DE"},"taxClasses":[{"code":"STANDARD","rates":[{"from":"2027-01-01","percent":20}]}]}`,
		"basket.json": `{"place":{"country":"DE"},"policy":{"currency":"EUR"},"basket":{"lines":[{"quantity":1,"price":1}]}}`,
	} {
		require.NoError(t, os.WriteFile(name, []byte("\ufeff"+text), 0o600))
	}
	for line, code := range map[string]int{
		"tax lint de.json": exitDone, "tax diff embedded de.json": exitFound, "tax price basket.json": exitDone,
		"tax import de.json --store file:made --create": exitDone,
	} {
		got := runIn(t, line, session{})
		assert.Equal(t, code, got.code, "%s\n%s%s", line, got.out, got.problems)
	}
	require.NoError(t, os.WriteFile("questions.txt", []byte("\ufeffDE REDUCED\r\n"), 0o600))
	got := runIn(t, "tax resolve - < questions.txt", session{})
	assert.Equal(t, exitDone, got.code, got.problems)
}

// That a version is not there does not say that the document is not.
func TestAVersionThatIsNotThereIsNamed(t *testing.T) {
	inExamples(t)
	got := runIn(t, "tax diff DE@99 embedded --store file:stored --tenant acme", session{})
	assert.Equal(t, exitNoAnswer, got.code)
	assert.Contains(t, got.problems, `tax: DE@99: not found: configuration of "DE" of tenant "acme"`)
}
