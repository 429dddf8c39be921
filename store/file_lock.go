package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"time"
)

// errLocked is the error of tryLock for a file that another process has locked.
var errLocked = errors.New("store: another process has the lock")

// lockFile waits for the lock on a file. The operating system takes it back when the
// process ends, however it ends.
func lockFile(ctx context.Context, name string, shared bool) (unlock func(), err error) {
	const least, most = 100 * time.Microsecond, 5 * time.Millisecond
	for pause := least; ; pause = min(2*pause, most) {
		f, err := tryLock(name, shared)
		if err == nil {
			return func() { _ = f.Close() }, nil
		}
		if !errors.Is(err, errLocked) {
			return nil, err
		}
		wait := time.NewTimer(pause/2 + rand.N(pause))
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			return nil, ctx.Err()
		}
	}
}

// tryLock opens a file and locks it.
func tryLock(name string, shared bool) (*os.File, error) {
	open := func() (*os.File, error) { return os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o644) }
	if shared {
		open = func() (*os.File, error) { return os.Open(name) } // whoever reads creates nothing
	}
	f, err := open()
	if err != nil {
		return nil, err
	}
	if err := lockOpen(f, shared); err != nil {
		_ = f.Close()
		return nil, err
	}
	// Whoever locks a file that was deleted in the meantime has not locked anything.
	mine, err := f.Stat()
	if err == nil {
		var named os.FileInfo
		if named, err = os.Stat(name); err == nil && os.SameFile(mine, named) {
			return f, nil
		}
	}
	_ = f.Close()
	if err == nil || errors.Is(err, os.ErrNotExist) {
		err = errLocked
	}
	return nil, err
}
