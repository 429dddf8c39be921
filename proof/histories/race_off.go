//go:build !race

package histories

// Histories of a run.
const usualHistories = 10000
