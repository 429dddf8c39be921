package intern

import "slices"

// Latest are the numbers of a value that were remembered last. A source may count the writes
// to all countries: what stays as it is would have ever more of them. It is for one goroutine
// at a time.
type Latest struct {
	numbers [4]uint64
	added   uint
}

// Add adds a number, in place of the oldest one if there are many.
func (l *Latest) Add(number uint64) (oldest uint64, full bool) {
	const most = uint(len(l.numbers))
	if slices.Contains(l.numbers[:min(l.added, most)], number) {
		return 0, false
	}
	at := &l.numbers[l.added%most]
	oldest, full = *at, l.added >= most
	*at = number
	l.added++
	return oldest, full
}
