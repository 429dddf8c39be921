//go:build race

package sqlite

// raced reports that the race detector is on, under which processes start slowly.
const raced = true
