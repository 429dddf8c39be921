package tax_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

func TestMessageOfEveryLookupErrorSaysWhatToDo(t *testing.T) {
	r := taxtest.Open(t, everyError(), &tax.Options{Refuse: tax.RefuseDisputed})
	for _, c := range errorLookups {
		t.Run(strings.TrimPrefix(c.kind.Error(), "tax: "), func(t *testing.T) {
			_, err := r.Lookup(t.Context(), c.lookup)
			require.Error(t, err)
			taxtest.AssertAdvises(t, err)
			assert.Contains(t, err.Error(), c.lookup.Country)
			assert.Contains(t, err.Error(), c.lookup.Class)
		})
	}
	t.Run("closed", func(t *testing.T) {
		r.Close()
		_, err := r.Resolve(t.Context(), "DE", "")
		require.Error(t, err)
		taxtest.AssertAdvises(t, err)
	})
}

func TestLookupErrorUnwrapsToKindAndCause(t *testing.T) {
	cause := errors.New("tax: connection refused")
	e := &tax.LookupError{
		Kind: tax.ErrUnavailable, Tenant: "shop", Cause: cause, Detail: "try again",
		Lookup: tax.Lookup{Country: "CA", Region: "QC", PostalCode: "G1A 0A2", Class: "STANDARD", Date: tax.MustDate("2013-01-01")},
	}
	assert.ErrorIs(t, e, tax.ErrUnavailable)
	assert.ErrorIs(t, e, cause)
	assert.NotErrorIs(t, e, tax.ErrInvalid)
	assert.Equal(t, `tax: source unavailable: country "CA" region "QC" postal code "G1A 0A2" class "STANDARD" on 2013-01-01`+
		` of tenant "shop": try again: connection refused`, e.Error())

	e.Cause = nil
	assert.ErrorIs(t, e, tax.ErrUnavailable)
	assert.NotErrorIs(t, e, cause)
	assert.Equal(t, `tax: unknown country: country ""`, (&tax.LookupError{Kind: tax.ErrUnknownCountry}).Error())
}

func TestInputErrorUnwrapsToItsKindOrInvalid(t *testing.T) {
	e := &tax.InputError{Field: "percent", Value: "19 %", Reason: "write digits"}
	assert.ErrorIs(t, e, tax.ErrInvalid)
	assert.Equal(t, `tax: percent "19 %": write digits`, e.Error())
	e.Kind = tax.ErrUnknownRegion
	assert.ErrorIs(t, e, tax.ErrUnknownRegion)
	assert.NotErrorIs(t, e, tax.ErrInvalid)
}

func TestInputErrorAtAPathIsTheSameRefusal(t *testing.T) {
	e := &tax.InputError{Field: "country", Value: "ZZ", Reason: "no such country", Kind: tax.ErrUnknownCountry}
	at := e.At("lines[2].country")
	assert.Equal(t, &tax.InputError{Field: "lines[2].country", Value: "ZZ", Reason: "no such country", Kind: tax.ErrUnknownCountry}, at)
	assert.Equal(t, `tax: lines[2].country "ZZ": no such country`, at.Error())
	assert.ErrorIs(t, at, tax.ErrUnknownCountry)
	assert.Equal(t, "country", e.Field, "the error itself stays as it is")
	assert.Equal(t, "", at.At("").Field)

	_, err := tax.Percent(strings.Repeat("9", 100))
	require.ErrorAs(t, err, &e)
	at = e.At("rate")
	assert.Equal(t, e.Value, at.Value, "as much of the input as before")
	assert.ErrorIs(t, at, tax.ErrInvalid)
}

func TestStoreErrorUnwrapsToKindAndCause(t *testing.T) {
	cause := errors.New("disk full")
	e := &tax.StoreError{Kind: tax.ErrExists, Tenant: "a\nb", Location: tax.Location{Country: "CA", Region: "QC"}}
	assert.ErrorIs(t, e, tax.ErrExists)
	assert.NotErrorIs(t, e, cause)
	assert.Equal(t, `tax: exists already: configuration of "CA-QC" of tenant "a\nb"`, e.Error())
	e.Kind, e.Cause = tax.ErrUnavailable, cause
	assert.ErrorIs(t, e, tax.ErrUnavailable)
	assert.ErrorIs(t, e, cause)
	assert.Contains(t, e.Error(), "disk full")
}

func TestStoreErrorOfAConflictTellsBothVersions(t *testing.T) {
	e := &tax.StoreError{Kind: tax.ErrConflict, Location: tax.Location{Country: "DE"}, Given: 3, Current: 5}
	assert.ErrorIs(t, e, tax.ErrConflict)
	assert.Equal(t, "tax: version conflict: DE is at version 5, not 3: read it again and repeat the change", e.Error())
	e.Tenant = "shop"
	assert.Equal(t, `tax: version conflict: DE of tenant "shop" is at version 5, not 3: read it again and repeat the change`, e.Error())
	taxtest.AssertAdvises(t, e)
}

func TestInvalidErrorTellsTheFirstFaultAndTheNumberOfTheOthers(t *testing.T) {
	where := tax.Location{Country: "DE"}
	e := &tax.InvalidError{Faults: []tax.Fault{
		{Location: where, Path: "classes[0].rates[0].percent", Message: "negative"},
		{Location: where, Message: "other"}, {Location: where, Message: "third"},
	}}
	assert.ErrorIs(t, e, tax.ErrInvalid)
	assert.Equal(t, "tax: invalid configuration: DE: classes[0].rates[0].percent: negative (and 2 more)", e.Error())
	e.Faults = e.Faults[:1]
	assert.Equal(t, "tax: invalid configuration: DE: classes[0].rates[0].percent: negative", e.Error())
}

func TestSentinelsAreDistinct(t *testing.T) {
	all := append([]error{tax.ErrNotFound, tax.ErrExists, tax.ErrConflict}, taxtest.LookupErrors...)
	seen := map[string]bool{}
	for _, e := range all {
		assert.True(t, strings.HasPrefix(e.Error(), "tax: "), e.Error())
		assert.False(t, seen[e.Error()], e.Error())
		seen[e.Error()] = true
		for _, other := range all {
			assert.Equal(t, e == other, errors.Is(fmt.Errorf("wrapped: %w", e), other))
		}
	}
}

func TestErrorsOfOthersDoNotPanic(t *testing.T) {
	for _, err := range []error{&tax.LookupError{}, &tax.StoreError{}, &tax.InvalidError{}, &tax.InputError{}, &tax.StoreError{Kind: tax.ErrConflict}} {
		assert.NotEmpty(t, err.Error())
	}
	_, err := (&tax.Resolver{}).Resolve(t.Context(), "DE", "")
	assert.ErrorIs(t, err, tax.ErrInvalid)
}
