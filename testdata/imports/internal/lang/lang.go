// Package lang stands for languages, which may import the packages that carry text.
package lang

import (
	_ "strings"

	_ "github.com/hashicorp/golang-lru/v2"
	_ "github.com/hashicorp/golang-lru/v2/simplelru" // refused
	_ "github.com/taxresolve/tax"                    // refused
	_ "github.com/taxresolve/tax/internal/canon"
	_ "github.com/taxresolve/tax/internal/exact"  // refused
	_ "github.com/taxresolve/tax/internal/iso"    // refused
	_ "github.com/taxresolve/tax/internal/postal" // refused
	_ "github.com/taxresolve/tax/internal/strictjson"
	_ "golang.org/x/text/language"
	_ "golang.org/x/text/unicode/norm" // refused
)
