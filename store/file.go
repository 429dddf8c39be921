package store

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/taxresolve/tax"
)

// FileOptions configure a store in files. The zero value, and nil in place of FileOptions,
// stand for the defaults.
type FileOptions struct {
	Options

	// PollInterval is how often Watch looks for files that other processes or people have
	// changed. 0 stands for one second; a negative interval is a [tax.InputError].
	PollInterval time.Duration

	// Broken is called by Watch for a file that somebody has edited and that cannot be used
	// as it is now, once for each edit. The error says where it is wrong. Nil ignores it:
	// whoever reads the country still gets the error.
	Broken func(error)
}

// OpenFile returns a store that keeps its documents in a folder, which it creates if there
// is none. The folder has a folder for each tenant, and that has a file for each country,
// such as shop/DE.json, with the documents of the country and its regions. Beside it,
// shop/DE.history.jsonl has a line for each write. The same documents always give the same
// text, on many lines in a fixed order, so that the folder can be kept in git.
//
// A write is durable when it returns, even if the power fails: files are written under
// another name, synced and renamed. Several processes can write to one folder; a lock on
// the file .lock in it keeps them apart, and a write that was planned on an older state is
// planned again. Every read looks at the file, so it sees what every process has written.
// List waits for a write that is being stored; other reads wait for none.
//
// A file that somebody edits is a new version of each document that differs, by an unknown
// author, from the time of the edit on. If the file cannot be read, or breaks a rule of
// validation, reading and writing the country is an error with the file, line and column
// that unwraps to [tax.ErrInvalid]. To a resolver that is a source that fails: it answers
// with the last good state for [tax.Options].MaxStale. A store that has not seen a good
// state since it was opened returns the documents that it can read, and the others are
// invalid: see [tax.Damaged].
//
// The error is a [tax.InputError] for options that cannot be used, and unwraps to
// [tax.ErrUnavailable] if the folder cannot be used. The store has nothing to close.
func OpenFile(dir string, o *FileOptions) (*Versioned, error) {
	if dir == "" {
		return nil, &tax.InputError{Field: "dir", Reason: "empty: pass the folder of the store"}
	}
	if o == nil {
		o = &FileOptions{}
	}
	if o.PollInterval < 0 {
		return nil, &tax.InputError{Field: "pollInterval", Value: o.PollInterval.String(), Reason: "negative: use 0 for the default"}
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	f := newFiles(dir, disk{}, o)
	if err := f.prepare(); err != nil {
		return nil, &tax.StoreError{Kind: tax.ErrUnavailable, Cause: err}
	}
	return f.store(o)
}

// files is a [Backend] in a folder.
type files struct {
	folder string
	system fileSystem
	every  time.Duration
	told   func(error)
	check  checkFunc
	clock  func() time.Time

	marked bool          // the folder has a lock file
	turn   chan struct{} // held by a goroutine while it has or waits for the lock
	good   keySet        // countries that could be read
	long   sync.Map      // tenants whose folder does not tell them
	own    ownWrites
	last   lastWrites

	// These are of whoever has the turn.
	replaced openFile // see hold
	scratch  []byte

	compactEvery int64 // compactEvery, but in tests
}

// checkFunc returns an error if documents that were written by hand break a rule.
type checkFunc func(ctx context.Context, key tax.Key, all Documents, written []*Version) error

func newFiles(dir string, system fileSystem, o *FileOptions) *files {
	f := &files{folder: dir, system: system, every: o.PollInterval, told: o.Broken, turn: make(chan struct{}, 1), compactEvery: compactEvery}
	if f.every == 0 {
		f.every = time.Second
	}
	if f.told == nil {
		f.told = func(error) {}
	}
	return f
}

// store returns the store over the files.
func (f *files) store(o *FileOptions) (*Versioned, error) {
	s, err := New(f, &o.Options)
	f.check, f.clock = s.checkEdit, s.now
	return s, err
}

// checkEdit checks documents that somebody has edited in place as a write is checked.
func (s *Versioned) checkEdit(ctx context.Context, key tax.Key, all Documents, written []*Version) error {
	base, err := s.baseOf(ctx, key)
	if err != nil {
		return err
	}
	var before []*Version
	for v := range all.All() {
		if !slices.Contains(written, v) {
			before = append(before, v)
		}
	}
	_, err = s.check(base, NewDocuments(before), all, written)
	return err
}

// prepare creates the folder, and removes what writes have left that were cut off.
func (f *files) prepare() error {
	info, err := os.Stat(f.folder)
	if errors.Is(err, fs.ErrNotExist) {
		err = makeAll(filepath.Clean(f.folder))
	} else if err == nil && !info.IsDir() {
		err = fmt.Errorf("store: %s is a file: pass a folder", f.folder)
	}
	if err != nil {
		return err
	}
	f.sweep()
	_, err = os.Stat(filepath.Join(f.folder, lockName))
	f.marked = err == nil
	return nil
}

// makeAll creates a folder and those that it is in.
func makeAll(folder string) error {
	above := filepath.Dir(folder)
	if _, err := os.Stat(above); errors.Is(err, fs.ErrNotExist) && above != folder {
		if err := makeAll(above); err != nil {
			return err
		}
	}
	if err := os.Mkdir(folder, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncFolder(above)
}

// sweep removes temporary files, if nobody is writing and the folder can be written. One
// that stays is replaced by the next write to its country.
func (f *files) sweep() {
	done, cancel := context.WithCancel(context.Background())
	cancel() // one attempt
	unlock, err := f.system.lock(done, filepath.Join(f.folder, lockName), false)
	if err != nil {
		return
	}
	defer unlock()
	tenants, _ := f.system.list(f.folder)
	for _, t := range tenants {
		if !t.IsDir() || strings.HasPrefix(t.Name(), ".") {
			continue
		}
		folder := filepath.Join(f.folder, t.Name())
		left, _ := f.system.list(folder)
		for _, e := range left {
			if strings.HasSuffix(e.Name(), temporary) {
				_ = f.system.remove(filepath.Join(folder, e.Name()))
			}
		}
	}
}

// path returns the name of a file of a country.
func (f *files) path(key tax.Key, suffix string) string {
	return filepath.Join(f.folder, folderOf(key.Tenant), key.Country+suffix)
}

// Load returns the state of a country.
func (f *files) Load(ctx context.Context, key tax.Key) (*Country, error) {
	s, err := f.read(ctx, key)
	if err != nil || s == nil {
		return nil, err
	}
	return f.usable(key, s)
}

// Recall returns the state of a country to plan a write on: see [recaller].
func (f *files) Recall(key tax.Key) *Country { return f.last.recall(key) }

// usable returns the state of a country, or an error if an edit has made it unusable while
// the store was open.
func (f *files) usable(key tax.Key, s *countryState) (*Country, error) {
	if folder := folderOf(key.Tenant); strings.Contains(folder, digestMark) {
		f.long.Store(folder, key.Tenant)
	}
	if s.broken == nil {
		f.good.add(key)
	} else if f.good.has(key) {
		return nil, s.broken
	}
	return s.country, nil
}

// read reads the state of a country; nil if nothing was ever written to it.
func (f *files) read(ctx context.Context, key tax.Key) (*countryState, error) {
	if !plainCountry(key.Country) {
		return nil, nil
	}
	data, modified, err := readFile(f.system, f.path(key, countrySuffix))
	if errors.Is(err, fs.ErrNotExist) {
		if err := f.there(); err != nil {
			return nil, err
		}
		return f.deleted(key)
	}
	if err != nil {
		return nil, err
	}
	return f.decode(ctx, key, data, modified)
}

// there returns an error if the folder has gone: nothing that is missing in it counts then.
// A folder without the lock file that it had is gone as well if there is nothing else in
// it: it may be one on which something is no longer mounted.
func (f *files) there() error {
	if f.marked && f.system.stat(filepath.Join(f.folder, lockName)) == nil {
		return nil
	}
	entries, err := f.system.list(f.folder)
	if err == nil && f.marked && len(entries) == 0 {
		err = fs.ErrNotExist
	}
	if err != nil {
		return fmt.Errorf("store: the folder has gone: %w", err)
	}
	return nil
}

// decode returns the state in a file.
func (f *files) decode(ctx context.Context, key tax.Key, data []byte, modified time.Time) (*countryState, error) {
	if s := f.last.state(key, data); s != nil {
		return s, nil
	}
	if s, ok := decodeCountry(key, data); ok {
		return s, nil
	}
	return f.edited(ctx, key, data, modified)
}

// Ended returns the history of a country or a location.
func (f *files) Ended(ctx context.Context, key tax.Key, at *tax.Location) ([]*Version, time.Time, error) {
	if !plainCountry(key.Country) {
		return nil, time.Time{}, nil
	}
	// The state first: every line up to its revision is in the history by then.
	s, err := f.read(ctx, key)
	if err != nil || s == nil {
		return nil, time.Time{}, err
	}
	h, err := f.readHistory(key, s.Revision)
	if err != nil {
		return nil, time.Time{}, err
	}
	ended, _, removed, latest := h.pair()
	if s.Ended.After(latest) {
		removed = later(removed, s.Ended)
	}
	ended = append(ended, s.ended...)
	if s.unknown && s.changed() {
		removed = later(removed, s.country.Modified) // the edit has replaced what nobody knows
	}
	if at == nil {
		return ended, removed, nil
	}
	var own []*Version
	for _, v := range ended {
		if v.Configuration.Location == *at {
			own = append(own, v)
		}
	}
	return own, removed, nil
}

// Documents yields the documents of a tenant after a location, in order. It reads all
// files while it has the lock, so that they are of one state.
func (f *files) Documents(ctx context.Context, tenant string, after tax.Location) iter.Seq2[*Version, error] {
	return func(yield func(*Version, error) bool) {
		texts, err := f.texts(ctx, tenant, after.Country)
		if err != nil {
			yield(nil, err)
			return
		}
		for _, t := range texts {
			key := tax.Key{Tenant: tenant, Country: t.country}
			s, err := f.decode(ctx, key, t.data, t.modified)
			if err != nil {
				yield(nil, err)
				return
			}
			for v := range s.country.Documents.after(t.country, after) {
				if !yield(v, nil) {
					return
				}
			}
		}
	}
}

// countryText is the file of a country.
type countryText struct {
	country  string
	data     []byte
	modified time.Time
}

// texts returns the files of a tenant, from that of a country on.
func (f *files) texts(ctx context.Context, tenant, from string) ([]countryText, error) {
	folder := filepath.Join(f.folder, folderOf(tenant))
	unlock, err := f.lock(ctx, true)
	if err != nil {
		return nil, err
	}
	defer unlock()
	entries, err := f.system.list(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, f.there()
	}
	if err != nil {
		return nil, err
	}
	var texts []countryText
	for _, e := range entries {
		country := countryOf(e.Name())
		if country == "" || country < from {
			continue
		}
		data, modified, err := readFile(f.system, filepath.Join(folder, e.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue // somebody has just deleted it
		}
		if err != nil {
			return nil, err
		}
		texts = append(texts, countryText{country, data, modified})
	}
	return texts, ctx.Err()
}

// lock waits for the lock of the folder.
func (f *files) lock(ctx context.Context, shared bool) (unlock func(), err error) {
	select {
	case f.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	release, err := f.system.lock(ctx, filepath.Join(f.folder, lockName), shared)
	if shared && err != nil && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)) {
		release, err = func() {}, nil // nobody has ever written to it
	}
	if err != nil {
		<-f.turn
		return nil, err
	}
	return func() { release(); <-f.turn }, nil
}

// keySet is a set of keys of a bounded size.
type keySet struct {
	mu   sync.Mutex
	seed maphash.Seed
	keys map[uint64]struct{}
}

// mostKeys bounds a keySet to about 40 MB.
const mostKeys = 1 << 20

func (s *keySet) add(key tax.Key) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys == nil {
		s.seed, s.keys = maphash.MakeSeed(), make(map[uint64]struct{})
	}
	if len(s.keys) >= mostKeys {
		for k := range s.keys { // any one
			delete(s.keys, k)
			break
		}
	}
	s.keys[maphash.Comparable(s.seed, key)] = struct{}{}
}

func (s *keySet) has(key tax.Key) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys == nil {
		return false
	}
	_, ok := s.keys[maphash.Comparable(s.seed, key)]
	return ok
}
