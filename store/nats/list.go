package nats

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// Documents yields the documents of a tenant, from one state of the stream that has every
// write that had returned.
func (b *backend) Documents(ctx context.Context, tenant string, after tax.Location) iter.Seq2[*store.Version, error] {
	return func(yield func(*store.Version, error) bool) {
		limited, cancel := b.limited(ctx)
		defer cancel()
		countries, err := b.countries(limited, tenant)
		if err != nil {
			yield(nil, err)
			return
		}
		for _, m := range countries {
			if m.code < after.Country {
				continue
			}
			for v := range decode(&m.message).country(m.code).Documents.All() {
				if l := v.Configuration.Location; l.Country == after.Country && l.Region <= after.Region {
					continue
				}
				if !yield(v, nil) {
					return
				}
			}
		}
	}
}

// coded is the message of a country.
type coded struct {
	message
	code string
}

// countries returns the last message of each country of a tenant, by its code.
func (b *backend) countries(ctx context.Context, tenant string) ([]coded, error) {
	filter := b.tenantSubject(tenant) + ".*"
	newest, err := b.last(ctx, filter)
	if err != nil || newest == nil {
		return nil, err
	}
	for attempt := 0; ; attempt++ {
		allowed, done := b.whileAllowed(ctx, "$JS.API.CONSUMER.")
		list, reached, err := b.collect(allowed, filter)
		err = because(allowed, err)
		done()
		// The consumer may be on a server that is behind the leader of the stream.
		if err == nil && reached >= newest.sequence {
			slices.SortFunc(list, func(x, y coded) int { return strings.Compare(x.code, y.code) })
			return list, nil
		}
		if err != nil && !passing(err) {
			return nil, err
		}
		if !pause(ctx, attempt) {
			return nil, errors.Join(ctx.Err(), err)
		}
	}
}

// collect returns the last message of each country, and the highest sequence of them. A
// consumer of the last message of each subject has those of the moment in which it is made.
func (b *backend) collect(ctx context.Context, filter string) (list []coded, reached uint64, err error) {
	consumer, err := b.js.CreateConsumer(ctx, b.stream, jetstream.ConsumerConfig{
		DeliverPolicy: jetstream.DeliverLastPerSubjectPolicy, AckPolicy: jetstream.AckNonePolicy,
		FilterSubject: filter, MemoryStorage: true, Replicas: 1, InactiveThreshold: time.Minute,
	})
	if err != nil {
		return nil, 0, err
	}
	defer func() {
		short, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = b.js.DeleteConsumer(short, b.stream, consumer.CachedInfo().Name) // it ends by itself
	}()
	for left := int(consumer.CachedInfo().NumPending); left > 0; {
		// A server that has the consumer may be lost: then nobody responds to the next one.
		batch, err := consumer.Fetch(min(left, 256), jetstream.FetchMaxWait(patience))
		if err != nil {
			return nil, 0, err
		}
		for m := range batch.Messages() {
			left--
			about, err := m.Metadata()
			if err != nil {
				return nil, 0, err
			}
			reached = max(reached, about.Sequence.Stream)
			if key, ok := b.keyOf(m.Subject()); ok {
				list = append(list, coded{message{about.Sequence.Stream, m.Headers(), m.Data(), about.Timestamp}, key.Country})
			}
		}
		if err := errors.Join(batch.Error(), ctx.Err()); err != nil {
			return nil, 0, err
		}
	}
	return list, reached, nil
}
