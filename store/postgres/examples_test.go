package postgres_test

import (
	"io"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The examples need a server, so their output is compared here.
func TestExamplesPrintWhatTheyShow(t *testing.T) {
	t.Setenv("DATABASE_URL", server(t).database(t))
	assert.Equal(t, "19 <nil>\n", printed(t, ExampleConnect))
	assert.Equal(t, "1 VAT 20 <nil>\n", printed(t, ExampleStore_Taxes))
}

// printed returns what an example prints.
func printed(t *testing.T, example func()) string {
	r, w, err := os.Pipe()
	require.NoError(t, err)
	out := os.Stdout
	os.Stdout = w
	example()
	os.Stdout = out
	require.NoError(t, w.Close())
	text, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(text)
}
