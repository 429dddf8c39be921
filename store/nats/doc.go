// Package nats is a store in JetStream, the storage of NATS: a fleet without a database of
// its own, and changes that reach thousands of resolvers.
//
// A bucket has a key for each country of a tenant. Its value is the whole country: the
// documents of the country and its regions, compressed. So a write to a country is one
// compare-and-set, and a country is loaded with one request. A country that does not fit
// into a message is refused with [ErrTooLarge].
//
// # What it promises
//
// Writes are linearizable, and a read of a country sees every write that had returned: it asks
// the leader of the stream. With [Options].AnyServer any server may answer, and a read shows at
// least what this store has read, written and reported. In either way reads never go back. When the outcome of a write is not known, because the leader went away, the
// store repeats it until it knows: a compare-and-set cannot take effect twice. If the
// bucket has lost the trace of it, because too many writes followed, the error is
// [store.ErrUnknownOutcome]. A list is of one state of the stream, which has every write that
// had returned.
//
// A write has been acknowledged when a majority of the servers has it. They sync their files
// every two minutes, unless their configuration says sync_interval: always; a power cut of
// all of them at once may lose what came after the last sync.
//
// # History
//
// The stream keeps the last 1,000 writes of each country, and the history is what they tell,
// within [store.Retention]. Older versions answer [store.ErrRemoved].
//
// # Watching
//
// Each opened store has at most one subscription, however many resolvers follow it. After a
// connection was lost it goes on where it was, so that no change is missed. If the stream is
// another one by then, or was restored from an older state, everything is reported. Watch
// returns when the connection is closed for good.
//
// # Permissions
//
// docs/stores-nats.md has the permissions that a user needs who only reads, and what a user
// needs who writes. What is not permitted is refused with [ErrDenied].
package nats
