//go:build !linux

package store

import (
	"os"
	"time"
)

// descriptor is an open file.
type descriptor struct{ *os.File }

// openDescriptor opens a file with the flags of os.OpenFile.
func openDescriptor(name string, flags int) (*descriptor, error) {
	// Whoever opens a pipe waits for the other end of it.
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		return nil, notAFile(name)
	}
	f, err := os.OpenFile(name, flags, 0o644)
	if err != nil {
		return nil, err
	}
	return &descriptor{f}, nil
}

func (f *descriptor) info() (size int64, modified time.Time, err error) {
	info, err := f.Stat()
	if err != nil {
		return 0, time.Time{}, err
	}
	if !info.Mode().IsRegular() {
		return 0, time.Time{}, notAFile(f.Name())
	}
	return info.Size(), info.ModTime(), nil
}

// named reports whether the file still has its name.
func (f *descriptor) named() (bool, error) {
	mine, err := f.Stat()
	if err != nil {
		return false, err
	}
	there, err := os.Stat(f.Name())
	return err == nil && os.SameFile(mine, there), err
}

func (f *descriptor) fd() int { return int(f.Fd()) }
