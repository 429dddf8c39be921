package basket_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
)

// enum is a value that is written by name.
type enum interface {
	fmt.Stringer
	MarshalText() ([]byte, error)
}

func TestNamesOfLevelsAndSpreadsAreReadAndWritten(t *testing.T) {
	for _, c := range []struct {
		value enum
		name  string
		read  func([]byte) (enum, error)
	}{
		{basket.ByLine, "line", level},
		{basket.ByUnit, "unit", level},
		{basket.ByRate, "rate", level},
		{basket.ByDocument, "document", level},
		{basket.ByRunningTotal, "runningTotal", level},
		{basket.ProRata, "proRata", spread},
		{basket.DominantRate, "dominantRate", spread},
		{basket.HighestRate, "highestRate", spread},
		{basket.FixedClass, "fixedClass", spread},
	} {
		require.Equal(t, c.name, c.value.String())
		text, err := json.Marshal(c.value)
		require.NoError(t, err)
		require.JSONEq(t, `"`+c.name+`"`, string(text))
		read, err := c.read([]byte(c.name))
		require.NoError(t, err)
		require.Equal(t, c.value, read)
	}

	for _, text := range []string{"", "Line", "LINE", " line", "0", "lines"} {
		_, err := level([]byte(text))
		refusedAt(t, err, "level")
		_, err = spread([]byte(text))
		refusedAt(t, err, "spread")
	}
	_, err := basket.Level(5).MarshalText()
	refusedAt(t, err, "level")
	_, err = basket.Spread(255).MarshalText()
	refusedAt(t, err, "spread")
	require.Equal(t, "invalid(5)", basket.Level(5).String())
	require.Equal(t, "invalid(255)", basket.Spread(255).String())
}

func level(text []byte) (enum, error) {
	var l basket.Level
	err := l.UnmarshalText(text)
	return l, err
}

func spread(text []byte) (enum, error) {
	var s basket.Spread
	err := s.UnmarshalText(text)
	return s, err
}

func TestPolicyIsPlainJSON(t *testing.T) {
	p := basket.Policy{
		Currency: "CHF", Level: basket.ByDocument, Rounding: tax.RoundTo(2, tax.HalfEven),
		Cash: basket.Cash{Step: 5, Mode: tax.Down},
	}
	text, err := json.Marshal(p)
	require.NoError(t, err)
	require.JSONEq(t, `{"currency":"CHF","level":"document","rounding":{"mode":"halfEven","scale":2},"cash":{"step":5,"mode":"down"}}`, string(text))
	var read basket.Policy
	require.NoError(t, json.Unmarshal(text, &read))
	require.Equal(t, p, read)

	p = basket.Policy{Currency: "EUR"} // its rounding is that of the currency
	text, err = json.Marshal(p)
	require.NoError(t, err)
	require.JSONEq(t, `{"currency":"EUR","level":"line"}`, string(text))
	read = basket.Policy{}
	require.NoError(t, json.Unmarshal(text, &read))
	require.Equal(t, p, read)
	for _, bad := range []string{`{}`, `null`, `{"mode":"halfUp"}`, `{"scale":2}`} {
		require.ErrorIs(t, json.Unmarshal([]byte(`{"level":"line","rounding":`+bad+`}`), &read), tax.ErrInvalid, bad)
	}
	_, err = json.Marshal(basket.Policy{Rounding: tax.Rounding{}.WithMode(tax.Up)})
	require.ErrorIs(t, err, tax.ErrInvalid)
	require.Error(t, json.Unmarshal([]byte(`{"level":"priceIsTotal"}`), &read))
	require.Error(t, json.Unmarshal([]byte(`{"level":0}`), &read))
}
