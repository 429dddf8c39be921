package histories

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/taxresolve/tax"
)

var germany = tax.Key{Country: "DE"}

func written(v int, call, ret int64) Operation {
	return Operation{Act: Write, Key: germany, Version: v, Call: call, Return: ret}
}

func read(v int, call, ret int64) Operation {
	return Operation{Act: Read, Key: germany, Version: v, Call: call, Return: ret}
}

func failed(err error, call, ret int64) Operation {
	return Operation{Act: Read, Key: germany, Err: err, Call: call, Return: ret}
}

func closed(call, ret int64) Operation { return Operation{Act: Close, Call: call, Return: ret} }

func invalidated(call, ret int64) Operation {
	return Operation{Act: Invalidate, Key: germany, Call: call, Return: ret}
}

// The proof is tested on histories that are easy to judge.
func TestFaultsOfHistories(t *testing.T) {
	unavailable := &tax.LookupError{Kind: tax.ErrUnavailable, Cause: errBroken}
	cancelled := &tax.LookupError{Kind: tax.ErrUnavailable, Cause: context.Canceled}
	for name, c := range map[string]struct {
		ops   []Operation
		fault string // its beginning
	}{
		"nothing written":                         {[]Operation{read(0, 1, 2)}, ""},
		"the version written":                     {[]Operation{written(1, 1, 2), read(1, 3, 4)}, ""},
		"the one before it":                       {[]Operation{written(1, 1, 2), written(2, 3, 4), read(1, 5, 6)}, "no register"},
		"one that was never written":              {[]Operation{written(1, 1, 2), read(7, 3, 4)}, "no register"},
		"a country that was deleted":              {[]Operation{written(1, 1, 2), written(0, 3, 4), read(0, 5, 6)}, ""},
		"a country that was not":                  {[]Operation{written(1, 1, 2), read(0, 3, 4)}, "no register"},
		"either version during a write":           {[]Operation{written(1, 1, 2), written(2, 3, 8), read(1, 4, 5), read(2, 6, 7)}, ""},
		"the newer version, then the older":       {[]Operation{written(1, 1, 2), written(2, 3, 8), read(2, 4, 5), read(1, 6, 7)}, "no register"},
		"the same, an invalidation beside it":     {[]Operation{written(1, 1, 2), written(2, 3, 10), read(2, 4, 7), invalidated(5, 6), read(1, 8, 9)}, "no register"},
		"the same, after the write":               {[]Operation{written(1, 1, 2), written(2, 3, 8), read(2, 4, 7), invalidated(5, 6), read(1, 9, 10)}, "no register"},
		"the version before, asked before":        {[]Operation{written(1, 1, 2), read(1, 3, 6), written(2, 4, 5)}, ""},
		"closed":                                  {[]Operation{written(1, 1, 2), closed(3, 4), failed(tax.ErrClosed, 5, 6)}, ""},
		"closed before Close":                     {[]Operation{written(1, 1, 2), failed(tax.ErrClosed, 3, 4), closed(5, 6)}, "no register"},
		"an answer after Close":                   {[]Operation{written(1, 1, 2), closed(3, 4), read(1, 5, 6)}, "no register"},
		"an answer after one that was closed":     {[]Operation{written(1, 1, 2), closed(3, 8), failed(tax.ErrClosed, 4, 5), read(1, 6, 7)}, "no register"},
		"a failure that was not injected":         {[]Operation{failed(unavailable, 1, 2)}, "a failure"},
		"the cancellation of another caller":      {[]Operation{failed(cancelled, 1, 2)}, "the cancellation"},
		"an error that means something else":      {[]Operation{failed(tax.ErrUnknownClass, 1, 2)}, "an error"},
		"an unknown country must not be an error": {[]Operation{failed(tax.ErrUnknownCountry, 1, 2)}, "an error"},
	} {
		t.Run(name, func(t *testing.T) {
			fault := (&History{Operations: c.ops}).Fault()
			if c.fault == "" {
				assert.Empty(t, fault)
			} else {
				assert.Regexp(t, "^"+c.fault, fault)
			}
		})
	}
	crowd := errors.New("tax: 4 loads of this country were given up and are still running: the source must return when its context ends")
	crowded := []Operation{failed(&tax.LookupError{Kind: tax.ErrUnavailable, Cause: crowd}, 1, 2)}
	loads := []Load{{Key: germany}, {Key: germany}, {Key: germany}, {Key: germany}}
	assert.Empty(t, (&History{Operations: crowded, Loads: loads}).Fault())
	assert.NotEmpty(t, (&History{Operations: crowded, Loads: loads[1:]}).Fault(), "too few loads for that")
	assert.NotEmpty(t, (&History{Operations: crowded, Loads: loads, OneLoad: true}).Fault(), "no load was given up")
	assert.NotEmpty(t, (&History{Operations: []Operation{failed(unavailable, 1, 2)}, Loads: loads}).Fault(), "another failure")
	injected := failed(unavailable, 1, 2)
	injected.Broken = true
	left := failed(cancelled, 3, 4)
	left.Left = true
	assert.Empty(t, (&History{Operations: []Operation{injected, left}}).Fault())
	for _, spoil := range []func(*Operation){
		func(o *Operation) { o.TooOld = true },
		func(o *Operation) { o.Stale = true },
	} {
		o := read(0, 1, 2)
		spoil(&o)
		assert.NotEmpty(t, (&History{Operations: []Operation{o}}).Fault())
	}
}

func TestTwoLoadsOfOneKeyNeedAReason(t *testing.T) {
	h := &History{
		OneLoad:    true,
		Operations: []Operation{read(0, 1, 10), read(0, 4, 12)},
		Loads:      []Load{{Key: germany, Start: 2, Read: 3, End: 9}, {Key: germany, Start: 7, Read: 8, End: 11}},
	}
	assert.Regexp(t, "^two loads", h.Fault())
	h.Operations = append(h.Operations, invalidated(5, 6))
	assert.Empty(t, h.Fault())
	h.Operations[2] = invalidated(13, 14)
	assert.Regexp(t, "^two loads", h.Fault(), "it comes too late")
}

func TestOutdatedLoadsAreCounted(t *testing.T) {
	h := &History{
		Operations: []Operation{written(1, 1, 2), read(1, 3, 12), written(2, 6, 7), read(1, 8, 13), read(2, 14, 15)},
		Loads:      []Load{{Key: germany, Version: 1, Start: 4, Read: 5, End: 11}},
	}
	loads, reads := h.Outdated()
	assert.Equal(t, 1, loads)
	assert.Equal(t, 1, reads)
	h.Loads[0].Read = 8
	loads, _ = h.Outdated()
	assert.Zero(t, loads, "it read after the write")
}

func TestSmallestHistoryKeepsWhatIsWrong(t *testing.T) {
	ops := []Operation{written(1, 1, 2), read(1, 3, 4), written(2, 5, 6), read(2, 7, 8), read(1, 9, 10), written(3, 11, 12)}
	small := smallest(ops)
	assert.False(t, linearizable(small))
	assert.Less(t, len(small), len(ops))
	assert.Contains(t, small, read(1, 9, 10))
}
