package trace

import "container/list"

// LRU is an exact cache of the least recently used kind that keeps nothing but
// numbers: the reference for hit ratios. It is written apart from all caches
// under test.
type LRU struct {
	capacity int
	order    *list.List // front: used last
	kept     map[int32]*list.Element
}

// NewLRU makes an empty cache.
func NewLRU(capacity int) *LRU {
	return &LRU{capacity, list.New(), make(map[int32]*list.Element)}
}

// Use asks for a number, keeps it, and reports whether it was kept already.
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
