package civil

import (
	_ "embed"
	"strings"
)

// IsZoneName reports whether a text is the name of a time zone by its form, or empty,
// which is UTC. It says the same on every machine, whatever zones and files that has.
//
// A name of the IANA database must have its letters in their case, because a file system
// can find it in any case. A name that is not in zones.txt may be a new one: each part
// of it begins with an upper-case letter. What package time reads besides, and what is
// another zone or another count of seconds elsewhere, is none: Local, localtime,
// posixrules, and everything in the folders posix and right.
func IsZoneName(s string) bool {
	if s == "" {
		return true
	}
	if name, known := zoneNamed(s); known {
		return name == s
	}
	return len(s) <= 64 && isNewZoneName(s)
}

// zoneNamed returns the name of the IANA database that a text is in some case.
func zoneNamed(s string) (name string, known bool) {
	for list := zoneList; list != ""; {
		begin := strings.LastIndexByte(list[:len(list)/2], '\n') + 1 // of the name in the middle
		end := begin + strings.IndexByte(list[begin:], '\n')
		switch order := compareFolded(list[begin:end], s); {
		case order == 0:
			return list[begin:end], true
		case order < 0:
			list = list[end+1:]
		default:
			list = list[:begin]
		}
	}
	return "", false
}

func isNewZoneName(s string) bool {
	first, _, _ := strings.Cut(s, "/")
	switch strings.ToLower(first) {
	case "local", "localtime", "posixrules", "posix", "right":
		return false
	}
	begins := true // a part
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'A' && c <= 'Z':
			begins = false
		case begins:
			return false
		case c == '/':
			begins = true
		case (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' && c != '-' && c != '+':
			return false
		}
	}
	return !begins
}

// zoneList has the names of the IANA database, as Go has them in lib/time/zoneinfo.zip,
// in the order of compareFolded. A line ends each of them.
//
//go:embed zones.txt
var zoneList string

// compareFolded compares texts without regard to the case of ASCII letters.
func compareFolded(a, b string) int {
	for i := range min(len(a), len(b)) {
		if x, y := folded(a[i]), folded(b[i]); x != y {
			return int(x) - int(y)
		}
	}
	return len(a) - len(b)
}

func folded(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		c |= 0x20
	}
	return c
}
