package taxtest

import (
	"math"
	"runtime"
	"time"
)

// Fastest returns the least time of n runs, which leaves out other work of the machine.
func Fastest(n int, run func()) time.Duration {
	least := time.Duration(math.MaxInt64)
	for range n {
		start := time.Now()
		run()
		least = min(least, time.Since(start))
	}
	return least
}

// HeapInUse returns the number of reachable bytes. It collects garbage until nothing
// more is freed, because values with a cleanup need several collections.
func HeapInUse() int64 {
	var m runtime.MemStats
	for least, same := int64(1)<<62, 0; same < 3; {
		runtime.GC()
		time.Sleep(time.Millisecond)
		runtime.ReadMemStats(&m)
		if same++; int64(m.HeapAlloc) < least-4096 {
			same = 0
		}
		least = min(least, int64(m.HeapAlloc))
	}
	return int64(m.HeapAlloc)
}
