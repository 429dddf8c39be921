//go:build !(darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd || windows)

package store

import (
	"errors"
	"os"
)

// lockOpen fails: a store whose writers may overwrite each other would lose documents.
func lockOpen(_ int, name string, _ bool) error {
	return &os.PathError{Op: "lock", Path: name, Err: errors.ErrUnsupported}
}

// replacesOpen reports whether a file can be replaced while it is open.
const replacesOpen = false

// replaceFile gives a file the name of another one.
func replaceFile(from, to string) error { return os.Rename(from, to) }

// syncFolder returns when the entries of a folder are durable.
func syncFolder(folder string) error {
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
