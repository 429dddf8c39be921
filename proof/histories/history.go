// Package histories holds the cache of the resolver against a register: whatever
// reads, writes, invalidations, evictions and failures come together, every
// answer must be one that a single copy of the data, written and read one
// operation at a time, could have given.
//
// A [Script] says what the clients of one history do. Running it against a
// [Cache] in front of a [World], which delays and breaks loads where it hurts,
// gives a [History]; [History.Fault] tells what no register would have done.
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

// Act is what an operation does.
type Act uint8

// The acts of clients. A write to a world that tells nobody of its writes ends
// with the invalidation that its client owes the cache.
const (
	Read Act = iota
	Write
	Invalidate
	Warm
	Close
)

// Operation is one step of one client, as it went. Call and Return are ticks
// of one counter: of two operations, the one that returned before the other was
// called comes first.
type Operation struct {
	Client       int
	Act          Act
	Key          tax.Key
	Version      int   // written or read; 0: there is no such country
	Err          error // of a read that has no version
	Left         bool  // its caller cancelled the read
	Broken       bool  // a load of the key had been broken on purpose when it returned
	Stale        bool  // the answer says so
	TooOld       bool  // older than its TTL, or MaxStale if it is stale, allows
	Call, Return int64
}

// Load is one load of a key: Read is when the world looked up what it returned
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
	// OneLoad: nothing in the script may end a load before its source returned,
	// so that a key has one at a time.
	OneLoad   bool
	Evictions int
}

// Fault tells what in the history a register that is read and written by one
// client after the other would not have done, or "".
func (h *History) Fault() string {
	for i := range h.Operations {
		if fault := h.Operations[i].fault(); fault != "" {
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

// fault tells what a read may not end with, whatever else happens, or "". Which
// versions are right, and whether the resolver may be closed, the register tells.
func (o *Operation) fault() string {
	switch {
	case o.TooOld:
		return "an answer that is too old"
	case o.Stale && !o.Broken && !o.Left: // who runs out of time takes what there is
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
		return "a failure that nobody injected"
	}
	return ""
}

// overlapping tells of two loads of one key at the same time that nothing
// made necessary after the first of them was asked for, or "".
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

// asked is when the first of those was called who were waiting when a load
// began; 0 when nobody was.
func (h *History) asked(l *Load) int64 {
	for i := range h.Operations { // in the order of Call
		o := &h.Operations[i]
		if (o.Act == Read && o.Key == l.Key || o.Act == Warm && o.Key.Tenant == l.Key.Tenant) && o.Call < l.Start && o.Return > l.Start {
			return o.Call
		}
	}
	return 0
}

// Outdated counts the loads that returned what a write had replaced, and told
// everybody of, while they were under way; and the reads that began in such a
// load after the write: joining it, or keeping its result, is the mistake.
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

// keys are those that were read or written.
func (h *History) keys() []tax.Key {
	var keys []tax.Key
	for _, o := range h.Operations {
		if (o.Act == Read || o.Act == Write) && !slices.Contains(keys, o.Key) {
			keys = append(keys, o.Key)
		}
	}
	return keys
}

// of are the operations that a register for the key takes part in. A read that
// failed says nothing of it.
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

// String tells what the operation did.
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
	}{{o.Stale, ", stale"}, {o.TooOld, ", too old"}, {o.Left, ", its caller leaving"}} {
		if note.yes {
			text += note.text
		}
	}
	return text
}
