package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"github.com/taxresolve/tax"
)

// Save stores commits, one after the other, and makes their folders durable at the end.
func (f *files) Save(ctx context.Context, commits []*Commit) []error {
	errs := make([]error, len(commits))
	unlock, err := f.lock(ctx, false)
	if err != nil {
		for i := range errs {
			errs[i] = err
		}
		return errs
	}
	defer unlock()
	defer f.release()
	var folders []string
	in := make(map[string][]int)
	for i, c := range commits {
		if errs[i] = f.save(ctx, c); errs[i] != nil {
			continue
		}
		folder := filepath.Dir(f.path(c.Key, countrySuffix))
		if in[folder] == nil {
			folders = append(folders, folder)
		}
		in[folder] = append(in[folder], i)
	}
	for _, folder := range folders {
		if err := f.system.sync(folder); err != nil {
			for _, i := range in[folder] {
				errs[i] = fmt.Errorf("%w: it took effect, but is lost if the power fails before its folder is durable: %w", ErrUnknownOutcome, err)
			}
		}
	}
	return errs
}

// save stores a commit, up to the folder. The lock is held.
func (f *files) save(ctx context.Context, c *Commit) error {
	if !plainCountry(c.Key.Country) {
		return &tax.InputError{Field: "country", Value: clip(c.Key.Country), Reason: "write a country as two letters in upper case"}
	}
	s, err := f.current(ctx, c)
	if err != nil {
		return err
	}
	switch {
	case s == nil:
		if c.Before != nil {
			return ErrMoved
		}
		s = &countryState{stored: true}
	case c.Before == nil || s.country.Revision != c.revision() ||
		c.Before.stamp != [32]byte{} && c.Before.stamp != s.country.stamp:
		return ErrMoved
	case s.unreadable:
		return s.broken
	case s.changed():
		if err := f.adopt(c.Key, s, c.Retention); err != nil {
			return err
		}
	}
	w := &fileWrite{files: f, key: c.Key, after: c.After, ended: c.Ended, written: c.Written, documents: c.Documents,
		damaged: s.damagedBut(c.Repaired), retention: c.Retention, before: s.header, from: s.country}
	if len(c.Written) < c.After.Documents.Len() && s.stored && c.Before != nil && s.country.stamp == c.Before.stamp {
		w.kept = entriesOf(s.list, c.Before.Documents)
	}
	err = w.run()
	if errors.Is(err, errPutBack) {
		return f.putBack(ctx, c)
	}
	return err
}

// current returns the state of the country of a commit. It may have no documents if the file
// is still the one on which the commit was planned.
func (f *files) current(ctx context.Context, c *Commit) (*countryState, error) {
	if c.Before == nil || c.Before.stamp == [32]byte{} {
		return f.read(ctx, c.Key)
	}
	file, err := f.system.existing(f.path(c.Key, countrySuffix))
	if errors.Is(err, fs.ErrNotExist) {
		return f.read(ctx, c.Key)
	}
	if err != nil {
		return nil, err
	}
	data, modified, err := readAll(file, f.scratch)
	f.hold(file)
	if err != nil {
		return nil, err
	}
	if f.scratch = data; cap(data) > mostScratch {
		f.scratch = nil
	}
	if s := f.last.state(c.Key, data); s != nil {
		return s, nil
	}
	data = bytes.Clone(data) // the next write has the buffer
	if s, ok := decodeHeader(data); ok && s.country.stamp == c.Before.stamp {
		return s, nil
	}
	return f.decode(ctx, c.Key, data, modified)
}

const mostScratch = 1 << 20

// hold keeps a file open that a write replaces. The system removes its contents from the
// disk when it is closed, instead of while it is replaced, which the write waits for.
func (f *files) hold(file openFile) {
	f.release()
	if !replacesOpen {
		_ = file.Close()
		return
	}
	f.replaced = file
}

// release closes the file that was replaced last. Nobody waits for that.
func (f *files) release() {
	if file := f.replaced; file != nil {
		f.replaced = nil
		f.system.beside(file.Close)
	}
}

// adopt writes what somebody has edited as the store writes it. The version is in the
// history then, as one that has been in force.
func (f *files) adopt(key tax.Key, s *countryState, r Retention) error {
	if s.unknown {
		s.Ended = later(s.Ended, s.country.Modified)
	}
	w := &fileWrite{files: f, key: key, after: s.country, ended: s.ended, written: s.written, damaged: s.damagedBut(nil), retention: r, before: s.header}
	if err := w.run(); err != nil {
		return err
	}
	s.Revision, s.Ended = s.country.Revision, w.header.Ended
	return f.system.sync(filepath.Dir(f.path(key, countrySuffix)))
}

// putBack adopts the file of a country that is older than its history.
func (f *files) putBack(ctx context.Context, c *Commit) error {
	data, modified, err := readFile(f.system, f.path(c.Key, countrySuffix))
	if err != nil {
		return err
	}
	s, err := f.edited(ctx, c.Key, data, modified)
	if err != nil {
		return err
	}
	if s.broken != nil {
		return s.broken
	}
	s.country.Revision = s.Revision + 1
	if err := f.adopt(c.Key, s, c.Retention); err != nil {
		return err
	}
	return ErrMoved
}

// damagedBut returns the documents that cannot be read, but for some.
func (s *countryState) damagedBut(repaired []tax.Location) [][]byte {
	if s.country == nil {
		return nil
	}
	var left [][]byte
	for _, d := range s.country.Damaged {
		if raw := s.damaged[d.Location]; raw != nil && !slices.Contains(repaired, d.Location) {
			left = append(left, raw)
		}
	}
	return left
}

// fileWrite is a write to the files of one country.
type fileWrite struct {
	*files
	key            tax.Key
	before         header // of the file that is there
	from, after    *Country
	ended, written []*Version
	documents      [][]byte // the JSON of each of written; nil if it is still to be made
	damaged        [][]byte
	retention      Retention

	header  header              // of the new file
	texts   map[*Version][]byte // the entries of written
	kept    map[*Version][]byte // those of others as the file has them
	was     *lastWrite          // the last write to the country, if it is known
	history int64               // size of the history, the new line included
}

// run writes the history, then the file.
func (w *fileWrite) run() error {
	w.was = w.last.take(w.key)
	w.header = header{Revision: w.after.Revision, Retired: w.after.Retired, Modified: w.after.Modified, Ended: w.before.Ended}
	for _, v := range w.ended {
		w.header.Ended = later(w.header.Ended, v.Until)
	}
	w.texts = make(map[*Version][]byte, len(w.written))
	for i, v := range w.written {
		var document []byte
		if w.documents != nil {
			document = w.documents[i]
		}
		text, err := appendEntry(make([]byte, 0, len(document)+512), v, document)
		if err != nil {
			return err
		}
		w.texts[v] = text
	}
	if err := w.makeFolders(); err != nil {
		return err
	}
	durable := already
	if w.retention.Versions >= 0 {
		var err error
		if durable, err = w.appendHistory(); err != nil {
			return err
		}
	}
	text, err := encodeCountry(w.header, w.after.Documents, w.texts, w.kept, w.damaged)
	if err != nil {
		return errors.Join(err, durable())
	}
	w.remember(text)
	if err := w.replace(w.path(w.key, countrySuffix), text, durable); err != nil {
		return err
	}
	if len(w.damaged) == 0 {
		_, list, _ := bytes.Cut(text, []byte(listBegin))
		state := countryState{header: w.header, country: w.after.stamped(stampOf(text)), stored: true, list: list}
		alone := w.was != nil && w.was.state.country == w.from
		w.last.remember(w.key, &lastWrite{text, state, w.history, alone})
		w.good.add(w.key)
	}
	return nil
}

// makeFolders creates the folder of the tenant.
func (w *fileWrite) makeFolders() error {
	if w.before.Revision > 0 {
		return nil
	}
	err := w.system.makeFolder(filepath.Join(w.folder, folderOf(w.key.Tenant)))
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return w.system.sync(w.folder) // also if it exists: whoever made it may have been killed since
}

// already stands for what is durable already.
func already() error { return nil }

// replace writes a file under another name, and gives it its own name when it is durable,
// and what it depends on as well. It waits for the latter in any case.
func (f *files) replace(name string, text []byte, durable func() error) error {
	other := name + temporary
	file, err := f.system.open(other)
	if err != nil {
		return errors.Join(err, durable())
	}
	size, _, err := file.info()
	if err == nil && size > 0 { // left by a write that was cut off
		err = file.Truncate(0)
	}
	if err == nil {
		_, err = file.WriteAt(text, 0)
	}
	if err == nil {
		err = file.Sync()
	}
	err = errors.Join(err, file.Close(), durable())
	if err == nil {
		err = f.system.rename(other, name)
	}
	if err != nil {
		_ = f.system.remove(other)
	}
	return err
}

// appendHistory adds a line to the history. durable waits until it is durable: two files
// that become durable at the same time take little longer than one.
func (w *fileWrite) appendHistory() (durable func() error, err error) {
	if err := w.compact(); err != nil {
		return nil, err
	}
	name := w.path(w.key, historySuffix)
	file, err := w.system.open(name)
	if err != nil {
		return nil, err
	}
	isNew, err := w.appendLine(file)
	if err != nil {
		file.Close()
		return nil, err
	}
	return w.system.beside(func() error {
		defer file.Close()
		if err := file.Sync(); err != nil || !isNew {
			return err
		}
		return w.system.sync(filepath.Dir(name))
	}), nil
}

// appendLine adds the line of the write to the history. isNew reports that it is the first
// line, so that the file may be new.
func (w *fileWrite) appendLine(file openFile) (isNew bool, err error) {
	size, _, err := file.info()
	if err != nil {
		return false, err
	}
	end, last := size, w.before.Revision
	if !w.was.left(size, last) {
		if end, last, err = w.wholeLines(file, size); err != nil {
			return false, err
		}
	}
	var removed time.Time
	if last != w.before.Revision {
		removed = w.before.Ended // the history has a gap here
	}
	line, err := lineOf(w.after.Revision, removed, w.ended, w.written, w.texts)
	if err != nil {
		return false, err
	}
	if end < size {
		if err := file.Truncate(end); err != nil {
			return false, err
		}
	}
	if line, err = w.onItsOwn(line, file, end); err != nil {
		return false, err
	}
	if _, err := file.WriteAt(line, end); err != nil {
		_ = file.Truncate(end)
		return false, err
	}
	w.history = end + int64(len(line))
	return end == 0, nil
}

// onItsOwn returns a line so that it begins a new one at the end of the history: an editor
// may have left the line before without an end.
func (w *fileWrite) onItsOwn(line []byte, file openFile, end int64) ([]byte, error) {
	if end == 0 || w.was.left(end, w.before.Revision) {
		return line, nil
	}
	var last [1]byte
	if _, err := file.ReadAt(last[:], end-1); err != nil {
		return nil, err
	}
	if last[0] == '\n' {
		return line, nil
	}
	return append([]byte("\n"), line...), nil
}

// wholeLines returns where the lines of writes end that took effect, and the revision of the
// last one, 0 if that is not known. What follows belongs to a write that was cut off, which is
// one line at most: others that cannot be read are for somebody to repair.
func (w *fileWrite) wholeLines(file openFile, size int64) (end, last int64, err error) {
	cut := false
	for end = size; end > 0; {
		begin, line, err := lastLine(file, end)
		if err != nil {
			return 0, 0, err
		}
		last = revisionOf(line)
		if last > w.before.Revision+1 {
			return 0, 0, errPutBack
		}
		if last > 0 && last <= w.before.Revision {
			return end, last, nil
		}
		unread := last <= 0 && len(bytes.TrimSpace(line)) > 0
		if unread && cut {
			return end, 0, nil
		}
		end, cut = begin, cut || unread || last > 0
	}
	return 0, 0, nil
}

// errPutBack is the error for the file of a country that is older than its history.
var errPutBack = errors.New("store: the file is older than its history")

// lastLine returns the last line before the end, and where it begins.
func lastLine(file openFile, end int64) (begin int64, line []byte, err error) {
	for n := int64(4096); ; n *= 4 {
		n = min(n, end)
		text := make([]byte, n)
		if _, err := file.ReadAt(text, end-n); err != nil {
			return 0, nil, err
		}
		if i := bytes.LastIndexByte(text[:n-1], '\n'); i >= 0 {
			return end - n + int64(i) + 1, text[i+1:], nil
		}
		if n == end {
			return 0, text, nil
		}
	}
}

// compactEvery is how many writes to a country there are between two looks at how much
// history it has. A look reads all of it, so that more of them would make writes slower.
const compactEvery = 256

// compact removes what is beyond the retention from the history, now and then.
func (w *fileWrite) compact() error {
	if w.after.Revision%w.compactEvery != 0 {
		return nil
	}
	name := w.path(w.key, historySuffix)
	text, _, err := readFile(w.system, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if text, err = compacted(text, w.before.Revision, w.retention, w.after.Modified); err != nil || text == nil {
		return err
	}
	if err := w.replace(name, text, already); err != nil {
		return err
	}
	return w.system.sync(filepath.Dir(name))
}
