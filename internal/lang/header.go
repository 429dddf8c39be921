package lang

import (
	"strconv"
	"strings"
)

// element is one element of an Accept-Language header: a language or *, and its
// weight.
type element struct {
	tag    Tag
	weight int // in thousandths
}

// parseHeader parses the value of an Accept-Language header (RFC 9110, section
// 12.5.4). It leaves out elements that are not valid, and those beyond the limit.
// leftOut is the first of them, and reason says why it was left out.
func parseHeader(header string, limits *Limits) (elements []element, leftOut, reason string) {
	count := 0
	for text := range strings.SplitSeq(header, ",") {
		if text = strings.Trim(text, optionalSpace); text == "" {
			continue
		}
		if count++; count > limits.Elements {
			if reason == "" {
				leftOut, reason = text, "more than "+strconv.Itoa(limits.Elements)+" elements: the rest was left out"
			}
			break
		}
		e, fault := parseElement(text, limits.TagBytes)
		switch {
		case fault == "":
			elements = append(elements, e)
		case reason == "":
			leftOut, reason = text, fault
		}
	}
	return elements, leftOut, reason
}

const optionalSpace = " \t" // OWS of RFC 9110

func parseElement(text string, maxTagBytes int) (e element, reason string) {
	tag, parameter, hasParameter := strings.Cut(text, ";")
	e.weight = 1000
	if hasParameter {
		if e.weight = parseWeight(strings.Trim(parameter, optionalSpace)); e.weight < 0 {
			return e, "not a weight: write ;q= and a number from 0 to 1 with at most 3 decimals"
		}
	}
	if tag = strings.Trim(tag, optionalSpace); tag == "*" {
		e.tag.wildcard = true
		return e, ""
	}
	t, reason := Parse(tag, maxTagBytes)
	if reason == "" {
		e.tag = *t
	}
	return e, reason
}

// parseWeight reads a weight such as q=0.8, and returns it in thousandths; -1 if it is
// not valid.
func parseWeight(s string) int {
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
