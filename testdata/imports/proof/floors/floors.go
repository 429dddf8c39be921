// Command floors stands for the command that draws packages, which knows the library
// only by its import path.
package main

import (
	_ "go/types"
	_ "testing" // refused

	_ "github.com/stretchr/testify/require" // refused
	_ "github.com/taxresolve/tax"           // refused
	_ "golang.org/x/tools/go/packages"
	_ "golang.org/x/tools/go/ssa" // refused
)

func main() {}
