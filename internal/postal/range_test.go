package postal

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Every load of a country checks all of its codes.
func TestCheckingARangeAllocatesNothing(t *testing.T) {
	for _, r := range []Range{{From: "27498"}, {"BT", "BT"}, {"10000", "19999"}} {
		assert.Zero(t, testing.AllocsPerRun(100, func() { assert.Empty(t, r.Fault()) }), "%q", r)
	}
}

func TestFaultRefusesWhatIsNotNormal(t *testing.T) {
	for _, r := range []Range{
		{}, {To: "1"}, {From: "bt"}, {"BT", "bt"}, {"bt", "BT"}, {From: "27 498"}, {"1", "2 "}, {"1", "-2"}, {From: "-"}, {From: "1", To: "-"},
		{"2", "1"}, {"1", "22"}, {From: "12345678901"}, {"1", "12345678901"}, {From: "é"}, {"1", "é"},
	} {
		assert.NotEmpty(t, r.Fault(), "%q", r)
	}
	for _, r := range []Range{{From: "1"}, {"1", "1"}, {"1", "2"}, {"9", "A"}, {From: "0000000000"}, {"0000000000", "ZZZZZZZZZZ"}} {
		assert.Empty(t, r.Fault(), "%q", r)
	}
}

func TestRepairedIsWhatWasProbablyMeant(t *testing.T) {
	for _, c := range []struct{ r, want Range }{
		{Range{From: "27498"}, Range{From: "27498"}},
		{Range{"6991", "6993"}, Range{"6991", "6993"}},
		{Range{From: "27 498"}, Range{From: "27498"}},
		{Range{"bt", "bt"}, Range{"BT", "BT"}},
		{Range{"6993", "6991"}, Range{"6991", "6993"}},
		{Range{"699", "6993"}, Range{"699", "699"}},
		{Range{"7000", "69"}, Range{"69", "70"}},
		{Range{"1", "-"}, Range{From: "1"}},
	} {
		got, ok := c.r.Repaired()
		assert.True(t, ok, "%q", c.r)
		assert.Equal(t, c.want, got, "%q", c.r)
		assert.Empty(t, got.Fault(), "%q", c.r)
	}
	for _, r := range []Range{{}, {To: "1"}, {From: "-", To: "1"}, {From: "é"}, {"1", "é"}, {From: "12345678901"}, {"1", strings.Repeat("2", 11)}} {
		got, ok := r.Repaired()
		assert.False(t, ok, "%q", r)
		assert.Equal(t, r, got)
	}
}

func TestDigitsOnly(t *testing.T) {
	for _, r := range []Range{{}, {From: "0"}, {"6991", "6993"}, {"9", "9"}} {
		assert.True(t, r.DigitsOnly(), "%q", r)
	}
	for _, r := range []Range{{From: "A"}, {"BT", "BT"}, {"9Y", "A1"}, {"1", "A"}, {From: "/"}, {From: ":"}, {From: "١"}} {
		assert.False(t, r.DigitsOnly(), "%q", r)
	}
}
