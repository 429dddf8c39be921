package intern

import (
	"math/rand/v2"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// value has a pointer in it, because small values without a pointer share a block of
// memory, which lives as long as the last of them.
type value struct{ text *string }

func newValue(text string) *value { return &value{&text} }

func (t *Table[K, V]) len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.list)
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
	kept := table.Value(-1, func() *value { return newValue("kept") })
	most := 0
	for i := range 4000 {
		table.Value(i, func() *value { return newValue(strconv.Itoa(i)) })
		if i%500 == 0 {
			runtime.GC()
		}
		most = max(most, table.len())
	}
	// 500 between two collections, and those that were not looked at yet.
	assert.LessOrEqual(t, most, 500+500*lookedAt/(lookedAt-1))
	runtime.GC()
	for i := range 1000 {
		table.Value(4000+i%10, func() *value { return kept })
		table.Value(10_000+i, func() *value { return kept })
	}
	assert.LessOrEqual(t, table.len(), 1+10+1000, "only those that have a value are there")
	assert.Same(t, kept, table.Value(-1, func() *value { return newValue("another") }))
	runtime.KeepAlive(kept)
}

// Sweeping moves keys, and must lose none that has a value.
func TestTableFindsWhatIsAliveHoweverMuchIsSwept(t *testing.T) {
	var table Table[int, value]
	alive := map[int]*value{}
	random := rand.New(rand.NewPCG(3, 1))
	for i := range 5000 {
		key := random.IntN(3000)
		got := table.Value(key, func() *value { return newValue(strconv.Itoa(i)) })
		if was := alive[key]; was != nil {
			require.Same(t, was, got)
		}
		switch random.IntN(3) {
		case 0:
			alive[key] = got
		case 1:
			delete(alive, key)
		}
		if i%250 == 0 {
			runtime.GC()
		}
	}
	for key, v := range alive {
		require.Same(t, v, table.Value(key, func() *value { return newValue("another") }))
	}
	require.Len(t, table.places, len(table.list))
	for place := range table.list {
		require.Equal(t, place, table.places[table.list[place].key])
	}
}

func TestAKeyThatIsForgottenLeavesTheOthers(t *testing.T) {
	var table Table[int, value]
	kept := make([]*value, 5)
	for i := range kept {
		kept[i] = table.Value(i, func() *value { return newValue(strconv.Itoa(i)) })
	}
	for _, key := range []int{1, 4, 4, 9, 0} {
		table.Forget(key)
		assert.Nil(t, table.Find(key))
	}
	assert.Equal(t, 2, table.len())
	assert.Same(t, kept[2], table.Find(2))
	assert.Same(t, kept[3], table.Find(3))
	assert.Equal(t, "again", *table.Value(1, func() *value { return newValue("again") }).text)
	runtime.KeepAlive(kept)
}
