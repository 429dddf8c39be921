// Package placename compares the names of places as people write them: without regard to
// upper and lower case, accents, spaces, hyphens and other punctuation.
package placename

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxLength is the number of bytes of the longest text that is compared.
const maxLength = 256

// Written is what somebody wrote as the name of a place.
type Written struct {
	text      string
	folded    []byte
	ampersand bool   // the text has one
	and       string // the word that it stands for in folded
}

// Read prepares a text for comparisons. ok is false if it can be no name: it has no letter
// and no digit, is not UTF-8, has a control character that is no space, or more than 256
// bytes.
func Read(text string) (w Written, ok bool) {
	if len(text) > maxLength || !utf8.ValidString(text) || strings.ContainsFunc(text, isControl) {
		return Written{}, false
	}
	w = Written{text: text, and: and(""), ampersand: strings.ContainsAny(text, "&＆")}
	w.folded = appendFolded(nil, text, w.and)
	return w, len(w.folded) > 0
}

func isControl(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) }

// Is reports whether the text is a name in the language of a BCP 47 tag. It stops reading
// at the first difference.
func (w *Written) Is(name, language string) bool {
	if !w.ampersand && name != "" {
		// Most names begin with another letter, and there can be many.
		if c := name[0] | 0x20; 'a' <= c && c <= 'z' && c != w.folded[0] {
			return false
		}
	}
	word := and(language)
	if w.ampersand && word != w.and {
		w.and, w.folded = word, appendFolded(w.folded[:0], w.text, word)
	}
	rest := w.folded
	var room [4 * utf8.UTFMax]byte
	for _, r := range name {
		part := appendRune(room[:0], r, word)
		if len(part) > len(rest) || string(part) != string(rest[:len(part)]) {
			return false
		}
		rest = rest[len(part):]
	}
	return len(rest) == 0
}

// Fold returns a name in the form that is compared: letters in lower case and without
// accents, and digits. & is the word for it in the language of a BCP 47 tag.
func Fold(name, language string) string {
	return string(appendFolded(nil, name, and(language)))
}

// and returns the word for & in a language, in folded form; in one that is not listed, the
// English one.
func and(language string) string {
	language, _, _ = strings.Cut(language, "-")
	switch language {
	case "de":
		return "und"
	case "fr", "ca":
		return "et"
	case "es":
		return "y"
	case "pt", "it":
		return "e"
	case "nl":
		return "en"
	case "sv":
		return "och"
	case "da", "nb", "nn":
		return "og"
	case "fi":
		return "ja"
	case "id", "ms":
		return "dan"
	case "ru":
		return "и"
	case "uk":
		return "та"
	case "el":
		return "και"
	}
	return "and"
}

func appendFolded(out []byte, text, and string) []byte {
	for _, r := range text {
		out = appendRune(out, r, and)
	}
	return out
}

// appendRune appends what is compared of a character: nothing of punctuation, spaces and
// accents.
func appendRune(out []byte, r rune, and string) []byte {
	if 'ａ' <= r && r <= 'ｚ' || 'Ａ' <= r && r <= 'Ｚ' || '０' <= r && r <= '９' || r == '＆' {
		r -= 'Ａ' - 'A' // full width
	}
	switch {
	case 'a' <= r && r <= 'z' || '0' <= r && r <= '9':
		return append(out, byte(r))
	case 'A' <= r && r <= 'Z':
		return append(out, byte(r)|0x20)
	case r == '&':
		return append(out, and...)
	case r < utf8.RuneSelf || isAccent(r) || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r):
		return out
	}
	switch r = unicode.ToLower(unicode.ToUpper(r)); r {
	case 'ß':
		return append(out, "ss"...)
	case 'æ', 'ǽ', 'ǣ':
		return append(out, "ae"...)
	case 'œ':
		return append(out, "oe"...)
	case 'þ':
		return append(out, "th"...)
	}
	return utf8.AppendRune(out, withoutAccents(r))
}

// isAccent reports whether a character is an accent that stands by itself after its letter,
// or a vowel sign of Arabic or Hebrew, which most texts leave out.
func isAccent(r rune) bool {
	return 0x0300 <= r && r <= 0x036f || 0x0591 <= r && r <= 0x05c7 && unicode.IsMark(r) || 0x064b <= r && r <= 0x0655 || r == 0x0670
}

// withoutAccents returns the letter that a small one is without its accents.
func withoutAccents(r rune) rune {
	at := strings.IndexRune(accented, r)
	if at < 0 {
		return r
	}
	base, _ := utf8.DecodeRuneInString(accented[strings.LastIndexByte(accented[:at], '|')+1:])
	return base
}
