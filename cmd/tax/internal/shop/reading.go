package shop

import (
	"encoding/json"
	"strings"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/jsonvalue"
	"github.com/taxresolve/tax/internal/strictjson"
)

// read reads a document of package basket. As in what that package writes itself,
// names are in upper or lower case.
func read(body []byte, into any) error {
	return jsonvalue.Read(body, into, "docs/command.md", inputError)
}

// has reports whether a document that can be read has a field.
func has(document []byte, name string) bool {
	fields := map[string]json.RawMessage{}
	_ = json.Unmarshal(document, &fields) // the error comes when it is read
	for field := range fields {
		if strings.EqualFold(field, name) {
			return true
		}
	}
	return false
}

func inputError(field, value, reason string) error {
	return &tax.InputError{Field: field, Value: clip(value), Reason: reason}
}

// clip bounds how much of a text an error shows.
func clip(s string) string { return strictjson.Clip(s) }
