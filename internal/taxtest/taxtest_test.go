package taxtest_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/taxresolve/tax/internal/taxtest"
)

func TestCountriesAreNearlyAllOfISO3166(t *testing.T) {
	assert.Greater(t, len(taxtest.Countries()), 240)
}
