package lang

import (
	"hash/maphash"
	"strconv"
	"strings"
	"sync/atomic"

	lru "github.com/hashicorp/golang-lru/v2"
)

// Limits bound what is read of headers, and how many are kept.
type Limits struct {
	// HeaderBytes is the length beyond which nothing of a header is read.
	HeaderBytes int
	// Elements is the number of elements that are read of a header.
	Elements int
	// TagBytes is the length of the tags that are read.
	TagBytes int
	// Headers is the number of headers that are kept; at least 1.
	Headers int
}

// Headers parses Accept-Language headers, and keeps the preferences of those that
// it parsed last. It is safe for concurrent use after Init.
type Headers struct {
	limits          Limits
	defaultLanguage *Tag         // nil if there is none
	byDefault       *Preferences // for headers of which nothing is read
	// first has headers by hash, so that frequent ones are found without the
	// lock of the cache behind it.
	first [firstHeaders]atomic.Pointer[parsedHeader]
	cache *lru.Cache[string, *parsedHeader]
}

const firstHeaders = 64

type parsedHeader struct {
	header      string
	preferences *Preferences
	// leftOut is the first element that was left out, for this reason; there is
	// none if the reason is empty.
	leftOut, reason string
}

// Init sets the limits, and the language that all preferences fall back on, nil
// for none. It must come before the first Parse.
func (h *Headers) Init(limits Limits, defaultLanguage *Tag) {
	h.limits = limits
	h.defaultLanguage = defaultLanguage
	h.byDefault = (*Preferences)(nil).withDefault(defaultLanguage)
	h.cache, _ = lru.New[string, *parsedHeader](limits.Headers) // fails for sizes below 1 only
}

// Parse returns the preferences of a header. Where some of the header was left
// out, they come with the error that refuse makes for the first such value.
func (h *Headers) Parse(header string, refuse func(value, reason string) error) (*Preferences, error) {
	if len(header) > h.limits.HeaderBytes {
		return h.byDefault, refuse(header, "longer than "+strconv.Itoa(h.limits.HeaderBytes)+" bytes: none of it was read")
	}
	slot := &h.first[maphash.String(seed, header)%firstHeaders]
	p := slot.Load()
	if p == nil || p.header != header {
		var ok bool
		if p, ok = h.cache.Get(header); !ok {
			p = h.parse(strings.Clone(header)) // so that the request around it is not kept
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
