package store

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

func TestAVersionAfterWhichNoneCanComeIsNotRestored(t *testing.T) {
	key := tax.Key{Country: "DE"}
	for _, version := range []int64{1 << 53, math.MaxInt64} {
		s := NewMemory(nil)
		d := standard("19")
		d.Metadata.Version = version
		out := s.Write(t.Context(), []Batch{{key, []Change{{Restore, d}}}})[0]
		require.ErrorIs(t, out.Err, tax.ErrInvalid)
		require.ErrorContains(t, out.Err, "metadata.version")
		d.Metadata.Version = 1<<53 - 1
		out = s.Write(t.Context(), []Batch{{key, []Change{{Restore, d}}}, {key, []Change{{Delete, d}}}, {key, []Change{{Create, d}}}})[2]
		require.NoError(t, out.Err)
		require.EqualValues(t, int64(1)<<53, out.Configurations[0].Metadata.Version)
	}
}

func TestNumbersOfAFileAfterWhichNoneCanComeAreRefused(t *testing.T) {
	document := `{"configuration": {"location": {"country": "DE"}, %s"taxClasses": [{"code": "STANDARD", "rate": 19}]}}`
	for _, text := range []string{
		`{"revision": 9223372036854775807, "documents": [` + fmt.Sprintf(document, "") + `]}`,
		`{"retired": 9223372036854775807, "documents": [` + fmt.Sprintf(document, "") + `]}`,
		`{"documents": [` + fmt.Sprintf(document, `"metadata": {"version": 9223372036854775807}, `) + `]}`,
	} {
		dir := t.TempDir()
		require.NoError(t, os.Mkdir(filepath.Join(dir, "_"), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "_", "DE.json"), []byte(text), 0o644))
		s, err := OpenFile(dir, nil)
		require.NoError(t, err)
		_, err = s.Get(t.Context(), "", tax.Location{Country: "DE"})
		require.ErrorIs(t, err, tax.ErrInvalid, text)
		require.ErrorContains(t, err, "too large")
	}
}

func TestAVersionThatWasWrittenWithoutRetentionIsRemoved(t *testing.T) {
	dir := t.TempDir()
	now := time.Date(2026, 11, 30, 8, 0, 0, 0, time.UTC)
	opened := func(versions int) *Versioned {
		s, err := OpenFile(dir, &FileOptions{Options: Options{Retention: Retention{Versions: versions}, Clock: func() time.Time { return now }}})
		require.NoError(t, err)
		return s
	}
	write := func(s *Versioned, times int) {
		for range times {
			now = now.Add(time.Second)
			d := taxtest.Doc("DE", taxtest.Class("STANDARD*", fmt.Sprintf("2000-01-01 %d", now.Second())))
			require.NoError(t, s.Write(t.Context(), []Batch{{tax.Key{Country: "DE"}, []Change{{Put, d}}}})[0].Err)
		}
	}
	l := tax.Location{Country: "DE"}
	write(opened(0), 3)
	write(opened(-1), 3) // 3 to 5 end without a trace
	write(opened(0), 3)
	s := opened(0)
	for version := range int64(12) {
		v, err := s.Version(t.Context(), "", l, version)
		switch version {
		case 0, 10, 11:
			require.ErrorIs(t, err, tax.ErrNotFound, version)
		case 3, 4, 5, 6:
			require.ErrorIs(t, err, ErrRemoved, version)
		default:
			require.NoError(t, err)
			require.Equal(t, version, v.Configuration.Metadata.Version)
		}
	}
	// Restored above: the versions in between never were.
	d := standard("1")
	d.Metadata.Version = 20
	require.NoError(t, s.Write(t.Context(), []Batch{{tax.Key{Country: "DE"}, []Change{{Restore, d}}}})[0].Err)
	_, err := s.Version(t.Context(), "", l, 15)
	require.ErrorIs(t, err, tax.ErrNotFound)
	// Deleted without a trace: what it was is not known any more.
	now = now.Add(time.Second)
	require.NoError(t, opened(-1).Delete(t.Context(), "", l))
	write(opened(-1), 1)
	now = now.Add(time.Second)
	require.NoError(t, opened(-1).Delete(t.Context(), "", l))
	for version, want := range map[int64]error{20: ErrRemoved, 21: ErrRemoved, 22: tax.ErrNotFound} {
		_, err = s.Version(t.Context(), "", l, version)
		require.ErrorIs(t, err, want, version)
	}
}
