//go:build !race

package store_test

import (
	"bytes"
	"context"
	"flag"
	"io"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

var transferRecords = flag.Int("transfer.records", 200_000, "records of TestMillionsOfRecordsPassInBoundedMemory")

// discard is a store that forgets what is written.
type discard struct{ tax.Store }

func (discard) Write(_ context.Context, batches []store.Batch) []store.Outcome {
	return make([]store.Outcome, len(batches))
}

// generated is a file with any number of records.
type generated struct {
	records, next int
	rest          bytes.Buffer
}

func (g *generated) Read(p []byte) (int, error) {
	for g.rest.Len() < len(p) && g.next <= g.records {
		if g.next == 0 {
			g.rest.WriteString(headerLine)
		} else {
			g.rest.WriteString(`{"tenant":"t` + strconv.Itoa(g.next/4) + `","configuration":{"location":{"country":"` + [...]string{"AT", "DE", "FR", "IT"}[g.next%4] +
				`"},"taxClasses":[{"code":"STANDARD","rates":[{"percent":19}]}],"metadata":{"version":1}}}` + "\n")
		}
		if g.next == g.records {
			g.rest.WriteString(`{"records":` + strconv.Itoa(g.records) + `}`)
		}
		g.next++
	}
	if g.rest.Len() == 0 {
		return 0, io.EOF
	}
	return g.rest.Read(p)
}

// heap returns the bytes of the heap that are in use.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestMillionsOfRecordsPassInBoundedMemory(t *testing.T) {
	n := int64(*transferRecords)
	before, most, next := heap(), uint64(0), n/4
	report, err := store.Import(t.Context(), &generated{records: int(n)}, discard{store.NewMemory(nil)}, &store.ImportOptions{OnProgress: func(p store.Progress) {
		if p.Records >= next {
			most, next = max(most, heap()), next+n/4
		}
	}})
	require.NoError(t, err)
	assert.Equal(t, n, report.Written)
	assert.Equal(t, n, report.Next)
	require.NotZero(t, most)
	assert.Less(t, int64(most-before), int64(8<<20), "bytes of the heap, whatever the number of records")
}

// A record is not copied again for every step that an import takes with it.
func TestAnImportAllocatesLittleForARecord(t *testing.T) {
	const n = 10_000
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	report, err := store.Import(t.Context(), &generated{records: n}, discard{store.NewMemory(nil)}, nil)
	runtime.ReadMemStats(&after)
	require.NoError(t, err)
	require.EqualValues(t, n, report.Written)
	assert.Less(t, (after.TotalAlloc-before.TotalAlloc)/n, uint64(3500), "bytes")
	assert.Less(t, (after.Mallocs-before.Mallocs)/n, uint64(32), "allocations")
}

func TestImportHoldsNoMoreThanOneRecordOfALongFile(t *testing.T) {
	before, most := heap(), uint64(0)
	const size = 8 << 20
	for name, begin := range map[string]string{"a line": headerLine + `{"tenant":"`, "a document": `{"location":"`, "white space": headerLine + "\n"} {
		filler := "x"
		if name == "white space" {
			filler = "\n"
		}
		r := io.MultiReader(strings.NewReader(begin), io.LimitReader(endless(filler), size))
		report, err := store.Import(t.Context(), &measured{r: r, most: &most}, store.NewMemory(nil), nil)
		require.ErrorIs(t, err, tax.ErrInvalid, name)
		assert.EqualValues(t, size+len(begin), report.Bytes, name)
	}
	assert.Less(t, int64(most-before), int64(6<<20))
}

type endless string

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = e[0]
	}
	return len(p), nil
}

// measured looks at the heap while it is read.
type measured struct {
	r    io.Reader
	most *uint64
	n    int
}

func (m *measured) Read(p []byte) (int, error) {
	if m.n++; m.n%50 == 0 {
		*m.most = max(*m.most, heap())
	}
	return m.r.Read(p)
}
