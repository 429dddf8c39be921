// Command floors draws a package as a house: which of its files uses which. A
// file stands one floor above the highest file that it uses, so a reader who
// begins at the ground meets nothing that is explained further up. Files that
// reach each other form a circle and share a floor.
//
//	go run ./floors                 package tax
//	go run ./floors -package PATH   another package, by its import path
//
// The types decide: a file uses another when one of its identifiers is declared
// there, be it a function, a type, a constant, a variable, a method or a field.
// Tests are left out, generated files are not.
//
// It fails when a circle is too large or when too many arrows run up, from a
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
