package store

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"slices"
	"time"
)

// fileSystem is what a file store asks of the operating system. Tests have others, which
// fail, and which show what a crash leaves.
type fileSystem interface {
	// existing opens a file for reading.
	existing(name string) (openFile, error)
	// stat returns an error if there is no such file or folder.
	stat(name string) error
	// list returns the entries of a folder by name.
	list(folder string) ([]fs.DirEntry, error)
	// open opens a file for reading and writing, and creates it if there is none.
	open(name string) (openFile, error)
	// rename gives a file another name, in place of the file that has it.
	rename(from, to string) error
	remove(name string) error
	makeFolder(name string) error
	// sync returns when the entries of a folder are durable.
	sync(folder string) error
	// beside does work beside other work. wait returns when it is done.
	beside(work func() error) (wait func() error)
	// lock waits until no other process has the lock file open: none at all, or none
	// that writes if the lock is shared.
	lock(ctx context.Context, name string, shared bool) (unlock func(), err error)
}

// openFile is a file that is read or written.
type openFile interface {
	io.ReaderAt
	io.WriterAt
	Truncate(size int64) error
	// Sync returns when the contents are durable.
	Sync() error
	// info returns the size, and when the contents were last changed.
	info() (size int64, modified time.Time, err error)
	Close() error
}

// notAFile is the error for a pipe, a device or a folder in place of a file. A pipe and a
// device may have no end, so nobody reads them.
func notAFile(name string) error {
	return &fs.PathError{Op: "read", Path: name, Err: errors.New("it is not a file")}
}

// readFile returns the contents of a file, and when they were last changed.
func readFile(system fileSystem, name string) ([]byte, time.Time, error) {
	file, err := system.existing(name)
	if err != nil {
		return nil, time.Time{}, err
	}
	defer file.Close()
	return readAll(file, nil)
}

// readAll returns the contents of a file, and when they were last changed. It uses the
// buffer if that is large enough.
func readAll(file openFile, buffer []byte) ([]byte, time.Time, error) {
	size, modified, err := file.info()
	if err != nil {
		return nil, time.Time{}, err
	}
	if size >= math.MaxInt {
		return nil, time.Time{}, errors.New("store: a file is too large to be read into memory")
	}
	// A file that is renamed over this one leaves this one whole. One that is edited in
	// place may grow in the meantime.
	data := slices.Grow(buffer[:0], int(size)+1)
	for {
		n, err := file.ReadAt(data[len(data):cap(data)], int64(len(data)))
		data = data[:len(data)+n]
		if err == io.EOF {
			return data, modified, nil
		}
		if err != nil {
			return nil, time.Time{}, err
		}
		data = slices.Grow(data, 1)
	}
}

// disk is the file system of the operating system.
type disk struct{}

func (disk) existing(name string) (openFile, error) { return opened(name, os.O_RDONLY) }

func (disk) stat(name string) error {
	_, err := os.Stat(name)
	return err
}

func (disk) list(folder string) ([]fs.DirEntry, error) { return os.ReadDir(folder) }

func (disk) open(name string) (openFile, error) {
	return opened(name, os.O_RDWR|os.O_CREATE)
}

func opened(name string, flags int) (openFile, error) {
	f, err := openDescriptor(name, flags)
	if err != nil {
		return nil, err // and no openFile that is not nil
	}
	return f, nil
}

func (disk) rename(from, to string) error { return replaceFile(from, to) }

func (disk) remove(name string) error { return os.Remove(name) }

func (disk) makeFolder(name string) error { return os.Mkdir(name, 0o755) }

func (disk) sync(folder string) error { return syncFolder(folder) }

func (disk) beside(work func() error) func() error {
	done := make(chan error, 1)
	go func() { done <- work() }()
	return func() error { return <-done }
}

func (disk) lock(ctx context.Context, name string, shared bool) (func(), error) {
	return lockFile(ctx, name, shared)
}
