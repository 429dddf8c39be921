package house_test

import (
	"bytes"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The Go program in README.md must compile unchanged and print the output that
// README.md shows below it.
func TestReadmeShowsAProgramAndItsOutput(t *testing.T) {
	temp := t.TempDir()
	goToTop(t)
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	_, rest, ok := strings.Cut(string(readme), "\n```go\n")
	require.True(t, ok, "README.md has no Go program")
	program, rest, ok := strings.Cut(rest, "\n```\n")
	require.True(t, ok)
	_, rest, ok = strings.Cut(rest, "\n```\n")
	require.True(t, ok, "README.md shows no output below the program")
	want, _, ok := strings.Cut(rest, "```\n")
	require.True(t, ok)

	file := filepath.Join(temp, "main.go")
	require.NoError(t, os.WriteFile(file, []byte(program+"\n"), 0o600))
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "go", "run", file)
	cmd.Stdout, cmd.Stderr = &out, &errs
	require.NoError(t, cmd.Run(), "%s", &errs)
	require.Equal(t, withoutToday(want), withoutToday(out.String()))

	formatted, err := format.Source([]byte(program + "\n"))
	require.NoError(t, err)
	require.Equal(t, string(formatted), program+"\n", "the program is not formatted")
}

var todaysPercentage = regexp.MustCompile(`(?m)^(Today: .* )[0-9.]+ %$`)

// withoutToday blanks the one number of the output that depends on the day of
// the run.
func withoutToday(output string) string {
	return todaysPercentage.ReplaceAllString(output, "$1... %")
}
