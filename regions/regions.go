// Package regions knows the names of the regions of ISO 3166-2: in English and, as far as
// public sources have them, in languages of the country. With [tax.Options].RegionsNamed, an
// address with "Bayern", "東京都" or "Karnataka" finds its region although no configuration
// has that name:
//
//	r, err := tax.NewResolver(source, &tax.Options{RegionsNamed: regions.Named})
//
// A program that does not import the package does not carry the names. docs/rates.md says
// where they come from and what they cost.
package regions

import (
	_ "embed"
	"strings"
	"unicode/utf8"

	"github.com/taxresolve/tax/internal/iso"
	"github.com/taxresolve/tax/internal/placename"
	"github.com/taxresolve/tax/internal/spelling"
)

//go:generate go test . -run ^TestPackedNamesAreThoseOfTheTable$ -update

// packed has what each of the 256 bytes stands for, in two bytes: itself, if the second one
// is 0, or what these two stand for. Then follows each country: its code, the number of
// bytes of its text (in two bytes), and the text. When unpacked, that has a line for each
// region, in the order of [iso.Regions], with its names in the form in which they are
// compared, separated by spaces.
//
//go:embed names.bin
var packed string

const meanings = 2 * 256 // bytes of packed before the first country

// Named returns the ISO 3166-2 codes, without the country, of the regions that have a name.
// If no region has it, similar reports that the codes are those of the regions with the
// only name that differs from it by a typing error, or by two in a name of six letters or
// more; names of less than four are not compared. Otherwise there are no codes. country is
// an alpha-2 code in upper case. Case, accents, spaces and punctuation do not count, and &
// is "and". Of a region and one in it with the same name, only the outer one is returned.
//
// It unpacks the names of one country and keeps nothing. It is safe for concurrent use.
func Named(country, name string) (codes []string, similar bool) {
	if _, ok := placename.Read(name); !ok {
		return nil, false
	}
	regions, text := iso.Regions(country), unpack(textOf(country))
	folded := placename.Fold(name, "")
	if codes := having(regions, text, folded); codes != nil {
		return codes, false
	}
	if utf8.RuneCountInString(folded) < shortest {
		return nil, false
	}
	codes = having(regions, text, spelling.Closest(folded, strings.FieldsSeq(text)))
	return codes, codes != nil
}

// shortest is the number of letters of a name that is compared with similar ones: with
// fewer, another name is always near.
const shortest = 4

// having returns the regions that have a name, in the form in which they are compared.
func having(regions []string, text, name string) (codes []string) {
	if name == "" {
		return nil
	}
	lines := strings.Split(text, "\n")
	for i, region := range regions[:min(len(regions), len(lines))] {
		for candidate := range strings.SplitSeq(lines[i], " ") {
			if candidate == name {
				codes = append(codes, region)
			}
		}
	}
	return codes
}

// textOf returns the packed text of a country; "" if it has none.
func textOf(country string) string {
	for rest := packed[meanings:]; rest != ""; {
		code, length := rest[:2], int(rest[2])<<8|int(rest[3])
		if code == country {
			return rest[4 : 4+length]
		}
		rest = rest[4+length:]
	}
	return ""
}

func unpack(text string) string {
	out := make([]byte, 0, 3*len(text))
	for i := range len(text) {
		out = appendMeaning(out, text[i])
	}
	return string(out)
}

func appendMeaning(out []byte, b byte) []byte {
	first, second := packed[2*int(b)], packed[2*int(b)+1]
	if second == 0 {
		return append(out, first)
	}
	return appendMeaning(appendMeaning(out, first), second)
}
