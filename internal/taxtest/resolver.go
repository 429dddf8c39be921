package taxtest

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
)

// Day is the day that most tests use.
var Day = tax.MustDate("2026-11-21")

// Open returns a resolver, which is closed at the end of the test.
func Open(t testing.TB, src tax.Source, opts *tax.Options) *tax.Resolver {
	t.Helper()
	r, err := tax.NewResolver(src, opts)
	require.NoError(t, err)
	t.Cleanup(r.Close)
	return r
}

// Resolver returns a resolver for documents, with the default options.
func Resolver(t testing.TB, set ...tax.Configuration) *tax.Resolver {
	t.Helper()
	return Open(t, Fixed(set...), nil)
}

// Ask resolves the class STANDARD of DE in a goroutine of its own, which sends the
// answer as a text.
func Ask(ctx context.Context, r *tax.Resolver) <-chan string {
	answer := make(chan string, 1)
	go func() { answer <- Answer(r.Resolve(ctx, "DE", "STANDARD")) }()
	return answer
}

// Watch runs Resolver.Watch in a goroutine, which sends its error. The test must be in
// a bubble of synctest.
func Watch(ctx context.Context, r *tax.Resolver) <-chan error {
	ended := make(chan error, 1)
	go func() { ended <- r.Watch(ctx) }()
	synctest.Wait()
	return ended
}
