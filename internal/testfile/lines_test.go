package testfile_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/testfile"
)

func TestLinesAreNumberedAsInTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cases.txt")
	require.NoError(t, os.WriteFile(path, []byte("# comment\nfirst \t\r\n\n \n  indented # here\n#\nlast"), 0o600))
	var got []string
	for n, line := range testfile.Lines(t, path) {
		got = append(got, fmt.Sprintf("%d:%s", n, line))
	}
	assert.Equal(t, []string{"2:first", "5:  indented # here", "7:last"}, got)
	for n := range testfile.Lines(t, path) {
		assert.Equal(t, 2, n)
		break
	}
}
