package observe

import (
	"context"
	"slices"

	"github.com/taxresolve/tax"
)

// Join returns an observer that passes everything on to several others, in order. The
// context that one of them returns from LoadStart is what the next one receives, so that
// a log can have the span of a trace; its LoadEnd receives its own. If one panics, the
// others are called all the same, except for LoadStart, whose panic lets the load fail.
// Those that are nil are left out. Join reads the functions once.
func Join(observers ...*tax.Observer) *tax.Observer {
	var all []tax.Observer
	for _, o := range observers {
		if o != nil {
			all = append(all, *o)
		}
	}
	return &tax.Observer{
		LoadStart: func(ctx, caller context.Context, key tax.Key) context.Context {
			own := make([]context.Context, len(all))
			for i, o := range all {
				if o.LoadStart != nil {
					if derived := o.LoadStart(ctx, caller, key); derived != nil {
						ctx = derived
					}
				}
				own[i] = ctx
			}
			return context.WithValue(ctx, contextsKey{}, own)
		},
		LoadEnd: func(ctx context.Context, e tax.LoadEvent) {
			own, _ := ctx.Value(contextsKey{}).([]context.Context)
			for i, o := range slices.Backward(all) { // deferred, the last one first
				if o.LoadEnd != nil {
					at := ctx
					if i < len(own) {
						at = own[i]
					}
					defer o.LoadEnd(at, e)
				}
			}
		},
		Evicted: func(key tax.Key) {
			for _, o := range slices.Backward(all) {
				if o.Evicted != nil {
					defer o.Evicted(key)
				}
			}
		},
	}
}

// contextsKey is the key of the contexts that the joined observers returned.
type contextsKey struct{}
