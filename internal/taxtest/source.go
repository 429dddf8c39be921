package taxtest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/taxresolve/tax"
)

// Fixed returns a source that has the same documents for every tenant. Each call
// returns copies.
func Fixed(set ...tax.Configuration) tax.SourceFunc {
	return func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
		var found []tax.Configuration
		for _, c := range set {
			if c.Location.Country == key.Country {
				found = append(found, c.Clone())
			}
		}
		return found, nil
	}
}

// LoadNineteen returns 19 % for the class STANDARD in every country.
func LoadNineteen(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
	return []tax.Configuration{Doc(key.Country, Class("STANDARD*", "- 19"))}, nil
}

// LoadNone returns no documents.
func LoadNone(context.Context, tax.Key) ([]tax.Configuration, error) { return nil, nil }

// ErrDatabase is the error of LoadFails.
var ErrDatabase = errors.New("the database is down")

// LoadFails returns ErrDatabase.
func LoadFails(context.Context, tax.Key) ([]tax.Configuration, error) { return nil, ErrDatabase }

// LoadHangs waits for the end of its context, and returns the error of it.
func LoadHangs(ctx context.Context, _ tax.Key) ([]tax.Configuration, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// Held returns a source that waits for the gate, whatever its context says, and then
// calls another source.
func Held(gate <-chan struct{}, then tax.SourceFunc) tax.SourceFunc {
	return func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
		<-gate
		return then(ctx, key)
	}
}

// ScriptedSource answers its n-th load with the n-th line of its script, and all loads
// after the last line with the last line.
type ScriptedSource struct {
	Loads atomic.Int64
	lines []tax.SourceFunc
}

// Script returns a source that follows the lines.
func Script(lines ...tax.SourceFunc) *ScriptedSource { return &ScriptedSource{lines: lines} }

func (s *ScriptedSource) Configurations(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
	n := int(s.Loads.Add(1))
	return s.lines[min(n, len(s.lines))-1](ctx, key)
}

// MeteredSource counts the loads of each key, and the loads that run at once.
type MeteredSource struct {
	answer tax.SourceFunc

	mu        sync.Mutex
	loads     map[tax.Key]int
	total     int
	now, most int
}

// Metered returns a source that counts the loads of another.
func Metered(answer tax.SourceFunc) *MeteredSource {
	return &MeteredSource{answer: answer, loads: map[tax.Key]int{}}
}

func (s *MeteredSource) Configurations(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
	s.mu.Lock()
	s.loads[key]++
	s.total++
	s.now++
	s.most = max(s.most, s.now)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.now--
		s.mu.Unlock()
	}()
	return s.answer(ctx, key)
}

// Loads returns the number of loads of each key.
func (s *MeteredSource) Loads() map[tax.Key]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.loads)
}

// LoadsOf returns the number of loads of one key.
func (s *MeteredSource) LoadsOf(key tax.Key) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.loads[key]
}

// Total returns the number of all loads.
func (s *MeteredSource) Total() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total
}

// Running returns the number of loads that run now, and the largest number that ran at
// once.
func (s *MeteredSource) Running() (now, most int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now, s.most
}

// NotifyingSource answers with a percentage, which a test can change, and sends notices
// to its listeners.
type NotifyingSource struct {
	Percent atomic.Value // string
	Loads   atomic.Int64
	Hold    atomic.Pointer[chan struct{}] // the next load removes it, reads Percent and waits for it

	mu        sync.Mutex
	listeners map[int]func(tax.Key)
	next      int
}

// NewNotifyingSource returns a source that answers with the percentage.
func NewNotifyingSource(percent string) *NotifyingSource {
	s := &NotifyingSource{listeners: map[int]func(tax.Key){}}
	s.Percent.Store(percent)
	return s
}

func (s *NotifyingSource) Configurations(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
	s.Loads.Add(1)
	set := []tax.Configuration{Doc(key.Country, Class("STANDARD*", "- "+s.Percent.Load().(string)))}
	if gate := s.Hold.Swap(nil); gate != nil {
		<-*gate
	}
	return set, nil
}

// Notify registers a listener.
func (s *NotifyingSource) Notify(changed func(tax.Key)) (stop func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.next
	s.next++
	s.listeners[n] = changed
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.listeners, n)
	}
}

// Tell sends a notice to all listeners.
func (s *NotifyingSource) Tell(key tax.Key) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, changed := range s.listeners {
		changed(key)
	}
}

// Listeners returns the number of registered listeners.
func (s *NotifyingSource) Listeners() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.listeners)
}

// WatchedSource is a source that another process changes. A running Watch passes the
// notices on.
type WatchedSource struct {
	Percent atomic.Value // string
	Loads   atomic.Int64
	Notices chan tax.Key
	Broken  chan error // ends a Watch with an error

	mu      sync.Mutex
	started []time.Time
}

// NewWatchedSource returns a source that answers with the percentage.
func NewWatchedSource(percent string) *WatchedSource {
	s := &WatchedSource{Notices: make(chan tax.Key), Broken: make(chan error)}
	s.Percent.Store(percent)
	return s
}

func (s *WatchedSource) Configurations(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
	s.Loads.Add(1)
	return []tax.Configuration{Doc(key.Country, Class("STANDARD*", "- "+s.Percent.Load().(string)))}, nil
}

// Watch first reports that anything can have changed, then each notice.
func (s *WatchedSource) Watch(ctx context.Context, changed func(tax.Key)) error {
	s.mu.Lock()
	s.started = append(s.started, time.Now())
	s.mu.Unlock()
	changed(tax.Key{})
	for {
		select {
		case key := <-s.Notices:
			changed(key)
		case err := <-s.Broken:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Started returns the times at which Watch was called.
func (s *WatchedSource) Started() []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.started)
}
