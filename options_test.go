package tax_test

import (
	"context"
	"fmt"
	"math"
	"reflect"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

func TestOptionsThatAreNegativeAreRefusedByName(t *testing.T) {
	tried := 0
	fields := reflect.TypeFor[tax.Options]()
	for i := range fields.NumField() {
		field := fields.Field(i)
		switch field.Type.Kind() {
		case reflect.Int, reflect.Int64: // durations are numbers as well
		default:
			continue
		}
		for _, value := range []int64{-1, -1 << (field.Type.Bits() - 1)} {
			// A TTL, so that it is not the lack of one that is refused.
			o := tax.Options{TTL: time.Hour}
			reflect.ValueOf(&o).Elem().Field(i).SetInt(value)
			r, err := tax.NewResolver(taxtest.Fixed(), &o)
			assert.Nil(t, r, field.Name)
			var e *tax.InputError
			require.ErrorAs(t, err, &e, field.Name)
			require.ErrorIs(t, err, tax.ErrInvalid, field.Name)
			assert.Contains(t, e.Field, field.Name)
			taxtest.AssertAdvises(t, err)
		}
		tried++
	}
	assert.Equal(t, 10, tried, "Capacity, MaxBytes, TenantQuota and seven durations")
}

func TestOptionsOfAgeNeedATTL(t *testing.T) {
	for name, o := range map[string]tax.Options{
		"RefreshAhead": {RefreshAhead: time.Second},
		"MaxStale":     {MaxStale: time.Second},
	} {
		_, err := tax.NewResolver(taxtest.Fixed(), &o)
		var e *tax.InputError
		require.ErrorAs(t, err, &e, name)
		assert.Contains(t, e.Error(), name)
		assert.Contains(t, e.Error(), "TTL")
	}
	for _, ahead := range []time.Duration{48*time.Second + 1, time.Minute, time.Hour} {
		_, err := tax.NewResolver(taxtest.Fixed(), &tax.Options{TTL: time.Minute, RefreshAhead: ahead})
		assert.ErrorIs(t, err, tax.ErrInvalid, ahead.String())
		assert.ErrorContains(t, err, "RefreshAhead")
	}
}

func TestOptionsOfAgeEndAt100Years(t *testing.T) {
	const century = 100 * 365 * 24 * time.Hour
	taxtest.Open(t, taxtest.Fixed(), &tax.Options{TTL: century, MaxStale: century})
	for _, o := range []tax.Options{{TTL: century + 1}, {TTL: time.Hour, MaxStale: century + 1}, {TTL: time.Hour, MaxStale: math.MaxInt64}} {
		_, err := tax.NewResolver(taxtest.Fixed(), &o)
		assert.ErrorContains(t, err, "longer than 100 years")
	}
}

func TestOptionsAtTheirEdgesAreAccepted(t *testing.T) {
	for name, o := range map[string]tax.Options{
		"all":              {Capacity: 1, MaxBytes: 1, TenantQuota: 1, TTL: time.Hour, RefreshAhead: time.Minute, MaxStale: time.Hour, NegativeTTL: time.Hour, LoadTimeout: time.Hour},
		"smallest":         {Capacity: 1, MaxBytes: 1, TenantQuota: 1, TTL: 2, RefreshAhead: 1, MaxStale: 1, NegativeTTL: 1},
		"TTL 1 ns":         {TTL: 1},
		"longest ahead":    {TTL: time.Minute, RefreshAhead: 48 * time.Second},
		"quota > capacity": {Capacity: 2, TenantQuota: 100},
		"MaxStale > TTL":   {TTL: time.Second, MaxStale: 1000 * time.Hour},
		"largest quota":    {MaxBytes: 1<<63 - 1, TenantQuota: math.MaxInt},
		"largest capacity": {Capacity: math.MaxInt},
	} {
		r := taxtest.Open(t, taxtest.Script(taxtest.LoadNineteen), &o)
		for _, country := range []string{"DE", "FR", "DE", "DE"} {
			assert.Equal(t, "19 VAT", taxtest.Answer(r.Tenant("shop").Resolve(t.Context(), country, "")), name)
		}
	}
}

func TestOptionsOfAnObserverAreReadOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told atomic.Int64
		o := &tax.Observer{LoadEnd: func(context.Context, tax.LoadEvent) { told.Add(1) }}
		r := taxtest.Open(t, taxtest.Script(taxtest.LoadNineteen), &tax.Options{Observer: o, Capacity: 1})
		group := make(chan struct{})
		go func() { // with the race detector, a reader of o would be found
			defer close(group)
			for range 100 {
				o.LoadStart = func(context.Context, context.Context, tax.Key) context.Context { panic("not ours") }
				o.LoadEnd = func(context.Context, tax.LoadEvent) { panic("not ours") }
				o.Evicted = func(tax.Key) { panic("not ours") }
			}
		}()
		for i := range 20 {
			assert.Equal(t, "19 VAT", taxtest.Answer(r.Tenant(fmt.Sprint(i)).Resolve(t.Context(), "DE", "")))
		}
		<-group
		synctest.Wait()
		assert.EqualValues(t, 20, told.Load())
	})
}

func TestOptionsLeftOutHaveTheirDocumentedDefaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		src := taxtest.Metered(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
			if key.Country == "FR" {
				return nil, nil
			}
			return taxtest.LoadNineteen(ctx, key)
		})
		r := taxtest.Open(t, src, nil)
		none := func() string { return taxtest.Answer(r.Resolve(t.Context(), "FR", "")) }
		assert.Equal(t, "unknown country", none())
		time.Sleep(999 * time.Millisecond)
		assert.Equal(t, "unknown country", none())
		assert.Equal(t, 1, src.Total(), "remembered for a second")
		time.Sleep(time.Second)
		assert.Equal(t, "unknown country", none())
		assert.Equal(t, 2, src.Total(), "and no longer")

		for i := range 1024 {
			_, err := r.Tenant(fmt.Sprint(i)).Resolve(t.Context(), "DE", "")
			require.NoError(t, err)
		}
		s := r.Stats()
		assert.Equal(t, 1024, s.Countries)
		assert.Zero(t, s.Evictions)
		assert.Zero(t, s.Hits)
		_, err := r.Tenant("one more").Resolve(t.Context(), "DE", "")
		require.NoError(t, err)
		assert.Equal(t, 1024, r.Stats().Countries)

		time.Sleep(48 * time.Hour)
		loads := src.Total()
		a, err := r.Tenant("one more").Resolve(t.Context(), "DE", "")
		require.NoError(t, err)
		assert.Equal(t, loads, src.Total(), "without a TTL nothing grows old")
		assert.False(t, a.Stale())
	})
}
