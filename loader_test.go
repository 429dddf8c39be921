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
	require.EqualValues(t, 144, unsafe.Sizeof(e), "a byte more is 16 more for each country of each tenant")
	hot := unsafe.Offsetof(e.Value) + unsafe.Offsetof(e.Value.today) + unsafe.Sizeof(e.Value.today)
	require.LessOrEqual(t, hot, uintptr(64), "a hit reads no more than a cache line")
}
