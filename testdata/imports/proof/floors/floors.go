// Command floors stands for the reader of packages, which knows the library by its
// import path alone.
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
