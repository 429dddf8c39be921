package taxtest

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
)

// Day is the day that most tests ask about.
var Day = tax.MustDate("2026-11-21")

// Open returns a resolver that the end of the test closes.
func Open(t testing.TB, src tax.Source, opts *tax.Options) *tax.Resolver {
	t.Helper()
	r, err := tax.NewResolver(src, opts)
	require.NoError(t, err)
	t.Cleanup(r.Close)
	return r
}

// Resolver returns a resolver of documents, with the default options.
func Resolver(t testing.TB, set ...tax.Configuration) *tax.Resolver {
	t.Helper()
	return Open(t, Fixed(set...), nil)
}

// Ask resolves the class STANDARD of DE in a goroutine of its own. The answer
// comes as text.
func Ask(ctx context.Context, r *tax.Resolver) <-chan string {
	answer := make(chan string, 1)
	go func() { answer <- Answer(r.Resolve(ctx, "DE", "STANDARD")) }()
	return answer
}

// Watch runs the Watch of a resolver in a goroutine, inside a bubble of synctest.
// Its error comes when it ends.
func Watch(ctx context.Context, r *tax.Resolver) <-chan error {
	ended := make(chan error, 1)
	go func() { ended <- r.Watch(ctx) }()
	synctest.Wait()
	return ended
}

// HeapInUse returns the bytes that are reachable, once collections find no more
// to free: values with a cleanup, such as canonical strings, take several.
func HeapInUse() int64 {
	var m runtime.MemStats
	for least, same := int64(1)<<62, 0; same < 3; {
		runtime.GC()
		time.Sleep(time.Millisecond)
		runtime.ReadMemStats(&m)
		if same++; int64(m.HeapAlloc) < least-4096 {
			same = 0
		}
		least = min(least, int64(m.HeapAlloc))
	}
	return int64(m.HeapAlloc)
}
