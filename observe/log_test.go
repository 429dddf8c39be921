package observe_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
	"github.com/taxresolve/tax/observe"
	"github.com/taxresolve/tax/store"
)

// lines is what was logged, without times and durations.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) logger(level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == "duration" || a.Key == "detail" {
			return slog.Attr{}
		}
		return a
	}}))
}

// taken returns the lines since the last call.
func (l *lines) taken() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := strings.TrimSuffix(l.text.String(), "\n")
	l.text.Reset()
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

func TestLoadsAndEvictionsAreLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var written lines
		l := &observe.Log{Logger: written.logger(slog.LevelDebug)}
		src := taxtest.Script(taxtest.LoadNineteen, taxtest.LoadNone, taxtest.LoadFails, taxtest.LoadFails, taxtest.LoadNineteen)
		r, err := tax.NewResolver(src, &tax.Options{Capacity: 1, NegativeTTL: time.Second, Observer: l.Observer()})
		require.NoError(t, err)
		ask := func(country string) []string {
			_, _ = r.Tenant("acme").Resolve(t.Context(), country, "")
			synctest.Wait()
			time.Sleep(20 * time.Second) // beyond the pause after failures
			return written.taken()
		}
		assert.Equal(t, []string{`level=DEBUG msg="country loaded" tenant=acme country=DE found=true background=false`}, ask("DE"))
		assert.Equal(t, []string{`level=DEBUG msg="country loaded" tenant=acme country=AT found=false background=false`}, ask("AT"))
		assert.Equal(t, []string{`level=ERROR msg="load failed" tenant=acme country=AT background=false error="the database is down"`}, ask("AT"))
		assert.Empty(t, ask("AT"), "the same failure")
		assert.ElementsMatch(t, []string{
			`level=DEBUG msg="country loaded" tenant=acme country=AT found=true background=false`,
			`level=INFO msg="country loaded again" tenant=acme country=AT failures=2`,
			`level=DEBUG msg="country evicted" tenant=acme country=DE`,
		}, ask("AT"))
		r.Close()
	})
}

// fail reports a failure of a load to a log.
func fail(l *observe.Log, e tax.LoadEvent) {
	if e.Err == nil {
		e.Err = taxtest.ErrDatabase
	}
	l.Observer().LoadEnd(context.Background(), e)
}

func TestAFailureThatRepeatsIsLoggedEachMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var written lines
		l := &observe.Log{Logger: written.logger(slog.LevelInfo)}
		de, at := tax.LoadEvent{Key: tax.Key{Country: "DE"}, Background: true}, tax.LoadEvent{Key: tax.Key{Country: "AT"}}
		for range 70 {
			fail(l, de)
			time.Sleep(time.Second)
		}
		fail(l, at)
		assert.Equal(t, []string{
			`level=WARN msg="load failed" country=DE background=true error="the database is down"`,
			`level=WARN msg="load failed" country=DE background=true error="the database is down" times=61`,
			`level=ERROR msg="load failed" country=AT background=false error="the database is down"`,
		}, written.taken())

		l.Repeat = time.Second
		fail(l, at)
		time.Sleep(time.Second)
		fail(l, at)
		assert.Equal(t, []string{`level=ERROR msg="load failed" country=AT background=false error="the database is down" times=3`}, written.taken())
	})
}

func TestManyFailuresHaveFewLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var written lines
		l := &observe.Log{Logger: written.logger(slog.LevelInfo)}
		for i := range 10_000 {
			fail(l, tax.LoadEvent{Key: tax.Key{Tenant: strconv.Itoa(i), Country: "DE"}})
		}
		assert.Len(t, written.taken(), 32)
		time.Sleep(time.Minute)
		fail(l, tax.LoadEvent{Key: tax.Key{Country: "DE"}})
		assert.Equal(t, []string{`level=ERROR msg="load failed" country=DE background=false error="the database is down" omitted=9968`}, written.taken())
		l.Observer().LoadEnd(t.Context(), tax.LoadEvent{Key: tax.Key{Tenant: "500", Country: "DE"}})
		assert.Empty(t, written.taken(), "nobody was told that it had failed")
		l.Observer().LoadEnd(t.Context(), tax.LoadEvent{Key: tax.Key{Tenant: "5", Country: "DE"}})
		assert.Equal(t, []string{`level=INFO msg="country loaded again" tenant=5 country=DE failures=1`}, written.taken())
	})
}

func TestFailuresTakeBoundedMemory(t *testing.T) {
	l := &observe.Log{Logger: slog.New(slog.DiscardHandler)}
	before := taxtest.HeapInUse()
	for i := range 20_000 {
		fail(l, tax.LoadEvent{Key: tax.Key{Tenant: strconv.Itoa(i) + strings.Repeat("t", 1000), Country: "DE"}})
		fail(l, tax.LoadEvent{Key: tax.Key{Tenant: strconv.Itoa(i), Country: "DE"}})
	}
	assert.Less(t, taxtest.HeapInUse()-before, int64(1<<20))
	fail(l, tax.LoadEvent{})
}

func TestOldFailuresMakeRoomForNewOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var written lines
		l := &observe.Log{Logger: written.logger(slog.LevelInfo)}
		for i := range 1024 {
			fail(l, tax.LoadEvent{Key: tax.Key{Tenant: strconv.Itoa(i)}})
		}
		time.Sleep(2 * time.Minute)
		written.taken()
		for range 3 {
			fail(l, tax.LoadEvent{Key: tax.Key{Tenant: "new"}})
		}
		assert.Len(t, written.taken(), 1, "it is remembered")
	})
}

func TestLoadsThatWereGivenUpAreNoFailures(t *testing.T) {
	var written lines
	l := &observe.Log{Logger: written.logger(slog.LevelDebug)}
	fail(l, tax.LoadEvent{Key: tax.Key{Country: "DE"}, Err: context.Canceled})
	assert.Equal(t, []string{`level=DEBUG msg="load given up" country=DE`}, written.taken())
}

func TestWarningsAreLogged(t *testing.T) {
	var written lines
	l := &observe.Log{Logger: written.logger(slog.LevelInfo)}
	key, bavaria := tax.Key{Tenant: "acme", Country: "DE"}, tax.Location{Country: "DE", Region: "BY"}
	for range 2 {
		l.Warning(tax.Warning{Kind: tax.WarnInvalidDocument, Key: key, Location: bavaria, Detail: "d", Cause: errors.New("rate missing")})
	}
	l.Warning(tax.Warning{Kind: tax.WarnSourcePanicked, Key: key, Location: tax.Location{Country: "DE"}, Cause: errors.New("oops")})
	l.Warning(tax.Warning{Kind: tax.WarnWatchFailed})
	assert.Equal(t, []string{
		`level=WARN msg="invalid document" tenant=acme country=DE location=DE-BY error="rate missing"`,
		`level=ERROR msg="source panicked" tenant=acme country=DE error=oops`,
		`level=WARN msg="watch failed"`,
	}, written.taken())
}

func TestChangesAreLogged(t *testing.T) {
	var written lines
	l := &observe.Log{Logger: written.logger(slog.LevelInfo)}
	s := store.NewMemory(nil)
	defer s.Notify(l.Changed)()
	_, err := s.Create(t.Context(), "acme", taxtest.Doc("DE", taxtest.Class("S", "- 19")))
	require.NoError(t, err)
	l.Changed(tax.Key{Tenant: "acme"})
	l.Changed(tax.Key{})
	assert.Equal(t, []string{
		`level=INFO msg="configurations changed" tenant=acme country=DE`,
		`level=INFO msg="configurations changed" tenant=acme`,
		`level=INFO msg="all configurations may have changed"`,
	}, written.taken())
}

func TestReportsOfWhatNoObserverSees(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var written lines
		l := &observe.Log{Logger: written.logger(slog.LevelInfo)}
		src := taxtest.Script(taxtest.LoadNineteen, taxtest.LoadNineteen, taxtest.LoadFails)
		r, err := tax.NewResolver(src, &tax.Options{Capacity: 1, TTL: time.Hour, RefreshAhead: time.Second, MaxStale: 10 * time.Hour})
		require.NoError(t, err)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- l.Report(ctx, r, time.Minute) }()
		synctest.Wait()
		resolve := func(country string) {
			_, err := r.Resolve(ctx, country, "")
			require.NoError(t, err)
		}
		resolve("DE")
		resolve("AT")
		time.Sleep(2*time.Minute + time.Second)
		assert.Equal(t, []string{`level=INFO msg="countries were evicted" countries=1 left=1`}, written.taken(), "once")
		time.Sleep(time.Hour)
		resolve("AT")
		resolve("AT")
		time.Sleep(time.Second)
		stop()
		require.ErrorIs(t, <-ended, context.Canceled)
		assert.Equal(t, []string{`level=WARN msg="answers were stale" answers=2`}, written.taken(), "at the end")

		r.Close()
	})
}

func TestReportsOfLoadsThatDoNotEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var written lines
		l := &observe.Log{Logger: written.logger(slog.LevelInfo)}
		hangs := make(chan struct{})
		r, err := tax.NewResolver(taxtest.Held(hangs, taxtest.LoadNineteen), &tax.Options{LoadTimeout: time.Second})
		require.NoError(t, err)
		_, err = r.Resolve(t.Context(), "DE", "")
		require.ErrorIs(t, err, tax.ErrUnavailable)
		ctx, stop := context.WithTimeout(t.Context(), 90*time.Second)
		defer stop()
		require.ErrorIs(t, l.Report(ctx, r, time.Minute), context.DeadlineExceeded)
		line := `level=WARN msg="the source ignores its context" loads=1`
		assert.Equal(t, []string{line, line}, written.taken(), "after a minute, and at the end")
		close(hangs)
		r.Close()
	})
}

func TestReportRefusesWhatItCannotUse(t *testing.T) {
	var l observe.Log
	var none context.Context
	r := taxtest.Open(t, tax.SourceFunc(taxtest.LoadNineteen), nil)
	taxtest.RequireInputError(t, l.Report(none, r, time.Second), "context")
	taxtest.RequireInputError(t, l.Report(t.Context(), nil, time.Second), "resolver")
	taxtest.RequireInputError(t, l.Report(t.Context(), r, 0), "every")
}

func TestLinesAreShortAndHaveNoSecrets(t *testing.T) {
	var written lines
	l := &observe.Log{Logger: written.logger(slog.LevelInfo), Error: func(error) string { return "database" }}
	long := strings.Repeat("x", 100_000)
	fail(l, tax.LoadEvent{Key: tax.Key{Tenant: "\xff" + long, Country: "DE"}, Err: errors.New("postgres://u:secret@host " + long)})
	l.Error = nil
	fail(l, tax.LoadEvent{Key: tax.Key{Country: "DE"}, Err: errors.New(long)})
	l.Warning(tax.Warning{Detail: long, Location: tax.Location{Country: "DE", Region: long}, Cause: errors.New(long)})
	for _, line := range written.taken() {
		assert.NotContains(t, line, "secret")
		assert.Less(t, len(line), 5000)
	}
}

func TestTheZeroLogWritesToTheDefaultLogger(t *testing.T) {
	var written lines
	before := slog.Default()
	slog.SetDefault(written.logger(slog.LevelInfo))
	defer slog.SetDefault(before)
	var l observe.Log
	fail(&l, tax.LoadEvent{Key: tax.Key{Country: "DE"}})
	assert.Len(t, written.taken(), 1)
}
