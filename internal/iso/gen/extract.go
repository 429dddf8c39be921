package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// extract returns the contents of countries.csv and regions.csv from a directory of
// iso-codes. It takes only the codes, no names. Their form is checked when the CSV
// files are read.
func extract(dir, version string) (countries, regions []byte, err error) {
	if version == "" {
		return nil, nil, errors.New("-extract needs -version, the version of the iso-codes package")
	}
	var iso1 struct {
		Countries []struct {
			Alpha2  string `json:"alpha_2"`
			Alpha3  string `json:"alpha_3"`
			Numeric string `json:"numeric"`
		} `json:"3166-1"`
	}
	sum1, err := readJSON(filepath.Join(dir, "iso_3166-1.json"), &iso1)
	if err != nil {
		return nil, nil, err
	}
	var iso2 struct {
		Regions []struct {
			Code   string `json:"code"`
			Parent string `json:"parent"`
		} `json:"3166-2"`
	}
	sum2, err := readJSON(filepath.Join(dir, "iso_3166-2.json"), &iso2)
	if err != nil {
		return nil, nil, err
	}

	var countryRows, regionRows [][]string
	for _, c := range iso1.Countries {
		countryRows = append(countryRows, []string{c.Alpha2, c.Alpha3, c.Numeric})
	}
	for _, r := range iso2.Regions {
		country, suffix, ok := strings.Cut(r.Code, "-")
		if !ok {
			return nil, nil, fmt.Errorf("iso_3166-2.json: code %q has no hyphen", r.Code)
		}
		// iso-codes writes parents in both forms: "20R" and "GB-NIR".
		parent := strings.TrimPrefix(r.Parent, country+"-")
		regionRows = append(regionRows, []string{country, suffix, parent})
	}
	header := fmt.Sprintf("# Codes of ISO 3166, extracted from Debian iso-codes %s; sha256: iso_3166-1.json %s, iso_3166-2.json %s\n",
		version, sum1, sum2)
	countries, err = writeCSV(header, []string{"alpha2", "alpha3", "numeric"}, countryRows)
	if err != nil {
		return nil, nil, err
	}
	regions, err = writeCSV(header, []string{"country", "region", "parent"}, regionRows)
	return countries, regions, err
}

// readJSON reads a file into v and returns its checksum.
func readJSON(name string, v any) (sum string, err error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return "", fmt.Errorf("%s: %w", filepath.Base(name), err)
	}
	return fmt.Sprintf("%x", sha256.Sum256(b)), nil
}

// writeCSV sorts the rows, so that the diff for a new version of iso-codes shows only
// the changes.
func writeCSV(header string, columns []string, rows [][]string) ([]byte, error) {
	if len(rows) == 0 {
		return nil, fmt.Errorf("no rows for the columns %v: is this a directory of iso-codes?", columns)
	}
	slices.SortFunc(rows, slices.Compare)
	var b bytes.Buffer
	b.WriteString(header)
	w := csv.NewWriter(&b)
	if err := w.Write(columns); err != nil {
		return nil, err
	}
	if err := w.WriteAll(rows); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
