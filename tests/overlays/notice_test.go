package overlays

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
)

// endless tells of its changes and cannot be asked to stop.
type endless struct{ tax.Source }

func (endless) Notify(func(tax.Key)) (stop func()) { return nil }

func TestASourceWithoutAStopHarmsNoOverlay(t *testing.T) {
	o, ok := tax.Overlay(endless{whatever(nil)}, endless{whatever(nil)}).(tax.Notifier)
	require.True(t, ok)
	stop := o.Notify(func(tax.Key) {})
	require.NotNil(t, stop)
	assert.NotPanics(t, stop)
	assert.NotPanics(t, stop, "again")
}
