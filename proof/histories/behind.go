package histories

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/taxresolve/tax"
)

// BehindFault describes what is wrong with a history of [RunKeeping], or returns "": writes
// that no single copy of the data would have taken, a read of what nobody wrote, or one that
// is older than what the same store had read or written before.
func BehindFault(ops []StoreOperation) string {
	var writes []StoreOperation
	for i := range ops {
		if ops[i].Act != Get {
			writes = append(writes, ops[i])
		}
	}
	if fault := StoreFault(writes); fault != "" {
		return fault
	}
	type written struct {
		key     tax.Key
		percent int64
	}
	begun := make(map[written]int64) // when the write was called
	for i := range writes {
		if o := &writes[i]; o.Err == nil || o.unsure() {
			begun[written{o.Key, o.Percent}] = o.Call
		}
	}
	slices.SortFunc(ops, func(a, b StoreOperation) int { return cmp.Compare(a.Call, b.Call) })
	for i := range ops {
		o := &ops[i]
		if o.Act != Get || o.Version == 0 && !o.none() {
			continue
		}
		if at, ok := begun[written{o.Key, o.Percent}]; o.Version > 0 && (!ok || at > o.Return) {
			return fmt.Sprintf("%d to %d: %v: nobody has written that", o.Call, o.Return, o)
		}
		for j := range ops {
			before := &ops[j]
			if before.Handle == o.Handle && before.Key == o.Key && before.Return < o.Call && before.Version > o.Version {
				return fmt.Sprintf("a read goes back:\n%6d to %6d  store %d  %v\n%6d to %6d  store %d  %v",
					before.Call, before.Return, before.Handle, before, o.Call, o.Return, o.Handle, o)
			}
		}
	}
	return ""
}
