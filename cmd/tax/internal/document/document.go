// Package document reads configurations from files and folders, and knows the line of each
// of their values.
package document

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/taxresolve/tax"
)

// Document is a configuration, with the place that it was read from.
type Document struct {
	Configuration tax.Configuration
	// File is the path of the file, or the address of a store. Set tells which documents
	// belong together: those of one folder and tenant.
	File, Tenant, Set string

	text  []byte // its JSON
	first int    // the line on which that begins, from 1
	lines map[string]int
}

// Problem is a document or a file that cannot be read.
type Problem struct {
	File    string
	Line    int // from 1
	Path    string
	Code    string
	Message string
}

// Line returns the line of a path of [tax.Fault] or [tax.InputError], or that of the value
// around it; 0 if the document comes from no file.
func (d *Document) Line(path string) int {
	if d.text == nil {
		return 0
	}
	if d.lines == nil {
		d.lines = linesOf(d.text)
	}
	for path = inJSON(path); path != ""; path = path[:max(strings.LastIndexAny(path, ".["), 0)] {
		if line, known := d.lines[path]; known {
			return d.first + line
		}
	}
	return d.first
}

// inJSON returns a path by the names that the document has for its fields.
func inJSON(path string) string {
	parts := strings.Split(path, ".")
	for i, part := range parts {
		name, index, _ := strings.Cut(part, "[")
		switch {
		case i == 0 && name == "classes":
			name = "taxClasses"
		case i == 1 && name == "default":
			name = "isDefault"
		}
		if index != "" {
			name += "[" + index
		}
		parts[i] = name
	}
	return strings.Join(parts, ".")
}

// maxBytes bounds a file.
const maxBytes = 64 << 20

// ReadPath reads a file, or the files of a folder whose names end in .json or .jsonl. The
// files of a history and those whose names begin with a point are left out, and so is
// [Settings]. An error means that the path itself cannot be read.
func ReadPath(path string) ([]*Document, []Problem, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, err
	}
	if !info.IsDir() {
		return readFile(path)
	}
	var documents []*Document
	var problems []Problem
	err = filepath.WalkDir(path, func(file string, entry fs.DirEntry, err error) error {
		name := entry.Name()
		switch {
		case err != nil:
			return err
		case entry.IsDir() && file != path && strings.HasPrefix(name, "."):
			return fs.SkipDir
		case entry.IsDir(), strings.HasPrefix(name, "."), name == Settings, strings.HasSuffix(name, ".history.jsonl"),
			!strings.HasSuffix(name, ".json") && !strings.HasSuffix(name, ".jsonl"):
			return nil
		}
		d, p, err := readFile(file)
		documents, problems = append(documents, d...), append(problems, p...)
		return err
	})
	return documents, problems, err
}

func readFile(path string) ([]*Document, []Problem, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	return Read(filepath.ToSlash(path), f)
}

// Read reads the documents of a file: a configuration, several after one another, a list of
// them, an export of package store, or a country of a store in files.
func Read(file string, r io.Reader) ([]*Document, []Problem, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	switch {
	case err != nil:
		return nil, nil, err
	case len(text) > maxBytes:
		return nil, nil, fmt.Errorf("%s: %w", file, &tax.InputError{Field: "document", Reason: "too long: at most 64 MiB"})
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // as editors of Windows write it, and stores read over it
	in := reading{file: file, text: text}
	in.values(0, len(text), "")
	return in.documents, in.problems, nil
}

// document reads the configuration in a part of the text.
func (r *reading) document(begin, end int, tenant string) {
	d := &Document{
		File: r.file, Tenant: tenant, Set: filepath.ToSlash(filepath.Dir(r.file)) + "\x00" + tenant,
		text: r.text[begin:end], first: 1 + bytes.Count(r.text[:begin], []byte("\n")),
	}
	c, err := tax.ReadConfiguration(bytes.NewReader(d.text), nil)
	if err == nil {
		d.Configuration = c
		r.documents = append(r.documents, d)
		return
	}
	p := Problem{File: r.file, Line: d.first, Code: "invalid", Message: err.Error()}
	var input *tax.InputError
	if errors.As(err, &input) {
		p = Problem{r.file, d.Line(input.Field), input.Field, input.Code(), input.Reason}
		if input.Value != "" {
			p.Message = fmt.Sprintf("%q: %s", input.Value, input.Reason)
		}
	}
	r.problems = append(r.problems, p)
}
