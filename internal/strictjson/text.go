package strictjson

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// AppendString appends a JSON string. s must be valid UTF-8. Only the characters that
// JSON requires are escaped.
func AppendString(out []byte, s string) []byte {
	const hex = "0123456789abcdef"
	out = append(out, '"')
	done := 0 // of s; what needs no escape is copied as a whole
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		out = append(out, s[done:i]...)
		done = i + 1
		switch {
		case c >= ' ':
			out = append(out, '\\', c)
		case c == '\n':
			out = append(out, `\n`...)
		case c == '\t':
			out = append(out, `\t`...)
		default:
			out = append(out, `\u00`...)
			out = append(out, hex[c>>4], hex[c&15])
		}
	}
	out = append(out, s[done:]...)
	return append(out, '"')
}

// unescape replaces the escapes in a JSON string. It reports false for an escape that
// JSON does not have, and for half of a surrogate pair.
func unescape(raw []byte) (string, bool) {
	const simple = `"\/bfnrt`
	const means = "\"\\/\b\f\n\r\t"
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			out = append(out, raw[i])
			continue
		}
		i++
		if i == len(raw) {
			return "", false
		}
		if at := strings.IndexByte(simple, raw[i]); at >= 0 {
			out = append(out, means[at])
			continue
		}
		unit, ok := escapedUnit(raw[i:])
		if !ok {
			return "", false
		}
		i += 4
		if utf16.IsSurrogate(unit) {
			if i+1 >= len(raw) || raw[i+1] != '\\' {
				return "", false
			}
			low, ok := escapedUnit(raw[i+2:])
			if unit = utf16.DecodeRune(unit, low); !ok || unit == utf8.RuneError {
				return "", false
			}
			i += 6
		}
		out = utf8.AppendRune(out, unit)
	}
	return string(out), true
}

// escapedUnit reads the letter u and four hexadecimal digits.
func escapedUnit(s []byte) (rune, bool) {
	if len(s) < 5 || s[0] != 'u' {
		return 0, false
	}
	var unit rune
	for _, c := range s[1:5] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		unit = unit<<4 | rune(c)
	}
	return unit, true
}

// Clip returns the part of a text that an error shows: its first 64 bytes. The part
// shares no memory with a longer text.
func Clip(s string) string {
	const limit = 64
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(strings.Clone(s[:limit]), "")
}
