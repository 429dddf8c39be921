package civil_test

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/civil"
)

func TestZonesAreThoseOfPackageTimeAndLoadedOnce(t *testing.T) {
	for _, name := range []string{"", "UTC", "Europe/Berlin", "Pacific/Kiritimati"} {
		want, err := time.LoadLocation(name)
		require.NoError(t, err)
		got, err := civil.Zone(name)
		require.NoError(t, err)
		again, err := civil.Zone(name)
		require.NoError(t, err)
		assert.Same(t, got, again)
		for _, at := range []time.Time{time.Unix(0, 0), time.Unix(1_795_000_000, 0)} {
			assert.Equal(t, at.In(want).String(), at.In(got).String())
		}
	}
}

func TestUnknownZoneIsAnError(t *testing.T) {
	for _, name := range []string{"Europe/Nowhere", "../etc/passwd", "/UTC"} {
		for range 2 {
			_, err := civil.Zone(name)
			assert.Error(t, err, name)
		}
	}
}

func TestZonesAreLoadedConcurrently(t *testing.T) {
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for _, name := range []string{"Asia/Tokyo", "Asia/Nowhere", "America/Lima", ""} {
				_, _ = civil.Zone(name)
			}
		})
	}
	wg.Wait()
}
