//go:build !race

package sqlite

// raced reports that the race detector is off, under which processes start slowly.
const raced = false
