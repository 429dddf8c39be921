package tax

import (
	"iter"
	"log/slog"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax/internal/exact"
	"github.com/taxresolve/tax/internal/fold"
	"github.com/taxresolve/tax/internal/strictjson"
)

// Query asks for a page of configurations. The zero Query asks for the first 60 in
// the order of country, then region.
//
// A configuration matches if it passes all filters that are set. The filters from
// Class to Effective are about classes: one class must pass all of them. Texts are
// compared byte by byte, so upper and lower case differ, unless
// [TextFilter.IgnoreCase] says otherwise.
type Query struct {
	// Country and Region match locations whose codes contain the text. Empty means no
	// filter.
	Country string
	Region  string
	// ExactCodes makes Country, Region and Class match only codes that equal the text:
	// the country "DE" alone, and the class "FOOD" without "FOOD-BASIC". Codes are
	// compared as they are stored: other spellings and aliases do not count.
	ExactCodes bool
	// ChangedSince matches configurations that were modified at that instant or later.
	ChangedSince time.Time
	// CountriesOnly leaves out the configurations of regions.
	CountriesOnly bool

	// Class matches classes whose code contains the text. Aliases do not count.
	Class string
	// Name and Description match classes by these texts, as a reader reads them.
	Name        TextFilter
	Description TextFilter
	// Rate, if valid, matches classes with that percentage on Date, in percent. The
	// numbers are compared, not their digits: 7 equals 7.00.
	Rate decimal.NullDecimal
	// Treatments matches classes that have one of these treatments on Date.
	Treatments []Treatment
	// Effective matches classes that have a rate on Date.
	Effective bool

	// Date is the day on which rates and treatments are compared. They are those of
	// the configuration's own entry that holds on that day: an entry that inherits
	// or ends has none, and the percentage of one that adds to its parent's rate is
	// only the part that it adds.
	//
	// Zero stands for today at each place, by Now and the time zone of the
	// configuration. A region without a time zone uses that of its country, if the
	// country came before it, or else UTC.
	Date Date
	// Now is the instant that decides which day is today. Defaults to the time of the
	// call.
	Now time.Time
	// Preferences are the languages for text filters and sort keys that have none of
	// their own.
	Preferences Preferences

	// Sort has the keys to sort by, the most important first; at most 8. Where all
	// keys are equal, country and then region decide, in ascending order.
	Sort []SortKey
	// PageNumber is the number of the page, counted from 1. It needs a PageSize.
	// Defaults to 1.
	PageNumber int
	// PageSize is the number of configurations in a page. Defaults to 60.
	PageSize int
	// MaxPageSize is the largest PageSize that is accepted. Defaults to 1,000.
	MaxPageSize int
	// Cursor is the [Page.Next] of the previous page. It takes the place of
	// PageNumber.
	Cursor string
	// CursorKey is the key that signs cursors. A cursor that was signed with another
	// key is refused. Defaults to no key: cursors are then protected against damage
	// and mistakes, but not against forgery.
	CursorKey []byte
	// Total asks for [Page.Total], which requires all configurations to be read.
	Total bool
}

// TextFilter matches texts in the language of a reader.
type TextFilter struct {
	// Contains is the part that the text must contain; empty means no filter.
	Contains string
	// Equals is the whole text; empty means no filter. If Contains is set as well, the
	// text must pass both.
	Equals string
	// IgnoreCase compares Contains and Equals with the text without regard to upper and
	// lower case. Characters are equal if the simple case folding of Unicode makes them
	// so, as in [strings.EqualFold]: "Ä" and "ä", "Σ", "σ" and "ς", "ß" and "ẞ". The
	// length stays, so that "ß" does not equal "ss"; accents stay, so that "ä" does not
	// equal "a"; and no language has rules of its own, so that "I" equals "i", but
	// neither "İ" nor "ı". A filter must then be valid UTF-8.
	IgnoreCase bool
	// In are the languages of the reader, for whom [LocalizedText.In] chooses the
	// text. Defaults to Query.Preferences.
	In Preferences
}

// isSet reports whether the filter asks for anything.
func (f *TextFilter) isSet() bool { return f.Contains != "" || f.Equals != "" }

// fault returns the reason for which the filter cannot be used for readers of the given
// languages; "" if there is none.
func (f *TextFilter) fault(in Preferences) string {
	switch {
	case f.isSet() && !in.canMatch():
		return "needs a language: set In, or the Preferences of the query"
	case f.IgnoreCase && !(utf8.ValidString(f.Contains) && utf8.ValidString(f.Equals)):
		return "not valid UTF-8, which IgnoreCase needs"
	}
	return ""
}

// passes reports whether a text passes the filter for a reader.
func (f *TextFilter) passes(l LocalizedText, general Preferences) bool {
	if !f.isSet() {
		return true
	}
	text := l.In(f.In.or(general)).Text
	if f.IgnoreCase {
		return fold.Contains(text, f.Contains) && (f.Equals == "" || strings.EqualFold(text, f.Equals))
	}
	return strings.Contains(text, f.Contains) && (f.Equals == "" || text == f.Equals)
}

// or returns p, or others if p names no language.
func (p Preferences) or(others Preferences) Preferences {
	if p.IsZero() {
		return others
	}
	return p
}

// matchesCode reports whether a code passes the filter for it.
func (q *Query) matchesCode(code, filter string) bool {
	if q.ExactCodes {
		return filter == "" || code == filter
	}
	return strings.Contains(code, filter)
}

// SortKey is one of the keys that a list is sorted by.
type SortKey struct {
	// By is the value to compare.
	By SortField
	// Descending puts the largest value first. Configurations without a value still
	// come last.
	Descending bool
	// In are the languages of the reader of a name or description. Defaults to
	// Query.Preferences.
	In Preferences
}

// SortField is the value that a sort key compares. If it is a value of a class, the
// first class that matches the filters counts, by Order and then Code.
// Configurations without a value come last.
type SortField uint8

const (
	// ByName and ByDescription compare texts as the reader reads them, by code
	// points, up to 1,024 bytes.
	ByName SortField = iota
	ByDescription
	// ByCountry and ByRegion compare the codes of the location.
	ByCountry
	ByRegion
	// ByClass compares the codes of classes.
	ByClass
	// ByRate compares percentages on Query.Date, as numbers.
	ByRate
	// ByModified compares the instants at which configurations were last modified.
	ByModified
)

var sortFieldNames = [...]string{"name", "description", "countryCode", "region", "taxClassCode", "rate", "modifiedAt"}

// String returns the name of the field that [ParseSort] reads.
func (f SortField) String() string { return enumName(sortFieldNames[:], int(f)) }

// localized reports whether the values are texts in several languages.
func (f SortField) localized() bool { return f == ByName || f == ByDescription }

// ofClass reports whether the values are those of a class.
func (f SortField) ofClass() bool { return f.localized() || f == ByClass || f == ByRate }

// Page is a part of a list. It is immutable and safe for concurrent use.
type Page struct {
	// Next is the cursor of the next page; empty if this is the last one. The next
	// page starts after the last configuration of this one, by the values it had.
	// Whatever is written in between, a configuration whose own values stay the same
	// is neither left out nor repeated.
	Next string
	// Total is the number of all configurations that match; 0 if the query did not
	// ask for it.
	Total int

	list []*Configuration
}

// String returns how long the page is, for people and logs: "2 configurations of 12, and
// more follow".
func (p Page) String() string {
	s := counted(len(p.list), "configuration")
	if p.Total > 0 {
		s += " of " + itoa(int64(p.Total))
	}
	if p.Next != "" {
		s += ", and more follow"
	}
	return s
}

// LogValue returns the text of String for log/slog.
func (p Page) LogValue() slog.Value { return slog.StringValue(p.String()) }

// MarshalJSON returns {"configurations":[...],"next":"...","total":12}, without next and
// total if they are zero. The errors are those of [Configuration.MarshalJSON].
func (p Page) MarshalJSON() ([]byte, error) {
	w := jsonWriter{strictjson.NewWriter(nil, inputError)}
	w.Object(func() {
		w.Member("configurations", func() { w.List(len(p.list), func(i int) { w.configuration(*p.list[i]) }) })
		w.Text("next", p.Next)
		if p.Total != 0 {
			w.Member("total", func() { w.Raw(itoa(int64(p.Total))) })
		}
	})
	return w.Bytes()
}

// UnmarshalJSON reads what MarshalJSON returns. The errors are those of
// [ReadConfiguration], whose limits hold for each configuration, but not for the page.
// If there is an error, p keeps its value.
func (p *Page) UnmarshalJSON(data []byte) error {
	d := decoderOf(data)
	var read Page
	err := d.Object([]string{"configurations", "next", "total"}, func(field string) (err error) {
		switch field {
		case "configurations":
			err = d.List(func(int) error {
				d.entries = 0
				c, err := d.configuration()
				read.list = append(read.list, &c)
				return err
			})
		case "next":
			read.Next, err = d.Text()
		case "total":
			var total int64
			total, err = d.Integer(0, math.MaxInt)
			read.Total = int(total)
		}
		return err
	})
	if err == nil {
		err = d.End()
	}
	if err == nil {
		*p = read
	}
	return err
}

// Len returns the number of configurations in the page.
func (p Page) Len() int { return len(p.list) }

// All iterates over the configurations of the page, in order. Each is a copy that is
// made when it is reached and belongs to the caller. The sequence can be used several
// times, also by several goroutines.
func (p Page) All() iter.Seq[Configuration] {
	return func(yield func(Configuration) bool) {
		for _, c := range p.list {
			if !yield(c.Clone()) {
				return
			}
		}
	}
}

// Configurations returns the configurations of the page, in order. Each call makes
// new copies; [Page.All] makes one at a time.
func (p Page) Configurations() []Configuration {
	return slices.AppendSeq(make([]Configuration, 0, len(p.list)), p.All())
}

// ParseSort reads sort keys from text, such as "name.en:desc,taxClassCode". Commas
// separate the keys. Each is the name of a [SortField]; a name or description can
// have a language after a point, and each key can have a direction after a colon,
// "asc" (the default) or "desc". An empty text has no keys.
//
// Any other text, a field given twice in one language, and more than 8 keys are an
// [InputError] with the Field "sort".
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
				return nil, inputError("sort", part, "has no languages: write "+name)
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

// rateOn returns the entry that holds on a day; nil if there is none or if it has no
// rate of its own. A document that was not validated can have a percentage that is
// not valid: the entry then has no rate either.
func (c *Class) rateOn(day Date) *Rate {
	for i := range c.Rates {
		if r := &c.Rates[i]; !r.From.After(day) {
			if !r.Effect.hasPercent() || exact.PercentFault(r.Percent) != "" {
				return nil
			}
			return r
		}
	}
	return nil
}
