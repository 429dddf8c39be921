package tax

import (
	"fmt"
	"runtime/debug"
	"time"

	"github.com/taxresolve/tax/internal/lang"
)

// Options of a [Resolver]. The zero value has the documented defaults.
type Options struct {
	// Capacity is the number of countries kept in memory, over all tenants; one
	// that is needed beyond it displaces one that was not used for long.
	// Defaults to 1024.
	Capacity int
	// MaxBytes bounds the memory that the countries kept take, as
	// [Stats].Bytes estimates it. A country that is larger by itself is kept
	// alone. Defaults to 0: only Capacity bounds.
	MaxBytes int64
	// TenantQuota is the number of countries kept for one tenant: beyond it, a
	// tenant displaces its own. Defaults to 0: no bound but Capacity.
	TenantQuota int

	// TTL is the longest time for which a country answers without being loaded
	// again. Every load draws its own end between 90 % and 100 % of it, so that
	// countries loaded together do not end together. Ages are measured with
	// the monotonic clock of the process. Defaults to 0: a country answers
	// until it is invalidated or displaced.
	TTL time.Duration
	// RefreshAhead is how long before its end a lookup of a country starts
	// loading it again in the background, and gets its answer from what is
	// there. It needs a TTL, and must be shorter. Defaults to a fifth of TTL.
	RefreshAhead time.Duration
	// MaxStale is how much older than TTL the data of an answer may be while
	// the source fails; [Resolution.Stale] tells of such an answer. It needs a
	// TTL. Defaults to 0: no answer is older than TTL.
	MaxStale time.Duration
	// NegativeTTL is how long it is remembered that the source has nothing for
	// a country. Defaults to 1 second.
	NegativeTTL time.Duration
	// LoadTimeout bounds one load from the source. Defaults to 10 seconds.
	LoadTimeout time.Duration
	// DefaultLanguage is the BCP 47 tag of the language in which names are
	// given when none of the preferred languages has a translation. Defaults
	// to "en".
	DefaultLanguage string
	// Languages tells the languages of a tenant, of which the default one takes
	// the place of DefaultLanguage. It is called by every load, from several
	// goroutines at once, and should give what was made once; nil Languages leave
	// it at DefaultLanguage. Defaults to nil.
	Languages func(tenant string) *Languages
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
	// loads, for several countries at once, and must not call the Resolver. A
	// panic of it is dropped.
	// Defaults to nil: nobody is told.
	OnWarning func(Warning)
	// Observer is told of loads and evictions. Defaults to nil: nobody is.
	Observer *Observer
	// CountHits makes [Resolver.Stats] count hits, which makes every hit several
	// times slower: see docs/performance.md. Defaults to false.
	CountHits bool
	// Clock tells the wall time, which decides what day it is. It is called
	// every second while there are countries in memory, and from several
	// goroutines at once: a change of the day, and a step of this clock, is
	// followed within one second. Defaults to [time.Now].
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

// settings are options with their defaults resolved and checked.
type settings struct {
	Options
	defaultLanguage *lang.Tag // Options.DefaultLanguage, parsed
}

func (o *Options) settings() (*settings, error) {
	s := &settings{}
	if o != nil {
		s.Options = *o
	}
	for _, n := range []struct {
		name  string
		value int64
	}{{"Capacity", int64(s.Capacity)}, {"MaxBytes", s.MaxBytes}, {"TenantQuota", int64(s.TenantQuota)}} {
		if n.value < 0 {
			return nil, inputError("option "+n.name, itoa(n.value), "negative: pass 0 for the default")
		}
	}
	for _, d := range []struct {
		name  string
		value time.Duration
	}{
		{"TTL", s.TTL}, {"RefreshAhead", s.RefreshAhead}, {"MaxStale", s.MaxStale}, {"NegativeTTL", s.NegativeTTL},
		{"LoadTimeout", s.LoadTimeout}, {"MaxDataAge", s.MaxDataAge},
	} {
		if d.value < 0 {
			return nil, inputError("option "+d.name, d.value.String(), "negative: pass 0 for the default")
		}
	}
	switch {
	case s.MaxStale > 0 && s.TTL == 0:
		return nil, inputError("option MaxStale", s.MaxStale.String(), "without a TTL nothing grows stale: set Options.TTL")
	case s.RefreshAhead > 0 && s.RefreshAhead >= s.TTL:
		return nil, inputError("option RefreshAhead", s.RefreshAhead.String(), "not shorter than Options.TTL, which is "+s.TTL.String())
	case s.MaxStale > maxAge || s.TTL > maxAge:
		return nil, inputError("options TTL and MaxStale", max(s.TTL, s.MaxStale).String(), "longer than 100 years: for ever is TTL 0")
	case s.Refuse&^(RefuseDisputed|RefuseSingle|RefuseUndated) != 0:
		return nil, inputError("option Refuse", itoa(int64(s.Refuse)), "combine RefuseDisputed, RefuseSingle and RefuseUndated")
	}
	if s.Capacity == 0 {
		s.Capacity = 1024
	}
	if s.RefreshAhead == 0 {
		s.RefreshAhead = s.TTL / 5
	}
	if s.NegativeTTL == 0 {
		s.NegativeTTL = time.Second
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
	if s.defaultLanguage, err = parseTag(s.DefaultLanguage); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *settings) defaultLanguageOf(tenant string) *lang.Tag {
	if s.Languages != nil {
		if l := s.Languages(tenant); l != nil && l.defaultLanguage != nil {
			return l.defaultLanguage
		}
	}
	return s.defaultLanguage
}

// maxAge keeps sums of ages far from the end of their numbers.
const maxAge = 100 * 365 * 24 * time.Hour

// tick is the interval in which lookups learn that time has passed.
func (s *settings) tick() time.Duration {
	if s.TTL == 0 {
		return time.Second
	}
	return min(time.Second, max(s.TTL/16, 10*time.Millisecond))
}

// guard calls a function of the observer.
func (s *settings) guard(key Key, call func()) {
	defer func() {
		if p := recover(); p != nil {
			s.warnPanic(WarnObserverPanicked, key, p)
		}
	}()
	call()
}

// warnPanic reports a panic of code that is not ours, with its stack.
func (s *settings) warnPanic(kind WarningKind, key Key, p any) {
	s.warn(Warning{Kind: kind, Key: key, Location: Location{Country: key.Country},
		Detail: string(debug.Stack()), Cause: fmt.Errorf("tax: panic: %v", p)})
}

// warn tells the hook. When that panics there is nobody left to tell.
func (s *settings) warn(w Warning) {
	if s.OnWarning != nil {
		defer func() { _ = recover() }()
		s.OnWarning(w)
	}
}
