package nats

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// documentedReader returns the user that docs/stores-nats.md has for readers, with so many more
// subjects to which it may publish.
func documentedReader(t *testing.T, more ...string) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/stores-nats.md")
	require.NoError(t, err)
	block := regexp.MustCompile("(?s)```\n(\\{\n  user: reader.*?\n\\})\n```").FindStringSubmatch(string(text))
	require.Len(t, block, 2)
	added := ""
	for _, subject := range more {
		added += fmt.Sprintf("%q, ", subject)
	}
	return strings.Replace(block[1], "publish: [", "publish: ["+added, 1)
}

// guarded starts a server with an owner and other users, and returns the URLs by name.
func guarded(t *testing.T, users ...string) map[string]string {
	t.Helper()
	folder := t.TempDir()
	file := filepath.Join(folder, "server.conf")
	text := "authorization: { users: [ { user: owner, password: owner-password }\n" + strings.Join(users, "\n") + "\n] }\n"
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	o := serverOptions(folder)
	require.NoError(t, o.ProcessConfigFile(file))
	o.Port, o.Host = server.RANDOM_PORT, "127.0.0.1"
	s := serve(t, o)
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	urls := make(map[string]string)
	for _, name := range []string{"owner", "reader"} {
		urls[name] = strings.Replace(s.ClientURL(), "nats://", "nats://"+name+":"+name+"-password@", 1)
	}
	return urls
}

// asReader connects as documented.
func asReader(t *testing.T, url string) *nats.Conn {
	t.Helper()
	conn, err := nats.Connect(url, nats.CustomInboxPrefix("_INBOX_reader"), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	return conn
}

// promptly is far less than the time that a call may take.
const promptly = 3 * time.Second

func TestAReaderNeedsOnlyWhatIsDocumented(t *testing.T) {
	t.Parallel()
	urls := guarded(t, documentedReader(t))
	owner, _ := opened(t, connect(t, urls["owner"]), "")
	put(t, owner, "shop", 1)
	for _, anyServer := range []bool{false, true} {
		s, err := Open(t.Context(), asReader(t, urls["reader"]), &Options{AnyServer: anyServer})
		require.NoError(t, err)
		defer s.Close()
		before := read(t, owner, "shop")
		assert.Equal(t, before, read(t, s, "shop"))
		page, err := s.List(t.Context(), "shop", tax.Query{})
		require.NoError(t, err)
		assert.Len(t, page.Configurations(), 1)
		versions, err := s.Versions(t.Context(), "shop", germany)
		require.NoError(t, err)
		assert.Len(t, versions, int(before))
		seen := follow(t, s)
		put(t, owner, "shop", 2)
		require.Eventually(t, func() bool { return seen.count(tax.Key{Tenant: "shop", Country: "DE"}) > 0 }, 10*time.Second, time.Millisecond)
		assert.Equal(t, before+1, read(t, s, "shop"))

		began := time.Now()
		_, err = s.Create(t.Context(), "new", taxOf(3))
		require.ErrorIs(t, err, ErrDenied)
		require.ErrorIs(t, err, tax.ErrUnavailable)
		require.ErrorIs(t, err, nats.ErrPermissionViolation)
		require.NotErrorIs(t, err, store.ErrUnknownOutcome)
		for _, out := range s.Write(t.Context(), many("new", store.Put, 3)) {
			require.ErrorIs(t, out.Err, ErrDenied)
			require.NotErrorIs(t, out.Err, store.ErrUnknownOutcome)
		}
		assert.Less(t, time.Since(began), promptly)
		assert.Zero(t, read(t, owner, "new"))
	}
}

// Over a slow link an attempt ends before anybody has heard that it is denied. That nothing was
// stored is known all the same.
func TestADenialThatIsHeardLateIsNotAnUnknownOutcome(t *testing.T) {
	t.Parallel()
	urls := guarded(t, documentedReader(t))
	owner, _ := opened(t, connect(t, urls["owner"]), "")
	put(t, owner, "shop", 1)
	scheme, address, _ := strings.Cut(urls["reader"], "reader:reader-password@")
	p, url := newProxy(t, address)
	s, err := Open(t.Context(), asReader(t, strings.Replace(url, scheme, scheme+"reader:reader-password@", 1)), nil)
	require.NoError(t, err)
	defer s.Close()
	p.Set(func() { p.Delay = patience * 3 / 2 })
	for _, tenant := range []string{"new", "shop"} {
		out := s.Write(t.Context(), []store.Batch{{Key: tax.Key{Tenant: tenant, Country: "DE"}, Changes: []store.Change{{Action: store.Put, Configuration: taxOf(3)}}}})[0]
		require.ErrorIs(t, out.Err, ErrDenied, tenant)
		require.NotErrorIs(t, out.Err, store.ErrUnknownOutcome, tenant)
	}
	assert.EqualValues(t, 1, read(t, owner, "shop"))
}

func TestAWriterOfOneTenantIsDeniedThoseOfOthers(t *testing.T) {
	t.Parallel()
	urls := guarded(t, documentedReader(t, "$KV.tax.tc2hvcA.*"))
	owner, _ := opened(t, connect(t, urls["owner"]), "")
	s, err := Open(t.Context(), asReader(t, urls["reader"]), nil)
	require.NoError(t, err)
	defer s.Close()
	put(t, s, "shop", 1)
	put(t, s, "shop", 2)
	require.NoError(t, s.Delete(t.Context(), "shop", germany))
	began := time.Now()
	outcomes := s.Write(t.Context(), append(many("shop", store.Put, 3), many("other", store.Put, 3)...))
	assert.Less(t, time.Since(began), promptly)
	for i, out := range outcomes {
		if i < 8 {
			require.NoError(t, out.Err, "%d", i)
		} else {
			require.ErrorIs(t, out.Err, ErrDenied, "%d", i)
		}
	}
	page, err := owner.List(t.Context(), "shop", tax.Query{})
	require.NoError(t, err)
	assert.Len(t, page.Configurations(), 8)
	assert.Zero(t, read(t, owner, "other"))
}

// Each permission that is documented is needed: without it something is denied, at once.
func TestWithoutAPermissionCallsAreDenied(t *testing.T) {
	t.Parallel()
	subjects := regexp.MustCompile(`"(\$JS[^"]*)"`)
	for subject, call := range map[string]func(s *store.Versioned) error{
		"$JS.API.STREAM.MSG.GET.KV_tax": func(s *store.Versioned) error {
			_, err := s.Get(t.Context(), "shop", germany)
			return err
		},
		"$JS.API.CONSUMER.CREATE.KV_tax.>": func(s *store.Versioned) error {
			_, err := s.List(t.Context(), "shop", tax.Query{})
			return err
		},
		"$JS.API.CONSUMER.MSG.NEXT.KV_tax.>": func(s *store.Versioned) error {
			_, err := s.List(t.Context(), "shop", tax.Query{})
			return err
		},
		"$JS.API.STREAM.INFO.KV_tax": nil, // not even opened
	} {
		t.Run(subject, func(t *testing.T) {
			t.Parallel()
			user := subjects.ReplaceAllStringFunc(documentedReader(t), func(quoted string) string {
				if strings.Trim(quoted, `"`) == subject {
					return `"unused"`
				}
				return quoted
			})
			urls := guarded(t, user)
			owner, _ := opened(t, connect(t, urls["owner"]), "")
			put(t, owner, "shop", 1)
			began := time.Now()
			s, err := Open(t.Context(), asReader(t, urls["reader"]), nil)
			if call == nil {
				require.ErrorIs(t, err, ErrDenied)
			} else {
				require.NoError(t, err)
				defer s.Close()
				require.ErrorIs(t, call(s), ErrDenied)
			}
			assert.Less(t, time.Since(began), promptly)
		})
	}
	urls := guarded(t, documentedReader(t))
	_, err := Open(t.Context(), asReader(t, urls["reader"]), nil)
	require.ErrorIs(t, err, ErrDenied, "a reader cannot create a bucket")
	assert.ErrorContains(t, err, "STREAM.CREATE")
}
