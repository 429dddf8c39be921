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
func tryLock(name string, shared bool) (*descriptor, error) {
	flags := os.O_RDWR | os.O_CREATE
	if shared {
		flags = os.O_RDONLY // whoever reads creates nothing
	}
	f, err := openDescriptor(name, flags)
	if err != nil {
		return nil, err
	}
	if err := lockOpen(f.fd(), name, shared); err != nil {
		_ = f.Close()
		return nil, err
	}
	// Whoever locks a file that was deleted in the meantime has not locked anything.
	named, err := f.named()
	if err == nil && named {
		return f, nil
	}
	_ = f.Close()
	if err == nil || errors.Is(err, os.ErrNotExist) {
		err = errLocked
	}
	return nil, err
}
