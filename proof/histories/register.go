package histories

import (
	"errors"
	"slices"

	"github.com/anishathalye/porcupine"
	"github.com/taxresolve/tax"
)

// register is the state of one key: the version that was written last, and whether
// the cache is closed.
type register struct {
	version int
	closed  bool
}

// step reports whether a register allows the outcome of an operation, and returns
// the register after it.
func (r register) step(o *Operation) (ok bool, after register) {
	switch o.Act {
	case Read:
		if errors.Is(o.Err, tax.ErrClosed) {
			return r.closed, r
		}
		return !r.closed && o.Version == r.version, r
	case Write:
		r.version = o.Version
	case Close:
		r.closed = true
	}
	return true, r
}

var model = porcupine.Model{
	Init: func() any { return register{} },
	Step: func(state, input, _ any) (bool, any) {
		ok, after := state.(register).step(input.(*Operation))
		return ok, after
	},
}

// linearizable reports whether the operations on one key can be put in an order that
// a register allows, and in which every operation comes after those that had returned
// when it was called.
func linearizable(ops []Operation) bool {
	history := make([]porcupine.Operation, len(ops))
	for i := range ops {
		history[i] = porcupine.Operation{ClientId: ops[i].Client, Input: &ops[i], Call: ops[i].Call, Return: ops[i].Return}
	}
	return porcupine.CheckOperations(model, history)
}

// smallest drops operations from a history that is not linearizable, as long as it
// stays so. A write stays as long as its version is read.
func smallest(ops []Operation) []Operation {
	for shrunk := true; shrunk; {
		shrunk = false
		for i := len(ops) - 1; i >= 0; i-- {
			o := ops[i]
			rest := slices.Delete(slices.Clone(ops), i, i+1)
			read := slices.ContainsFunc(rest, func(p Operation) bool { return p.Act == Read && p.Err == nil && p.Version == o.Version })
			if o.Act == Write && read || linearizable(rest) {
				continue
			}
			ops, shrunk = rest, true
		}
	}
	return ops
}
