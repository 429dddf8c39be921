package store

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"time"
)

// crashDisk is a file system in memory that knows what of it is durable. What is not may
// be lost in a crash, or not: see crashes. It can also fail.
type crashDisk struct {
	folders map[string]*crashFolder
	// fail is asked before each operation on a file or folder.
	fail func(operation, name string) error
	// late does work that may be done beside other work as late as can be; otherwise it is
	// done at once.
	late bool
	// after is called after each operation that changes something.
	after func()
}

// crashFolder is a folder. Its changes since it was synced are pending.
type crashFolder struct {
	entries map[string]*crashFile
	durable map[string]*crashFile
	pending []folderChange
	made    bool // durable in the folder above
}

// folderChange gives a file a name and takes another one away, as a whole.
type folderChange struct {
	name, gone string
	file       *crashFile
}

// crashFile is a file. Its changes since it was synced are pending.
type crashFile struct {
	data    []byte
	durable []byte
	pending []fileChange
	time    time.Time
}

// fileChange is a write, or a truncation if data is nil.
type fileChange struct {
	at   int64
	data []byte
}

func newCrashDisk(root string) *crashDisk {
	return &crashDisk{folders: map[string]*crashFolder{root: {entries: map[string]*crashFile{}, made: true}}}
}

func (d *crashDisk) allowed(operation, name string) error {
	if d.fail == nil {
		return nil
	}
	return d.fail(operation, name)
}

func (d *crashDisk) changed() {
	if d.after != nil {
		d.after()
	}
}

func (d *crashDisk) find(name string) (*crashFolder, *crashFile) {
	f := d.folders[filepath.Dir(name)]
	if f == nil {
		return nil, nil
	}
	return f, f.entries[filepath.Base(name)]
}

func missing(operation, name string) error {
	return &fs.PathError{Op: operation, Path: name, Err: fs.ErrNotExist}
}

func (d *crashDisk) existing(name string) (openFile, error) {
	if err := d.allowed("read", name); err != nil {
		return nil, err
	}
	_, f := d.find(name)
	if f == nil {
		return nil, missing("read", name)
	}
	return &crashOpen{d, name, f}, nil
}

func (d *crashDisk) stat(name string) error {
	if _, f := d.find(name); f == nil && d.folders[name] == nil {
		return missing("stat", name)
	}
	return nil
}

func (d *crashDisk) list(folder string) ([]fs.DirEntry, error) {
	f := d.folders[folder]
	if f == nil {
		return nil, missing("list", folder)
	}
	var list []fs.DirEntry
	for _, name := range slices.Sorted(maps.Keys(f.entries)) {
		list = append(list, fs.FileInfoToDirEntry(crashInfo{name, f.entries[name]}))
	}
	return list, nil
}

func (d *crashDisk) open(name string) (openFile, error) {
	if err := d.allowed("open", name); err != nil {
		return nil, err
	}
	folder, f := d.find(name)
	if folder == nil {
		return nil, missing("open", name)
	}
	if f == nil {
		f = &crashFile{}
		folder.change(folderChange{name: filepath.Base(name), file: f})
		d.changed()
	}
	return &crashOpen{d, name, f}, nil
}

func (f *crashFolder) change(c folderChange) {
	f.entries = c.on(f.entries)
	f.pending = append(f.pending, c)
}

func (c folderChange) on(entries map[string]*crashFile) map[string]*crashFile {
	changed := maps.Clone(entries)
	if changed == nil {
		changed = map[string]*crashFile{}
	}
	if c.gone != "" {
		delete(changed, c.gone)
	}
	if c.name != "" {
		changed[c.name] = c.file
	}
	return changed
}

func (d *crashDisk) rename(from, to string) error {
	if err := d.allowed("rename", to); err != nil {
		return err
	}
	folder, f := d.find(from)
	if f == nil {
		return missing("rename", from)
	}
	folder.change(folderChange{name: filepath.Base(to), gone: filepath.Base(from), file: f})
	d.changed()
	return nil
}

func (d *crashDisk) remove(name string) error {
	if err := d.allowed("remove", name); err != nil {
		return err
	}
	folder, f := d.find(name)
	if f == nil {
		return missing("remove", name)
	}
	folder.change(folderChange{gone: filepath.Base(name)})
	d.changed()
	return nil
}

func (d *crashDisk) makeFolder(name string) error {
	if err := d.allowed("make", name); err != nil {
		return err
	}
	if d.folders[name] != nil {
		return &fs.PathError{Op: "make", Path: name, Err: fs.ErrExist}
	}
	d.folders[name] = &crashFolder{entries: map[string]*crashFile{}}
	d.changed()
	return nil
}

func (d *crashDisk) sync(folder string) error {
	if err := d.allowed("sync", folder); err != nil {
		return err
	}
	f := d.folders[folder]
	f.durable, f.pending = f.entries, nil
	for name, below := range d.folders {
		if filepath.Dir(name) == folder {
			below.made = true
		}
	}
	d.changed()
	return nil
}

func (d *crashDisk) beside(work func() error) func() error {
	if d.late {
		return work
	}
	err := work()
	return func() error { return err }
}

func (d *crashDisk) lock(context.Context, string, bool) (func(), error) { return func() {}, nil }

// crashOpen is an open file.
type crashOpen struct {
	disk *crashDisk
	name string
	file *crashFile
}

func (o *crashOpen) ReadAt(p []byte, at int64) (int, error) {
	n := copy(p, o.file.data[min(at, int64(len(o.file.data))):])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (o *crashOpen) WriteAt(p []byte, at int64) (int, error) {
	if err := o.disk.allowed("write", o.name); err != nil {
		o.file.change(fileChange{at, bytes.Clone(p[:len(p)/2])})
		return len(p) / 2, err
	}
	o.file.change(fileChange{at, bytes.Clone(p)})
	o.disk.changed()
	return len(p), nil
}

func (o *crashOpen) Truncate(size int64) error {
	if err := o.disk.allowed("truncate", o.name); err != nil {
		return err
	}
	o.file.change(fileChange{size, nil})
	o.disk.changed()
	return nil
}

func (o *crashOpen) Sync() error {
	if err := o.disk.allowed("fsync", o.name); err != nil {
		return err
	}
	o.file.durable, o.file.pending = o.file.data, nil
	o.disk.changed()
	return nil
}

func (o *crashOpen) info() (int64, time.Time, error) {
	return int64(len(o.file.data)), o.file.time, nil
}

func (o *crashOpen) Close() error { return o.disk.allowed("close", o.name) }

func (f *crashFile) change(c fileChange) {
	f.data = c.on(f.data)
	f.pending = append(f.pending, c)
}

func (c fileChange) on(data []byte) []byte {
	if c.data == nil {
		return append(bytes.Clone(data[:min(c.at, int64(len(data)))]), make([]byte, max(c.at-int64(len(data)), 0))...)
	}
	grown := append(bytes.Clone(data), make([]byte, max(c.at+int64(len(c.data))-int64(len(data)), 0))...)
	copy(grown[c.at:], c.data)
	return grown
}

type crashInfo struct {
	name string
	file *crashFile
}

func (i crashInfo) Name() string       { return i.name }
func (i crashInfo) Size() int64        { return int64(len(i.file.data)) }
func (i crashInfo) Mode() fs.FileMode  { return 0o644 }
func (i crashInfo) ModTime() time.Time { return i.file.time }
func (i crashInfo) IsDir() bool        { return false }
func (i crashInfo) Sys() any           { return nil }

// copy returns a file system that is not changed by what happens to this one.
func (d *crashDisk) copy() *crashDisk {
	files := map[*crashFile]*crashFile{}
	other := func(f *crashFile) *crashFile {
		if f == nil {
			return nil
		}
		if files[f] == nil {
			c := *f
			c.pending = slices.Clone(f.pending)
			files[f] = &c
		}
		return files[f]
	}
	all := func(entries map[string]*crashFile) map[string]*crashFile {
		c := map[string]*crashFile{}
		for name, f := range entries {
			c[name] = other(f)
		}
		return c
	}
	c := &crashDisk{folders: map[string]*crashFolder{}, late: d.late}
	for name, f := range d.folders {
		n := &crashFolder{entries: all(f.entries), durable: all(f.durable), made: f.made}
		for _, p := range f.pending {
			n.pending = append(n.pending, folderChange{p.name, p.gone, other(p.file)})
		}
		c.folders[name] = n
	}
	return c
}

// crashes returns every state that a crash may leave: of the changes of a folder or a file
// that was not synced, any may be lost, and the last write may have arrived in part, or as
// zeros. A change of names takes place as a whole.
func (d *crashDisk) crashes() map[string]*crashDisk {
	states := map[string]*crashDisk{}
	var folders []string
	for name := range d.folders {
		folders = append(folders, name)
	}
	sort.Strings(folders)
	var choose func(n int, made *crashDisk)
	choose = func(n int, made *crashDisk) {
		if n == len(folders) {
			made.contents(states)
			return
		}
		f := d.folders[folders[n]]
		if !f.made {
			choose(n+1, made) // it is lost with all that is in it
		}
		for kept := range 1 << len(f.pending) {
			entries := f.durable
			for i, c := range f.pending {
				if kept>>i&1 == 1 {
					entries = c.on(entries)
				}
			}
			with := &crashDisk{folders: maps.Clone(made.folders)}
			with.folders[folders[n]] = &crashFolder{entries: entries, durable: entries, made: true}
			choose(n+1, with)
		}
	}
	choose(0, &crashDisk{folders: map[string]*crashFolder{}})
	return states
}

// contents adds the states that differ in what is in the files.
func (d *crashDisk) contents(states map[string]*crashDisk) {
	type place struct{ folder, name string }
	var places []place
	for folder, f := range d.folders {
		for name := range f.entries {
			places = append(places, place{folder, name})
		}
	}
	sort.Slice(places, func(i, j int) bool {
		return places[i].folder+"/"+places[i].name < places[j].folder+"/"+places[j].name
	})
	var choose func(n int, texts []string)
	choose = func(n int, texts []string) {
		if n < len(places) {
			for _, text := range d.folders[places[n].folder].entries[places[n].name].crashed() {
				choose(n+1, append(texts[:n:n], text))
			}
			return
		}
		state := &crashDisk{folders: map[string]*crashFolder{}}
		var id strings.Builder
		for folder := range d.folders {
			state.folders[folder] = &crashFolder{entries: map[string]*crashFile{}, made: true}
		}
		for i, p := range places {
			data := []byte(texts[i])
			entries := state.folders[p.folder].entries
			entries[p.name] = &crashFile{data: data, durable: data}
			id.WriteString(p.folder + "/" + p.name + "\x00" + texts[i] + "\x00")
		}
		for _, f := range state.folders {
			f.durable = f.entries
		}
		states[id.String()] = state
	}
	choose(0, nil)
}

// crashed returns what a crash may leave in a file.
func (f *crashFile) crashed() []string {
	seen := map[string]bool{}
	for kept := range 1 << len(f.pending) {
		data := f.durable
		for i, c := range f.pending {
			if kept>>i&1 == 0 {
				continue
			}
			if i == len(f.pending)-1 && len(c.data) > 1 {
				half := c.data[:len(c.data)/2]
				seen[string(fileChange{c.at, half}.on(data))] = true
				seen[string(fileChange{c.at, make([]byte, len(c.data))}.on(data))] = true
				late := append(make([]byte, len(half)), c.data[len(half):]...)
				seen[string(fileChange{c.at, late}.on(data))] = true
			}
			data = c.on(data)
		}
		seen[string(data)] = true
	}
	return slices.Sorted(maps.Keys(seen))
}
