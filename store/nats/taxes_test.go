package nats

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/ampeco"
	"github.com/taxresolve/tax/ampeco/ampecotest"
	"github.com/taxresolve/tax/store"
)

func TestTaxesKeepTheContract(t *testing.T) {
	url := one(t)
	ampecotest.Run(t, ampecotest.Factory{Lasting: true, Open: func(t *testing.T, place string, clock func() time.Time) ampeco.Store {
		s, err := OpenTaxes(t.Context(), connect(t, url), "acme", &Options{Bucket: bucketOf(place), Store: store.Options{Clock: clock}})
		require.NoError(t, err)
		return s
	}})
}

// taxes opens the flat taxes of a tenant in the default bucket.
func taxes(t *testing.T, conn *nats.Conn, tenant string) *Taxes {
	t.Helper()
	s, err := OpenTaxes(t.Context(), conn, tenant, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func TestTaxesOfTenantsAreApartAndBesideConfigurations(t *testing.T) {
	t.Parallel()
	conn := connect(t, one(t))
	configurations, _ := opened(t, conn, "")
	seen := follow(t, configurations)
	put(t, configurations, "acme", 1)
	for _, tenant := range []string{"acme", "others"} {
		s := taxes(t, conn, tenant)
		made, err := s.Create(t.Context(), ampeco.Draft{Name: tenant})
		require.NoError(t, err)
		assert.EqualValues(t, 1, made.ID)
		page, err := s.List(t.Context(), ampeco.Range{Limit: 10, Total: true})
		require.NoError(t, err)
		assert.Equal(t, 1, page.Total)
		assert.Equal(t, tenant, page.Taxes[0].Name)
		require.NoError(t, s.Close())
		_, err = s.Get(t.Context(), 1)
		require.ErrorIs(t, err, tax.ErrUnavailable)
		_, err = s.Create(t.Context(), ampeco.Draft{Name: tenant})
		require.ErrorIs(t, err, tax.ErrUnavailable)
	}
	assert.EqualValues(t, 1, read(t, configurations, "acme"))
	page, err := configurations.List(t.Context(), "acme", tax.Query{})
	require.NoError(t, err)
	assert.Len(t, page.Configurations(), 1)
	seen.mu.Lock()
	for key := range seen.keys {
		assert.Contains(t, []tax.Key{{}, {Tenant: "acme", Country: "DE"}}, key)
	}
	seen.mu.Unlock()
	for _, tenant := range []string{"", string(make([]byte, 1025))} {
		_, err = OpenTaxes(t.Context(), conn, tenant, nil)
		assert.ErrorIs(t, err, tax.ErrInvalid)
	}
	_, err = OpenTaxes(t.Context(), nil, "acme", nil)
	assert.ErrorIs(t, err, tax.ErrInvalid)
}

// Several processes write the taxes of one tenant; the answers to some writes are lost.
func TestTaxesOfSeveralProcessesAreWrittenOnce(t *testing.T) {
	t.Parallel()
	url := one(t)
	var writing sync.WaitGroup
	for range 3 {
		s := taxes(t, connect(t, url), "acme")
		var lose []func(error) error
		for range 4 {
			lose = append(lose, lostAnswer, func(err error) error { return err })
		}
		s.backend.js = &unsteady{JetStream: s.backend.js, answers: lose}
		writing.Go(func() {
			for range 4 {
				made, err := s.Create(t.Context(), ampeco.Draft{Name: "a"})
				if assert.NoError(t, err) {
					got, err := s.Update(t.Context(), made.ID, ampeco.Patch{Name: ampeco.Set("b")})
					assert.NoError(t, err)
					assert.Equal(t, "b", got.Name)
				}
			}
		})
	}
	writing.Wait()
	page, err := taxes(t, connect(t, url), "acme").List(t.Context(), ampeco.Range{Limit: 100, Total: true})
	require.NoError(t, err)
	assert.Equal(t, 12, page.Total)
	for i, x := range page.Taxes {
		assert.EqualValues(t, i+1, x.ID)
		assert.Equal(t, "b", x.Name)
	}
}

func TestTaxesThatDoNotFitIntoAMessageAreRefused(t *testing.T) {
	t.Parallel()
	conn := connect(t, one(t))
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	_, err = js.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "narrow", History: 5, MaxValueSize: 3000})
	require.NoError(t, err)
	s, err := OpenTaxes(t.Context(), conn, "acme", &Options{Bucket: "narrow"})
	require.NoError(t, err)
	defer s.Close()
	for n := 0; err == nil; n++ {
		require.Less(t, n, 1000)
		_, err = s.Create(t.Context(), ampeco.Draft{Name: fmt.Sprintf("%x", rand.Int64())})
	}
	require.ErrorIs(t, err, ErrTooLarge)
	page, err := s.List(t.Context(), ampeco.Range{Limit: 1, Total: true})
	require.NoError(t, err)
	require.Greater(t, page.Total, 10)
	require.NoError(t, s.Delete(t.Context(), 1))
	made, err := s.Create(t.Context(), ampeco.Draft{Name: "x"})
	require.NoError(t, err)
	assert.EqualValues(t, page.Total+1, made.ID)
}

// Less text can make more bytes when it is compressed.
func TestWhatIsDeletedFromAFullMessageFits(t *testing.T) {
	t.Parallel()
	conn := connect(t, one(t))
	b, err := open(t.Context(), conn, &Options{Bucket: "narrow"})
	require.NoError(t, err)
	defer b.Close()
	b.most = 3088
	random := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		s := &shelved{}
		size := func(room int) int {
			data, err := compressed(room, func(to []byte) ([]byte, error) {
				text, err := json.Marshal(s)
				return append(to, text...), err
			})
			require.NoError(t, err)
			return len(data)
		}
		full := b.room(false, false)
		for s.Last < 160 || size(full) <= full {
			s.Last++
			s.Revision++
			s.Taxes = append(s.Taxes, row{s.Last, 1, 1_790_000_000 + s.Last/16, json.RawMessage(fmt.Sprintf(`{"name":"%x"}`, random.Int64()))})
		}
		s.Taxes = s.Taxes[1 : len(s.Taxes)-1] // without that which did not fit, and another one
		require.LessOrEqual(t, size(b.room(true, false)), b.room(true, false))
	}
}

// So can less text in a document.
func TestAFullMessageTakesADocumentThatIsShortened(t *testing.T) {
	t.Parallel()
	conn := connect(t, one(t))
	now := time.Date(2026, 3, 31, 9, 52, 15, 0, time.UTC)
	b, err := open(t.Context(), conn, &Options{Store: store.Options{Clock: func() time.Time { return now }}})
	require.NoError(t, err)
	s, err := store.New(b, &b.options.Store)
	require.NoError(t, err)
	defer s.Close()
	random := rand.New(rand.NewPCG(1, 2))
	var dense strings.Builder
	for dense.Len() < 3000 {
		fmt.Fprintf(&dense, "%x", random.Uint64())
	}
	described := func(text string) tax.Configuration {
		c := taxOf(1)
		c.Classes[0].Description = tax.MustLocalizedText(map[string]string{"en": text})
		return c
	}
	first, later := described(strings.Repeat("tax ", 800)), described(dense.String())
	for _, tenant := range []string{"room", "full"} {
		_, err = s.Create(t.Context(), tenant, first)
		require.NoError(t, err)
	}
	later.Metadata.Version = 1
	_, err = s.Update(t.Context(), "room", later)
	require.NoError(t, err)
	subject, _ := b.subjectOf(tax.Key{Tenant: "room", Country: "DE"})
	m, err := b.last(t.Context(), subject)
	require.NoError(t, err)
	fill := func(data []byte) { // a message with that text does not fit into what all writes have
		text, err := decompressed(data)
		require.NoError(t, err)
		small, err := compressed(0, func(to []byte) ([]byte, error) { return append(to, text...), nil })
		require.NoError(t, err)
		b.most = headers + len(small)*42/41
		require.Less(t, b.room(false, false), len(small))
		require.LessOrEqual(t, len(small), b.room(false, true))
	}
	fill(m.data)
	_, err = s.Update(t.Context(), "full", later)
	require.NoError(t, err)
	_, err = s.Create(t.Context(), "new", later)
	require.ErrorIs(t, err, ErrTooLarge, "there is nothing that it shortens")
	later.Metadata.Version = 2
	_, err = s.Update(t.Context(), "full", later)
	require.ErrorIs(t, err, ErrTooLarge, "it shortens nothing")

	b.most = 0
	shelves := make(map[string]*shelf)
	row := func(text string) ampeco.Row {
		return ampeco.Row{ID: 1, Revision: 1, UpdatedAt: now, Document: []byte(`"` + text + `"`)}
	}
	for _, tenant := range []string{"room", "full", "new"} {
		shelves[tenant] = &shelf{backend: b, tenant: tenant, turn: make(chan struct{}, 1)}
		if tenant != "new" {
			_, err = shelves[tenant].Insert(t.Context(), row(strings.Repeat("tax ", 800)))
			require.NoError(t, err)
		}
	}
	_, err = shelves["room"].Replace(t.Context(), row(dense.String()))
	require.NoError(t, err)
	m, err = b.last(t.Context(), b.taxesSubject("room"))
	require.NoError(t, err)
	fill(m.data)
	done, err := shelves["full"].Replace(t.Context(), row(dense.String()))
	require.NoError(t, err)
	assert.True(t, done)
	_, err = shelves["new"].Insert(t.Context(), row(dense.String()))
	require.ErrorIs(t, err, ErrTooLarge)
}

func TestTaxesThatCannotBeReadAreUnavailable(t *testing.T) {
	t.Parallel()
	conn := connect(t, one(t))
	s := taxes(t, conn, "acme")
	_, err := s.Create(t.Context(), ampeco.Draft{Name: "a"})
	require.NoError(t, err)
	_, err = conn.RequestWithContext(t.Context(), s.backend.taxesSubject("acme"), []byte("damaged")) // the answer comes when it is stored
	require.NoError(t, err)
	_, err = s.Get(t.Context(), 1)
	require.ErrorIs(t, err, tax.ErrUnavailable)
	_, err = s.Create(t.Context(), ampeco.Draft{Name: "b"})
	require.ErrorIs(t, err, tax.ErrUnavailable, "nothing is written over what may be read again")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, s.Delete(ended, 1), context.Canceled)
}
