package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"time"

	"github.com/taxresolve/tax"
)

// header is what the file of a country says besides its documents.
type header struct {
	Revision int64     `json:"revision"`
	Retired  int64     `json:"retired,omitempty"`
	Modified time.Time `json:"modified"`
	// Ended is the latest instant at which a version ended. If the history does not reach
	// it, something was removed.
	Ended time.Time `json:"ended,omitzero"`
}

// entry is a version in a file: in force in that of a country, at first in a history.
type entry struct {
	From          time.Time          `json:"from,omitzero"`
	Author        string             `json:"author,omitempty"`
	Base          *tax.Metadata      `json:"base,omitempty"`
	Configuration *tax.Configuration `json:"configuration,omitempty"`
}

// entryText returns the entry of a version on one line. The document is its JSON, or nil.
func entryText(v *Version, document []byte) ([]byte, error) {
	text, err := plainJSON(entry{From: v.From, Author: v.Author, Base: v.Base})
	if err != nil {
		return nil, err
	}
	if document == nil {
		if document, err = v.Configuration.MarshalJSON(); err != nil {
			return nil, err
		}
	}
	if text = text[:len(text)-1]; len(text) > 1 {
		text = append(text, ',')
	}
	return append(append(append(text, `"configuration":`...), document...), '}'), nil
}

func (e *entry) version() *Version {
	return &Version{Configuration: *e.Configuration, From: e.From, Author: e.Author, Base: e.Base}
}

// plainJSON returns the JSON of a value on one line, without escapes for HTML.
func plainJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// A file of a country begins with a hash of what follows, so that the store notices when
// somebody edits it. Everything has a line of its own and the same place in every file.
const (
	hashBegin   = "{\n  \"hash\": \""
	hashEnd     = "\",\n"
	hashDigits  = 2 * sha256.Size
	hashSize    = len(hashBegin) + hashDigits + len(hashEnd)
	listBegin   = "  \"documents\": [\n"
	listEnd     = "  ]\n}\n"
	configBegin = "      \"configuration\": "
	configEnd   = "\n      }\n    }"
)

// encodeCountry returns the text of a file. known are the entries of some of the documents.
// damaged are entries that could not be read and are kept as they are; a file with such
// entries has no hash.
func encodeCountry(h header, documents []*Version, known map[*Version][]byte, damaged [][]byte) ([]byte, error) {
	head, err := json.MarshalIndent(h, "", "  ")
	if err != nil {
		return nil, err
	}
	out := make([]byte, hashSize, 1024+2048*len(documents))
	out = append(out, bytes.TrimSuffix(head[len("{\n"):], []byte("\n}"))...)
	out = append(append(out, ",\n"...), listBegin...)
	b := bytes.NewBuffer(out)
	add := func(text []byte) error {
		if b.Len() > len(out) {
			b.WriteString(",\n")
		}
		b.WriteString("    ")
		return json.Indent(b, text, "    ", "  ")
	}
	for _, v := range documents {
		text := known[v]
		if text == nil {
			if text, err = entryText(v, nil); err != nil {
				return nil, err
			}
		}
		if err := add(text); err != nil {
			return nil, err
		}
	}
	for _, text := range damaged {
		if err := add(text); err != nil {
			return nil, err
		}
	}
	if b.Len() > len(out) {
		b.WriteByte('\n')
	}
	b.WriteString(listEnd)
	out = b.Bytes()
	copy(out, hashBegin)
	digits := out[len(hashBegin):][:hashDigits]
	if sum := sha256.Sum256(out[hashSize:]); len(damaged) == 0 {
		hex.Encode(digits, sum[:])
	} else {
		copy(digits, bytes.Repeat([]byte("0"), hashDigits))
	}
	copy(out[len(hashBegin)+hashDigits:], hashEnd)
	return out, nil
}

// stampOf returns the stamp of a file as the store writes it.
func stampOf(text []byte) (sum [sha256.Size]byte) {
	_, _ = hex.Decode(sum[:], text[len(hashBegin):][:hashDigits]) // cannot fail
	return sum
}

// decodeHeader returns what a file says before its documents, if it is as the store has
// written it, and the list of its documents.
func decodeHeader(data []byte) (s *countryState, list []byte, ok bool) {
	if len(data) < hashSize || string(data[:len(hashBegin)]) != hashBegin {
		return nil, nil, false
	}
	text := data[hashSize:]
	sum := sha256.Sum256(text)
	var digits [hashDigits]byte
	hex.Encode(digits[:], sum[:])
	if string(data[len(hashBegin):hashSize]) != string(digits[:])+hashEnd {
		return nil, nil, false
	}
	head, list, ok := bytes.Cut(text, []byte(listBegin))
	if !ok {
		return nil, nil, false
	}
	s = &countryState{stored: true}
	if json.Unmarshal(object(head), &s.header) != nil {
		return nil, nil, false
	}
	s.country = &Country{Revision: s.Revision, Retired: s.Retired, Modified: s.Modified, stamp: sum}
	return s, list, true
}

// decodeCountry returns the state in a file that is as the store has written it. ok is
// false for any other one.
func decodeCountry(key tax.Key, data []byte) (s *countryState, ok bool) {
	s, list, ok := decodeHeader(data)
	if !ok {
		return nil, false
	}
	for string(list) != listEnd {
		var v *Version
		if v, list = decodeEntry(list); v == nil || v.Configuration.Location.Country != key.Country {
			return nil, false
		}
		s.country.Documents = append(s.country.Documents, v)
	}
	return s, true
}

// object returns the object of members that are followed by a comma.
func object(members []byte) []byte {
	out := append(make([]byte, 0, len(members)+2), '{')
	out = append(out, bytes.TrimSuffix(members, []byte(",\n"))...)
	return append(out, '}')
}

// decodeEntry returns the first of the entries in a list, and the others; nil if there is
// something else.
func decodeEntry(list []byte) (*Version, []byte) {
	begin := bytes.Index(list, []byte(configBegin))
	if begin < 0 || !bytes.HasPrefix(list, []byte("    {\n")) {
		return nil, nil
	}
	var e entry
	if json.Unmarshal(object(list[len("    {\n"):begin]), &e) != nil {
		return nil, nil
	}
	list = list[begin+len(configBegin):]
	end := bytes.Index(list, []byte(configEnd))
	if end < 0 {
		return nil, nil
	}
	end += len("\n      }")
	c, err := readStored(list[:end])
	if err != nil {
		return nil, nil
	}
	e.Configuration = &c
	list = list[end+len("\n    }"):]
	list = bytes.TrimPrefix(list, []byte(","))
	return e.version(), bytes.TrimPrefix(list, []byte("\n"))
}

// readStored reads a document whatever its size: the limits have been checked when it was
// written, and not in this form.
func readStored(text []byte) (tax.Configuration, error) {
	var c tax.Configuration
	if err := c.UnmarshalJSON(text); err == nil {
		return c, nil
	}
	return tax.ReadConfiguration(bytes.NewReader(text), &tax.Limits{Bytes: math.MaxInt64, Classes: math.MaxInt, Entries: math.MaxInt})
}
