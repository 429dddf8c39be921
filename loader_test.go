package tax

import (
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/cache"
)

func TestEntryIsSmallAndAHitReadsItsBeginning(t *testing.T) {
	if unsafe.Sizeof(uintptr(0)) != 8 {
		t.Skip("lines are counted for 64 bits")
	}
	var e cache.Entry[compiled]
	require.EqualValues(t, 176, unsafe.Sizeof(e), "a byte more is 16 more for each country of each tenant")
	hot := unsafe.Offsetof(e.Value) + unsafe.Offsetof(e.Value.earlier) + unsafe.Sizeof(e.Value.earlier)
	require.LessOrEqual(t, hot, uintptr(128), "a hit reads two lines, which follow each other")
	code := unsafe.Offsetof(e.Value) + unsafe.Offsetof(e.Value.today) + unsafe.Sizeof(e.Value.today)
	require.LessOrEqual(t, code, uintptr(64), "and the first has what the others are found by")
}
