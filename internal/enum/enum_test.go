package enum_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/enum"
)

type color uint8

var colors = []string{"", "red", "green"}

func fault(field, value, reason string) error { return errors.New(field + " " + value + ": " + reason) }

func TestNamesReadBackAsTheirValues(t *testing.T) {
	for want, name := range colors {
		text, err := enum.Marshal("color", colors, color(want), fault)
		require.NoError(t, err)
		assert.Equal(t, name, string(text))
		assert.Equal(t, name, enum.Name(colors, want))
		got := color(7)
		require.NoError(t, enum.Unmarshal("color", colors, &got, text, fault))
		assert.Equal(t, color(want), got)
	}
}

func TestOtherValuesAndNamesAreRefused(t *testing.T) {
	assert.Equal(t, "invalid(3)", enum.Name(colors, 3))
	_, err := enum.Marshal("color", colors, color(255), fault)
	assert.EqualError(t, err, "color invalid(255): no such value: use one of red, green")
	for _, text := range []string{"blue", "Red", " red", "invalid(3)"} {
		value := color(1)
		err := enum.Unmarshal("color", colors, &value, []byte(text), fault)
		assert.EqualError(t, err, "color "+text+": no such value: use one of red, green")
		assert.Equal(t, color(1), value)
	}
}
