package nats

import (
	"errors"
	"fmt"

	"github.com/taxresolve/tax"
)

// ErrTooLarge is the kind of error for a country that does not fit into a message: see
// [TooLargeError].
var ErrTooLarge = errors.New("nats: the country is too large for a message")

// TooLargeError is the error of a write to a country whose documents do not fit into one
// message, even compressed. Nothing was stored. It unwraps to [ErrTooLarge] and to
// [tax.ErrInvalid].
type TooLargeError struct {
	// Key is the country of the tenant. It has no Country if these are flat taxes: see [Taxes].
	Key tax.Key
	// Bytes is the size of the compressed documents, and Limit that of a message.
	Bytes, Limit int
}

// Error says how much is too much, and what helps.
func (e *TooLargeError) Error() string {
	if e.Key.Country == "" {
		return fmt.Sprintf("nats: the taxes of tenant %.64q take %d bytes, more than the %d of a message: raise max_payload of the servers and the limit of the bucket, or keep fewer of them",
			e.Key.Tenant, e.Bytes, e.Limit)
	}
	return fmt.Sprintf("nats: the documents of %q of tenant %.64q take %d bytes, more than the %d of a message: raise max_payload of the servers and the limit of the bucket, or keep fewer regions or entries",
		e.Key.Country, e.Key.Tenant, e.Bytes, e.Limit)
}

// Unwrap returns [ErrTooLarge] and [tax.ErrInvalid].
func (*TooLargeError) Unwrap() []error { return []error{ErrTooLarge, tax.ErrInvalid} }

// ErrBucket is the kind of error for a bucket that this store cannot use.
var ErrBucket = errors.New("nats: the bucket cannot be used")
