package store

import (
	"runtime"
	"sync/atomic"
)

// ahead calls a function in another goroutine. wait returns when it has. If it panicked or
// ended its goroutine, wait does so as well: it ends no process, and nobody takes it for a
// return.
func ahead(do func()) (wait func()) {
	done := make(chan struct{})
	returned := false
	var panicked any
	go func() {
		defer close(done)
		defer func() { panicked = recover() }()
		do()
		returned = true
	}()
	return func() {
		<-done
		if panicked != nil {
			panic(panicked) // that of the function, in the goroutine that asked for it
		}
		if !returned {
			runtime.Goexit()
		}
	}
}

// during calls two functions at the same time, the second one in this goroutine, and returns
// when both have.
func during(other, do func()) {
	defer ahead(other)()
	do()
}

// everywhere calls a function for the numbers below n, on all processors, and returns when it has
// returned for all of them.
func everywhere(n int, do func(i int)) {
	var next atomic.Int64
	work := func() {
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			do(i)
		}
	}
	for range min(n, runtime.GOMAXPROCS(0)) - 1 {
		defer ahead(work)()
	}
	work()
}
