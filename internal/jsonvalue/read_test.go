package jsonvalue_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/jsonvalue"
)

type price struct {
	Amount decimal.Decimal `json:"amount,omitzero"`
	Unit   *decimal.Decimal
}

type priced struct {
	price
	Name  string `json:"name"`
	Count int64
}

type document struct {
	priced
	Name   []string `json:"name"` // takes the place of the one that is embedded
	Prices []price  `json:"prices"`
	Plain  struct{ Text string }
	hidden decimal.Decimal
}

func read(text string, into any) error {
	return jsonvalue.Read([]byte(text), into, "the page", func(path, value, reason string) error {
		return errors.New(path + " " + value + ": " + reason)
	})
}

func TestReadIsLikeEncodingJSON(t *testing.T) {
	for _, text := range []string{
		`{}`,
		`{"name":["a","b"],"count":3,"amount":7,"unit":20}`,
		`{"NAME":null,"Amount":"12","unit":null,"prices":[{},{"amount":1,"UNIT":2}]}`,
		` { "prices" : [ ] , "plain" : { "text" : "\u00e4" } } `,
		`{"prices":null,"plain":{"Text":"a"}}`,
	} {
		var got, want document
		require.NoError(t, read(text, &got), text)
		require.NoError(t, json.Unmarshal([]byte(text), &want), text)
		assert.Equal(t, want, got, text)
		assert.True(t, got.hidden.IsZero())
	}
}

func TestDecimalsDependOnNoVariable(t *testing.T) {
	was := decimal.MaxDecodeExponent
	decimal.MaxDecodeExponent = 2
	defer func() { decimal.MaxDecodeExponent = was }()
	var got document
	require.NoError(t, read(`{"amount":0.0825,"prices":[{"amount":"14.975","unit":1e-3}]}`, &got))
	assert.True(t, decimal.New(825, -4).Equal(got.Amount))
	assert.True(t, decimal.New(14975, -3).Equal(got.Prices[0].Amount))
	assert.True(t, decimal.New(1, -3).Equal(*got.Prices[0].Unit))
}

func TestRefusalsHaveThePath(t *testing.T) {
	for text, want := range map[string]string{
		`[]`:                              "document",
		`{"x":1}`:                         "x : no such field: see the page",
		`{"prices":[{"amount":1,"x":1}]}`: "prices[0].x : no such field: see the page",
		`{"plain":{"x":1}}`:               "plain.x : no such field: see the page",
		`{"plain":{"text":1}}`:            "plain.Text : write what the page has here instead of a JSON number",
		`{"count":"1"}`:                   "count : write what the page has here instead of a JSON string",
		`{"prices":{}}`:                   "prices : write what the page has here instead of a JSON object",
		`{"prices":[[]]}`:                 "prices[0] : write what the page has here instead of a JSON array",
		`{"amount":true}`:                 "amount : write what the page has here instead of a JSON bool",
		`{"amount":""}`:                   "amount ",
		`{"amount":"1,5"}`:                "amount 1,5: ",
		`{"amount":"1e999999999"}`:        "amount 1e999999999: ",
		`{"amount":1,"Amount":2}`:         "Amount",
		`{"amount":1`:                     "document",
		`{"hidden":1}`:                    "hidden : no such field",
		`{"amount":` + strings.Repeat("9", 65) + `}`:                           "amount 99999",
		`{"prices":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`: "nested more deeply",
		`{"plain":{"text":"` + strings.Repeat("a", 5000) + `"}}`:               "plain.text aaa",
		`{"plain":{"text":"` + "\xff" + `"}}`:                                  "plain.text",
	} {
		err := read(text, new(document))
		require.Error(t, err, text)
		assert.Contains(t, err.Error(), want, text)
	}
}

// advised refuses every text with advice.
type advised struct{}

func (*advised) UnmarshalText([]byte) error {
	return errors.New("not a day: " + strings.Repeat("write it as YYYY-MM-DD, ", 5) + "such as 2026-11-30")
}

func TestAdviceOfAValueIsNotCutOff(t *testing.T) {
	var into struct{ Day advised }
	assert.ErrorContains(t, read(`{"day":"30.11.2026"}`, &into), "such as 2026-11-30")
}
