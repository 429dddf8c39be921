package page

import (
	"testing"

	"github.com/stretchr/testify/assert"
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
