package tax

import (
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// Query asks for a page of configurations. The zero Query asks for the first 60
// by country, then region.
//
// A configuration matches if every filter that is set holds for it; of the
// filters Class to Effective, which are about classes, all must hold for the same
// class. Texts are compared byte by byte, so that upper and lower case differ.
type Query struct {
	// Country and Region match codes that contain the text.
	Country string
	Region  string
	// ChangedSince matches configurations modified at that instant or later.
	ChangedSince time.Time
	// CountriesOnly leaves out the configurations of regions.
	CountriesOnly bool

	// Class matches codes that contain the text. Aliases do not count.
	Class string
	// Name and Description match what a reader reads there.
	Name        TextFilter
	Description TextFilter
	// Rate, if valid, matches classes of that percentage on Date, in percent and
	// as a number: 7 is 7.00.
	Rate decimal.NullDecimal
	// Treatments match classes with one of them on Date.
	Treatments []Treatment
	// Effective matches classes that have a rate on Date.
	Effective bool

	// Date is the day of rates and treatments: those of the entry that is in
	// force then. Entries that inherit or end have none; parents are not asked,
	// so that the percentage of an entry that adds to its parent's is its own
	// part. Zero is today at each place by Now and the time zone of the
	// configuration; of a region without, by that of its country if that came
	// before; else by UTC.
	Date Date
	// Now is the instant that decides what today is. Defaults to the time of the
	// call.
	Now time.Time
	// Preferences are the languages of filters and sort keys without their own.
	Preferences Preferences

	// Sort are the keys of the order, the most important first; at most 8. What
	// they leave equal is in the order of country and region, ascending.
	Sort []SortKey
	// PageNumber counts pages from 1, and needs a PageSize. Defaults to 1.
	PageNumber int
	// PageSize is the number of configurations in a page. Defaults to 60.
	PageSize int
	// MaxPageSize bounds PageSize. Defaults to 1,000.
	MaxPageSize int
	// Cursor continues where the page with that [Page].Next ended. It takes the
	// place of PageNumber.
	Cursor string
	// CursorKey signs cursors: one that was not made with the same key is
	// refused. Defaults to none: a cursor is then protected against damage and
	// mistakes, not against forgery.
	CursorKey []byte
	// Total asks for [Page].Total, for which all configurations are read.
	Total bool
}

// TextFilter matches texts in the language of a reader.
type TextFilter struct {
	// Contains is what the text must contain; empty means no filter.
	Contains string
	// In are the languages in which [LocalizedText.In] gives the text. Defaults
	// to Query.Preferences.
	In Preferences
}

// SortKey is one key of an order.
type SortKey struct {
	// By is what is compared.
	By SortField
	// Descending reverses the order of the values, not of what has none.
	Descending bool
	// In are the languages of a name or description. Defaults to
	// Query.Preferences.
	In Preferences
}

// SortField is what a sort key compares. Values of a class are those of the first
// class, by Order and then Code, of those that match the filters. A configuration
// without the value comes after those that have one.
type SortField uint8

const (
	// ByName and ByDescription compare texts as the reader reads them, by code
	// points, up to 1,024 bytes.
	ByName SortField = iota
	ByDescription
	// ByCountry and ByRegion compare the codes of the location.
	ByCountry
	ByRegion
	// ByClass compares codes of classes.
	ByClass
	// ByRate compares percentages on Query.Date, as numbers.
	ByRate
	// ByModified compares when configurations were modified.
	ByModified
)

var sortFieldNames = [...]string{"name", "description", "countryCode", "region", "taxClassCode", "rate", "modifiedAt"}

// String returns the name that [ParseSort] reads.
func (f SortField) String() string { return enumName(sortFieldNames[:], int(f)) }

// localized reports whether the values are in languages.
func (f SortField) localized() bool { return f == ByName || f == ByDescription }

// ofClass reports whether the values are those of a class.
func (f SortField) ofClass() bool { return f.localized() || f == ByClass || f == ByRate }

// ParseSort reads an order: fields separated by commas, each a name of a
// [SortField], with the language of a name or description after a point, and
// "asc" or "desc" after a colon, as in "name.en:desc,taxClassCode". Without a
// direction it is ascending. Anything else, a field twice in one language, and
// more than 8 fields are an [InputError] of Field "sort". An empty text is no
// order.
func ParseSort(expression string) ([]SortKey, error) {
	if expression == "" {
		return nil, nil
	}
	if len(expression) > maxSortBytes {
		return nil, inputError("sort", expression, "too long: at most "+itoa(maxSortBytes)+" bytes")
	}
	var keys []SortKey
	seen := map[string]bool{}
	for part := range strings.SplitSeq(expression, ",") {
		field, direction, directed := strings.Cut(part, ":")
		name, tag, tagged := strings.Cut(field, ".")
		i := slices.Index(sortFieldNames[:], name)
		if i < 0 {
			return nil, inputError("sort", part, "no such field: use one of "+strings.Join(sortFieldNames[:], ", "))
		}
		key := SortKey{By: SortField(i), Descending: direction == "desc"}
		if directed && direction != "asc" && direction != "desc" {
			return nil, inputError("sort", part, "no such direction: write "+field+":asc or "+field+":desc")
		}
		if tagged {
			if !key.By.localized() {
				return nil, inputError("sort", part, "without languages: write "+name)
			}
			var err error
			if key.In, err = NewPreferences(tag); err != nil {
				return nil, inputError("sort", part, refusalOf(err).Reason)
			}
			field = name + "." + key.In.Tags()[0]
		}
		if seen[field] {
			return nil, inputError("sort", part, "given twice: keep the first")
		}
		seen[field] = true
		keys = append(keys, key)
	}
	if len(keys) > maxSortKeys {
		return nil, inputError("sort", expression, tooManyKeys)
	}
	return keys, nil
}

const (
	maxSortKeys  = 8
	maxSortBytes = 512
	tooManyKeys  = "too many keys: at most 8"
)

// Page is a part of a list. It is immutable: nothing reached through it can be
// modified.
type Page struct {
	// Next is the cursor of the page that follows; empty if none does. Pages by
	// cursor go on after the last configuration of the page before by the values
	// it had: whatever is written in between, none is left out and none comes
	// twice but those whose own values changed.
	Next string
	// Total is the number of all that match, if the query asked for it; else 0.
	Total int

	list []*Configuration
}

// NewPage makes a page of configurations in order. It is for [Lister]s that do not
// use [Select]. The configurations become the page's: they must not be modified.
func NewPage(list []*Configuration, next string, total int) Page {
	return Page{next, total, slices.DeleteFunc(list, func(c *Configuration) bool { return c == nil })}
}

// Len returns the number of configurations in the page.
func (p Page) Len() int { return len(p.list) }

// Configurations returns the configurations of the page in order. They are copies,
// made by this call.
func (p Page) Configurations() []Configuration {
	list := make([]Configuration, len(p.list))
	for i, c := range p.list {
		list[i] = c.Clone()
	}
	return list
}
