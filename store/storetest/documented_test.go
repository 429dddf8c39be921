package storetest

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEveryTestOfTheSuiteIsExplained(t *testing.T) {
	page, err := os.ReadFile("../../docs/stores.md")
	require.NoError(t, err)
	rows := strings.Count(string(page), "\n| ")
	tests := 0
	for _, group := range suite {
		for _, x := range group.tests {
			name := group.name + "/" + x.name
			assert.Contains(t, string(page), "\n| "+name+" | ", "docs/stores.md says what it means when the test fails")
			assert.NotEmpty(t, x.says, name)
			tests++
		}
	}
	assert.Greater(t, tests, 50)
	assert.Greater(t, rows, tests)
}
