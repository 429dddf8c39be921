package cache

import (
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
)

// use takes more of the stack than a new goroutine has.
//
//go:noinline
func use(n int) int {
	var room [6 << 10]byte
	room[n] = 1
	return int(room[n/2])
}

func TestALoadHasRoomOnItsStackAtOnce(t *testing.T) {
	moved := func(begin func()) bool {
		answer := make(chan bool)
		go func() {
			begin()
			var mark byte
			before := uintptr(unsafe.Pointer(&mark))
			use(1)
			answer <- uintptr(unsafe.Pointer(&mark)) != before
		}()
		return <-answer
	}
	assert.True(t, moved(func() {}), "a stack that grows is copied to another place")
	assert.False(t, moved(func() { growStack(1) }))
}
