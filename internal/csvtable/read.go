// Package csvtable reads the CSV files that the generators of this module turn into
// tables: a header, then rows with a cell for each column. Lines that begin with # are
// comments. Only generators and tests import it.
package csvtable

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Read returns the rows of a file, without the header. columns is the expected header,
// or "" for any.
func Read(path, columns string) ([][]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(filepath.Base(path), text, columns)
}

// Parse is [Read] for a text. Errors begin with the name.
func Parse(name string, text []byte, columns string) ([][]string, error) {
	r := csv.NewReader(bytes.NewReader(text))
	r.Comment = '#'
	rows, err := r.ReadAll()
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, err)
	case len(rows) == 0:
		return nil, fmt.Errorf("%s: there is no header", name)
	case columns != "" && strings.Join(rows[0], ",") != columns:
		return nil, fmt.Errorf("%s: the header is not %s", name, columns)
	}
	return rows[1:], nil
}
