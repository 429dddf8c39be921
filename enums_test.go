package tax_test

import (
	"encoding"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
)

func TestEnumTextIsTheNameAndReadsBack(t *testing.T) {
	testEnum(t, []tax.RegionRule{tax.RegionsOptional, tax.RegionsListed, tax.RegionsRequired}, "optional listed required")
	testEnum(t, []tax.Effect{tax.Replace, tax.Add, tax.AddCompound, tax.Inherit, tax.End}, "replace add addCompound inherit end")
	testEnum(t, []tax.Treatment{tax.Taxable, tax.ZeroRated, tax.Exempt, tax.ReverseCharge, tax.IntraCommunity, tax.Export, tax.OutsideScope},
		"taxable zeroRated exempt reverseCharge intraCommunity export outsideScope")
	testEnum(t, []tax.Status{tax.Unstated, tax.Agreed, tax.Single, tax.Disputed}, " agreed single disputed")
}

// testEnum takes the values in their order from 0 and their names.
func testEnum[E interface {
	~uint8
	encoding.TextMarshaler
	String() string
}, P interface {
	*E
	encoding.TextUnmarshaler
}](t *testing.T, values []E, names string) {
	t.Helper()
	known := strings.Split(names, " ")
	require.Len(t, values, len(known))
	for i := range 256 {
		value := E(i)
		text, err := value.MarshalText()
		if i >= len(known) {
			assert.Nil(t, text)
			requireEnumError(t, err)
			_, err = json.Marshal(value)
			require.ErrorIs(t, err, tax.ErrInvalid)
			requireEnumError(t, P(&value).UnmarshalText([]byte(value.String())))
			continue
		}
		require.NoError(t, err)
		assert.Equal(t, values[i], value)
		assert.Equal(t, known[i], string(text))
		assert.Equal(t, known[i], value.String())
		read := E(255)
		require.NoError(t, P(&read).UnmarshalText(text))
		assert.Equal(t, value, read)
		if known[i] == "" {
			continue
		}
		for _, other := range []string{strings.ToUpper(known[i]), strings.ToUpper(known[i][:1]) + known[i][1:], known[i] + " ", " " + known[i], known[i][1:], "0", "invalid(0)", "\xff"} {
			requireEnumError(t, P(&read).UnmarshalText([]byte(other)))
			assert.Equal(t, value, read, "an error changed the value")
		}
	}
}

func requireEnumError(t *testing.T, err error) {
	t.Helper()
	var input *tax.InputError
	require.ErrorAs(t, err, &input)
	require.ErrorIs(t, err, tax.ErrInvalid)
	assert.Contains(t, input.Reason, "use one of ")
}
