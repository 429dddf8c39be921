package canon_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/canon"
)

func TestTokensOpenWithTheSameKeyForTheSamePurpose(t *testing.T) {
	for _, key := range []string{"", "key", strings.Repeat("k", 100)} {
		for _, purpose := range []string{"", "list"} {
			for _, content := range []string{"", "A", "content", strings.Repeat("\xff", 12<<10-16)} {
				token := canon.Seal([]byte(key), []byte(purpose), []byte(content))
				assert.Regexp(t, `^[A-Za-z0-9_-]+$`, token)
				got, ok := canon.Open(token, []byte(key), []byte(purpose))
				require.True(t, ok, "%.10q, %q, %.10q", key, purpose, content)
				assert.Equal(t, content, string(got))
			}
		}
	}
	assert.Equal(t, "Vk6jacRwwe8DqhkZjwpmXGNvbnRlbnQ", canon.Seal([]byte("key"), []byte("list"), []byte("content")), "16 bytes of the HMAC-SHA256 of 06 list 0e content, then the content")
}

func TestTokensOfOthersDoNotOpen(t *testing.T) {
	token := canon.Seal([]byte("key"), []byte("list"), []byte("content"))
	refused := func(token, key, purpose string) {
		t.Helper()
		_, ok := canon.Open(token, []byte(key), []byte(purpose))
		assert.False(t, ok, "%.50q, %q, %q", token, key, purpose)
	}
	for _, key := range []string{"", "kez", "key\x00", "key" + strings.Repeat("\x00", 61), "keykey"} {
		refused(token, key, "list")
	}
	for _, purpose := range []string{"", "lis", "lists", "list\x0econtent"} {
		refused(token, "key", purpose)
	}
	for _, changed := range []string{"", " ", token + "\n", "\r\n" + token, token[:4] + "\n" + token[4:], token + "=", token + "A", token + "AA", token[1:], token + token, strings.ToLower(token)} {
		refused(changed, "key", "list")
	}
	for i := range token {
		refused(token[:i], "key", "list")
	}
	raw, err := base64.RawURLEncoding.DecodeString(token)
	require.NoError(t, err)
	for i := range raw {
		for bit := range 8 {
			raw[i] ^= 1 << bit
			refused(base64.RawURLEncoding.EncodeToString(raw), "key", "list")
			raw[i] ^= 1 << bit
		}
	}
	// Moving the border between purpose and content gives another signature.
	refused(canon.Seal([]byte("key"), []byte("listco"), []byte("ntent")), "key", "list")
}

func TestTokensThatAreTooLongAreNotRead(t *testing.T) {
	token := canon.Seal(nil, nil, make([]byte, 12<<10-15))
	assert.Equal(t, 16<<10+2, len(token))
	assert.Zero(t, testing.AllocsPerRun(5, func() {
		if _, ok := canon.Open(token, nil, nil); ok {
			t.Error("it was opened")
		}
	}))
}
