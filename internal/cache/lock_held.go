//go:build lockheld

package cache

import (
	"runtime"
	"sync"
	"time"
)

// lock is a mutex that notes how long it is held, and by which function.
type lock struct {
	sync.Mutex
	began time.Time
}

// held are the times of each function that unlocks, by its program counter.
var held = struct {
	sync.Mutex
	times map[uintptr][]int32
}{times: make(map[uintptr][]int32)}

// Lock takes the lock.
func (l *lock) Lock() {
	l.Mutex.Lock()
	l.began = time.Now()
}

// Unlock gives it back.
func (l *lock) Unlock() {
	took := int32(time.Since(l.began))
	l.Mutex.Unlock()
	var pc [1]uintptr
	runtime.Callers(2, pc[:])
	held.Lock()
	defer held.Unlock()
	held.times[pc[0]] = append(held.times[pc[0]], took)
}

// Held returns for how many nanoseconds the locks of all caches were held since it was
// called last, by the name of the method of the cache that held them.
func Held() map[string][]int32 {
	held.Lock()
	defer held.Unlock()
	times := make(map[string][]int32)
	for pc, list := range held.times {
		frame, _ := runtime.CallersFrames([]uintptr{pc}).Next()
		times[frame.Function] = append(times[frame.Function], list...)
	}
	clear(held.times)
	return times
}
