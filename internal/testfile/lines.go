// Package testfile reads files with test cases. Only tests import it.
package testfile

import (
	"iter"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Lines returns the lines of a file with their numbers. It leaves out empty lines,
// comments, which begin with #, and white space at the end of a line.
func Lines(t testing.TB, path string) iter.Seq2[int, string] {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return func(yield func(int, string) bool) {
		n := 0
		for line := range strings.Lines(string(text)) {
			n++
			line = strings.TrimRight(line, " \t\r\n")
			if line != "" && line[0] != '#' && !yield(n, line) {
				return
			}
		}
	}
}
