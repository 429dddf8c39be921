package nats

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// writer counts what a store sends for each of its writes.
type writer struct {
	*store.Versioned
	backend *backend
	t       *testing.T
}

// newWriter returns a store that has written Germany twice, with one region.
func newWriter(t *testing.T, url string) *writer {
	s, b := opened(t, connect(t, url), "")
	w := &writer{s, b, t}
	w.write(germany, 1)
	w.write(tax.Location{Country: "DE", Region: "BY"}, 1)
	return w
}

// write writes a document, and returns the number of messages that it took.
func (w *writer) write(l tax.Location, percent int64) (sent int) {
	w.t.Helper()
	c := taxOf(percent)
	c.Location = l
	before := w.backend.conn.Stats().OutMsgs
	out := w.Write(w.t.Context(), []store.Batch{{Key: tax.Key{Tenant: "shop", Country: "DE"}, Changes: []store.Change{{Action: store.Put, Configuration: c}}}})[0]
	require.NoError(w.t, out.Err)
	return int(w.backend.conn.Stats().OutMsgs - before)
}

// versions returns those of the documents.
func (w *writer) versions() (list []int64) {
	w.t.Helper()
	set, err := w.Configurations(w.t.Context(), tax.Key{Tenant: "shop", Country: "DE"})
	require.NoError(w.t, err)
	for _, c := range set {
		list = append(list, c.Metadata.Version)
	}
	return list
}

// What a store of the same process or of another one writes in between is not lost, and costs
// the next write one message that is in vain.
func TestTheWriterOfACountryReadsItOnlyAfterOthersHaveWritten(t *testing.T) {
	t.Parallel()
	url := one(t)
	w := newWriter(t, url)
	assert.Equal(t, 1, w.write(germany, 2), "it has written the two states before")
	assert.Equal(t, []int64{2, 1}, w.versions())
	other := &writer{t: t}
	other.Versioned, other.backend = opened(t, connect(t, url), "")
	assert.Equal(t, 2, other.write(tax.Location{Country: "DE", Region: "BY"}, 5))
	assert.Equal(t, 3, w.write(germany, 3), "refused, read and stored")
	assert.Equal(t, []int64{3, 2}, w.versions(), "both writes")
	assert.Equal(t, 2, w.write(germany, 4), "it is not alone with the country")
	assert.Equal(t, 1, w.write(germany, 5))
}

func TestAStateThatMayBeAnotherIsReadBeforeAWrite(t *testing.T) {
	t.Parallel()
	url := one(t)
	key := tax.Key{Tenant: "shop", Country: "DE"}
	for name, happens := range map[string]func(t *testing.T, w *writer){
		"it is too long ago": func(t *testing.T, w *writer) {
			last := w.backend.recent.states[key]
			last.at = last.at.Add(-recallable - time.Millisecond)
			w.backend.recent.states[key] = last
		},
		"a notice has told of another": func(t *testing.T, w *writer) {
			seen := follow(t, w.Versioned)
			w.write(germany, 2)
			w.write(germany, 3)
			require.NotNil(t, w.backend.Recall(key))
			other, _ := opened(t, connect(t, url), "")
			put(t, other, "shop", 4)
			require.Eventually(t, func() bool { return seen.count(key) > 0 && w.backend.Recall(key) == nil }, 10*time.Second, time.Millisecond)
		},
		"another was read": func(t *testing.T, w *writer) {
			other, _ := opened(t, connect(t, url), "")
			put(t, other, "shop", 4)
			w.versions()
		},
		"the stream is another one": func(t *testing.T, w *writer) { w.backend.floors.forget() },
		"too many others were written": func(t *testing.T, w *writer) {
			for n := range mostRecent {
				put(t, w.Versioned, strconv.Itoa(n), 1)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWriter(t, url)
			w.write(germany, 1)
			require.NotNil(t, w.backend.Recall(key))
			happens(t, w)
			assert.Nil(t, w.backend.Recall(key))
			assert.LessOrEqual(t, len(w.backend.recent.states), mostRecent)
			assert.Equal(t, 2, w.write(germany, 9))
		})
	}
}
