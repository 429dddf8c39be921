//go:build !lockheld

package cache

import "sync"

// lock is the lock of a cache. With the build tag lockheld it notes how long it is held.
type lock = sync.Mutex
