package emporix

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
)

// Package tax reads de_AT as de-AT; the contract does not.
func TestTagsOfTheContractHaveNoUnderscores(t *testing.T) {
	languages, err := tax.NewLanguages(nil)
	require.NoError(t, err)
	for tag, want := range map[string]error{"de-AT": nil, "de_AT": tax.ErrInvalid} {
		_, err := writingLanguage(languages, tag)
		assert.ErrorIs(t, err, want, tag)
		_, err = parseParameters(url.Values{"name." + tag: {"x"}}, tax.Preferences{}, 10)
		assert.ErrorIs(t, err, want, tag)
		_, err = sortParameter("name."+tag, false)
		assert.ErrorIs(t, err, want, tag)
	}
}
