// Command gen packs the tables in rates/data into rates/world.bin.
//
//	go run ./internal/gen            # in rates/, as go generate does
//
// It knows no country. rates.csv and names.csv are the facts as they were
// compiled; shapes.csv says, line by line, what no column of theirs carries,
// and describes its own layout at its head. What the two do not account for to
// the last row is an error, and nothing is written.
package main

import (
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	data := flag.String("data", "data", "folder of the tables")
	out := flag.String("out", "world.bin", "file to write")
	flag.Parse()
	if err := run(*data, *out); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(data, out string) error {
	packed, err := generate(data)
	if err != nil {
		return err
	}
	// The old file stays whole until the new one is: a program that embeds
	// half of it would not build what its author tested.
	temporary := out + ".new"
	if err := os.WriteFile(temporary, packed, 0o644); err != nil {
		return err
	}
	return os.Rename(temporary, out)
}

// generate returns the packed form of the tables in a folder.
func generate(data string) ([]byte, error) {
	in, err := readInputs(data)
	if err != nil {
		return nil, err
	}
	w, err := build(in)
	if err != nil {
		return nil, err
	}
	return w.encode(in.checksum), nil
}

var inputFiles = []string{"rates.csv", "names.csv", "shapes.csv", "zones.csv", "sources.csv"}

// checksum is the SHA-256 of the input files, each preceded by its name and
// length.
func checksum(data string) (sum [sha256.Size]byte, err error) {
	h := sha256.New()
	for _, name := range inputFiles {
		content, err := os.ReadFile(filepath.Join(data, name))
		if err != nil {
			return sum, err
		}
		fmt.Fprintf(h, "%s %d\n", name, len(content))
		h.Write(content)
	}
	return [sha256.Size]byte(h.Sum(nil)), nil
}

// faults collects everything that is wrong, so that one run shows it all.
type faults []error

func (f *faults) addf(format string, args ...any) {
	*f = append(*f, fmt.Errorf(format, args...))
}

func (f *faults) err() error { return errors.Join(*f...) }
