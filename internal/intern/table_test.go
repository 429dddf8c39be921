package intern

import (
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// value has a pointer in it, because small values without a pointer share a block of
// memory, which lives as long as the last of them.
type value struct{ text *string }

func newValue(text string) *value { return &value{&text} }

func (t *Table[K, V]) len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.values)
}

func TestEqualKeysHaveOneValue(t *testing.T) {
	var table Table[string, value]
	a := table.Value("a", func() *value { return newValue("first") })
	assert.Equal(t, "first", *a.text)
	assert.Same(t, a, table.Value("a", func() *value { assert.Fail(t, "there is one"); return nil }))
	assert.NotSame(t, a, table.Value("b", func() *value { return newValue("first") }))
	runtime.KeepAlive(a)
}

func TestCallersThatMakeAValueAtOnceGetTheSame(t *testing.T) {
	var table Table[int, value]
	var made, done sync.WaitGroup
	values := make([]*value, 8)
	made.Add(len(values))
	for i := range values {
		done.Go(func() {
			values[i] = table.Value(0, func() *value {
				made.Done()
				made.Wait() // all callers get here, so none of them blocks the table
				return newValue(strconv.Itoa(i))
			})
		})
	}
	done.Wait()
	for _, v := range values {
		assert.Same(t, values[0], v)
	}
	assert.Equal(t, 1, table.len())
}

func TestTableForgetsValuesThatNobodyHas(t *testing.T) {
	var table Table[int, value]
	for i := range 100 {
		table.Value(i, func() *value { return newValue(strconv.Itoa(i)) })
	}
	kept := table.Value(500, func() *value { return newValue("kept") })
	for range 100 {
		runtime.GC()
		if table.len() == 1 {
			break
		}
		time.Sleep(time.Millisecond) // cleanups run in another goroutine
	}
	assert.Equal(t, 1, table.len())
	assert.Same(t, kept, table.Value(500, func() *value { return newValue("another") }))
	runtime.KeepAlive(kept)
}

func TestTableKeepsAValueThatTookThePlaceOfOneThatIsGone(t *testing.T) {
	var table Table[int, value]
	v := table.Value(0, func() *value { return newValue("again") })
	table.forget(0) // the late cleanup of the value before
	assert.Equal(t, 1, table.len())
	assert.Same(t, v, table.Value(0, func() *value { return newValue("another") }))
	runtime.KeepAlive(v)
}
