//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package store

import (
	"os"
	"syscall"
)

// lockOpen locks an open file until it is closed.
func lockOpen(fd int, name string, shared bool) error {
	how := syscall.LOCK_EX
	if shared {
		how = syscall.LOCK_SH
	}
	for {
		err := syscall.Flock(fd, how|syscall.LOCK_NB)
		switch err {
		case nil:
			return nil
		case syscall.EINTR:
		case syscall.EWOULDBLOCK:
			return errLocked
		default:
			return &os.PathError{Op: "flock", Path: name, Err: err}
		}
	}
}

// replacesOpen reports whether a file can be replaced while it is open.
const replacesOpen = true

// replaceFile gives a file the name of another one.
func replaceFile(from, to string) error {
	for {
		switch err := syscall.Rename(from, to); err { // os.Rename looks first for what is there
		case nil:
			return nil
		case syscall.EINTR:
		default:
			return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
		}
	}
}

// syncFolder returns when the entries of a folder are durable.
func syncFolder(folder string) error {
	f, err := openDescriptor(folder, os.O_RDONLY)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
