package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// A new version of Go may compress differently, but the content must stay the same.
func TestTheFileIsWhatTheCommandWrites(t *testing.T) {
	var want bytes.Buffer
	require.NoError(t, write(&want))
	f, err := os.Open("../" + file)
	require.NoError(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	require.NoError(t, err)
	lines, wanted := bufio.NewScanner(z), bufio.NewScanner(&want)
	n := 0
	for lines.Scan() {
		require.True(t, wanted.Scan(), "the file has more lines: run go run ./vectors")
		if lines.Text() != wanted.Text() {
			require.Equal(t, wanted.Text(), lines.Text(), "line %d: run go run ./vectors", n+1)
		}
		n++
	}
	require.NoError(t, lines.Err())
	require.False(t, wanted.Scan(), "the file has fewer lines: run go run ./vectors")
	require.Equal(t, count+1, n)
}
