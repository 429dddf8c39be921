package tax

import (
	"log/slog"

	"github.com/taxresolve/tax/internal/lang"
)

// Preferences are the languages that a reader understands, best first, and the
// languages to fall back on. The zero value prefers no language. They are
// immutable, one word wide, and safe for concurrent use. Making them costs more
// than using them, so keep them.
type Preferences struct{ p *lang.Preferences }

// NewPreferences returns preferences for the languages of BCP 47 tags, best first.
// Underscores are read as hyphens. A tag that is not valid or longer than 35 bytes is an [InputError].
func NewPreferences(tags ...string) (Preferences, error) {
	preferred, err := parseTags(tags)
	if err != nil {
		return Preferences{}, err
	}
	return Preferences{lang.NewPreferences(preferred)}, nil
}

// MustPreferences is [NewPreferences] for package-level variables: it panics if
// there is an error.
func MustPreferences(tags ...string) Preferences {
	p, err := NewPreferences(tags...)
	if err != nil {
		panic(err)
	}
	return p
}

// WithFallback returns the preferences with languages to fall back on, in order, if
// a text has no language that the reader prefers. They replace fallbacks set
// before; the default language of [Languages] stays the last. A tag that is not
// valid or longer than 35 bytes is an [InputError].
func (p Preferences) WithFallback(tags ...string) (Preferences, error) {
	fallbacks, err := parseTags(tags)
	if err != nil {
		return Preferences{}, err
	}
	return Preferences{p.p.WithFallback(fallbacks)}, nil
}

// Tags returns the canonical tags of the preferred languages, best first, without
// the range * and without the fallbacks.
func (p Preferences) Tags() []string { return p.p.Tags() }

// All reports whether the reader asked for all translations: the only element of
// the header was *, with a weight above 0. Use [LocalizedText.All] then;
// [LocalizedText.In] returns the translation for the fallbacks.
func (p Preferences) All() bool { return p.p.All() }

// IsZero reports whether the preferences name no language at all, preferred,
// excluded or to fall back on.
func (p Preferences) IsZero() bool { return p.p == nil }

// String returns the preferences in one line, for people and logs: the preferred
// languages, best first, and those to fall back on, such as "de-AT, de; otherwise en".
// The zero value is "no language".
func (p Preferences) String() string { return p.p.String() }

// LogValue returns the text of String for log/slog.
func (p Preferences) LogValue() slog.Value { return slog.StringValue(p.String()) }

// MarshalJSON returns null for preferences that name no language. All others are an
// [InputError]: store the tags or the Accept-Language header that they were made from.
func (p Preferences) MarshalJSON() ([]byte, error) {
	if p.IsZero() {
		return []byte("null"), nil
	}
	return nil, noJSON("preferences", storeTags)
}

// UnmarshalJSON reads null as the preferences that name no language. Anything else is
// an [InputError].
func (p *Preferences) UnmarshalJSON(data []byte) error {
	if string(data) != "null" {
		return noJSON("preferences", storeTags)
	}
	*p = Preferences{}
	return nil
}

const storeTags = "store the tags or the Accept-Language header that they were made from"

// canMatch reports whether there can be a translation that suits the preferences.
func (p Preferences) canMatch() bool { return p.p.CanMatch() }

// appendTo appends everything that decides which translation is chosen, as bytes
// to be compared.
func (p Preferences) appendTo(out []byte) []byte { return p.p.AppendTo(out) }

// parseTag reads a BCP 47 tag of at most 35 bytes.
func parseTag(text string) (*lang.Tag, error) {
	t, reason := lang.Parse(text, lang.MaxTagBytes)
	if reason != "" {
		return nil, inputError("language", text, reason)
	}
	return t, nil
}

func parseTags(tags []string) ([]lang.Tag, error) {
	list := make([]lang.Tag, 0, len(tags))
	for _, text := range tags {
		t, err := parseTag(text)
		if err != nil {
			return nil, err
		}
		list = append(list, *t)
	}
	return list, nil
}
