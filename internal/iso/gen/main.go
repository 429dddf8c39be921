// Command gen writes the tables of package iso from the CSV files beside it:
// country_table.go, the codes of countries and regions, and currency_table.go,
// the minor units of currencies.
//
//	go run ./gen            # in internal/iso, as go generate does
//
// It reads countries.csv and regions.csv, the codes of ISO 3166-1 and 3166-2,
// and extra.csv, which is written by hand and holds what ISO does not carry.
// The first two are rewritten from a directory of Debian's iso-codes (package
// iso-codes, directory json) with
//
//	go run ./gen -extract DIR -version 4.15.0-1
//
// It reads currencies.csv, the codes of ISO 4217, too. That file is kept by
// hand: its head names the sources, and a row needs two that agree.
//
// The same CSV files always give the same table, byte for byte.
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

// generate writes the table only after it was rendered as a whole, so that an
// error leaves the old one in place.
func generate(dir, out string) error {
	in, err := loadInput(dir)
	if err != nil {
		return err
	}
	src, err := render(in)
	if err != nil {
		return err
	}
	return os.WriteFile(out, src, 0o644)
}

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
