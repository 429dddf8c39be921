package lang

import (
	"hash/maphash"
	"strconv"
	"strings"
	"sync/atomic"

	lru "github.com/hashicorp/golang-lru/v2"
)

// Headers parses Accept-Language headers, and keeps the preferences of those that it
// parsed last. It is safe for concurrent use after Init.
type Headers struct {
	limits          Limits
	defaultLanguage *Default     // nil if there is none
	byDefault       *Preferences // for headers that are too long to be read
	// first has headers by their hash, so that frequent ones are found without the
	// lock of the cache.
	first [firstHeaders]atomic.Pointer[parsedHeader]
	cache *lru.Cache[string, *parsedHeader]
}

// Limits bound how much of a header is read, and how many headers are kept.
type Limits struct {
	// HeaderBytes is the length of the longest header that is read, in bytes.
	HeaderBytes int
	// Elements is the number of elements of a header that are read.
	Elements int
	// TagBytes is the length of the longest tag that is read, in bytes.
	TagBytes int
	// Headers is the number of headers that are kept; at least 1.
	Headers int
}

const firstHeaders = 64

// parsedHeader is a header with the preferences in it.
type parsedHeader struct {
	header      string
	preferences *Preferences
	// leftOut is the first element that was left out, and reason says why; both are
	// empty if none was.
	leftOut, reason string
}

// Init sets the limits, and the language that all preferences fall back on or nil. It
// must be called before the first Parse.
func (h *Headers) Init(limits Limits, defaultLanguage *Default) {
	h.limits = limits
	h.defaultLanguage = defaultLanguage
	h.byDefault = (*Preferences)(nil).withDefault(defaultLanguage)
	h.cache, _ = lru.New[string, *parsedHeader](limits.Headers) // fails only for sizes below 1
}

// Parse returns the preferences in a header. If an element was left out, it also
// returns the error that refuse makes for the first such element.
func (h *Headers) Parse(header string, refuse func(value, reason string) error) (*Preferences, error) {
	if len(header) > h.limits.HeaderBytes {
		return h.byDefault, refuse(header, "longer than "+strconv.Itoa(h.limits.HeaderBytes)+" bytes: none of it was read")
	}
	slot := &h.first[maphash.String(seed, header)%firstHeaders]
	p := slot.Load()
	if p == nil || p.header != header {
		var ok bool
		if p, ok = h.cache.Get(header); !ok {
			p = h.parse(strings.Clone(header)) // does not keep the request around it
			h.cache.Add(p.header, p)
		}
		slot.Store(p)
	}
	if p.reason != "" {
		return p.preferences, refuse(p.leftOut, p.reason)
	}
	return p.preferences, nil
}

var seed = maphash.MakeSeed()

func (h *Headers) parse(header string) *parsedHeader {
	elements, leftOut, reason := parseHeader(header, &h.limits)
	return &parsedHeader{header, preferencesOf(elements).withDefault(h.defaultLanguage), leftOut, reason}
}
