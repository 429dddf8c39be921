package tax

import (
	"slices"
	"strings"

	"github.com/taxresolve/tax/internal/lang"
)

// LanguageOptions are the options of [NewLanguages]. The zero value has the
// documented defaults.
type LanguageOptions struct {
	// Default is the BCP 47 tag of the language in which texts are given when
	// nothing that the reader prefers has a translation. Defaults to "en".
	Default string
	// Allowed are the languages in which texts may be written, Default among
	// them. Defaults to nil: any.
	Allowed []string
	// HeaderBytes is the length of an Accept-Language header beyond which none
	// of it is read. Defaults to 512; at most 65,536.
	HeaderBytes int
	// HeaderElements is the number of its elements that are read. Defaults to
	// 16; at most 1,000.
	HeaderElements int
	// TagBytes is the length of the tags that are read. Defaults to 35, which
	// RFC 5646 recommends; at most 256.
	TagBytes int
	// CachedHeaders is the number of headers whose preferences are kept.
	// Defaults to 1,024; at most 1,048,576.
	CachedHeaders int
}

// Languages are those of a tenant: the default language, and those in which texts
// may be written. They read headers, and keep the preferences of headers that they
// read before. They are safe for concurrent use. Make them with [NewLanguages].
type Languages struct {
	headers         lang.Headers
	defaultLanguage *lang.Tag
	allowed         []string // sorted; none: any language
}

// NewLanguages makes languages; nil options are the defaults. A tag that is not
// valid, a default that is not allowed, and a limit that is negative or above its
// maximum are an [InputError].
func NewLanguages(o *LanguageOptions) (*Languages, error) {
	var options LanguageOptions
	if o != nil {
		options = *o
	}
	if options.Default == "" {
		options.Default = "en"
	}
	l := &Languages{}
	var err error
	if l.defaultLanguage, err = parseTag(options.Default); err != nil {
		return nil, err
	}
	allowed, err := parseTags(options.Allowed)
	if err != nil {
		return nil, err
	}
	for i := range allowed {
		l.allowed = append(l.allowed, allowed[i].String())
	}
	slices.Sort(l.allowed)
	l.allowed = slices.Compact(l.allowed)
	if !l.allows(l.defaultLanguage) {
		return nil, inputError("option Default", l.Default(), "not among the allowed languages: add it to Allowed")
	}
	limits, err := options.limits()
	if err != nil {
		return nil, err
	}
	l.headers.Init(limits, l.defaultLanguage)
	return l, nil
}

// limits checks the limits of headers, and fills in the defaults.
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

// Default returns the canonical tag of the default language.
func (l *Languages) Default() string { return l.defaultLanguage.String() }

// Allowed returns the canonical tags of the languages in which texts may be
// written, sorted, as a copy; nil means any.
func (l *Languages) Allowed() []string { return slices.Clone(l.allowed) }

// Allow returns the canonical form of a tag in whose language texts may be
// written. One that is not valid or not allowed is an [InputError] that names it
// and the allowed ones.
func (l *Languages) Allow(tag string) (string, error) {
	t, err := parseTag(tag)
	if err != nil {
		return "", err
	}
	if !l.allows(t) {
		return "", inputError("language", tag, "not a language of these texts: use "+strings.Join(l.allowed, ", "))
	}
	return t.String(), nil
}

func (l *Languages) allows(t *lang.Tag) bool {
	return len(l.allowed) == 0 || slices.Contains(l.allowed, t.String())
}

// ParseAcceptLanguage reads a header as the function of that name does, within
// the limits of the options. The preferences fall back on the default language,
// even if nothing of the header can be read.
func (l *Languages) ParseAcceptLanguage(header string) (Preferences, error) {
	p, err := l.headers.Parse(header, headerError)
	return Preferences{p}, err
}

// ParseAcceptLanguage reads the value of an Accept-Language header (RFC 9110,
// section 12.5.4): languages with weights from 0 to 1, such as
// "fr-CH, fr;q=0.9, en;q=0.8, *;q=0.5".
//
//   - Higher weights come first, equal ones in the order given.
//   - A language of weight 0 is excluded, with every longer tag that begins with
//     it: en;q=0 excludes en-GB, unless a longer range of the header has a weight.
//     An excluded language is not given as a fallback or default language either.
//   - * stands for the fallbacks and the default language, at its place in the
//     order. Alone, it asks for all translations: see [Preferences.All].
//   - The header is read up to 512 bytes, 16 elements, and 35 bytes a tag. A
//     longer header is not read at all. [NewLanguages] sets other limits, and a
//     default language.
//
// Elements that cannot be read are left out, and the rest holds. The error is an
// [InputError] for the first element that was left out; the preferences are usable
// all the same. Headers are kept, so that reading the same one again costs almost
// nothing. ParseAcceptLanguage is safe for concurrent use.
func ParseAcceptLanguage(header string) (Preferences, error) {
	p, err := plainHeaders.Parse(header, headerError)
	return Preferences{p}, err
}

// plainHeaders have the default limits, and no default language.
var plainHeaders = func() *lang.Headers {
	h := &lang.Headers{}
	limits, _ := new(LanguageOptions).limits() // the defaults are valid
	h.Init(limits, nil)
	return h
}()

func headerError(value, reason string) error {
	return inputError("Accept-Language", value, reason)
}
