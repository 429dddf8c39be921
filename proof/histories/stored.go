package histories

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/anishathalye/porcupine"
	"github.com/shopspring/decimal"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// StoreAct is the kind of an operation on a store.
type StoreAct uint8

// The acts of clients of a store. Resolve asks a resolver in front of it.
const (
	Create StoreAct = iota
	Update
	Delete
	Get
	Resolve
)

var storeActs = [...]string{"create", "update", "delete", "get", "resolve"}

// StoreOperation is one step of one client of a store, and its outcome.
type StoreOperation struct {
	Client  int
	Handle  int // the number of the store that was asked
	Act     StoreAct
	Key     tax.Key
	Given   int64 // the version that an update was for
	Percent int64 // written or read
	Version int64 // as stored or read; 0 if a read found none
	Current int64 // the version that a conflict told of
	Err     error
	Call    int64
	Return  int64
}

// String describes the operation and its outcome.
func (o *StoreOperation) String() string {
	text := fmt.Sprintf("%s %q/%s", storeActs[o.Act], o.Key.Tenant, o.Key.Country)
	if o.Act == Update {
		text += fmt.Sprintf(" version %d", o.Given)
	}
	if o.Err != nil {
		return text + ": " + o.Err.Error()
	}
	return text + fmt.Sprintf(" = version %d, %d %%", o.Version, o.Percent)
}

// stored is the state of one key of a store: what is in force, and the highest version
// that was deleted.
type stored struct{ version, percent, retired int64 }

// unsure reports whether an operation may have taken effect or not, or may yet.
func (o *StoreOperation) unsure() bool { return errors.Is(o.Err, store.ErrUnknownOutcome) }

// none reports whether a read found nothing.
func (o *StoreOperation) none() bool { return errors.Is(o.Err, tax.ErrNotFound) }

// settled returns the state after an operation whose outcome is not known. It counts as one
// that returns at the very end: if it had no effect, that is where it comes.
func (s stored) settled(o *StoreOperation) stored {
	exists := s.version > 0
	switch {
	case o.Act == Create && !exists:
		return stored{s.retired + 1, o.Percent, s.retired}
	case o.Act == Update && exists && s.version == o.Given:
		return stored{s.version + 1, o.Percent, s.retired}
	case o.Act == Delete && exists:
		return stored{0, 0, max(s.retired, s.version)}
	}
	return s
}

// step reports whether a store with one copy of the data allows the outcome of an
// operation, and returns the state after it.
func (s stored) step(o *StoreOperation) (ok bool, after stored) {
	if o.unsure() {
		return true, s.settled(o)
	}
	exists := s.version > 0
	switch o.Act {
	case Get:
		if o.none() {
			return !exists, s
		}
		return o.Err == nil && exists && o.Version == s.version && o.Percent == s.percent, s
	case Resolve:
		if errors.Is(o.Err, tax.ErrUnknownCountry) {
			return !exists, s
		}
		return o.Err == nil && exists && o.Percent == s.percent, s
	case Create:
		if errors.Is(o.Err, tax.ErrExists) {
			return exists, s
		}
		return o.Err == nil && !exists && o.Version == s.retired+1, stored{o.Version, o.Percent, s.retired}
	case Update:
		if errors.Is(o.Err, tax.ErrConflict) {
			return exists && s.version != o.Given && o.Current == s.version, s
		}
		if errors.Is(o.Err, tax.ErrNotFound) {
			return !exists, s
		}
		return o.Err == nil && exists && s.version == o.Given && o.Version == s.version+1, stored{o.Version, o.Percent, s.retired}
	}
	if errors.Is(o.Err, tax.ErrNotFound) { // of a deletion
		return !exists, s
	}
	return o.Err == nil && exists, stored{0, 0, max(s.retired, s.version)}
}

var storeModel = porcupine.Model{
	Init: func() any { return stored{} },
	Step: func(state, input, _ any) (bool, any) {
		ok, after := state.(stored).step(input.(*StoreOperation))
		return ok, after
	},
}

// StoreFault describes what no single copy of the data would have done, or returns "". The
// operations on the store belong together, and so do its writes and the answers of the
// resolver. But who reads the store itself may see a write that has not returned a moment
// before lookups do: the resolver is told of it in between.
func StoreFault(ops []StoreOperation) string {
	type register struct {
		key   tax.Key
		front bool // through the resolver
	}
	histories := make(map[register][]porcupine.Operation)
	for i := range ops {
		o := &ops[i]
		p := porcupine.Operation{ClientId: o.Client, Input: o, Call: o.Call, Return: o.Return}
		if o.unsure() {
			p.Return = math.MaxInt64
		} else if errors.Is(o.Err, tax.ErrUnavailable) {
			continue // nothing was read or written
		}
		if o.Act != Resolve {
			histories[register{o.Key, false}] = append(histories[register{o.Key, false}], p)
		}
		if o.Act == Resolve || o.Act != Get && (o.Err == nil || o.unsure()) {
			histories[register{o.Key, true}] = append(histories[register{o.Key, true}], p)
		}
	}
	for of, history := range histories {
		if porcupine.CheckOperations(storeModel, history) {
			continue
		}
		slices.SortFunc(history, func(a, b porcupine.Operation) int { return cmp.Compare(a.Call, b.Call) })
		var b strings.Builder
		fmt.Fprintf(&b, "no store does this with %q/%s:\n", of.key.Tenant, of.key.Country)
		for _, o := range history {
			fmt.Fprintf(&b, "%6d to %6d  client %d  %v\n", o.Call, o.Return, o.ClientId, o.Input)
		}
		return b.String()
	}
	return ""
}

// RunStore lets clients create, update, delete and read documents of two tenants at random,
// each by one of the handles, which are stores on the same data that have nothing of the
// tenants yet. Where there is one handle and it
// notifies, they also ask a resolver in front of it, which sees the same writes. With
// more handles a resolver may be behind, for as long as it polls.
func RunStore(seed uint64, tenants [2]string, handles []tax.Store) ([]StoreOperation, error) {
	p := &storePlay{seed: seed, tenants: tenants, handles: handles}
	return p.run()
}

// RunKeeping is RunStore with handles whose reads may be behind the writes of others. Nothing
// is deleted, so that versions say which of two states is the newer one: see [BehindFault].
func RunKeeping(seed uint64, tenants [2]string, handles []tax.Store) ([]StoreOperation, error) {
	p := &storePlay{seed: seed, tenants: tenants, handles: handles, keeps: true}
	return p.run()
}

// run lets the clients play.
func (p *storePlay) run() ([]StoreOperation, error) {
	handles, seed := p.handles, p.seed
	if _, ok := handles[0].(tax.Notifier); ok && len(handles) == 1 && !p.keeps {
		r, err := tax.NewResolver(handles[0], nil)
		if err != nil {
			return nil, err
		}
		defer r.Close()
		p.resolver = r
	}
	r := rand.New(rand.NewPCG(seed, 5))
	var clients sync.WaitGroup
	for i := range 3 + r.IntN(4) {
		steps := 6 + r.IntN(12)
		clients.Go(func() { p.client(i, steps) })
	}
	clients.Wait()
	return p.operations, nil
}

// storePlay is a history of a store that is being made.
type storePlay struct {
	seed     uint64
	tenants  [2]string
	handles  []tax.Store
	resolver *tax.Resolver
	keeps    bool // nothing is deleted
	clock    atomic.Int64
	percent  atomic.Int64

	mu         sync.Mutex
	operations []StoreOperation
}

// act draws what to do next.
func (p *storePlay) act(r *rand.Rand) StoreAct {
	act := StoreAct(r.IntN(len(storeActs)))
	if act == Resolve && p.resolver == nil || act == Delete && p.keeps {
		return Get
	}
	return act
}

// client does random operations, one after the other.
func (p *storePlay) client(number, steps int) {
	r := rand.New(rand.NewPCG(p.seed, uint64(200+number)))
	known := make(map[tax.Key]int64) // the version that it read last
	for range steps {
		Free{}.Pause(r, 2)
		o := StoreOperation{Client: number, Act: p.act(r), Key: tax.Key{Tenant: p.tenants[r.IntN(2)], Country: countries[0]}}
		o.Given = known[o.Key]
		if r.IntN(8) == 0 {
			o.Given++ // of a version that it has not read
		}
		o.Handle = r.IntN(len(p.handles))
		p.do(&o, p.handles[o.Handle])
		if o.Version > 0 {
			known[o.Key] = o.Version
		} else if o.Current > 0 {
			known[o.Key] = o.Current
		}
		p.mu.Lock()
		p.operations = append(p.operations, o)
		p.mu.Unlock()
	}
}

// do carries out an operation and notes its outcome.
func (p *storePlay) do(o *StoreOperation, s tax.Store) {
	ctx, at := context.Background(), tax.Location{Country: o.Key.Country}
	if o.Act == Create || o.Act == Update {
		o.Percent = p.percent.Add(1)
	}
	doc := document(o.Key.Country, 0)
	doc.Classes[0].Rates[0].Percent = decimal.New(o.Percent, 0)
	doc.Metadata.Version = o.Given
	o.Call = p.clock.Add(1)
	defer func() { o.Return = p.clock.Add(1) }()
	switch o.Act {
	case Create:
		doc, o.Err = s.Create(ctx, o.Key.Tenant, doc)
	case Update:
		doc, o.Err = s.Update(ctx, o.Key.Tenant, doc)
	case Delete:
		doc, o.Err = tax.Configuration{}, s.Delete(ctx, o.Key.Tenant, at)
	case Get:
		doc, o.Err = s.Get(ctx, o.Key.Tenant, at)
	case Resolve:
		var a tax.Resolution
		if a, o.Err = p.resolver.Tenant(o.Key.Tenant).Resolve(ctx, o.Key.Country, "S"); o.Err == nil {
			o.Percent = a.Percent().IntPart()
		}
		return
	}
	if conflict := (*tax.StoreError)(nil); errors.As(o.Err, &conflict) {
		o.Current = conflict.Current
	}
	if o.Err == nil && o.Act != Delete {
		o.Version, o.Percent = doc.Metadata.Version, int64(version([]tax.Configuration{doc}))
	}
}
