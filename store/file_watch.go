package store

import (
	"context"
	"crypto/sha256"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/taxresolve/tax"
)

// Watch calls changed for files that other processes or people have changed: see
// [tax.Watcher]. It looks at the folder once in an interval, and reads only the files whose
// time, size or identity is another one. It does not report a file that somebody has
// broken, because the last good state still counts.
func (f *files) Watch(ctx context.Context, changed func(tax.Key)) error {
	f.own.watchers.Add(1)
	defer f.own.watchers.Add(-1)
	seen := make(map[string]*watched)
	if _, err := f.look(seen); err != nil {
		return err
	}
	changed(tax.Key{}) // what was read before may be older than what was seen now
	tick := time.NewTicker(f.every)
	defer tick.Stop()
	var broken map[string]bool
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		names, err := f.look(seen)
		if err != nil {
			return err
		}
		// Somebody may still be writing a file that is broken, so it is told when it has
		// stayed so for an interval.
		for name := range broken {
			if !slices.Contains(names, name) {
				f.tell(ctx, name)
			}
		}
		broken = make(map[string]bool)
		for _, name := range names {
			if !f.report(ctx, name, changed) {
				broken[name] = true
			}
		}
	}
}

// tell tells what is wrong with a file, if it is broken.
func (f *files) tell(ctx context.Context, name string) {
	if key, ok := f.keyOf(name); ok {
		if s, err := f.read(ctx, key); err == nil && s != nil && s.broken != nil {
			f.told(s.broken)
		}
	}
}

// watched is what a file was like when Watch last looked at it.
type watched struct {
	info  fs.FileInfo
	round int // in which it was there
	// sum is that of the contents if the file was young: it may have changed again
	// without another time, whose steps are coarse.
	young bool
	sum   [sha256.Size]byte
}

// youth is the age up to which the time of a file does not tell whether it was changed: on
// some file systems it counts in steps of two seconds.
const youth = 2 * time.Second

// look returns the files that are not as they were, by tenant's folder and file.
func (f *files) look(seen map[string]*watched) (names []string, err error) {
	tenants, err := f.system.list(f.folder)
	if err != nil {
		return nil, err
	}
	round := 1
	for _, w := range seen {
		round = w.round + 1
		break
	}
	now := time.Now()
	for _, t := range tenants {
		if !t.IsDir() || strings.HasPrefix(t.Name(), ".") {
			continue
		}
		entries, err := f.system.list(filepath.Join(f.folder, t.Name()))
		if err != nil {
			continue // somebody has just deleted it
		}
		for _, e := range entries {
			if countryOf(e.Name()) == "" {
				continue
			}
			name := filepath.Join(t.Name(), e.Name())
			info, err := e.Info()
			if err != nil {
				continue
			}
			if f.moved(seen, name, info, round, now) {
				names = append(names, name)
			}
		}
	}
	for name, w := range seen {
		if w.round != round {
			delete(seen, name)
			names = append(names, name)
		}
	}
	return names, nil
}

// moved notes what a file is like, and reports whether it was something else before.
func (f *files) moved(seen map[string]*watched, name string, info fs.FileInfo, round int, now time.Time) bool {
	w := seen[name]
	isNew := w == nil
	if isNew {
		w = &watched{}
		seen[name] = w
	}
	w.round = round
	same := !isNew && w.info.ModTime().Equal(info.ModTime()) && w.info.Size() == info.Size() && os.SameFile(w.info, info)
	if same && !w.young {
		return false
	}
	w.info = info
	wasYoung, sum := w.young, w.sum
	if w.young = now.Sub(info.ModTime()) < youth; w.young || same {
		data, _, err := readFile(f.system, filepath.Join(f.folder, name))
		if err == nil {
			w.sum = sha256.Sum256(data)
		}
	}
	return !same || wasYoung && w.sum != sum
}

// report calls changed for a file, unless this store has written it, or somebody has broken
// it. It returns false if it is broken.
func (f *files) report(ctx context.Context, name string, changed func(tax.Key)) bool {
	key, ok := f.keyOf(name)
	if !ok {
		return true // nobody has read it here
	}
	data, modified, err := readFile(f.system, filepath.Join(f.folder, name))
	if err != nil {
		changed(key)
		return true
	}
	if f.own.wrote(key, data) {
		return true
	}
	s, err := f.decode(ctx, key, data, modified)
	broken := err == nil && s.broken != nil
	if !broken || !f.good.has(key) {
		changed(key)
	}
	return !broken
}

// keyOf returns the country of a file; false if it is of a tenant whom nobody has asked for
// here and the folder does not tell.
func (f *files) keyOf(name string) (tax.Key, bool) {
	folder, file := filepath.Split(name)
	folder = filepath.Clean(folder)
	tenant, ok := tenantOf(folder)
	if !ok {
		known, _ := f.long.Load(folder)
		tenant, ok = known.(string)
	}
	return tax.Key{Tenant: tenant, Country: countryOf(file)}, ok
}

// ownWrites are the last texts that this store has written, while somebody watches: they
// need no report.
type ownWrites struct {
	watchers atomic.Int32
	mu       sync.Mutex
	sums     map[tax.Key][sha256.Size]byte
}

// remember notes the text that is about to be written.
func (w *fileWrite) remember(text []byte) {
	o := &w.own
	if o.watchers.Load() == 0 {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.sums == nil || len(o.sums) >= mostOwn {
		o.sums = make(map[tax.Key][sha256.Size]byte) // a report too many does no harm
	}
	o.sums[w.key] = sha256.Sum256(text)
}

const mostOwn = 1 << 16

// wrote reports whether a text is the last one that this store has written.
func (o *ownWrites) wrote(key tax.Key, text []byte) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	sum, ok := o.sums[key]
	if !ok {
		return false
	}
	delete(o.sums, key)
	return sum == sha256.Sum256(text)
}
