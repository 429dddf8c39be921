package main

import (
	"flag"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func document(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/taxd.md")
	require.NoError(t, err)
	return string(text)
}

func TestDocumentHasEachFlagAndItsDefault(t *testing.T) {
	text, c := document(t), config{}
	documented := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| (`-.*?) \\| (.*?) ?\\|").FindAllStringSubmatch(text, -1) {
		for name := range strings.SplitSeq(row[1], ", ") {
			documented[strings.Trim(name, "`-")] = strings.Trim(row[2], "`")
		}
	}
	known := map[string]string{}
	c.flags().VisitAll(func(f *flag.Flag) { known[f.Name] = f.DefValue })
	assert.Equal(t, known, documented)
}

func TestDocumentHasEachExitCode(t *testing.T) {
	for _, code := range []int{exitDone, exitFailed, exitUsage, exitStore, exitListen} {
		assert.Contains(t, document(t), "\n| "+strconv.Itoa(code)+" | ")
	}
}

func TestDocumentedSettingsAreRead(t *testing.T) {
	_, text, _ := strings.Cut(document(t), "```toml\n")
	text, _, found := strings.Cut(text, "```")
	require.True(t, found)
	_, from := settingsOf(t, []string{"-config", written(t, "taxd.toml", text)})
	assert.Len(t, from, 6)
}

func TestDocumentedTokensAreRead(t *testing.T) {
	_, text, _ := strings.Cut(document(t), "```tokens\n")
	text, _, found := strings.Cut(text, "```")
	require.True(t, found)
	known, err := parseTokens(text)
	require.NoError(t, err)
	assert.Len(t, known.grants, 2)
}

func TestDocumentedRequestIsAnswered(t *testing.T) {
	path := regexp.MustCompile(`curl .*"http://127\.0\.0\.1:8080(/.*)"`).FindStringSubmatch(document(t))
	require.NotNil(t, path)
	s := start(t)
	status, body := ask(t, "GET", s.url+path[1], s.token, "")
	assert.Equal(t, 200, status)
	assert.Contains(t, body, `"percent":"19"`)
}
