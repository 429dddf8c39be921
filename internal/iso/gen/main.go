// Command gen writes the tables of package iso from the CSV files in its folder:
// country_table.go has the codes of countries and regions, and currency_table.go
// the minor units of currencies.
//
//	go run ./gen            # in internal/iso, as go generate does
//
// The codes of ISO 3166-1 and 3166-2 are in countries.csv and regions.csv. To
// rewrite these files from a directory of Debian's iso-codes (package iso-codes,
// directory json), run
//
//	go run ./gen -extract DIR -version 4.15.0-1
//
// Two files are written by hand: extra.csv has the codes that ISO 3166 does not
// have, and currencies.csv those of ISO 4217. The head of currencies.csv names its
// sources, and each row needs two that agree.
//
// The same CSV files always give the same tables, byte for byte.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

const (
	inputDir  = "gen"
	tableFile = "country_table.go"
)

func main() {
	from := flag.String("extract", "", "directory of iso-codes JSON files to rewrite countries.csv and regions.csv from")
	version := flag.String("version", "", "version of the iso-codes package, with -extract")
	flag.Parse()

	run := func() error {
		if err := generate(inputDir, tableFile); err != nil {
			return err
		}
		return generateCurrencies(inputDir, currencyTableFile)
	}
	if *from != "" {
		run = func() error { return extractTo(inputDir, *from, *version) }
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// generate writes the table of countries and regions.
func generate(dir, out string) error { return writeTable(dir, out, loadInput, render) }

// writeTable writes a table only after it was rendered as a whole, so that an error leaves
// the old table in place.
func writeTable[T any](dir, out string, load func(dir string) (T, error), render func(T) ([]byte, error)) error {
	in, err := load(dir)
	if err != nil {
		return err
	}
	src, err := render(in)
	if err != nil {
		return err
	}
	return os.WriteFile(out, src, 0o644)
}

// extractTo rewrites countries.csv and regions.csv in dir.
func extractTo(dir, from, version string) error {
	countries, regions, err := extract(from, version)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "countries.csv"), countries, 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "regions.csv"), regions, 0o644)
}
