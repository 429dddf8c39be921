package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/spelling"
)

// input returns standard input, for the first argument that is "-".
func (s *session) input() (io.Reader, error) {
	if s.inputRead {
		return nil, &usageError{&tax.InputError{Field: "-", Reason: "given twice: standard input can be read once"}}
	}
	s.inputRead = true
	return s.in, nil
}

// file opens a file, or standard input for "-".
func (s *session) file(name string) (io.ReadCloser, error) {
	if name == "-" {
		in, err := s.input()
		return io.NopCloser(in), err
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, &readingError{err}
	}
	return f, nil
}

// read reads a whole file, or standard input for "-".
func (s *session) read(name string) ([]byte, error) {
	const most = 64 << 20
	in, err := s.file(name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	text, err := io.ReadAll(io.LimitReader(in, most+1))
	switch {
	case err != nil:
		return nil, &readingError{about(name, err)}
	case len(text) > most:
		return nil, &readingError{&tax.InputError{Field: "document", Value: name, Reason: "too long: at most 64 MiB"}}
	}
	return bytes.TrimPrefix(text, []byte("\ufeff")), nil // as editors of Windows write it
}

// about says which file an error is about.
func about(name string, err error) error {
	if name == "-" {
		name = "standard input"
	}
	return fmt.Errorf("%s: %w", name, err)
}

// fileFault completes a fault with what the operating system said of a file.
func fileFault(f *fault, failed *fs.PathError) {
	f.Code = "file"
	name, reason := failed.Path, failed.Err.Error()
	if name == "/dev/stdout" {
		name = "standard output"
	}
	switch {
	case errors.Is(failed.Err, fs.ErrNotExist):
		reason = "no such file or folder"
		if f.Suggestion = closestFile(failed.Path); f.Suggestion != "" {
			reason += ": did you mean " + f.Suggestion + "?"
		}
	case errors.Is(failed.Err, fs.ErrPermission):
		reason = "this user has no permission"
	case errors.Is(failed.Err, syscall.EISDIR):
		reason = "a folder, where a file is needed"
	case errors.Is(failed.Err, syscall.ENOSPC):
		reason = "no room is left"
	}
	text := name + ": " + reason
	f.Message = strings.Replace(f.Message, failed.Error(), text, 1)
	f.Message = strings.Replace(f.Message, name+": "+text, text, 1)
}

// closestFile returns the file or folder that was probably meant; "" if there is none.
func closestFile(path string) string {
	folder, name := filepath.Split(path)
	in, err := os.Open(filepath.Dir(path))
	if err != nil {
		return ""
	}
	defer in.Close()
	const most = 1000
	names, _ := in.Readdirnames(most) // as many as there are
	meant := spelling.Closest(name, slices.Values(names))
	if meant == "" {
		return ""
	}
	return folder + meant
}

// output is a writer that remembers its first error.
type output struct {
	io.Writer
	failed error
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.Writer.Write(p)
	if err != nil && o.failed == nil {
		o.failed = err
	}
	return n, err
}

// outFailed reports whether what was printed could not be written.
func (s *session) outFailed() bool {
	o, ok := s.out.(*output)
	return ok && o.failed != nil
}
