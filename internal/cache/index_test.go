package cache

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"unique"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// sameHome gives many IDs the same home, so that searches are long and removals
// move the entries behind.
func sameHome(id ID) uint64 { return hashOf(id) & 0x7_0001 }

func TestIndexFindsWhatAMapFinds(t *testing.T) {
	for name, hash := range map[string]func(ID) uint64{
		"spread":    func(id ID) uint64 { return hashOf(id) },
		"few homes": sameHome,
		"one home":  func(ID) uint64 { return 1 },
	} {
		t.Run(name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, 9))
			x, reference := newIndex[int64](minIndex), map[ID]*Entry[int64]{}
			ids := make([]ID, 300)
			for i := range ids {
				ids[i] = ID{unique.Make(fmt.Sprint(i / 7)), uint16(i % 7)}
			}
			for range 20_000 {
				id := ids[random.IntN(1+random.IntN(len(ids)))]
				switch random.IntN(3) {
				case 0, 1:
					e := newEntry[int64](id, 0)
					x = x.put(e, hash(id))
					reference[id] = e
				default:
					if e := reference[id]; e != nil {
						x.remove(e, homeOf(hash(id)))
						delete(reference, id)
					}
				}
				for range 4 {
					id := ids[random.IntN(len(ids))]
					require.True(t, x.lookup(id, hash(id)) == reference[id], "%v", id)
				}
				require.Equal(t, len(reference), x.used+left(x))
			}
			for id, e := range reference {
				x.remove(e, homeOf(hash(id)))
			}
			for i := range x.slots {
				require.Zero(t, x.slots[i].tag.Load())
				require.Nil(t, x.slots[i].entry.Load())
			}
		})
	}
}

// left counts the entries that an index has yet to take over.
func left(x *Index[int64]) (n int) {
	for i := 0; x.old != nil && i < len(x.old.slots); i++ {
		if x.old.slots[i].entry.Load() != nil {
			n++
		}
	}
	return n
}

// Whoever changes the index holds the lock, and others wait for it. So no change takes
// longer than any other, however many entries there are.
func TestNoChangeOfTheIndexMovesMoreThanAFewEntries(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 2))
	x, reference := newIndex[int64](minIndex), map[ID]*Entry[int64]{}
	ids := make([]ID, 30_000)
	growths, late := 0, 0
	for i := range ids {
		ids[i] = ID{unique.Make(fmt.Sprint(i / 30)), uint16(i % 30)}
		slots, used, taken := len(x.slots), x.used, x.taken
		e := newEntry[int64](ids[i], 0)
		x = x.put(e, hashOf(ids[i]))
		reference[ids[i]] = e
		if len(x.slots) > slots {
			growths++
			require.Equal(t, 2*slots, len(x.slots))
			used, taken = 0, 0
		}
		require.LessOrEqual(t, x.used-used, takenAtOnce+1)
		require.LessOrEqual(t, x.taken-taken, takenAtOnce)
		id := ids[random.IntN(i+1)]
		used, taken = x.used, x.taken
		switch random.IntN(3) {
		case 0:
			if e := reference[id]; e != nil {
				x.remove(e, homeOf(hashOf(id)))
				delete(reference, id)
			}
		case 1:
			moved := x.Find(id, hashOf(id)) == nil && reference[id] != nil
			require.True(t, x.lookup(id, hashOf(id)) == reference[id])
			require.True(t, x.Find(id, hashOf(id)) == reference[id], "readers find it from then on")
			if moved {
				late++
			}
		}
		require.LessOrEqual(t, x.used-used, takenAtOnce+1)
		require.LessOrEqual(t, x.taken-taken, takenAtOnce)
	}
	require.Equal(t, 11, growths)
	require.Positive(t, late, "some are asked for before they have moved")
	for _, id := range ids {
		require.True(t, x.lookup(id, hashOf(id)) == reference[id])
	}
	require.Nil(t, x.old)
}

// A reader may miss an entry while a writer moves it, but it never gets the entry of
// another ID, nor one that was removed before the search began.
func TestIndexNeverGivesAReaderTheWrongEntry(t *testing.T) {
	ids := make([]ID, 40)
	for i := range ids {
		ids[i] = ID{unique.Make(fmt.Sprint(i / 4)), uint16(i % 4)}
	}
	var current atomic.Pointer[Index[int64]]
	current.Store(newIndex[int64](minIndex))
	var removed [40]atomic.Int64 // versions up to this one are gone
	var stop atomic.Bool
	var readers sync.WaitGroup
	found := new(atomic.Int64)
	for seed := range uint64(3) {
		readers.Go(func() {
			random := rand.New(rand.NewPCG(seed, 1))
			for !stop.Load() {
				n := random.IntN(len(ids))
				gone := removed[n].Load()
				e := current.Load().Find(ids[n], sameHome(ids[n]))
				if e == nil {
					continue
				}
				found.Add(1)
				if e.id() != ids[n] || e.Value <= gone {
					t.Errorf("asked for %v, version after %d: got %v, version %d", ids[n], gone, e.id(), e.Value)
					return
				}
			}
		})
	}
	random := rand.New(rand.NewPCG(7, 7))
	for version := int64(1); version < 100_000; version++ {
		n := random.IntN(len(ids))
		id := ids[n]
		if random.IntN(2) == 0 {
			e := newEntry[int64](id, 0)
			e.Value = version
			was := current.Load()
			if now := was.put(e, sameHome(id)); now != was {
				current.Store(now)
			}
			// The version that it replaced is gone as well.
			removed[n].Store(version - 1)
		} else {
			if e := current.Load().lookup(id, sameHome(id)); e != nil {
				current.Load().remove(e, homeOf(sameHome(id)))
			}
			removed[n].Store(version)
		}
	}
	stop.Store(true)
	readers.Wait()
	require.Positive(t, found.Load())
}

func TestEntryLeavesMostOfACacheLineToItsValue(t *testing.T) {
	if unsafe.Sizeof(uintptr(0)) != 8 {
		t.Skip("lines are counted for 64 bits")
	}
	var e Entry[int64]
	require.EqualValues(t, 24, unsafe.Offsetof(e.Value))
}
