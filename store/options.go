package store

import (
	"fmt"
	"strconv"
	"time"

	"github.com/taxresolve/tax"
)

// Options configure a [Versioned] store. The zero value, and nil in place of Options, is a
// store whose documents stand for themselves.
type Options struct {
	// Base is the source that the documents lie on, usually rates.World(). The store then
	// holds what a tenant changes in it: Configurations returns the documents of the base
	// with those of the tenant on top, as [tax.Overlay] merges them, and all other methods
	// are about the tenant's own documents.
	//
	// A write is checked as it will be used: merged with the base that holds at the time.
	// It is refused if the document does not fit on the base, if it makes another one
	// invalid, or if an entry without a day would replace the history of a rate. A fault
	// that was there before, such as that of an override that its base no longer carries,
	// does not keep others from being written. If the base fails, so does the write, with
	// [tax.ErrUnavailable].
	Base tax.Source

	// Limits bound each document as it is stored. The zero value stands for the defaults.
	Limits tax.Limits

	// Retention bounds the history of the store.
	Retention Retention

	// Clock returns the current time. Nil means [time.Now].
	Clock func() time.Time
}

// check returns an error if the options cannot be used.
func (o *Options) check() error {
	if o.Retention.Age < 0 {
		return &tax.InputError{Field: "retention.age", Value: o.Retention.Age.String(), Reason: "negative: leave it 0 to keep versions however old they are"}
	}
	if l := o.Limits; min(l.Bytes, int64(l.Classes), int64(l.Entries)) < 0 {
		return &tax.InputError{Field: "limits", Value: fmt.Sprint(l), Reason: "negative: use 0 for the default"}
	}
	return nil
}

// clip bounds how much of a text is kept or shown.
func clip(s string) string {
	return s[:min(len(s), maxText)]
}

// maxText is the number of bytes of a text that clip leaves.
const maxText = 256

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
