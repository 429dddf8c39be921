// Command floors draws a package as a house: it shows which of its files use which.
// A file stands one floor above the highest file that it uses, so a reader who starts
// on the ground floor needs no file further up. Files that use each other, directly
// or through others, form a circle and share a floor.
//
//	go run ./floors                 package tax
//	go run ./floors -package PATH   another package, by its import path
//
// A file uses another if one of its identifiers is declared there: a function, a
// type, a constant, a variable, a method or a field, as the type checker resolves
// it. Tests are left out; generated files are not.
//
// The command fails if a circle is too large, or if too many arrows run up, from a
// file to one above it.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	path := flag.String("package", "github.com/taxresolve/tax", "import `path` of the package to draw")
	flag.Parse()
	if err := run(os.Stdout, *path); err != nil {
		fmt.Fprintln(os.Stderr, "floors:", err)
		os.Exit(1)
	}
}

func run(w io.Writer, path string) error {
	p, err := load(path)
	if err != nil {
		return err
	}
	h := build(p)
	if err := h.draw(w); err != nil {
		return err
	}
	return h.verdict()
}
