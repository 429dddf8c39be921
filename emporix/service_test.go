package emporix_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/emporix"
	"github.com/taxresolve/tax/store"
)

const tenant = "acme"

// shop is a service over a store in memory. Tests set its time.
type shop struct {
	*emporix.Service
	store *store.Memory
	now   time.Time
}

func newShop(t testing.TB, opts emporix.ServiceOptions) *shop {
	t.Helper()
	s := &shop{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return s.now }
	s.store = store.NewMemory(&store.Options{Clock: clock})
	opts.Clock = clock
	service, err := emporix.NewService(s.store, &opts)
	require.NoError(t, err)
	s.Service = service
	return s
}

func (s *shop) create(t testing.TB, contentLanguage, body string) {
	t.Helper()
	_, err := s.Create(context.Background(), tenant, contentLanguage, []byte(body))
	require.NoError(t, err, body)
}

func (s *shop) get(t testing.TB, country string) tax.Configuration {
	t.Helper()
	c, err := s.store.Get(context.Background(), tenant, tax.Location{Country: country})
	require.NoError(t, err)
	return c
}

func (s *shop) put(t testing.TB, c tax.Configuration) {
	t.Helper()
	_, err := s.store.Create(context.Background(), tenant, c)
	require.NoError(t, err)
}

func (s *shop) retrieve(t testing.TB, code, acceptLanguage string) string {
	t.Helper()
	body, err := s.Retrieve(context.Background(), tenant, code, acceptLanguage)
	require.NoError(t, err, code)
	return string(body)
}

func compact(t testing.TB, text string) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, json.Compact(&out, []byte(text)))
	return out.String()
}

// german is the example of the contract.
const german = `{
  "locationCode": "DE",
  "location": { "countryCode": "DE" },
  "taxClasses": [
    { "code": "STANDARD", "name": { "en": "Standard" }, "order": 0, "rate": 19, "isDefault": true },
    { "code": "REDUCED",  "name": { "en": "Reduced" },  "order": 1, "rate": 7 },
    { "code": "ZERO",     "name": { "en": "Zero" },     "order": 2, "rate": 0 }
  ],
  "metadata": { "version": 2, "createdAt": "2022-03-31T09:52:15.423Z", "modifiedAt": "2022-03-31T09:53:25.464Z" }
}`

// withVersion returns the example with another version, or without metadata if
// version is empty.
func withVersion(version string) string {
	if version == "" {
		before, _, _ := strings.Cut(german, ",\n  \"metadata\"")
		return before + "}"
	}
	return strings.Replace(german, `"version": 2`, `"version": `+version, 1)
}

func TestTheContractsExampleIsAnsweredByteForByte(t *testing.T) {
	ctx := context.Background()
	s := newShop(t, emporix.ServiceOptions{})
	s.now = time.Date(2022, 3, 31, 9, 52, 15, 423_999_999, time.UTC)
	got, err := s.Create(ctx, tenant, "*", []byte(withVersion("")))
	require.NoError(t, err)
	assert.Equal(t, `{"locationCode":"DE"}`, string(got))

	s.now = time.Date(2022, 3, 31, 9, 53, 25, 464_000_001, time.UTC)
	require.NoError(t, s.Update(ctx, tenant, "DE", "*", []byte(withVersion("1"))))
	assert.Equal(t, compact(t, german), s.retrieve(t, "DE", "*"))

	list, err := s.List(ctx, tenant, nil, "*", true)
	require.NoError(t, err)
	assert.Equal(t, "["+compact(t, german)+"]", string(list.Body))
	assert.Equal(t, 1, list.Total)
	assert.Empty(t, list.Next)

	english := strings.NewReplacer(`{"en":"Standard"}`, `"Standard"`, `{"en":"Reduced"}`, `"Reduced"`, `{"en":"Zero"}`, `"Zero"`).
		Replace(compact(t, german))
	for _, header := range []string{"", "en", " \t", "fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7", "fr", "?", strings.Repeat("x", 10000)} {
		assert.Equal(t, english, s.retrieve(t, "DE", header), header)
	}

	// A body that was read can be written back.
	require.NoError(t, s.Update(ctx, tenant, "DE", "*", []byte(s.retrieve(t, "DE", "*"))))
	require.NoError(t, s.Update(ctx, tenant, "DE", "en", []byte(s.retrieve(t, "DE", "en"))))
	assert.Equal(t, strings.Replace(compact(t, german), `"version":2`, `"version":4`, 1), s.retrieve(t, "DE", "*"))

	require.NoError(t, s.Delete(ctx, tenant, "DE"))
	require.NoError(t, s.Delete(ctx, tenant, "DE"), "again")
	_, err = s.Retrieve(ctx, tenant, "DE", "")
	require.ErrorIs(t, err, tax.ErrNotFound)
	list, err = s.List(ctx, tenant, url.Values{}, "", false)
	require.NoError(t, err)
	assert.Equal(t, "[]", string(list.Body))
}

func TestCountriesAreNamedByEveryCodeAndStoredByOne(t *testing.T) {
	ctx := context.Background()
	s := newShop(t, emporix.ServiceOptions{})
	for _, code := range []string{"DEU", "grc", "Uk"} {
		s.create(t, "", `{"locationCode":"`+code+`","location":{"countryCode":"`+strings.ToLower(code)+`"},"taxClasses":[]}`)
	}
	for code, stored := range map[string]string{"deu": "DE", "De": "DE", "EL": "GR", "gr": "GR", "GBR": "GB"} {
		assert.Contains(t, s.retrieve(t, code, ""), `{"locationCode":"`+stored+`","location":{"countryCode":"`+stored+`"}`)
	}
	_, err := s.Create(ctx, tenant, "", []byte(`{"location":{"countryCode":"DEU"},"taxClasses":[]}`))
	require.ErrorIs(t, err, tax.ErrExists)
}

func TestWhatNamesNoDocumentIsNotFound(t *testing.T) {
	ctx := context.Background()
	s := newShop(t, emporix.ServiceOptions{})
	s.put(t, tax.Configuration{Location: tax.Location{Country: "CA"}})
	s.put(t, tax.Configuration{Location: tax.Location{Country: "CA", Region: "QC"}})
	s.put(t, tax.Configuration{Location: tax.Location{Country: "GB", Region: "NIR"}})
	body := []byte(`{"location":{"countryCode":"CA"},"taxClasses":[],"metadata":{"version":1}}`)
	for _, code := range []string{"DE", "", "ZZ", "germany", "276", " CA", "CA ", "CA-", "CA-QC", "CA-ON", "XI", "-", "CA/QC", "\xff", strings.Repeat("CA-", 1000)} {
		_, err := s.Retrieve(ctx, tenant, code, "")
		require.ErrorIs(t, err, tax.ErrNotFound, code)
		document := emporix.ErrorFor(err)
		assert.Equal(t, 404, document.Code)
		require.Len(t, document.Details, 1)
		assert.NotContains(t, document.Details[0], tenant)
		require.ErrorIs(t, s.Update(ctx, tenant, code, "", body), tax.ErrNotFound, code)
		require.NoError(t, s.Delete(ctx, tenant, code), code)
	}
	for _, l := range []tax.Location{{Country: "CA"}, {Country: "CA", Region: "QC"}, {Country: "GB", Region: "NIR"}} {
		_, err := s.store.Get(ctx, tenant, l)
		require.NoError(t, err, "deleted")
	}
	_, err := s.Retrieve(ctx, "others", "CA", "")
	require.ErrorIs(t, err, tax.ErrNotFound)
}

func TestTenantsHaveTheFormOfTheContract(t *testing.T) {
	ctx := context.Background()
	s := newShop(t, emporix.ServiceOptions{})
	for _, id := range []string{"abc", "a00", "abcdefghijklmnop", "z9z"} {
		_, err := s.List(ctx, id, nil, "", false)
		require.NoError(t, err, id)
	}
	for _, id := range []string{"", "ab", "abcdefghijklmnopq", "9ab", "Abc", "abC", "a-b", "a_b", "abc ", "äbc", "abc\n", "a{b"} {
		_, create := s.Create(ctx, id, "", nil)
		_, list := s.List(ctx, id, nil, "", false)
		_, retrieve := s.Retrieve(ctx, id, "DE", "")
		for _, err := range []error{create, list, retrieve, s.Update(ctx, id, "DE", "", nil), s.Delete(ctx, id, "DE")} {
			require.Equal(t, "tenant", fieldOf(err), "%q: %v", id, err)
		}
	}
}

// fieldOf returns the field of an InputError, or "".
func fieldOf(err error) string {
	if input, ok := err.(*tax.InputError); ok {
		return input.Field
	}
	return ""
}

func TestAnUpdateOfAnotherVersionIsAConflict(t *testing.T) {
	ctx := context.Background()
	s := newShop(t, emporix.ServiceOptions{})
	s.create(t, "*", withVersion(""))
	for _, version := range []string{"2", "9223372036854775807"} {
		err := s.Update(ctx, tenant, "DE", "*", []byte(withVersion(version)))
		require.ErrorIs(t, err, tax.ErrConflict)
		assert.Equal(t, emporix.ErrorDocument{Code: 409, Status: "Conflict", Message: "The object that you are trying to update has already changed. Please refresh and try again!", Details: []string{
			"version conflict: DE is at version 1, not " + version + ": read it again and repeat the change"}}, emporix.ErrorFor(err))
	}
	assert.Equal(t, int64(1), s.get(t, "DE").Metadata.Version)
	require.NoError(t, s.Update(ctx, tenant, "deu", "*", []byte(withVersion("1"))))
	require.ErrorIs(t, s.Update(ctx, tenant, "DE", "*", []byte(withVersion("1"))), tax.ErrConflict)
}

func TestTheCountryCannotChange(t *testing.T) {
	ctx := context.Background()
	s := newShop(t, emporix.ServiceOptions{})
	s.create(t, "", `{"location":{"countryCode":"AT"},"taxClasses":[]}`)
	err := s.Update(ctx, tenant, "AT", "*", []byte(withVersion("1")))
	require.Equal(t, "location.countryCode", fieldOf(err), "%v", err)
	assert.Equal(t, 400, emporix.ErrorFor(err).Code)
}

func TestACountryThatItsRegionsAddToCannotBeDeleted(t *testing.T) {
	s := canada(t, emporix.ServiceOptions{})
	err := s.Delete(context.Background(), tenant, "CA")
	require.ErrorIs(t, err, tax.ErrInvalid)
	document := emporix.ErrorFor(err)
	assert.Equal(t, 400, document.Code)
	assert.NotEmpty(t, document.Details)
}

func TestAServiceNeedsAStoreWithLists(t *testing.T) {
	_, err := emporix.NewService(nil, nil)
	assert.Equal(t, "store", fieldOf(err))
	_, err = emporix.NewService(struct{ tax.Store }{store.NewMemory(nil)}, nil)
	assert.Equal(t, "store", fieldOf(err))
	_, err = emporix.NewService(store.NewMemory(nil), &emporix.ServiceOptions{MaxPageSize: -1})
	assert.Equal(t, "MaxPageSize", fieldOf(err))
	_, err = emporix.NewService(store.NewMemory(nil), nil)
	require.NoError(t, err)

	for _, s := range []*emporix.Service{nil, {}, (*emporix.Service)(nil).On(tax.Date{}), new(emporix.Service).On(tax.MustDate("2026-01-01"))} {
		_, err := s.List(context.Background(), tenant, nil, "", false)
		assert.Equal(t, "service", fieldOf(err))
	}
}

func TestStoresThatDoNotAnswerAreUnavailable(t *testing.T) {
	s := newShop(t, emporix.ServiceOptions{})
	s.create(t, "*", withVersion(""))
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	_, create := s.Create(ended, tenant, "*", []byte(withVersion("")))
	_, list := s.List(ended, tenant, nil, "", false)
	_, retrieve := s.Retrieve(ended, tenant, "DE", "")
	for _, err := range []error{create, list, retrieve, s.Update(ended, tenant, "DE", "*", []byte(withVersion("1"))), s.Delete(ended, tenant, "DE")} {
		require.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, 503, emporix.ErrorFor(err).Code)
	}
}

func TestWritersAtOnceLoseNoChange(t *testing.T) {
	ctx := context.Background()
	s := newShop(t, emporix.ServiceOptions{})
	s.create(t, "*", withVersion(""))
	var writers sync.WaitGroup
	var won atomic.Int64
	for range 4 {
		writers.Go(func() {
			for range 25 {
				body, err := s.Retrieve(ctx, tenant, "DE", "*")
				if !assert.NoError(t, err) {
					return
				}
				if err = s.On(tax.MustDate("2026-01-01")).Update(ctx, tenant, "DE", "*", body); err == nil {
					won.Add(1)
				} else if !assert.ErrorIs(t, err, tax.ErrConflict) {
					return
				}
			}
		})
	}
	writers.Wait()
	assert.Positive(t, won.Load())
	assert.Equal(t, 1+won.Load(), s.get(t, "DE").Metadata.Version)
}
