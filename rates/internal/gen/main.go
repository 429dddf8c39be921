// Command gen packs the tables in rates/data into rates/world.bin.
//
//	go run ./internal/gen            # in rates/, as go generate does
//
// The program knows no country. rates.csv and names.csv have the facts as they
// were compiled; shapes.csv has everything that their columns cannot express,
// and describes its own layout in a comment. If a row of any table remains
// unused, the program reports an error and writes nothing.
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
	// The old file is only replaced by a complete new one, so that no program
	// embeds half a file.
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

var inputFiles = []string{"rates.csv", "names.csv", "regionnames.csv", "shapes.csv", "zones.csv", "postal.csv", "sources.csv"}

// checksum returns the SHA-256 of the input files, each preceded by its name
// and length.
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

// faults collects errors, so that one run reports all of them.
type faults []error

func (f *faults) addf(format string, args ...any) {
	*f = append(*f, fmt.Errorf(format, args...))
}

func (f *faults) err() error { return errors.Join(*f...) }
