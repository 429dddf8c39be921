package store

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rates"
)

// worldFiles writes a store of 10,000 configurations, one for each file.
func worldFiles(b *testing.B) (dir string, tenants []string, texts [][]byte) {
	dir = b.TempDir()
	var world []tax.Configuration
	for code := range 26 * 26 {
		set, err := rates.World().Configurations(b.Context(), tax.Key{Country: string([]byte{'A' + byte(code/26), 'A' + byte(code%26)})})
		if err == nil && len(set) > 0 {
			world = append(world, set[0])
		}
	}
	now := time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)
	for n := 0; len(texts) < 10000; n++ {
		tenant := fmt.Sprintf("tenant-%d", n)
		tenants = append(tenants, tenant)
		require.NoError(b, os.Mkdir(filepath.Join(dir, folderOf(tenant)), 0o755))
		for _, c := range world[:min(len(world), 10000-len(texts))] {
			c.Metadata.Version, c.Metadata.Created, c.Metadata.Modified = 1, now, now
			text, err := encodeCountry(header{Revision: 1, Modified: now}, NewDocuments([]*Version{{Configuration: c, From: now}}), nil, nil, nil)
			require.NoError(b, err)
			require.NoError(b, os.WriteFile(filepath.Join(dir, folderOf(tenant), c.Location.Country+countrySuffix), text, 0o644))
			texts = append(texts, text)
		}
	}
	return dir, tenants, texts
}

// BenchmarkFileOpen opens a store of 10,000 files and reads all of them. The yardstick is
// decoding the same bytes, which are in memory, with encoding/json.
func BenchmarkFileOpen(b *testing.B) {
	dir, tenants, texts := worldFiles(b)
	size := 0
	for _, text := range texts {
		size += len(text)
	}
	b.Run("store", func(b *testing.B) {
		b.SetBytes(int64(size))
		for b.Loop() {
			s, err := OpenFile(dir, nil)
			require.NoError(b, err)
			n := 0
			for _, tenant := range tenants {
				for _, err := range s.backend().Documents(b.Context(), tenant, tax.Location{}) {
					require.NoError(b, err)
					n++
				}
			}
			require.Equal(b, len(texts), n)
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.SetBytes(int64(size))
		for b.Loop() {
			for _, text := range texts {
				var v any
				require.NoError(b, json.Unmarshal(text, &v))
			}
		}
	})
	b.Run("watch", func(b *testing.B) { // one look at all of them
		f := newFiles(dir, disk{}, &FileOptions{})
		seen := make(map[string]*watched)
		_, err := f.look(seen)
		require.NoError(b, err)
		for b.Loop() {
			_, err := f.look(seen)
			require.NoError(b, err)
		}
	})
}

// BenchmarkFileWrite updates a document of the store. The yardstick is the protocol alone
// with the bytes of such an update, one step after the other: history appended and synced, a
// temporary file, synced and renamed, and the folder synced.
func BenchmarkFileWrite(b *testing.B) {
	dir := b.TempDir()
	s, err := OpenFile(dir, nil)
	require.NoError(b, err)
	set, err := rates.World().Configurations(b.Context(), tax.Key{Country: "DE"})
	require.NoError(b, err)
	c, err := s.Create(b.Context(), "", set[0])
	require.NoError(b, err)
	require.NoError(b, os.Remove(filepath.Join(dir, "_", "DE.history.jsonl"))) // only the line of an update is left then
	c, err = s.Update(b.Context(), "", c)
	require.NoError(b, err)
	folder := filepath.Join(dir, "_")
	text, err := os.ReadFile(filepath.Join(folder, "DE.json"))
	require.NoError(b, err)
	line, err := os.ReadFile(filepath.Join(folder, "DE.history.jsonl"))
	require.NoError(b, err)
	b.Run("store", func(b *testing.B) {
		for b.Loop() {
			c, err = s.Update(b.Context(), "", c)
			require.NoError(b, err)
		}
	})
	b.Run("protocol", func(b *testing.B) {
		bare := b.TempDir()
		for b.Loop() {
			require.NoError(b, protocol(bare, text, line))
		}
	})
	// Both by turns, so that a disk that becomes slower meets both.
	b.Run("ratio", func(b *testing.B) {
		bare := b.TempDir()
		var mine, theirs []time.Duration
		for b.Loop() {
			began := time.Now()
			c, err = s.Update(b.Context(), "", c)
			require.NoError(b, err)
			between := time.Now()
			require.NoError(b, protocol(bare, text, line))
			mine, theirs = append(mine, between.Sub(began)), append(theirs, time.Since(between))
		}
		slices.Sort(mine)
		slices.Sort(theirs)
		b.ReportMetric(float64(mine[len(mine)/2])/float64(theirs[len(theirs)/2]), "ratio")
		b.ReportMetric(float64(mine[len(mine)/2].Microseconds()), "µs-store")
		b.ReportMetric(float64(theirs[len(theirs)/2].Microseconds()), "µs-protocol")
	})
}

// protocol writes a file as the store does, and does nothing else.
func protocol(folder string, text, line []byte) error {
	history, err := os.OpenFile(filepath.Join(folder, "DE.history.jsonl"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer history.Close()
	if _, err := history.Write(line); err != nil {
		return err
	}
	if err := history.Sync(); err != nil {
		return err
	}
	name := filepath.Join(folder, "DE.json")
	file, err := os.Create(name + temporary)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := file.Write(text); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	if err := os.Rename(name+temporary, name); err != nil {
		return err
	}
	entries, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer entries.Close()
	return entries.Sync()
}
