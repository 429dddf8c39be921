package intern

import (
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// value has a pointer in it, because small values without a pointer share a block of
// memory, which lives as long as the last of them.
type value struct{ text *string }

func newValue(text string) *value { return &value{&text} }

// key returns a content for a number.
func key(n int) []byte { return []byte(strconv.Itoa(n)) }

func (t *Table[V]) len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.list)
}

func TestEqualContentsHaveOneValue(t *testing.T) {
	var table Table[value]
	a := table.Value([]byte("a"), func() *value { return newValue("first") })
	assert.Equal(t, "first", *a.text)
	assert.Same(t, a, table.Value([]byte("a"), func() *value { assert.Fail(t, "there is one"); return nil }))
	assert.NotSame(t, a, table.Value([]byte("b"), func() *value { return newValue("first") }))
	runtime.KeepAlive(a)
}

func TestCallersThatMakeAValueAtOnceGetTheSame(t *testing.T) {
	var table Table[value]
	var made, done sync.WaitGroup
	values := make([]*value, 8)
	made.Add(len(values))
	for i := range values {
		done.Go(func() {
			values[i] = table.Value(key(0), func() *value {
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

func TestLoadsOfWhatIsKnownDoNotWaitForOneAnother(t *testing.T) {
	var table Table[value]
	kept := table.Value(key(0), func() *value { return newValue("kept") })
	met := make(chan struct{})
	meet := func(int, *value, int) {
		select {
		case met <- struct{}{}:
		case <-met:
		case <-time.After(10 * time.Second):
			assert.Fail(t, "nobody else looks for it meanwhile")
		}
	}
	var done sync.WaitGroup
	for range 2 {
		done.Go(func() { table.FindAll(key(0), []int{1}, meet) })
	}
	done.Wait()
	runtime.KeepAlive(kept)
}

func TestTableForgetsValuesThatNobodyHas(t *testing.T) {
	var table Table[value]
	kept := table.Value(key(-1), func() *value { return newValue("kept") })
	most := 0
	for i := range 4000 {
		table.Value(key(i), func() *value { return newValue(strconv.Itoa(i)) })
		if i%500 == 0 {
			runtime.GC()
		}
		most = max(most, table.len())
	}
	// 500 between two collections, and those that were not looked at yet.
	assert.LessOrEqual(t, most, 500+500*lookedAt/(lookedAt-1))
	runtime.GC()
	for i := range 1000 {
		table.Value(key(4000+i%10), func() *value { return kept })
		table.Value(key(10_000+i), func() *value { return kept })
	}
	assert.LessOrEqual(t, table.len(), 1+10+1000, "only those that have a value are there")
	assert.Same(t, kept, table.Value(key(-1), func() *value { return newValue("another") }))
	runtime.KeepAlive(kept)
}

// Sweeping moves contents, and must lose none that has a value.
func TestTableFindsWhatIsAliveHoweverMuchIsSwept(t *testing.T) {
	var table Table[value]
	alive := map[int]*value{}
	random := rand.New(rand.NewPCG(3, 1))
	for i := range 5000 {
		n := random.IntN(3000)
		got := table.Value(key(n), func() *value { return newValue(strconv.Itoa(i)) })
		if was := alive[n]; was != nil {
			require.Same(t, was, got)
		}
		switch random.IntN(3) {
		case 0:
			alive[n] = got
		case 1:
			delete(alive, n)
		}
		if i%250 == 0 {
			runtime.GC()
		}
	}
	for n, v := range alive {
		require.Same(t, v, table.Value(key(n), func() *value { return newValue("another") }))
	}
	require.Len(t, table.places, len(table.list))
	for place := range table.list {
		require.Equal(t, place, table.places[table.list[place].content])
	}
}

func TestAContentThatIsForgottenLeavesTheOthers(t *testing.T) {
	var table Table[value]
	kept := make([]*value, 5)
	for i := range kept {
		kept[i] = table.Value(key(i), func() *value { return newValue(strconv.Itoa(i)) })
	}
	for _, n := range []int{1, 4, 4, 9, 0} {
		table.Forget(key(n))
		assert.Nil(t, table.Find(key(n)))
	}
	assert.Equal(t, 2, table.len())
	assert.Same(t, kept[2], table.Find(key(2)))
	assert.Same(t, kept[3], table.Find(key(3)))
	assert.Equal(t, "again", *table.Value(key(1), func() *value { return newValue("again") }).text)
	runtime.KeepAlive(kept)
}

// parts is a value with several contents.
type parts struct{ texts []string }

// add adds a value with contents, each of them a part of its own, and returns which value and
// part each content then has.
func add(t *Table[parts], contents ...string) (values []*parts, numbers []int) {
	created, ends, at := &parts{contents}, []int(nil), 0
	for i, c := range contents {
		at += len(c)
		ends, values, numbers = append(ends, at), append(values, created), append(numbers, i)
	}
	t.Add(created, []byte(strings.Join(contents, "")), ends, func(n int, by *parts, part int) { values[n], numbers[n] = by, part })
	return values, numbers
}

// found returns the texts of the parts that are found for contents; "" for none.
func found(t *Table[parts], contents ...string) []string {
	texts, ends, at := make([]string, len(contents)), []int(nil), 0
	for _, c := range contents {
		at += len(c)
		ends = append(ends, at)
	}
	t.FindAll([]byte(strings.Join(contents, "")), ends, func(n int, v *parts, part int) { texts[n] = v.texts[part] })
	return texts
}

func TestPartsOfAValueAreFoundByTheirContents(t *testing.T) {
	var table Table[parts]
	first, _ := add(&table, "a", "", "bc")
	second, _ := add(&table, "d")
	assert.Equal(t, []string{"bc", "", "", "d", "a", "", "a"}, found(&table, "bc", "b", "", "d", "a", "c", "a"))
	values, numbers := add(&table, "e", "bc", "d")
	assert.Equal(t, []*parts{values[0], first[0], second[0]}, values, "another caller was faster with two of them")
	assert.Equal(t, []int{0, 2, 0}, numbers)
	assert.Equal(t, []string{"e", "bc"}, found(&table, "e", "bc"))
	runtime.KeepAlive([]any{first, second, values})
}

func TestAValueWithPartsTakesOneWeakPointer(t *testing.T) {
	var table Table[parts]
	contents := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
	add(&table, contents...)
	all, ends := []byte(strings.Join(contents, "")), []int{1, 2, 3, 4, 5, 6, 7, 8}
	created := make([]*parts, 0, 200)
	for range cap(created) {
		created = append(created, &parts{contents})
	}
	runtime.GC()
	n := 0
	assert.Equal(t, 2.0, testing.AllocsPerRun(100, func() {
		table.Forget([]byte("c"))
		table.Add(created[n], all, ends, func(int, *parts, int) {})
		n++
	}), "that, and the text of all contents")
	runtime.KeepAlive(created)
}

// A content that came back does not keep the text alive that it was a part of before.
func TestContentsGoWithTheirValue(t *testing.T) {
	var table Table[parts]
	const long = 1 << 20
	bytes := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := bytes()
	add(&table, "a", strings.Repeat("x", long))
	runtime.GC()
	again, _ := add(&table, "a", "b")
	table.Forget([]byte(strings.Repeat("x", long)))
	assert.Less(t, bytes(), before+long/2)
	assert.Equal(t, []string{"a", "b"}, found(&table, "a", "b"))
	runtime.KeepAlive(again)
}
