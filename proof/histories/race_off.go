//go:build !race

package histories

// usualHistories is the number of histories in a run.
const usualHistories = 10000
