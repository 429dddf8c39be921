package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Settings is the name of the file that says which rules are switched off for the documents
// of its folder and of the folders in it. A document itself has no place for that.
const Settings = "taxlint.json"

// settings are what such a file has.
type settings struct {
	// Disable are rules for all files, Files those for files by their names.
	Disable []string            `json:"disable"`
	Files   map[string][]string `json:"files"`
}

// Switches tell which rules are switched off. The zero value has read nothing.
type Switches struct{ known map[string]settings }

// Off reports whether a rule is switched off for a file. valid refuses rules that do not
// exist.
func (s *Switches) Off(file, rule string, valid func(rule string) error) (bool, error) {
	name := filepath.Base(file)
	for folder := filepath.Dir(file); ; folder = filepath.Dir(folder) {
		in, err := s.read(folder, valid)
		if err != nil || slices.Contains(in.Disable, rule) || slices.Contains(in.Files[name], rule) {
			return true, err
		}
		if parent := filepath.Dir(folder); parent == folder {
			return false, nil
		}
	}
}

func (s *Switches) read(folder string, valid func(rule string) error) (settings, error) {
	if in, ok := s.known[folder]; ok {
		return in, nil
	}
	if s.known == nil {
		s.known = map[string]settings{}
	}
	var in settings
	path := filepath.Join(folder, Settings)
	text, err := os.ReadFile(path)
	if err == nil {
		d := json.NewDecoder(bytes.NewReader(text))
		d.DisallowUnknownFields()
		err = d.Decode(&in)
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	rules := slices.Clone(in.Disable)
	for _, more := range in.Files {
		rules = append(rules, more...)
	}
	for _, rule := range rules {
		if err == nil {
			err = valid(rule)
		}
	}
	if err != nil {
		return in, fmt.Errorf("%s: %w", path, err)
	}
	s.known[folder] = in
	return in, nil
}
