package nats

import (
	"context"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
)

// behind makes its first consumers as servers do that are behind or unknown to others.
type behind struct {
	jetstream.JetStream
	filters  []string // of the next consumers, in place of what is asked for
	failures []error  // of the next consumers after those
}

func (b *behind) CreateConsumer(ctx context.Context, stream string, c jetstream.ConsumerConfig) (jetstream.Consumer, error) {
	if len(b.filters) > 0 {
		c.FilterSubject, b.filters = b.filters[0], b.filters[1:]
	} else if len(b.failures) > 0 {
		err := b.failures[0]
		b.failures = b.failures[1:]
		return nil, err
	}
	return b.JetStream.CreateConsumer(ctx, stream, c)
}

// A list asks again until it has the last acknowledged write.
func TestListsWaitForServersThatAreBehind(t *testing.T) {
	t.Parallel()
	s, b := opened(t, connect(t, one(t)), "")
	put(t, s, "", 1)
	france := taxOf(2)
	france.Location.Country = "FR"
	_, err := s.Create(t.Context(), "", france)
	require.NoError(t, err)
	unsteady := &behind{b.js, []string{"$KV.tax.t.AT", "$KV.tax.t.DE"}, []error{nats.ErrNoResponders, unavailable(nil)}}
	b.js = unsteady
	page, err := s.List(t.Context(), "", tax.Query{})
	require.NoError(t, err)
	assert.Len(t, page.Configurations(), 2)
	assert.Empty(t, unsteady.filters)
	assert.Empty(t, unsteady.failures)
}
