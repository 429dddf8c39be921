package main

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The clients in examples print the same with the program.
func TestExamplesOfClientsWork(t *testing.T) {
	s := start(t)
	printed := func(name string, args ...string) string {
		command := exec.Command(name, args...)
		command.Dir = "../../examples/client"
		command.Env = append(os.Environ(), "TAXD_URL="+s.url, "TAXD_TOKEN="+s.token)
		var problems bytes.Buffer
		command.Stderr = &problems
		text, err := command.Output()
		require.NoError(t, err, "%s", problems.String())
		return string(text)
	}
	inGo := printed("go", "run", ".")
	assert.Equal(t, 3, strings.Count(inGo, "\n"), inGo)
	assert.Contains(t, inGo, "AT-X-MITTELBERG STANDARD: USt 19 %\n")
	t.Run("JavaScript", func(t *testing.T) {
		if _, err := exec.LookPath("node"); err != nil {
			t.Skip("node is not installed")
		}
		assert.Equal(t, inGo, printed("node", "client.mjs"))
	})
}
