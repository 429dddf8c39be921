package store_test

import (
	"context"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

var noon = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

// Others write between the moments at which the state and the history are read.
func TestHistoryIsThatOfOneState(t *testing.T) {
	for name, step := range map[string]time.Duration{"a second later": time.Second, "in the same millisecond": 0} {
		for by, c := range map[string]struct {
			overtakes func(s *store.Versioned)
			asOf      []int64
		}{
			"an update": {func(s *store.Versioned) { update(t, s, canada) }, []int64{2, 1}},
			"updates":   {func(s *store.Versioned) { update(t, s, canada); update(t, s, canada) }, []int64{2, 1}},
			"a deletion": {func(s *store.Versioned) {
				require.NoError(t, s.Delete(t.Context(), "", quebec))
			}, []int64{2, 1}},
			"all again": {func(s *store.Versioned) {
				require.NoError(t, s.Delete(t.Context(), "", quebec))
				require.NoError(t, s.Delete(t.Context(), "", canada))
				_, err := s.Create(t.Context(), "", country("CA", "7"))
				require.NoError(t, err)
				update(t, s, canada)
			}, []int64{2, 1}},
			"another region": {func(s *store.Versioned) {
				ontario := tax.Location{Country: "CA", Region: "ON"}
				_, err := s.Create(t.Context(), "", tax.Configuration{Location: ontario})
				require.NoError(t, err)
				require.NoError(t, s.Delete(t.Context(), "", ontario))
			}, []int64{2, 1}},
		} {
			t.Run(by+" "+name, func(t *testing.T) {
				now := noon
				clock := func() time.Time { return now }
				b := hook()
				s := over(t, b, &store.Options{Clock: clock})
				_, err := s.Create(t.Context(), "", country("CA", "5"))
				require.NoError(t, err)
				_, err = s.Create(t.Context(), "", region(quebec, "9.975"))
				require.NoError(t, err)
				now = now.Add(time.Second)
				update(t, s, canada)
				before, err := s.Versions(t.Context(), "", canada)
				require.NoError(t, err)
				require.Len(t, before, 2)
				overtake := func() {
					b.ended = nil
					now = now.Add(step)
					c.overtakes(s)
				}
				b.ended = overtake
				after, err := s.Versions(t.Context(), "", canada)
				require.NoError(t, err)
				assert.Equal(t, before, after, "as it was when the call began")

				now = now.Add(time.Second)
				state, err := s.Configurations(t.Context(), tax.Key{Country: "CA"})
				require.NoError(t, err)
				b.ended = func() {
					b.ended = nil
					update(t, s, canada)
				}
				versions, err := s.AsOf(t.Context(), tax.Key{Country: "CA"}, now.Add(time.Hour))
				require.NoError(t, err)
				require.Len(t, versions, len(state))
				for i := range state {
					assert.Equal(t, state[i].Metadata, versions[i].Configuration.Metadata)
					assert.Zero(t, versions[i].Until)
				}
			})
		}
	}
}

// update writes the same document again.
func update(t *testing.T, s tax.Store, l tax.Location, tenants ...string) {
	t.Helper()
	tenant := strings.Join(tenants, "")
	c, err := s.Get(t.Context(), tenant, l)
	require.NoError(t, err)
	_, err = s.Update(t.Context(), tenant, c)
	require.NoError(t, err)
}

func TestAuthorIsShortAndUTF8(t *testing.T) {
	for given, want := range map[string]string{
		"":                             "",
		"anna":                         "anna",
		"a\x00b":                       "a\x00b",
		"\xff\xfe":                     "\ufffd",
		"a\xffb":                       "a\ufffdb",
		strings.Repeat("é", 128):       strings.Repeat("é", 128),
		strings.Repeat("é", 129):       strings.Repeat("é", 128),
		"x" + strings.Repeat("é", 128): "x" + strings.Repeat("é", 127),
		strings.Repeat("日", 86):        strings.Repeat("日", 85),
		strings.Repeat("\xffa", 9):     strings.Repeat("\ufffda", 9),
	} {
		got := store.Author(store.WithAuthor(t.Context(), given))
		assert.Equal(t, want, got, "%q", given)
		assert.True(t, utf8.ValidString(got))
	}
	assert.LessOrEqual(t, len(store.Author(store.WithAuthor(t.Context(), strings.Repeat("\xffa", 500)))), 256)
	assert.Empty(t, store.Author(t.Context()))
}

func TestRestoredTimesAreUTCInMillisecondsAndNeverGoBack(t *testing.T) {
	zone := time.FixedZone("", 3600)
	later := noon.AddDate(1, 0, 0)
	c := country("CA", "5")
	c.Metadata = tax.Metadata{Version: 7, Created: noon.AddDate(-1, 0, 0).Add(1500 * time.Microsecond).In(zone), Modified: later.Add(999).In(zone)}
	s := over(t, store.NewBackend(), &store.Options{Clock: func() time.Time { return noon }})
	restore := func(c tax.Configuration) tax.Configuration {
		out := s.Write(t.Context(), []store.Batch{{Key: tax.Key{Country: "CA"}, Changes: []store.Change{{Action: store.Restore, Configuration: c}}}})
		require.NoError(t, out[0].Err)
		return out[0].Configurations[0]
	}
	got := restore(c)
	want := tax.Metadata{Version: 7, Created: noon.AddDate(-1, 0, 0).Add(time.Millisecond), Modified: later}
	assert.Equal(t, want, got.Metadata)
	assert.Equal(t, want, restore(c).Metadata, "the same document again changes nothing")
	got, err := s.Update(context.Background(), "", got)
	require.NoError(t, err)
	assert.Equal(t, tax.Metadata{Version: 8, Created: want.Created, Modified: later}, got.Metadata, "the clock is behind")
	versions, err := s.Versions(t.Context(), "", canada)
	require.NoError(t, err)
	require.Len(t, versions, 2)
	assert.Equal(t, versions[0].From, versions[1].Until)
	for _, v := range versions {
		assert.Equal(t, time.UTC, v.From.Location())
	}
}
