package tax

import (
	"log/slog"
	"slices"
	"strings"
	"sync"

	"github.com/taxresolve/tax/internal/lang"
)

// Languages are the languages of a tenant: the default language, and the languages
// in which its texts may be written. They read Accept-Language headers and keep the
// preferences of those that they have read. They are safe for concurrent use. Make
// them with [NewLanguages]; nil and the zero value are those of NewLanguages(nil).
type Languages struct {
	headers         lang.Headers
	defaultLanguage *lang.Default
	allowed         []string // sorted; if empty, all languages are allowed
}

// LanguageOptions are the options of [NewLanguages]. A zero field stands for its
// default.
type LanguageOptions struct {
	// Default is the BCP 47 tag of the default language: readers get it if a text
	// has none of the languages that they prefer or fall back on. Defaults to "en".
	Default string
	// Allowed are the BCP 47 tags of the languages in which texts may be written;
	// Default must be among them. Their order decides between varieties that suit a
	// reader equally well. Defaults to nil, which allows all languages.
	Allowed []string
	// HeaderBytes is the length of the longest Accept-Language header that is read,
	// in bytes. Nothing is read of a longer one. Defaults to 512; at most 65,536.
	HeaderBytes int
	// HeaderElements is the number of elements of a header that are read. Defaults
	// to 16; at most 1,000.
	HeaderElements int
	// TagBytes is the length of the longest tag of a header that is read, in bytes.
	// Defaults to 35, which RFC 5646 recommends in section 4.4.1; at most 256.
	TagBytes int
	// CachedHeaders is the number of headers whose preferences are kept. Defaults to
	// 1,024; at most 1,048,576.
	CachedHeaders int
}

// NewLanguages returns the languages that the options describe; nil options stand
// for the defaults. It returns an [InputError] for a tag that is not valid, a
// default that is not allowed, and a limit that is negative or above its maximum.
func NewLanguages(o *LanguageOptions) (*Languages, error) {
	var options LanguageOptions
	if o != nil {
		options = *o
	}
	if options.Default == "" {
		options.Default = "en"
	}
	l := &Languages{}
	first, err := parseTag(options.Default)
	if err != nil {
		return nil, err
	}
	allowed, err := parseTags(options.Allowed)
	if err != nil {
		return nil, err
	}
	l.defaultLanguage = lang.NewDefault(first, allowed)
	for i := range allowed {
		l.allowed = append(l.allowed, allowed[i].String())
	}
	slices.Sort(l.allowed)
	l.allowed = slices.Compact(l.allowed)
	if !l.allows(first) {
		return nil, inputError("option Default", l.defaultLanguage.String(), "not among the allowed languages: add it to Allowed")
	}
	limits, err := options.limits()
	if err != nil {
		return nil, err
	}
	l.headers.Init(limits, l.defaultLanguage)
	return l, nil
}

// MarshalJSON always returns an [InputError]: store the [LanguageOptions].
func (*Languages) MarshalJSON() ([]byte, error) {
	return nil, noJSON("languages", "store the LanguageOptions")
}

// String returns the languages in one line, for people and logs: "default en of de, en",
// or "default en of all languages".
func (l *Languages) String() string {
	if l = l.orDefault(); len(l.allowed) == 0 {
		return "default " + l.Default() + " of all languages"
	}
	return "default " + l.Default() + " of " + strings.Join(l.allowed, ", ")
}

// LogValue returns the text of String for log/slog.
func (l *Languages) LogValue() slog.Value { return slog.StringValue(l.String()) }

// Default returns the canonical tag of the default language.
func (l *Languages) Default() string { return l.orDefault().defaultLanguage.String() }

// Allowed returns the canonical tags of the languages in which texts may be
// written, sorted; nil means all languages. The slice is a copy.
func (l *Languages) Allowed() []string { return slices.Clone(l.orDefault().allowed) }

// Allow returns the canonical form of the tag of a language in which a text is to
// be written. A tag that is not valid or not allowed is an [InputError]; for one
// that is not allowed, it lists the allowed ones.
func (l *Languages) Allow(tag string) (string, error) {
	t, err := parseTag(tag)
	if err != nil {
		return "", err
	}
	if l = l.orDefault(); !l.allows(t) {
		return "", inputError("language", tag, "not an allowed language: use "+strings.Join(l.allowed, ", "))
	}
	return t.String(), nil
}

// ParseAcceptLanguage reads a header as [ParseAcceptLanguage] does, within the
// limits of the options. The preferences fall back on the default language, even
// if nothing of the header can be read.
func (l *Languages) ParseAcceptLanguage(header string) (Preferences, error) {
	p, err := l.orDefault().headers.Parse(header, headerError)
	return Preferences{p}, err
}

// ParseAcceptLanguage reads the value of an Accept-Language header (RFC 9110,
// section 12.5.4): languages with weights from 0 to 1, such as
// "fr-CH, fr;q=0.9, en;q=0.8, *;q=0.5".
//
//   - Languages with higher weights come first, those with equal weights in the
//     order given.
//   - A language with the weight 0 is excluded, together with every longer tag that
//     begins with it: en;q=0 excludes en-GB, unless a longer range in the header has
//     a weight. An excluded language is not used as a fallback or default either.
//   - * stands for the fallbacks and the default language, at its place in the
//     order. Alone, it asks for all translations: see [Preferences.All].
//   - At most 16 elements are read, and tags of at most 35 bytes. A header of more
//     than 512 bytes is not read at all. [NewLanguages] sets other limits and a
//     default language.
//
// Underscores in tags are read as hyphens. Elements that cannot be read are left out. The error is then an [InputError] for
// the first of them, and the preferences from the others are usable even so.
// Headers are kept, so that reading the same one again costs almost nothing.
// ParseAcceptLanguage is safe for concurrent use.
func ParseAcceptLanguage(header string) (Preferences, error) {
	p, err := plainHeaders.Parse(header, headerError)
	return Preferences{p}, err
}

// plainHeaders has the default limits and no default language.
var plainHeaders = func() *lang.Headers {
	h := &lang.Headers{}
	limits, _ := new(LanguageOptions).limits() // the defaults are valid
	h.Init(limits, nil)
	return h
}()

// orDefault returns the languages, or those of NewLanguages(nil) if nothing made them.
func (l *Languages) orDefault() *Languages {
	if l == nil || l.defaultLanguage == nil {
		return defaultLanguages()
	}
	return l
}

var defaultLanguages = sync.OnceValue(func() *Languages {
	l, _ := NewLanguages(nil) // the defaults are valid
	return l
})

func headerError(value, reason string) error {
	return inputError("Accept-Language", value, reason)
}

func (l *Languages) allows(t *lang.Tag) bool {
	return len(l.allowed) == 0 || slices.Contains(l.allowed, t.String())
}

// limits returns the limits for headers with the defaults filled in. It refuses
// those that are out of range.
func (o *LanguageOptions) limits() (lang.Limits, error) {
	limits := lang.Limits{HeaderBytes: o.HeaderBytes, Elements: o.HeaderElements, TagBytes: o.TagBytes, Headers: o.CachedHeaders}
	for _, l := range []struct {
		name               string
		value              *int
		otherwise, highest int
	}{
		{"HeaderBytes", &limits.HeaderBytes, 512, 1 << 16},
		{"HeaderElements", &limits.Elements, 16, 1000},
		{"TagBytes", &limits.TagBytes, lang.MaxTagBytes, 256},
		{"CachedHeaders", &limits.Headers, 1024, 1 << 20},
	} {
		if *l.value < 0 || *l.value > l.highest {
			return limits, inputError("option "+l.name, itoa(int64(*l.value)), "pass a number from 1 to "+itoa(int64(l.highest))+", or 0 for the default")
		}
		if *l.value == 0 {
			*l.value = l.otherwise
		}
	}
	return limits, nil
}
