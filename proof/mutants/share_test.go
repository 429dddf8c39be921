package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestAsManyDaysInARowAsPartsPlantEveryFault(t *testing.T) {
	var all []mutant
	for range 37 {
		all = append(all, mutant{breaks: string(rune('A' + len(all)))})
	}
	day := time.Date(2026, 12, 30, 23, 59, 59, 0, time.UTC)
	planted := map[string]int{}
	const parts = 20
	for i := range parts {
		some := share(all, day.AddDate(0, 0, i), parts)
		assert.InDelta(t, len(all)/parts, len(some), 1)
		for _, m := range some {
			planted[m.breaks]++
		}
	}
	assert.Len(t, planted, len(all), "no fault is left out")
	for breaks, times := range planted {
		assert.Equal(t, 1, times, breaks)
	}
	assert.Equal(t, share(all, day, parts), share(all, day.AddDate(0, 0, parts), parts))
}
