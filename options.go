package tax

import (
	"time"
)

// Options of a [Resolver]. The zero value has the documented defaults.
type Options struct {
	// Capacity is the number of countries kept in memory, over all tenants.
	// Defaults to 1024.
	Capacity int
	// LoadTimeout bounds one load from the source. Defaults to 10 seconds.
	LoadTimeout time.Duration
	// DefaultLanguage is the BCP 47 tag of the language in which names are
	// given when none of the preferred languages has a translation. Defaults
	// to "en".
	DefaultLanguage string
	// Refuse names the evidence that is not good enough: a rate with it
	// answers [ErrUnverified]. It stays in its timeline, so that refusing a
	// new rate never brings back the one before. Defaults to refusing none.
	Refuse Refusal
	// FallbackToDefault answers every lookup as if its own FallbackToDefault
	// were set. Defaults to false.
	FallbackToDefault bool
	// MaxDataAge is the age of a document's as-of date beyond which OnWarning
	// is told. Defaults to 0: no age is too old.
	MaxDataAge time.Duration
	// OnWarning is told, once per load of a country, what does not prevent
	// answers but should be looked at. It is called from the goroutine that
	// loads, for several countries at once, and must not call the Resolver.
	// Defaults to nil: nobody is told.
	OnWarning func(Warning)
	// Clock tells the time. It is called from several goroutines at once.
	// Defaults to [time.Now].
	Clock func() time.Time
}

// Refusal is a set of reasons to refuse a rate for its evidence.
type Refusal uint8

const (
	// RefuseDisputed refuses rates on which the sources disagree.
	RefuseDisputed Refusal = 1 << iota
	// RefuseSingle refuses rates that only one source tells.
	RefuseSingle
	// RefuseUndated refuses rates whose first day is not known.
	RefuseUndated
)

// Warning tells of something that does not prevent answers.
type Warning struct {
	// Kind tells what it is about.
	Kind WarningKind
	// Key is the country that was loaded.
	Key Key
	// Location is the place whose document the warning is about.
	Location Location
	// Detail says what was found.
	Detail string
	// Cause is the error underneath, if there is one.
	Cause error
}

// WarningKind tells warnings apart.
type WarningKind uint8

const (
	// WarnInvalidDocument: a document of the source is invalid; lookups at its
	// location answer [ErrInvalid]. Cause is the [InvalidError].
	WarnInvalidDocument WarningKind = iota
	// WarnOldData: the facts in a document were last checked longer ago than
	// Options.MaxDataAge.
	WarnOldData
	// WarnNoTimeZoneData: the system does not know the time zone of a
	// document, so that its day is the one of UTC. Importing time/tzdata
	// brings the zones into the program.
	WarnNoTimeZoneData
	// WarnSourcePanicked: the source panicked while it loaded a country; who
	// waited got [ErrUnavailable]. Detail is the stack.
	WarnSourcePanicked
)

var warningNames = [...]string{"invalid document", "old data", "no time zone data", "source panicked"}

// String returns the kind in words.
func (k WarningKind) String() string { return enumName(warningNames[:], int(k)) }

// settings are options with their defaults resolved and checked.
type settings struct {
	Options
	defaultLanguage Preferences
}

func (o *Options) settings() (*settings, error) {
	s := &settings{}
	if o != nil {
		s.Options = *o
	}
	switch {
	case s.Capacity < 0:
		return nil, inputError("option Capacity", itoa(int64(s.Capacity)), "pass the number of countries to keep, or 0 for the default")
	case s.LoadTimeout < 0:
		return nil, inputError("option LoadTimeout", s.LoadTimeout.String(), "pass a positive duration, or 0 for the default")
	case s.MaxDataAge < 0:
		return nil, inputError("option MaxDataAge", s.MaxDataAge.String(), "pass a positive duration, or 0 for none")
	case s.Refuse&^(RefuseDisputed|RefuseSingle|RefuseUndated) != 0:
		return nil, inputError("option Refuse", itoa(int64(s.Refuse)), "combine RefuseDisputed, RefuseSingle and RefuseUndated")
	}
	if s.Capacity == 0 {
		s.Capacity = 1024
	}
	if s.LoadTimeout == 0 {
		s.LoadTimeout = 10 * time.Second
	}
	if s.DefaultLanguage == "" {
		s.DefaultLanguage = "en"
	}
	if s.Clock == nil {
		s.Clock = time.Now
	}
	var err error
	s.defaultLanguage, err = NewPreferences(s.DefaultLanguage)
	return s, err
}

// refuses tells why evidence is not good enough, or "".
func (s *settings) refuses(r *effective) string {
	switch {
	case s.Refuse == 0:
		return ""
	case s.Refuse&RefuseDisputed != 0 && r.evidence.Status == Disputed:
		return "the sources disagree"
	case s.Refuse&RefuseSingle != 0 && r.evidence.Status == Single:
		return "only one source tells it"
	case s.Refuse&RefuseUndated != 0 && r.undated:
		return "its first day is not known"
	}
	return ""
}
