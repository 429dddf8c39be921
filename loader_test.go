package tax

import (
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/cache"
)

func TestEntryOfAHitIsOneCacheLine(t *testing.T) {
	if unsafe.Sizeof(uintptr(0)) != 8 {
		t.Skip("lines are counted for 64 bits")
	}
	var e cache.Entry[cached]
	size := unsafe.Sizeof(e)
	require.Greater(t, size, uintptr(112), "the next smaller class of allocations does not begin at cache lines")
	require.LessOrEqual(t, size, uintptr(128), "entries begin at cache lines")
	hot := unsafe.Offsetof(e.Value) + unsafe.Offsetof(e.Value.today) + unsafe.Sizeof(e.Value.today)
	require.LessOrEqual(t, hot, uintptr(64), "a hit reads one line of its entry")
	require.Equal(t, hot, unsafe.Offsetof(e.Value)+unsafe.Offsetof(e.Value.compiled))
}
