package tax

import "strings"

// ParseAcceptLanguage reads the value of an Accept-Language header (RFC 9110,
// section 12.5.4): languages with weights from 0 to 1, such as
// "fr-CH, fr;q=0.9, en;q=0.8, *;q=0.5".
//
//   - Higher weights come first, equal ones in the order given.
//   - A language of weight 0 is excluded, with all that begin with it: en;q=0
//     excludes en-GB, unless a longer range of the header has a weight. What is
//     excluded is not given as a fallback or default language either.
//   - * stands for the fallbacks and the default language, at its place in the
//     order. Alone, it asks for all translations: see [Preferences.All].
//   - The header is read up to 512 bytes, 16 elements, and 35 bytes a tag. A
//     longer header is not read at all. [NewLanguages] has other limits, and a
//     default language.
//
// What cannot be read is left out, and the rest holds. The error is an
// [InputError] for the first element that was left out; the preferences are of
// use all the same. Headers that were read are kept, so that the same one is soon
// read again. It is safe for concurrent use.
func ParseAcceptLanguage(header string) (Preferences, error) {
	return plainLanguages.ParseAcceptLanguage(header)
}

// read reads a header that is not too long.
func (l *Languages) read(header string) *readHeader {
	var elements []weighted
	var left *InputError
	count := 0
	for text := range strings.SplitSeq(header, ",") {
		if text = strings.Trim(text, optionalSpace); text == "" {
			continue
		}
		if count++; count > l.options.HeaderElements {
			if left == nil {
				left = headerError(text, "more than "+itoa(int64(l.options.HeaderElements))+" elements: the rest was left out")
			}
			break
		}
		e, reason := l.element(text)
		switch {
		case reason == "":
			elements = append(elements, e)
		case left == nil:
			left = headerError(text, reason)
		}
	}
	return &readHeader{header, preferencesOf(elements).withDefault(l.standard), left}
}

const optionalSpace = " \t" // OWS of RFC 9110

// element reads a range and its weight. The reason tells why it cannot.
func (l *Languages) element(text string) (e weighted, reason string) {
	tag, parameter, hasParameter := strings.Cut(text, ";")
	e.weight = 1000
	if hasParameter {
		if e.weight = weightOf(strings.Trim(parameter, optionalSpace)); e.weight < 0 {
			return e, "not a weight: write ;q= and a number from 0 to 1 with at most 3 decimals"
		}
	}
	if tag = strings.Trim(tag, optionalSpace); tag == "*" {
		e.any = true
		return e, ""
	}
	t, err := tongueOf(tag, l.options.TagBytes)
	if err != nil {
		_, reason = inputFault(err)
		return e, reason
	}
	e.tongue = *t
	return e, ""
}

// weightOf reads q=0.8 in thousandths; -1 for anything else.
func weightOf(s string) int {
	if len(s) < len("q=0") || len(s) > len("q=0.000") || s[0]|0x20 != 'q' || s[1] != '=' || s[2] != '0' && s[2] != '1' {
		return -1
	}
	if len(s) > 3 && s[3] != '.' {
		return -1
	}
	weight := int(s[2]-'0') * 1000
	unit := 100
	for i := 4; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return -1
		}
		weight += int(s[i]-'0') * unit
		unit /= 10
	}
	if weight > 1000 {
		return -1
	}
	return weight
}

func headerError(value, reason string) *InputError {
	return &InputError{Field: "Accept-Language", Value: clip(value), Reason: reason}
}
