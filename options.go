package tax

import (
	"time"

	"github.com/taxresolve/tax/internal/lang"
)

// Options of a [Resolver]. The zero value has the documented defaults.
//
// [NewResolver] returns an [InputError] for a negative number or duration, a
// duration that needs a TTL and has none, a TTL or MaxStale of more than 100
// years, a Refuse with an undefined bit and a DefaultLanguage that is no tag.
type Options struct {
	// Capacity is the number of countries kept in memory, over all tenants. To
	// make room for another one, a country that has not been used for long is
	// evicted. Defaults to 1024.
	Capacity int
	// MaxBytes bounds the memory for these countries, in bytes as
	// [Stats].Bytes estimates it. A country that is larger by itself is kept
	// alone. Defaults to 0: Capacity is the only bound.
	MaxBytes int64
	// TenantQuota is the number of countries kept for one tenant. To make room
	// for another one, a country of the same tenant is evicted. Defaults to 0:
	// there is no bound for a tenant.
	TenantQuota int

	// TTL is the longest time for which a country answers without being loaded
	// again. Every load draws its own lifetime between 90 % and 100 % of it, so
	// that countries loaded together do not expire together. Ages are measured
	// with the monotonic clock of the process. Defaults to 0: a country answers
	// until it is invalidated or evicted.
	TTL time.Duration
	// RefreshAhead is the last part of a country's lifetime. The first lookup in
	// it starts a load in the background, and every lookup is answered at once
	// from memory. It needs a TTL, and may be at most 80 % of it: more would leave
	// nothing of a short lifetime, and load the country all the time. Defaults to a
	// fifth of TTL.
	RefreshAhead time.Duration
	// MaxStale is how much older than TTL the data of an answer may be while
	// the source fails; [Resolution.Stale] marks such an answer. It needs a TTL.
	// Defaults to 0: no answer is older than TTL.
	MaxStale time.Duration
	// NegativeTTL is how long the resolver remembers that the source has
	// nothing for a country. The longest duration means until it is invalidated.
	// Defaults to 1 second.
	NegativeTTL time.Duration
	// LoadTimeout bounds one load from the source. A source that does not heed its
	// context goes on after it: while 4 such loads of a country are running, or 4096
	// in all, no other one starts, and lookups that need one return [ErrUnavailable]
	// at once. [Stats].Abandoned counts them. Defaults to 10 seconds.
	LoadTimeout time.Duration
	// CloseTimeout is how long [Resolver.Close] waits for the functions of Observer
	// that are under way, and then for a [Notifier] to end its registration.
	// Defaults to 1 second.
	CloseTimeout time.Duration
	// DefaultLanguage is the BCP 47 tag of the language for names that have no
	// translation into any of the preferred languages. Defaults to "en".
	DefaultLanguage string
	// Languages returns the languages of a tenant; their default replaces
	// DefaultLanguage. It is called by every load, from several goroutines at
	// once, and should return a value made beforehand. If it returns nil, the
	// tenant has DefaultLanguage. Defaults to nil.
	Languages func(tenant string) *Languages
	// RegionsNamed returns the ISO 3166-2 codes, without the country, of the regions that
	// have a name; none if no region has it. similar reports that no region has it, and that
	// the codes are those of regions with a name that differs by typing errors. It is asked
	// for text in place of a region's code that is the name of no configuration, with the
	// alpha-2 code of the country. One code answers as if the lookup had it; several, and
	// similar ones, are [ErrUnknownRegion], with a detail that lists several and suggests a
	// similar one. What is no code of the country is ignored. It is called by lookups
	// and by [LookupError.Suggestion], from several goroutines at once, and a panic in it
	// reaches the caller; for the same name it should always return the same, so that [Resolver.Replay] does. Function Named of
	// package regions has the names of all regions of ISO 3166-2. Defaults to nil: only names
	// in configurations are found.
	RegionsNamed func(country, name string) (codes []string, similar bool)
	// Refuse names the evidence that is not good enough: a lookup that finds a
	// rate with such evidence returns [ErrUnverified]. The rate stays in its
	// timeline, so that refusing a new rate never brings back the one before.
	// Defaults to 0: nothing is refused.
	Refuse Refusal
	// FallbackToDefault answers every lookup as if its own FallbackToDefault
	// were set. Defaults to false.
	FallbackToDefault bool
	// MaxDataAge is the age of a document's as-of date beyond which OnWarning
	// receives a [WarnOldData]. Defaults to 0: there is no bound.
	MaxDataAge time.Duration
	// OnWarning receives the warnings of every load: faults of documents that
	// leave the rest of the country usable, and panics. It is called for several
	// countries at once, each time from a goroutine of its own. The load waits for
	// it, but no longer than 100 milliseconds. If it panics, the panic is dropped.
	// Defaults to nil: warnings are dropped.
	OnWarning func(Warning)
	// Observer receives loads and evictions. Its functions are read once, by
	// NewResolver. Defaults to nil: they are not observed.
	Observer *Observer
	// CountHits makes [Resolver.Stats] count hits. Every hit then takes several
	// times as long: see docs/performance.md. Defaults to false.
	CountHits bool
	// Clock returns the wall time, which decides what day it is. It is called by
	// every load and, while countries are in memory, at least once a second,
	// from several goroutines at once. A change of the day, and a step of this
	// clock, takes effect within one second. While it panics, lookups of today
	// return [ErrInvalid]; while it does not answer, the day stays for up to a minute
	// before they do. Defaults to [time.Now].
	Clock func() time.Time
}

// Refusal is a set of reasons to refuse a rate because of its evidence.
type Refusal uint8

const (
	// RefuseDisputed refuses rates on which the sources disagree.
	RefuseDisputed Refusal = 1 << iota
	// RefuseSingle refuses rates that only one source states.
	RefuseSingle
	// RefuseUndated refuses rates whose first day is not known, on days before the one
	// since which they were verified: see [Undated].
	RefuseUndated
)

// settings are options that have been checked and completed with their defaults.
type settings struct {
	Options
	defaultLanguage *lang.Default // Options.DefaultLanguage, parsed
	hooked          bool          // loads call functions of the user, which may wait
}

func (o *Options) settings() (*settings, error) {
	s := &settings{}
	if o != nil {
		s.Options = *o
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	s.hooked = s.Clock != nil || s.Languages != nil || s.OnWarning != nil || s.Observer != nil
	s.setDefaults()
	t, err := parseTag(s.DefaultLanguage)
	if err != nil {
		return nil, err
	}
	s.defaultLanguage = lang.NewDefault(t, nil)
	return s, nil
}

// check returns an error for the first option that is out of its range or
// contradicts another one. DefaultLanguage is checked where it is parsed.
func (o *Options) check() error {
	for _, n := range []struct {
		name  string
		value int64
	}{{"Capacity", int64(o.Capacity)}, {"MaxBytes", o.MaxBytes}, {"TenantQuota", int64(o.TenantQuota)}} {
		if n.value < 0 {
			return inputError("option "+n.name, itoa(n.value), "negative: pass 0 for the default")
		}
	}
	for _, d := range []struct {
		name  string
		value time.Duration
	}{
		{"TTL", o.TTL}, {"RefreshAhead", o.RefreshAhead}, {"MaxStale", o.MaxStale}, {"NegativeTTL", o.NegativeTTL},
		{"LoadTimeout", o.LoadTimeout}, {"CloseTimeout", o.CloseTimeout}, {"MaxDataAge", o.MaxDataAge},
	} {
		if d.value < 0 {
			return inputError("option "+d.name, d.value.String(), "negative: pass 0 for the default")
		}
	}
	switch {
	case o.MaxStale > 0 && o.TTL == 0:
		return inputError("option MaxStale", o.MaxStale.String(), "nothing is stale without a TTL: set Options.TTL")
	case o.RefreshAhead > 0 && o.TTL == 0:
		return inputError("option RefreshAhead", o.RefreshAhead.String(), "nothing is refreshed without a TTL: set Options.TTL")
	case o.RefreshAhead > longestAhead(o.TTL):
		return inputError("option RefreshAhead", o.RefreshAhead.String(), "more than 80 % of Options.TTL: pass at most "+longestAhead(o.TTL).String())
	case o.MaxStale > maxAge || o.TTL > maxAge:
		return inputError("options TTL and MaxStale", max(o.TTL, o.MaxStale).String(), "longer than 100 years: pass less, or a TTL of 0 for no limit")
	case o.Refuse&^(RefuseDisputed|RefuseSingle|RefuseUndated) != 0:
		return inputError("option Refuse", itoa(int64(o.Refuse)), "combine RefuseDisputed, RefuseSingle and RefuseUndated")
	}
	return nil
}

// maxAge keeps sums of ages far below the largest duration.
const maxAge = 100 * 365 * 24 * time.Hour

// longestAhead returns the longest RefreshAhead for a TTL. A lifetime is at least 90 % of
// it, less a tick, and the refreshes must leave a part of that.
func longestAhead(ttl time.Duration) time.Duration { return ttl - (ttl+4)/5 }

// setDefaults gives the options that are zero their documented defaults.
func (o *Options) setDefaults() {
	if o.Capacity == 0 {
		o.Capacity = 1024
	}
	if o.RefreshAhead == 0 {
		o.RefreshAhead = o.TTL / 5
	}
	if o.NegativeTTL == 0 {
		o.NegativeTTL = time.Second
	}
	if o.LoadTimeout == 0 {
		o.LoadTimeout = 10 * time.Second
	}
	if o.CloseTimeout == 0 {
		o.CloseTimeout = time.Second
	}
	if o.DefaultLanguage == "" {
		o.DefaultLanguage = "en"
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
}

// defaultLanguageOf returns the language for names that have no translation into
// any of the languages that a reader of the tenant prefers.
func (s *settings) defaultLanguageOf(tenant string) *lang.Default {
	if s.Languages != nil {
		if l := s.Languages(tenant); l != nil {
			return l.orDefault().defaultLanguage
		}
	}
	return s.defaultLanguage
}

// tick returns the interval at which lookups learn how much time has passed.
func (s *settings) tick() time.Duration {
	if s.TTL == 0 {
		return time.Second
	}
	return min(time.Second, max(s.TTL/16, 10*time.Millisecond))
}
