package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// Planting faults takes hours, and finding out that a changed line has lost its fault should not.
func TestEveryFaultFits(t *testing.T) {
	l := lab{root: "../.."}
	assert.NoError(t, l.fitting(all()))
}
