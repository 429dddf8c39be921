package tax

import (
	"hash/maphash"
	"slices"
	"strings"
	"sync/atomic"

	lru "github.com/hashicorp/golang-lru/v2"
)

// LanguageOptions are what [NewLanguages] makes [Languages] of. The zero value
// has the documented defaults.
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
	// Defaults to 1,024.
	CachedHeaders int
}

// Languages are those of a tenant: the default one, those in which texts may be
// written, and the preferences of headers that were read before. They are safe
// for concurrent use. Make them with [NewLanguages].
type Languages struct {
	options  LanguageOptions
	standard *tongue // nil if there is no default language
	allowed  []string
	// first holds headers by hash, so that those seen often are found without
	// the lock of the cache behind it.
	first   [firstHeaders]atomic.Pointer[readHeader]
	headers *lru.Cache[string, *readHeader]
}

const firstHeaders = 64

// readHeader is what was read from a header.
type readHeader struct {
	header      string
	preferences Preferences
	left        *InputError // the first thing that was left out
}

// NewLanguages makes languages; nil options are the defaults. A tag that is not
// valid, a default that is not allowed, and a bound that is negative or above its
// maximum are an [InputError].
func NewLanguages(o *LanguageOptions) (*Languages, error) {
	l := &Languages{}
	if o != nil {
		l.options = *o
	}
	if l.options.Default == "" {
		l.options.Default = "en"
	}
	var err error
	if l.standard, err = tongueOf(l.options.Default, maxTagBytes); err != nil {
		return nil, err
	}
	allowed, err := tonguesOf(l.options.Allowed)
	if err != nil {
		return nil, err
	}
	for _, a := range allowed {
		l.allowed = append(l.allowed, a.tag)
	}
	slices.Sort(l.allowed)
	l.allowed = slices.Compact(l.allowed)
	if len(l.allowed) > 0 && !slices.Contains(l.allowed, l.standard.tag) {
		return nil, inputError("option Default", l.standard.tag, "not among the allowed languages: add it to Allowed")
	}
	l.options.Default, l.options.Allowed = "", nil // may be part of a request
	if err := l.bound(); err != nil {
		return nil, err
	}
	return l, nil
}

// bound resolves the bounds of the options, and makes the cache.
func (l *Languages) bound() error {
	for _, b := range []struct {
		name               string
		value              *int
		otherwise, highest int
	}{
		{"HeaderBytes", &l.options.HeaderBytes, 512, 1 << 16},
		{"HeaderElements", &l.options.HeaderElements, 16, 1000},
		{"TagBytes", &l.options.TagBytes, maxTagBytes, 256},
		{"CachedHeaders", &l.options.CachedHeaders, 1024, 1 << 20},
	} {
		if *b.value < 0 || *b.value > b.highest {
			return inputError("option "+b.name, itoa(int64(*b.value)), "pass a number from 1 to "+itoa(int64(b.highest))+", or 0 for the default")
		}
		if *b.value == 0 {
			*b.value = b.otherwise
		}
	}
	l.headers, _ = lru.New[string, *readHeader](l.options.CachedHeaders) // which fails for sizes below 1 only
	return nil
}

// Default returns the canonical tag of the default language.
func (l *Languages) Default() string { return l.standard.tag }

// Allowed returns the canonical tags of the languages in which texts may be
// written, sorted, as a copy; nil means any.
func (l *Languages) Allowed() []string { return slices.Clone(l.allowed) }

// Allow returns the canonical form of a tag in whose language texts may be
// written. One that is not valid or not allowed is an [InputError] that names it
// and those allowed.
func (l *Languages) Allow(tag string) (string, error) {
	t, err := tongueOf(tag, maxTagBytes)
	if err != nil {
		return "", err
	}
	if len(l.allowed) > 0 && !slices.Contains(l.allowed, t.tag) {
		return "", inputError("language", tag, "not a language of these texts: use "+strings.Join(l.allowed, ", "))
	}
	return t.tag, nil
}

// ParseAcceptLanguage reads a header as the function of that name does, within
// the limits of the options. The preferences fall back on the default language,
// also if nothing of the header can be read.
func (l *Languages) ParseAcceptLanguage(header string) (Preferences, error) {
	if len(header) > l.options.HeaderBytes {
		return Preferences{}.withDefault(l.standard), headerError(header, "longer than "+itoa(int64(l.options.HeaderBytes))+" bytes: none of it was read")
	}
	slot := &l.first[maphash.String(headerSeed, header)%firstHeaders]
	read := slot.Load()
	if read == nil || read.header != header {
		var ok bool
		if read, ok = l.headers.Get(header); !ok {
			read = l.read(strings.Clone(header)) // which may be part of a request
			l.headers.Add(read.header, read)
		}
		slot.Store(read)
	}
	if read.left != nil {
		left := *read.left // an error is the caller's own
		return read.preferences, &left
	}
	return read.preferences, nil
}

var headerSeed = maphash.MakeSeed()

// plainLanguages read headers for [ParseAcceptLanguage].
var plainLanguages = func() *Languages {
	l := &Languages{}
	_ = l.bound() // of defaults
	return l
}()
