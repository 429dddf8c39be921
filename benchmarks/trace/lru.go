package trace

import "container/list"

// LRU is an exact least-recently-used cache of numbers: the reference for hit
// ratios. It shares no code with the caches under test.
type LRU struct {
	capacity int
	order    *list.List // most recently used first
	kept     map[int32]*list.Element
}

// NewLRU makes an empty cache.
func NewLRU(capacity int) *LRU {
	return &LRU{capacity, list.New(), make(map[int32]*list.Element)}
}

// Use looks up a number, keeps it, and reports whether it was there already.
func (l *LRU) Use(number int32) (hit bool) {
	if e, ok := l.kept[number]; ok {
		l.order.MoveToFront(e)
		return true
	}
	l.kept[number] = l.order.PushFront(number)
	if l.order.Len() > l.capacity {
		last := l.order.Back()
		l.order.Remove(last)
		delete(l.kept, last.Value.(int32))
	}
	return false
}
