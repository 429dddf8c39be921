package store

import (
	"errors"
	"os"
	"syscall"
	"time"
	"unsafe"
)

var lockFileEx = syscall.NewLazyDLL("kernel32.dll").NewProc("LockFileEx")

// lockOpen locks an open file until it is closed.
func lockOpen(fd int, name string, shared bool) error {
	const failImmediately, exclusive = 1, 2
	const lockViolation, ioPending = syscall.Errno(33), syscall.Errno(997)
	how := uintptr(failImmediately | exclusive)
	if shared {
		how = failImmediately
	}
	var at syscall.Overlapped
	if done, _, err := lockFileEx.Call(uintptr(fd), how, 0, 1, 0, uintptr(unsafe.Pointer(&at))); done == 0 {
		if err == lockViolation || err == ioPending {
			return errLocked
		}
		return &os.PathError{Op: "LockFileEx", Path: name, Err: err}
	}
	return nil
}

// replacesOpen reports whether a file can be replaced while it is open.
const replacesOpen = false

// replaceFile gives a file the name of another one. Windows refuses that while somebody
// reads the other one, which takes a moment.
func replaceFile(from, to string) error {
	const sharingViolation = syscall.Errno(32)
	for pause := time.Millisecond; ; pause *= 2 {
		err := os.Rename(from, to)
		if err == nil || pause > time.Second ||
			!errors.Is(err, syscall.ERROR_ACCESS_DENIED) && !errors.Is(err, sharingViolation) {
			return err
		}
		time.Sleep(pause)
	}
}

// syncFolder does nothing: Windows cannot sync a folder. NTFS has a journal of its own for
// the entries.
func syncFolder(string) error { return nil }
