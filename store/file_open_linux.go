package store

import (
	"io"
	"os"
	"syscall"
	"time"
)

// descriptor is an open file. An os.File would offer it to the poller, which refuses files,
// and register it for finalizing. A write opens six files, so that this would take it about as
// long as all other calls of the system that do not wait for the disk.
type descriptor struct {
	number int
	name   string
}

// openDescriptor opens a file with the flags of os.OpenFile.
func openDescriptor(name string, flags int) (*descriptor, error) {
	f := &descriptor{name: name}
	err := f.try("open", func() (err error) {
		// Whoever opens a pipe waits for the other end of it unless the call says otherwise. Files
		// do not know the difference.
		f.number, err = syscall.Open(name, flags|syscall.O_CLOEXEC|syscall.O_NONBLOCK, 0o644)
		return err
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

// try makes a call of the system again as long as signals interrupt it.
func (f *descriptor) try(operation string, call func() error) error {
	for {
		switch err := call(); err {
		case nil:
			return nil
		case syscall.EINTR:
		default:
			return &os.PathError{Op: operation, Path: f.name, Err: err}
		}
	}
}

// ReadAt reads as io.ReaderAt says.
func (f *descriptor) ReadAt(p []byte, at int64) (int, error) {
	return f.whole("read", p, at, syscall.Pread, io.EOF)
}

// WriteAt writes as io.WriterAt says.
func (f *descriptor) WriteAt(p []byte, at int64) (int, error) {
	return f.whole("write", p, at, syscall.Pwrite, io.ErrShortWrite)
}

// whole calls move until all of p is read or written. none is the error if nothing is.
func (f *descriptor) whole(operation string, p []byte, at int64, move func(int, []byte, int64) (int, error), none error) (done int, err error) {
	for done < len(p) {
		n := 0
		err := f.try(operation, func() (err error) {
			n, err = move(f.number, p[done:], at+int64(done))
			return err
		})
		if err != nil {
			return done, err
		}
		if n == 0 {
			return done, none
		}
		done += n
	}
	return done, nil
}

func (f *descriptor) Truncate(size int64) error {
	return f.try("truncate", func() error { return syscall.Ftruncate(f.number, size) })
}

func (f *descriptor) Sync() error {
	return f.try("sync", func() error { return syscall.Fsync(f.number) })
}

// Close must be called once. Linux has closed the file even if it says that it was interrupted.
func (f *descriptor) Close() error {
	if err := syscall.Close(f.number); err != nil && err != syscall.EINTR {
		return &os.PathError{Op: "close", Path: f.name, Err: err}
	}
	return nil
}

func (f *descriptor) stat() (info syscall.Stat_t, err error) {
	err = f.try("stat", func() error { return syscall.Fstat(f.number, &info) })
	return info, err
}

func (f *descriptor) info() (size int64, modified time.Time, err error) {
	info, err := f.stat()
	if err == nil && info.Mode&syscall.S_IFMT != syscall.S_IFREG {
		err = notAFile(f.name)
	}
	return info.Size, time.Unix(info.Mtim.Unix()), err
}

// named reports whether the file still has its name.
func (f *descriptor) named() (bool, error) {
	mine, err := f.stat()
	if err != nil {
		return false, err
	}
	var there syscall.Stat_t
	err = f.try("stat", func() error { return syscall.Stat(f.name, &there) })
	return mine.Dev == there.Dev && mine.Ino == there.Ino, err
}

func (f *descriptor) fd() int { return f.number }
