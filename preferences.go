package tax

import "github.com/taxresolve/tax/internal/lang"

// Preferences are the languages that a reader understands, best first, and those
// to fall back on. They are immutable, one word wide, and worth keeping: making
// them costs more than using them. The zero value prefers none.
type Preferences struct{ p *lang.Preferences }

// NewPreferences makes preferences from BCP 47 tags, best first. A tag that is
// not valid or longer than 35 bytes is an [InputError].
func NewPreferences(tags ...string) (Preferences, error) {
	preferred, err := parseTags(tags)
	if err != nil {
		return Preferences{}, err
	}
	return Preferences{lang.NewPreferences(preferred)}, nil
}

// MustPreferences is [NewPreferences] for package-level variables: it panics
// on an error.
func MustPreferences(tags ...string) Preferences {
	p, err := NewPreferences(tags...)
	if err != nil {
		panic(err)
	}
	return p
}

// WithFallback returns the preferences with languages to fall back on, in order,
// when no language that the reader prefers has a translation. They replace those
// set before; the default language of [Languages] stays the last. A tag that is not
// valid or longer than 35 bytes is an [InputError].
func (p Preferences) WithFallback(tags ...string) (Preferences, error) {
	fallbacks, err := parseTags(tags)
	if err != nil {
		return Preferences{}, err
	}
	return Preferences{p.p.WithFallback(fallbacks)}, nil
}

// Tags returns the preferred languages in canonical form, best first, without
// the range * and without fallbacks.
func (p Preferences) Tags() []string { return p.p.Tags() }

// All reports whether the reader asked for every translation: the only element of
// the header was *, with a weight above 0. [LocalizedText.In] then gives the
// fallback; [LocalizedText.All] gives them all.
func (p Preferences) All() bool { return p.p.All() }

// IsZero reports whether the preferences name no language: none that is preferred,
// excluded or to fall back on.
func (p Preferences) IsZero() bool { return p.p == nil }

// canMatch reports whether there is a text that these preferences would find.
func (p Preferences) canMatch() bool { return p.p.CanMatch() }

// appendTo appends everything that decides which translation is chosen.
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
