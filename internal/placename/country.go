package placename

import (
	_ "embed"
	"strings"
)

// countries has a line for each country: its code, then its names in English and in its
// official languages, as in Unicode CLDR 48.2, separated by tabs. In English, it also has
// short and former names. The licence of CLDR is in rates/data/UNICODE-LICENSE.
//
//go:embed countries.txt
var countries string

// Country returns the code of the country that has a name; "" if none has, or several have.
// It compares the text with all names.
func Country(text string) (code string) {
	w, ok := Read(text)
	if !ok {
		return ""
	}
	for line := range strings.Lines(countries) {
		found, names, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		for name := range strings.SplitSeq(names, "\t") {
			switch {
			case !w.Is(name, ""):
			case code != "" && code != found:
				return ""
			default:
				code = found
			}
		}
	}
	return code
}
