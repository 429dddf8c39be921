// Package placename stands for the ground floor, too.
package placename

import (
	_ "slices"

	_ "github.com/taxresolve/tax"               // refused
	_ "github.com/taxresolve/tax/internal/fold" // refused
	_ "golang.org/x/text/language"              // refused
)
