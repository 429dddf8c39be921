package canon

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
)

// A token is a signature followed by the content, in text that needs no escaping in a
// URL:
//
//	base64url( signature of 16 bytes, content )
const (
	signatureBytes = 16
	maxTokenBytes  = 16 << 10
)

var tokenEncoding = base64.RawURLEncoding.Strict()

// Seal returns a token with the content. The signature also covers the purpose, which
// is not in the token: only the same key and purpose open it. With an empty key anyone
// can make tokens; the signature then only prevents that a token for one purpose is
// used for another.
func Seal(key, purpose, content []byte) string {
	token := make([]byte, 0, signatureBytes+len(content))
	token = append(token, signature(key, purpose, content)...)
	return tokenEncoding.EncodeToString(append(token, content...))
}

// Open returns the content of a token that [Seal] made with the same key and purpose.
// It refuses a token of more than 16 KiB without reading it.
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

// signature also signs the length of the key, because HMAC does not distinguish all
// keys: it pads short keys with zeros, and hashes long ones.
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
