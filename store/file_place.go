package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/taxresolve/tax"
)

// faultAt returns the error for something wrong in a file, with line and column. The cause
// unwraps to [tax.ErrInvalid].
func faultAt(name string, data []byte, offset int64, cause error) error {
	before := data[:min(max(offset, 0), int64(len(data)))]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := len(before) - bytes.LastIndexByte(before, '\n')
	return fmt.Errorf("store: %s:%d:%d: %w", name, line, column, cause)
}

// notJSON returns where a text stops being JSON, and the error that says why.
func notJSON(err error, end int64) (offset int64, cause error) {
	offset = end
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		offset = max(syntax.Offset-1, 0)
	}
	if errors.Is(err, tax.ErrInvalid) {
		return offset, err
	}
	return offset, &tax.InputError{Field: "document", Value: "", Reason: "not JSON as the store writes it: " + strings.TrimPrefix(err.Error(), "json: ")}
}

// placeOf returns where the value of a path begins in a JSON text, or as much of it as the
// text has: taxClasses[2].rates[0].percent.
func placeOf(text []byte, path string) int64 {
	d := json.NewDecoder(bytes.NewReader(text))
	offset := valueStart(text, 0)
	for path != "" {
		var step string
		index := -1
		if strings.HasPrefix(path, "[") {
			number, rest, _ := strings.Cut(path[1:], "]")
			n, err := strconv.Atoi(number)
			if err != nil {
				return offset
			}
			index, path = n, rest
		} else {
			end := strings.IndexAny(path, ".[")
			if end < 0 {
				end = len(path)
			}
			step, path = path[:end], path[end:]
		}
		path = strings.TrimPrefix(path, ".")
		if !descend(d, step, index) {
			return offset
		}
		offset = valueStart(text, d.InputOffset())
	}
	return offset
}

// descend leads a decoder to the value of a member, or of an element if index is not
// negative.
func descend(d *json.Decoder, member string, index int) bool {
	open, err := d.Token()
	if err != nil || index < 0 && open != json.Delim('{') || index >= 0 && open != json.Delim('[') {
		return false
	}
	for n := 0; d.More(); n++ {
		if index >= 0 {
			if n == index {
				return true
			}
		} else if name, err := d.Token(); err != nil {
			return false
		} else if name == member {
			return true
		}
		var skipped json.RawMessage
		if d.Decode(&skipped) != nil {
			return false
		}
	}
	return false
}

// valueStart skips what stands before a value.
func valueStart(text []byte, offset int64) int64 {
	for offset < int64(len(text)) && strings.IndexByte(" \t\r\n:,", text[offset]) >= 0 {
		offset++
	}
	return offset
}
