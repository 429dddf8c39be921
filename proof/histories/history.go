// Package histories compares the cache of the resolver with a register: whatever
// reads, writes, invalidations, evictions and failures coincide, every answer must be
// one that a single copy of the data could have given, written and read one operation
// at a time.
//
// A [Script] says what the clients of one history do. [Run] plays it against a
// [Cache] in front of a [World], which delays and breaks loads at the worst moments,
// and returns a [History]. [History.Fault] describes what no register would have
// done.
package histories

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/taxresolve/tax"
)

// Act is the kind of an operation.
type Act uint8

// The acts of clients. If the world does not notify the cache of writes, a write ends
// with an invalidation by its client.
const (
	Read Act = iota
	Write
	Invalidate
	Warm
	Close
)

// Operation is one step of one client, and its outcome. Call and Return are ticks of
// one counter: an operation that returned before another was called comes before it.
type Operation struct {
	Client       int
	Act          Act
	Key          tax.Key
	Version      int   // written or read; 0 if there is no such country
	Err          error // of a read without an answer
	Left         bool  // the caller gave up the read
	Broken       bool  // before it returned, a load of the key was broken on purpose
	Stale        bool  // the answer is marked as stale
	TooOld       bool  // the answer is older than TTL, and MaxStale if it is stale, allow
	Call, Return int64
}

// Load is one load of a key. At Read, the world looked up the version that it returned
// at End.
type Load struct {
	Key              tax.Key
	Version          int
	Start, Read, End int64
}

// History is what happened.
type History struct {
	Operations []Operation
	Loads      []Load
	// OneLoad reports that nothing in the script ends a load before its source has
	// returned, so that a key must have one load at a time.
	OneLoad   bool
	Evictions int
}

// Fault describes what is wrong with the history, or returns "": an outcome that no
// read may have, two loads of one key at once, or answers that no register would give
// if its clients came one after the other.
func (h *History) Fault() string {
	for i := range h.Operations {
		if fault := h.Operations[i].fault(); fault != "" && !h.crowded(&h.Operations[i]) {
			return fault + ":\n" + h.show(h.Operations[i].Key)
		}
	}
	if fault := h.overlapping(); fault != "" {
		return fault
	}
	for _, key := range h.keys() {
		if ops := h.of(key); !linearizable(ops) {
			return "no register does this:\n" + show(smallest(ops))
		}
	}
	return ""
}

// maxRunning is how many loads of one key may run at once: see Options.LoadTimeout.
const maxRunning = 4

// crowded reports whether a read failed because loads that were given up are still
// running, as Options.LoadTimeout documents, in a history in which that can be. When
// exactly a load counts as running, only the resolver knows; tests/freshness has tests of
// the bound itself.
func (h *History) crowded(o *Operation) bool {
	if h.OneLoad || !errors.Is(o.Err, tax.ErrUnavailable) || !strings.Contains(o.Err.Error(), "loads of this country were given up and are still running") {
		return false
	}
	loads := 0
	for i := range h.Loads {
		if h.Loads[i].Key == o.Key {
			loads++
		}
	}
	return loads >= maxRunning
}

// fault describes an outcome that no read may have, whatever else happens, or returns
// "". The register decides which versions are right, and whether the resolver may be
// closed.
func (o *Operation) fault() string {
	switch {
	case o.TooOld:
		return "an answer that is too old"
	case o.Stale && !o.Broken && !o.Left: // a caller that runs out of time gets what there is
		return "a stale answer although nothing failed"
	case o.Err == nil, errors.Is(o.Err, tax.ErrClosed):
		return ""
	case !errors.Is(o.Err, tax.ErrUnavailable):
		return "an error that nothing here leads to"
	case o.Left && (errors.Is(o.Err, context.Canceled) || errors.Is(o.Err, context.DeadlineExceeded)):
		return ""
	case errors.Is(o.Err, context.Canceled):
		return "the cancellation of another caller"
	case !o.Broken:
		return "a failure that was not injected"
	}
	return ""
}

// overlapping describes two loads of one key at the same time, unless something after
// the first was asked for made the second necessary; else it returns "".
func (h *History) overlapping() string {
	if !h.OneLoad {
		return ""
	}
	for i := range h.Loads {
		a := &h.Loads[i]
		asked := h.asked(a)
		for j := range h.Loads {
			b := &h.Loads[j]
			if asked == 0 || a.Key != b.Key || b.Start <= a.Start || b.Start > a.End {
				continue
			}
			if !slices.ContainsFunc(h.Operations, func(o Operation) bool {
				return o.Act != Read && o.Act != Warm && o.Call < b.Start && o.Return > asked
			}) {
				return fmt.Sprintf("two loads of %v, at %d to %d and from %d:\n%s", a.Key, a.Start, a.End, b.Start, h.show(a.Key))
			}
		}
	}
	return ""
}

// asked returns when the first of the operations was called that were waiting when a
// load began; 0 if none was.
func (h *History) asked(l *Load) int64 {
	for i := range h.Operations { // in the order of Call
		o := &h.Operations[i]
		if (o.Act == Read && o.Key == l.Key || o.Act == Warm && o.Key.Tenant == l.Key.Tenant) && o.Call < l.Start && o.Return > l.Start {
			return o.Call
		}
	}
	return 0
}

// Outdated counts the loads that returned a version which a write had replaced, with
// its invalidation, while they were under way. It also counts the reads that began
// after the write, during such a load: if they join it or use its result, they are
// wrong.
func (h *History) Outdated() (loads, reads int) {
	for i := range h.Loads {
		l := &h.Loads[i]
		from := int64(0)
		for j := range h.Operations {
			if o := &h.Operations[j]; o.Act == Write && o.Key == l.Key && o.Version != l.Version && o.Call > l.Read && o.Return < l.End &&
				(from == 0 || o.Return < from) {
				from = o.Return
			}
		}
		if from == 0 {
			continue
		}
		loads++
		for j := range h.Operations {
			if o := &h.Operations[j]; o.Act == Read && o.Key == l.Key && o.Call > from && o.Call < l.End {
				reads++
			}
		}
	}
	return loads, reads
}

// keys returns the keys that were read or written.
func (h *History) keys() []tax.Key {
	var keys []tax.Key
	for _, o := range h.Operations {
		if (o.Act == Read || o.Act == Write) && !slices.Contains(keys, o.Key) {
			keys = append(keys, o.Key)
		}
	}
	return keys
}

// of returns the operations that concern the register of a key. A read that failed
// says nothing about it.
func (h *History) of(key tax.Key) []Operation {
	var ops []Operation
	for _, o := range h.Operations {
		switch {
		case o.Act == Close,
			o.Act == Write && o.Key == key,
			o.Act == Read && o.Key == key && (o.Err == nil || errors.Is(o.Err, tax.ErrClosed)):
			ops = append(ops, o)
		}
	}
	return ops
}

// show lists everything that concerns a key.
func (h *History) show(key tax.Key) string {
	var ops []Operation
	for _, o := range h.Operations {
		if o.Key == key || o.Act == Invalidate || o.Act == Close {
			ops = append(ops, o)
		}
	}
	return show(ops)
}

func show(ops []Operation) string {
	ops = slices.SortedFunc(slices.Values(ops), func(a, b Operation) int { return cmp.Compare(a.Call, b.Call) })
	var b strings.Builder
	for _, o := range ops {
		fmt.Fprintf(&b, "%6d to %6d  client %d  %v\n", o.Call, o.Return, o.Client, &o)
	}
	return b.String()
}

// String describes the operation and its outcome.
func (o *Operation) String() string {
	key := fmt.Sprintf("%q/%s", o.Key.Tenant, o.Key.Country)
	switch o.Act {
	case Write:
		return fmt.Sprintf("write %s = %d", key, o.Version)
	case Invalidate:
		return "invalidate " + key
	case Warm:
		return "warm " + key
	case Close:
		return "close"
	}
	text := fmt.Sprintf("read  %s = %d", key, o.Version)
	if o.Err != nil {
		text = fmt.Sprintf("read  %s: %v", key, o.Err)
	}
	for _, note := range []struct {
		yes  bool
		text string
	}{{o.Stale, ", stale"}, {o.TooOld, ", too old"}, {o.Left, ", given up by its caller"}} {
		if note.yes {
			text += note.text
		}
	}
	return text
}
