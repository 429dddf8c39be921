// Package histories stands for the proof of the cache, which also runs other caches.
package histories

import (
	_ "github.com/anishathalye/porcupine"
	_ "github.com/hashicorp/golang-lru/v2"
	_ "github.com/maypok86/otter/v2" // refused
	_ "github.com/taxresolve/tax"
	_ "golang.org/x/sync/singleflight"
)
