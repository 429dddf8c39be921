package store

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
)

// What git, editors and programs for JSON make of lines loses no history.
func TestOtherEndsOfLinesLoseNoHistory(t *testing.T) {
	for name, change := range map[string]func([]byte) []byte{
		"of Windows":     func(text []byte) []byte { return bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")) },
		"not at the end": func(text []byte) []byte { return bytes.TrimRight(text, "\n") },
		"Windows, no last": func(text []byte) []byte {
			return bytes.ReplaceAll(bytes.TrimRight(text, "\n"), []byte("\n"), []byte("\r\n"))
		},
		"one more":          func(text []byte) []byte { return append(text, '\n') },
		"spaces":            func(text []byte) []byte { return bytes.ReplaceAll(text, []byte(`":`), []byte(`": `)) },
		"another order":     reordered,
		"a byte order mark": func(text []byte) []byte { return append([]byte("\ufeff"), text...) },
	} {
		for _, every := range []int64{compactEvery, 5} {
			dir := t.TempDir()
			for _, percent := range []string{"1", "2", "3"} {
				putPercent(t, dir, every, percent)
			}
			for _, file := range []string{"DE.json", "DE.history.jsonl"} {
				file = filepath.Join(dir, "shop", file)
				text, err := os.ReadFile(file)
				require.NoError(t, err)
				require.NoError(t, os.WriteFile(file, change(text), 0o644))
			}
			require.Equal(t, []string{"3", "2", "1"}, percents(t, dir), name)
			putPercent(t, dir, every, "4")
			require.Equal(t, []string{"4", "3", "2", "1"}, percents(t, dir), name)
			putPercent(t, dir, every, "5")
			require.Equal(t, []string{"5", "4", "3", "2", "1"}, percents(t, dir), name)
		}
	}
}

func TestADamagedLineOfAHistoryTakesNoOthersWithIt(t *testing.T) {
	dir, name, text := fiveVersions(t)
	last := bytes.LastIndexByte(text[:len(text)-1], '\n') + 1
	damage := []byte("<<<<<<< HEAD\n")
	broken := slices.Concat(text[:last], damage, text[last:])
	require.NoError(t, os.WriteFile(name, broken, 0o644))
	o := &FileOptions{Options: Options{Retention: Retention{Versions: 1}}}
	f := newFiles(dir, disk{}, o)
	f.compactEvery = 1 // looks at how much history there is
	s, err := f.store(o)
	require.NoError(t, err)
	key := tax.Key{Tenant: "shop", Country: "DE"}
	require.NoError(t, s.Write(t.Context(), []Batch{{key, []Change{{Put, standard("6")}}}})[0].Err)
	now, err := os.ReadFile(name)
	require.NoError(t, err)
	require.True(t, bytes.HasPrefix(now, broken), "%s", now)
	require.NoError(t, os.WriteFile(name, bytes.Replace(now, damage, nil, 1), 0o644))
	require.Equal(t, []string{"6", "5", "4", "3", "2", "1"}, percents(t, dir))
	require.NoError(t, s.Write(t.Context(), []Batch{{key, []Change{{Put, standard("7")}}}})[0].Err)
	require.Equal(t, []string{"7", "6", "5"}, percents(t, dir))
}

// At most one line is of a write that was cut off.
func TestDamagedLinesAtTheEndOfAHistoryStay(t *testing.T) {
	dir, name, text := fiveVersions(t)
	first := bytes.IndexByte(text, '\n') + 1
	damaged := bytes.ReplaceAll(text[first:], []byte(`{"revision"`), []byte(`{revision"`))
	require.NoError(t, os.WriteFile(name, slices.Concat(text[:first], damaged, []byte("<<<\n")), 0o644))
	putPercent(t, dir, compactEvery, "6")
	now, err := os.ReadFile(name)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(name, bytes.Replace(now, damaged, text[first:], 1), 0o644))
	require.Equal(t, []string{"6", "5", "4", "3", "2", "1"}, percents(t, dir))
}

// reordered returns a history with the members of each line in another order.
func reordered(text []byte) []byte {
	if !bytes.HasPrefix(text, []byte(`{"revision":`)) {
		return text
	}
	return regexp.MustCompile(`(?m)^\{("revision":\d+),(.*)\}$`).ReplaceAll(text, []byte("{$2,$1}"))
}

// fiveVersions returns a folder with five versions of Germany, and the name and the text of
// its history.
func fiveVersions(t *testing.T) (dir, name string, text []byte) {
	dir = t.TempDir()
	for _, percent := range []string{"1", "2", "3", "4", "5"} {
		putPercent(t, dir, compactEvery, percent)
	}
	name = filepath.Join(dir, "shop", "DE.history.jsonl")
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	return dir, name, text
}

// putPercent writes Germany of the tenant shop with a percentage, as another process would.
func putPercent(t *testing.T, dir string, every int64, percent string) {
	o := &FileOptions{Options: Options{Retention: Retention{Versions: 20, Age: time.Hour}}}
	f := newFiles(dir, disk{}, o)
	f.compactEvery = every
	s, err := f.store(o)
	require.NoError(t, err)
	out := s.Write(t.Context(), []Batch{{tax.Key{Tenant: "shop", Country: "DE"}, []Change{{Put, standard(percent)}}}})[0]
	require.NoError(t, out.Err)
}

// percents returns those of the versions of Germany, the newest first.
func percents(t *testing.T, dir string) (list []string) {
	s, err := OpenFile(dir, nil)
	require.NoError(t, err)
	versions, err := s.Versions(t.Context(), "shop", tax.Location{Country: "DE"})
	require.NoError(t, err)
	for _, v := range versions {
		list = append(list, v.Configuration.Classes[0].Rates[0].Percent.String())
	}
	return list
}
