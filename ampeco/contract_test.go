package ampeco_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/ampeco"
)

// contractExample is the example of the contract, to the letter.
const contractExample = `{ "data": { "id": 7, "name": "VAT 20", "displayName": [ { "locale": "en", "translation": "VAT" }, { "locale": "bg", "translation": "ДДС" } ],
            "percentage": 20, "taxIdentificationNumberId": 3, "lastUpdatedAt": "2026-03-31T09:52:15+00:00" } }`

func compacted(t *testing.T, text string) string {
	var b bytes.Buffer
	require.NoError(t, json.Compact(&b, []byte(text)))
	return b.String()
}

// vat returns the tax of the example.
func vat(t testing.TB) ampeco.Tax {
	t.Helper()
	return ampeco.Tax{
		ID: 7, Name: "VAT 20",
		DisplayName:               []tax.Translation{{Language: "en", Text: "VAT"}, {Language: "bg", Text: "ДДС"}},
		Percentage:                tax.MustPercent("20"),
		TaxIdentificationNumberID: 3,
		LastUpdatedAt:             time.Date(2026, 3, 31, 9, 52, 15, 0, time.UTC),
	}
}

func fixedClock() time.Time { return time.Date(2026, 3, 31, 9, 52, 15, 0, time.UTC) }

// shop returns a service over a Memory with the example as tax 7.
func shop(t testing.TB) (*ampeco.Service, *ampeco.Memory) {
	t.Helper()
	ctx := context.Background()
	m := ampeco.NewMemory(fixedClock)
	s, err := ampeco.NewService(m, nil)
	require.NoError(t, err)
	example := vat(t)
	for range 7 {
		_, err := m.Create(ctx, ampeco.Draft{Name: example.Name, DisplayName: example.DisplayName,
			Percentage: example.Percentage, TaxIdentificationNumberID: example.TaxIdentificationNumberID})
		require.NoError(t, err)
	}
	return s, m
}

func TestTheExampleOfTheContractComesOutByteForByte(t *testing.T) {
	want := compacted(t, contractExample)
	s, _ := shop(t)
	got, err := s.Read(context.Background(), "7")
	require.NoError(t, err)
	assert.Equal(t, want, string(got))

	own, err := json.Marshal(map[string]any{"data": vat(t)})
	require.NoError(t, err)
	assert.Equal(t, want, string(own))
}

func TestTheFiveOperations(t *testing.T) {
	ctx := context.Background()
	s, err := ampeco.NewService(ampeco.NewMemory(fixedClock), nil)
	require.NoError(t, err)
	const body = `{"name":"VAT 20","displayName":[{"locale":"en","translation":"VAT"},{"locale":"bg","translation":"ДДС"}],"percentage":20,"taxIdentificationNumberId":3}`
	const want = `{"data":{"id":1,"name":"VAT 20","displayName":[{"locale":"en","translation":"VAT"},{"locale":"bg","translation":"ДДС"}],"percentage":20,"taxIdentificationNumberId":3,"lastUpdatedAt":"2026-03-31T09:52:15+00:00"}}`
	created, err := s.Create(ctx, []byte(body))
	require.NoError(t, err)
	assert.Equal(t, want, string(created))
	bare, err := s.Create(ctx, []byte(` {"percentage":9.975,"name":"QST"} `))
	require.NoError(t, err)
	assert.Equal(t, `{"data":{"id":2,"name":"QST","displayName":[],"percentage":9.975,"taxIdentificationNumberId":null,"lastUpdatedAt":"2026-03-31T09:52:15+00:00"}}`, string(bare))

	updated, err := s.Update(ctx, "2", []byte(`{"percentage":10}`))
	require.NoError(t, err)
	assert.Equal(t, strings.Replace(string(bare), "9.975", "10", 1), string(updated))
	read, err := s.Read(ctx, "2")
	require.NoError(t, err)
	assert.Equal(t, string(updated), string(read))

	require.NoError(t, s.Delete(ctx, "1"))
	_, err = s.Read(ctx, "1")
	assert.ErrorIs(t, err, tax.ErrNotFound)
	assert.ErrorIs(t, s.Delete(ctx, "1"), tax.ErrNotFound)
	again, err := s.Create(ctx, []byte(body))
	require.NoError(t, err)
	assert.Equal(t, strings.Replace(want, `"id":1`, `"id":3`, 1), string(again), "an id was reused")
}

func TestAnAnswerIsADraftAgain(t *testing.T) {
	for _, body := range []string{
		`{"name":"x","displayName":[],"percentage":0,"taxIdentificationNumberId":null}`,
		`{"name":"x","displayName":null,"percentage":0}`,
		`{"name":"x","percentage":0}`,
	} {
		d, err := ampeco.ParseDraft([]byte(body))
		require.NoError(t, err, body)
		created, err := d.Tax()
		require.NoError(t, err)
		assert.Nil(t, created.DisplayName)
		assert.Zero(t, created.TaxIdentificationNumberID)
		assert.Zero(t, created.ID)
		assert.True(t, created.LastUpdatedAt.IsZero())
	}
}

func TestDraftsNeedNameAndPercentage(t *testing.T) {
	for body, want := range map[string][]string{
		`{}`:                           {"name", "percentage"},
		`{"name":"x"}`:                 {"percentage"},
		`{"percentage":0}`:             {"name"},
		`{"Name":"x","percentage":20}`: {"Name", "name"},
		`{"name":null,"percentage":null,"body":1}`:                          {"body", "name", "percentage"},
		`{"name":5,"percentage":"x"}`:                                       {"name", "percentage"},
		`{"name":"x","percentage":20,"taxIdentificationNumberId":0,"id":1}`: {"taxIdentificationNumberId"},
		``:    {"body"},
		`[]`:  {"body"},
		`{},`: {"body"},
		"\ufeff" + `{"name":"x","percentage":20}`:                                 {"body"},
		"{\"name\":\"\xff\",\"percentage\":20}":                                   {"body"},
		`{"name":"` + strings.Repeat("x", 256) + `","percentage":20}`:             {"name"},
		`{"name":"x","percentage":20,"` + strings.Repeat("k", 500) + `":1}`:       {strings.Repeat("k", 96)},
		`{"name":"x","percentage":20,"x":` + nested(33) + `}`:                     {"x"},
		`{"name":"x","percentage":20,"x":` + nested(34) + `}`:                     {"body"},
		`{"name":"x","percentage":20,"x":` + strings.Repeat("[", 100000):          {"body"},
		`{"name":"x","percentage":20,"x":` + strings.Repeat(`{"x":`, 100000):      {"body"},
		`{"name":"x","percentage":20` + strings.Repeat(" ", 1<<20) + `}`:          {"body"},
		`{"name":"x","percentage":20,"displayName":[` + translations(101) + `]}`:  {"displayName"},
		`{"name":"x","percentage":20,"displayName":[` + translations(9000) + `]}`: {"displayName"},
	} {
		_, err := ampeco.ParseDraft([]byte(body))
		assert.Equal(t, want, faultyFields(t, err), "%.80s", body)
		assert.Less(t, len(err.Error()), 400)
	}
	d, err := ampeco.ParseDraft([]byte(`{"name":"x","percentage":20,"displayName":[` + translations(100) + `]}`))
	require.NoError(t, err)
	assert.Len(t, d.DisplayName, 100)
	_, err = ampeco.ParseDraft([]byte(`{"name":"` + strings.Repeat("ё", 255) + `","percentage":20}`))
	assert.NoError(t, err)
}

func TestATolerantServiceIgnoresFieldsThatTheContractDoesNotHave(t *testing.T) {
	ctx := context.Background()
	for _, body := range []string{
		`{"name":"x","percentage":20,"active":true}`,
		`{"x":{"name":[null]},"name":"x","percentage":20,"x":1}`,
		`{"name":"x","percentage":2e1,"id":99,"lastUpdatedAt":"now"}`,
	} {
		s, err := ampeco.NewService(ampeco.NewMemory(fixedClock), nil)
		require.NoError(t, err)
		created, err := s.Create(ctx, []byte(body))
		require.NoError(t, err, body)
		assert.Equal(t, `{"data":{"id":1,"name":"x","displayName":[],"percentage":20,"taxIdentificationNumberId":null,"lastUpdatedAt":"2026-03-31T09:52:15+00:00"}}`, string(created))
		updated, err := s.Update(ctx, "1", []byte(`{"taxIdentificationNumberId":3,"unknown":{},"displayName":[{"locale":"en","translation":"VAT","x":1}]}`))
		require.NoError(t, err)
		assert.Contains(t, string(updated), `"displayName":[{"locale":"en","translation":"VAT"}],"percentage":20,"taxIdentificationNumberId":3`)

		_, err = s.Create(ctx, []byte(`{"name":"x","percentage":20,"Percentage":21}`))
		assert.Equal(t, []string{"Percentage"}, faultyFields(t, err))
		_, err = s.Create(ctx, []byte(`{"name":"x","percentage":20,"x":`+nested(34)+`}`))
		assert.Equal(t, []string{"body"}, faultyFields(t, err))
		_, err = s.List(ctx, url.Values{"filter[name]": {"x"}})
		assert.Equal(t, []string{"filter[name]"}, faultyFields(t, err))
	}
}

func TestLinksFollowThePathOfTheRequest(t *testing.T) {
	s, _ := shop(t)
	other, err := s.WithPath("https://shop.example/taxes")
	require.NoError(t, err)
	body, err := other.List(context.Background(), url.Values{"cursor": {""}, "per_page": {"1"}})
	require.NoError(t, err)
	assert.Contains(t, string(body), `"next":"https://shop.example/taxes?cursor=`)
	_, query, _ := strings.Cut(string(body), "?cursor=")
	cursor, _, _ := strings.Cut(query, "&")
	_, err = s.List(context.Background(), url.Values{"cursor": {cursor}})
	require.NoError(t, err, "the cursors are those of the first service")
	for _, path := range []string{"/x?y", "/x#y", "/\xff"} {
		_, err = s.WithPath(path)
		assert.ErrorIs(t, err, tax.ErrInvalid)
	}
	_, err = new(ampeco.Service).WithPath("/x")
	assert.ErrorIs(t, err, tax.ErrInvalid)
}

func nested(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

// translations returns n display names in private variants of English.
func translations(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`{"locale":"en-x-%d","translation":"VAT"}`, i))
	}
	return strings.Join(list, ",")
}

func TestHostileBodiesHaveBoundedErrors(t *testing.T) {
	var b strings.Builder
	for i := range 20000 {
		fmt.Fprintf(&b, `,"field%d":0`, i)
	}
	_, err := ampeco.ParsePatch([]byte(`{"name":""` + b.String() + `}`))
	assert.Len(t, faultyFields(t, err), 256)
	_, err = ampeco.ParsePatch([]byte(`{"displayName":[0` + strings.Repeat(",0", 500000) + `]}`))
	assert.NotEmpty(t, faultyFields(t, err))
	assert.Less(t, len(faultyFields(t, err)), 257)
}

func TestTheMessagesOfTheContract(t *testing.T) {
	ctx := context.Background()
	s, _ := shop(t)
	_, unknown := s.Read(ctx, "8")
	_, invalid := s.Create(ctx, []byte(`{"name":"","percentage":-1}`))
	for _, c := range []struct {
		err    error
		status int
		body   string
	}{
		{ampeco.ErrUnauthenticated, 401, `{"message":"Unauthenticated."}`},
		{fmt.Errorf("token: %w", ampeco.ErrUnauthorized), 403, `{"message":"This action is unauthorized."}`},
		{unknown, 404, `{"message":"No query results for model [Tax]."}`},
		{invalid, 422, `{"message":"The given data was invalid.","errors":{"name":["empty: write a text"],"percentage":["negative: a percentage is at least 0"]}}`},
		{fmt.Errorf("store: %w", tax.ErrUnavailable), 503, `{"message":"Service Unavailable"}`},
		{&tax.InputError{Field: "x"}, 500, `{"message":"Server Error"}`},
		{fmt.Errorf("store: %w", context.Canceled), 503, `{"message":"Service Unavailable"}`},
		{context.DeadlineExceeded, 503, `{"message":"Service Unavailable"}`},
		{tax.ErrClosed, 503, `{"message":"Service Unavailable"}`},
		{fmt.Errorf("tax 7: %w", tax.ErrConflict), 409, `{"message":"The tax is in use, or has changed."}`},
		{errors.New("disk on fire"), 500, `{"message":"Server Error"}`},
		{nil, 500, `{"message":"Server Error"}`},
	} {
		document := ampeco.ErrorFor(c.err)
		assert.Equal(t, c.status, document.Status)
		body, err := json.Marshal(document)
		require.NoError(t, err)
		assert.Equal(t, c.body, string(body))
	}
}

func TestValidationErrorsNameTheFirstFieldAndCountTheOthers(t *testing.T) {
	_, err := ampeco.ParseDraft([]byte(`{"percentage":-1}`))
	assert.EqualError(t, err, "tax: name: missing: write a name (and 1 more)")
	_, err = ampeco.ParsePatch([]byte(`{"percentage":-1}`))
	assert.EqualError(t, err, "tax: percentage: negative: a percentage is at least 0")
	_, err = ampeco.ParsePatch([]byte(`{"name":"x"`))
	assert.EqualError(t, err, "tax: body: the document ends too early: want a comma or }")
	_, err = ampeco.ParsePatch([]byte(`{"displayName":[{"locale":"\ud83d"}]}`))
	assert.ErrorContains(t, err, "tax: body: displayName[0].locale: an escape that JSON does not have")
	assert.EqualError(t, &ampeco.ValidationError{}, "tax: invalid data")
}

func TestIDsOfPathsThatAreNoneAreNotFound(t *testing.T) {
	ctx := context.Background()
	s, _ := shop(t)
	for _, id := range []string{"", "0", "-7", "+7", "07", "7.0", "7e0", " 7", "7 ", "seven", "7/", "9223372036854775808", strings.Repeat("7", 1000), "\xff", "8"} {
		_, err := s.Read(ctx, id)
		assert.ErrorIs(t, err, tax.ErrNotFound, id)
		_, err = s.Update(ctx, id, []byte(`{}`))
		assert.ErrorIs(t, err, tax.ErrNotFound, id)
		err = s.Delete(ctx, id)
		assert.ErrorIs(t, err, tax.ErrNotFound, id)
		assert.Equal(t, 404, ampeco.ErrorFor(err).Status)
		assert.Less(t, len(err.Error()), 500)
	}
	_, err := s.Update(ctx, "8", []byte(`{"name":""}`))
	assert.Equal(t, 422, ampeco.ErrorFor(err).Status, "faults of the body are reported first")
}

// broken is a store by someone else that breaks the rules.
type broken struct {
	ampeco.Store
	tax ampeco.Tax
}

func (b broken) Get(context.Context, int64) (ampeco.Tax, error) { return b.tax, nil }

func (b broken) List(context.Context, ampeco.Range) (ampeco.Page, error) {
	return ampeco.Page{Taxes: []ampeco.Tax{b.tax}, Total: 1}, nil
}

func TestTaxesThatCannotBeWrittenAreErrorsOfTheServer(t *testing.T) {
	ctx := context.Background()
	for name, spoil := range map[string]func(*ampeco.Tax){
		"id":           func(x *ampeco.Tax) { x.ID = 0 },
		"name":         func(x *ampeco.Tax) { x.Name = "\xff" },
		"locale":       func(x *ampeco.Tax) { x.DisplayName[0].Language = `"` },
		"percentage":   func(x *ampeco.Tax) { x.Percentage = decimal.New(1, 1<<31-1) },
		"registration": func(x *ampeco.Tax) { x.TaxIdentificationNumberID = -1 },
		"late time":    func(x *ampeco.Tax) { x.LastUpdatedAt = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"early time":   func(x *ampeco.Tax) { x.LastUpdatedAt = time.Date(-1, 12, 31, 23, 59, 59, 0, time.UTC) },
	} {
		spoiled := vat(t)
		spoil(&spoiled)
		s, err := ampeco.NewService(broken{tax: spoiled}, nil)
		require.NoError(t, err)
		body, err := s.Read(ctx, "7")
		assert.Equal(t, 500, ampeco.ErrorFor(err).Status, name)
		assert.ErrorIs(t, err, tax.ErrInvalid)
		assert.Empty(t, body)
		_, err = s.List(ctx, nil)
		assert.Equal(t, 500, ampeco.ErrorFor(err).Status, name)
		_, err = json.Marshal(spoiled)
		assert.Error(t, err, name)
		_, err = spoiled.Resolution(tax.MustDate("2026-03-31"))
		assert.Error(t, err, name)
	}
}
