package postgres_test

import (
	"io"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The example needs a server, so its output is compared here.
func TestExamplePrintsTheRate(t *testing.T) {
	t.Setenv("DATABASE_URL", server(t).database(t))
	r, w, err := os.Pipe()
	require.NoError(t, err)
	out := os.Stdout
	os.Stdout = w
	ExampleConnect()
	os.Stdout = out
	require.NoError(t, w.Close())
	text, err := io.ReadAll(r)
	require.NoError(t, err)
	assert.Equal(t, "19 <nil>\n", string(text))
}
