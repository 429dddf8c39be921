package rates_test

import (
	"fmt"
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
		require.NoError(t, err)
		_, err = r.Lookup(ctx, tax.Lookup{Country: country, Region: region})
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		require.NoError(t, err)
		fmt.Println("cold", took.Nanoseconds(), after.TotalAlloc-before.TotalAlloc)
		return
	}
	for _, place := range []string{"DE", "US-CA", "RU-KAM"} {
		least, bytes := time.Hour, uint64(0)
		for range 5 {
			child := exec.Command(os.Args[0], "-test.run=^TestFirstAnswerOfAProcess$")
			child.Env = append(os.Environ(), coldPlace+"="+place)
			out, err := child.CombinedOutput()
			require.NoError(t, err, string(out))
			var took int64
			_, err = fmt.Sscanf(string(out), "cold %d %d", &took, &bytes)
			require.NoError(t, err, string(out))
			least = min(least, time.Duration(took))
		}
		t.Logf("%s: %s and %d bytes", place, least, bytes)
		assert.Less(t, bytes, uint64(coldBytes), place)
	}
}
