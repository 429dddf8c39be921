package rates_test

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rates"
)

// coldPlace is an environment variable. It makes a copy of the test binary
// answer for one place and exit.
const coldPlace = "RATES_COLD_PLACE"

// TestFirstAnswerOfAProcess starts processes that answer one lookup each, with
// nothing loaded or cached before. It logs the time, and asserts only the
// memory, which does not depend on the machine.
func TestFirstAnswerOfAProcess(t *testing.T) {
	if place := os.Getenv(coldPlace); place != "" {
		country, region, _ := strings.Cut(place, "-")
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		r, err := tax.NewResolver(rates.World(), nil)
		if err == nil {
			_, err = r.Lookup(ctx, tax.Lookup{Country: country, Region: region})
		}
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		require.NoError(t, err)
		fmt.Println("cold", took.Nanoseconds(), after.TotalAlloc-before.TotalAlloc, after.Mallocs-before.Mallocs)
		return
	}
	for place, most := range map[string]uint64{"DE": 125, "US-CA": 456, "RU-KAM": 723} {
		least, bytes, objects := time.Hour, uint64(0), uint64(math.MaxUint64)
		for range 5 {
			child := exec.Command(os.Args[0], "-test.run=^TestFirstAnswerOfAProcess$")
			child.Env = append(os.Environ(), coldPlace+"="+place)
			out, err := child.CombinedOutput()
			require.NoError(t, err, string(out))
			var took int64
			var n uint64
			_, err = fmt.Sscanf(string(out), "cold %d %d %d", &took, &bytes, &n)
			require.NoError(t, err, string(out))
			objects = min(objects, n)
			least = min(least, time.Duration(took))
		}
		t.Logf("%s: %s, %d bytes and %d objects", place, least, bytes, objects)
		assert.Less(t, bytes, uint64(coldBytes), place)
		assert.LessOrEqual(t, objects, most+lostUnderRace, place)
	}
}
