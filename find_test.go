package tax

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestHandleKeepsEverythingButWhatIsReplaced(t *testing.T) {
	everything := ^bits(0)
	b := everything.to(5, stepClassAlias)
	assert.EqualValues(t, 5, b.index())
	assert.Equal(t, stepClassAlias, b.classStep())
	assert.Equal(t, everything.day(), b.day())
	assert.Equal(t, everything.territoryStep(), b.territoryStep())
	assert.Equal(t, everything.region(), b.region())
	assert.NotZero(t, b&bitToday)
	assert.NotZero(t, b&bitOverruled)
	assert.NotZero(t, b&bitFallback)

	assert.EqualValues(t, maxIndex, bits(0).to(maxIndex, stepFallback).index())
	assert.Zero(t, bits(0).to(maxIndex, stepFallback).day())
}
