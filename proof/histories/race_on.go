//go:build race

package histories

// Histories of a run: the race detector makes each take many times as long.
const usualHistories = 500
