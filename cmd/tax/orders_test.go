package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestABarIsShownOnTerminalsOnly(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("orders.csv", []byte("country,net\n"+strings.Repeat("DE,1.00\n", 2500)), 0o600))
	const line = "tax simulate --orders orders.csv --currency EUR --date 2020-12-31 --then 2021-01-01"
	got := runIn(t, line, session{progress: true})
	assert.Contains(t, got.problems, " %, 1000 lines")
	assert.Contains(t, got.problems, " %, 2000 lines")
	assert.True(t, strings.HasSuffix(got.problems, "\r\x1b[K"), "the bar is left on the terminal")
	assert.Empty(t, runIn(t, line, session{}).problems)
	assert.Equal(t, "["+strings.Repeat("=", 15)+strings.Repeat(" ", 15)+"] 50 %, 7 lines", bar(7, 2, 4))
	assert.Equal(t, "7 lines", bar(7, 2, 0))
}
