package canon

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
)

// A token is content behind its signature, in text that needs no escaping:
//
//	base64url( signature of 16 bytes, content )
const (
	signatureBytes = 16
	maxTokenBytes  = 16 << 10
)

var tokenEncoding = base64.RawURLEncoding.Strict()

// Seal makes a token of content. The signature also covers the purpose, which is
// not in the token: opening it takes the same key and the same purpose. With an
// empty key anyone can make tokens, and the signature only keeps a token for one
// purpose from being used for another.
func Seal(key, purpose, content []byte) string {
	token := make([]byte, 0, signatureBytes+len(content))
	token = append(token, signature(key, purpose, content)...)
	return tokenEncoding.EncodeToString(append(token, content...))
}

// Open returns the content of a token that [Seal] made with the same key for the
// same purpose. It refuses a token of more than 16 KiB without reading it.
func Open(token string, key, purpose []byte) (content []byte, ok bool) {
	if len(token) > maxTokenBytes {
		return nil, false
	}
	data, err := tokenEncoding.DecodeString(token)
	whole := tokenEncoding.EncodedLen(len(data)) == len(token) // base64 skips line ends
	if err != nil || !whole || len(data) < signatureBytes {
		return nil, false
	}
	content = data[signatureBytes:]
	return content, hmac.Equal(data[:signatureBytes], signature(key, purpose, content))
}

// signature has the length of the key in it: HMAC fills up short keys with zeros,
// and hashes long ones.
func signature(key, purpose, content []byte) []byte {
	w := NewWriter(make([]byte, 0, len(purpose)+len(content)+2*binary.MaxVarintLen64))
	w.Count(len(key))
	w.b = append(w.b, purpose...)
	w.Count(len(content))
	w.b = append(w.b, content...)
	mac := hmac.New(sha256.New, key)
	mac.Write(w.b)
	return mac.Sum(nil)[:signatureBytes]
}
