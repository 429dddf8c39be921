package page

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNamesAreSetApartInSentences(t *testing.T) {
	for name, want := range map[string]string{
		"":                    "",
		"Österreich 20 %":     "Österreich 20 %",
		"オーストリア":              "オーストリア",
		"\u200bzero width":    "\u200bzero width",
		"עברית":               "\u2068עברית\u2069",
		"\u202egnp.exe":       "\u2068\u202egnp.exe\u2069",
		"\u2067abc \u2066":    "\u2068\u2067abc \u2066\u2069\u2069\u2069",
		"\u2069\u202egnp.exe": "\u2068\u202egnp.exe\u2069",
		"\u2067a\u2069 b":     "\u2068\u2067a\u2069 b\u2069",
	} {
		assert.Equal(t, want, isolated(name), "%q", name)
	}
}

func TestJSONOnAPageTurnsNoLine(t *testing.T) {
	var name, again string
	for _, c := range "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069" {
		name += "x" + string(c)
	}
	written, err := json.Marshal(name)
	require.NoError(t, err)
	text := shown(written)
	for _, c := range text {
		assert.Less(t, c, '\u0080', "%q", text)
	}
	require.NoError(t, json.Unmarshal([]byte(text), &again))
	assert.Equal(t, name, again)
}
