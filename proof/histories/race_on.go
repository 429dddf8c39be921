//go:build race

package histories

// usualHistories is the number of histories in a run. Under the race detector each
// takes many times as long.
const usualHistories = 500
