package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// generators are the functions that write the tables, by file.
var generators = map[string]func(dir, out string) error{tableFile: generate, currencyTableFile: generateCurrencies}

func TestTheCommittedTablesAreWhatTheInputsGive(t *testing.T) {
	for file, generate := range generators {
		out := filepath.Join(t.TempDir(), "table.go")
		require.NoError(t, generate(".", out))
		got, err := os.ReadFile(out)
		require.NoError(t, err)
		want, err := os.ReadFile(filepath.Join("..", file))
		require.NoError(t, err)
		want = bytes.ReplaceAll(want, []byte("\r\n"), []byte("\n"))
		assert.True(t, bytes.Equal(got, want), file+" differs: run go generate ./internal/iso")
	}
}

func TestAFailedRunLeavesTheTableInPlace(t *testing.T) {
	for file, generate := range generators {
		out := filepath.Join(t.TempDir(), "table.go")
		require.NoError(t, os.WriteFile(out, []byte("before"), 0o644))
		require.Error(t, generate(t.TempDir(), out))
		got, err := os.ReadFile(out)
		require.NoError(t, err)
		assert.Equal(t, "before", string(got), file)
	}
}
