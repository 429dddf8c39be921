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

// write writes the members of a header.
func (h *header) write(m *members) {
	m.number("revision", h.Revision)
	if h.Retired != 0 {
		m.number("retired", h.Retired)
	}
	m.time("modified", h.Modified)
	m.instant("ended", h.Ended)
}

// entry is a version in a file: in force in that of a country, at first in a history.
type entry struct {
	From          time.Time          `json:"from,omitzero"`
	Author        string             `json:"author,omitempty"`
	Base          *tax.Metadata      `json:"base,omitempty"`
	Configuration *tax.Configuration `json:"configuration,omitempty"`
}

// appendEntry appends the entry of a version on one line. The document is its JSON, or nil.
func appendEntry(out []byte, v *Version, document []byte) ([]byte, error) {
	m := members{out: append(out, '{')}
	m.instant("from", v.From)
	m.text("author", v.Author)
	if v.Base != nil {
		m.json("base", v.Base.MarshalJSON)
	}
	m.json("configuration", func() ([]byte, error) {
		if document != nil {
			return document, nil
		}
		return v.Configuration.MarshalJSON()
	})
	return append(m.out, '}'), m.err
}

func (e *entry) version() *Version {
	return &Version{Configuration: *e.Configuration, From: e.From, Author: e.Author, Base: e.Base}
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
	configEnd   = "\n      }" + entryEnd
	entryEnd    = "\n    }"
	entryDepth  = 2
	entryIndent = indent + indent
	indent      = "  "
)

// encodeCountry returns the text of a file. lines are the entries of some of the documents,
// and kept those of others as a file has them already. damaged are entries that could not be
// read and are kept as they are; a file with such entries has no hash.
func encodeCountry(h header, documents Documents, lines, kept map[*Version][]byte, damaged [][]byte) ([]byte, error) {
	size := 1024
	for v := range documents.All() {
		size += len(kept[v]) + 3*len(lines[v]) + len(",\n")
	}
	out := make([]byte, hashSize, size)
	m := members{out: out, before: indent, between: ",\n" + indent, colon: ": "}
	h.write(&m)
	if m.err != nil {
		return nil, m.err
	}
	out = append(append(m.out, ",\n"...), listBegin...)
	begin := len(out)
	for v := range documents.All() {
		out = separated(out, begin)
		if text := kept[v]; text != nil {
			out = append(out, text...)
			continue
		}
		line := lines[v]
		if line == nil {
			var err error
			if line, err = appendEntry(nil, v, nil); err != nil {
				return nil, err
			}
		}
		out = appendIndented(append(out, entryIndent...), line, entryDepth)
	}
	for _, text := range damaged {
		b := bytes.NewBuffer(append(separated(out, begin), entryIndent...))
		if err := json.Indent(b, text, entryIndent, indent); err != nil {
			return nil, err
		}
		out = b.Bytes()
	}
	if len(out) > begin {
		out = append(out, '\n')
	}
	out = append(out, listEnd...)
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

// separated returns a list that the next entry can be appended to.
func separated(out []byte, begin int) []byte {
	if len(out) > begin {
		return append(out, ",\n"...)
	}
	return out
}

// entriesOf returns the entries of documents in the list of a file that has these documents;
// nil if it has others.
func entriesOf(list []byte, documents Documents) map[*Version][]byte {
	texts := bytes.SplitAfter(bytes.TrimSuffix(list, []byte("\n"+listEnd)), []byte(entryEnd+",\n"))
	if len(texts) != documents.Len() {
		return nil
	}
	entries := make(map[*Version][]byte, len(texts))
	i := 0
	for v := range documents.All() {
		entries[v] = bytes.TrimSuffix(texts[i], []byte(",\n"))
		i++
	}
	return entries
}

// appendIndented appends a JSON text as json.Indent does. The text is one that this package
// has made on one line: to check it as well takes five times as long.
func appendIndented(out, text []byte, depth int) []byte {
	newLine := func() {
		out = append(out, '\n')
		for range depth {
			out = append(out, indent...)
		}
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '"':
			end := i + 1
			for end < len(text) && text[end] != '"' {
				if text[end] == '\\' {
					end++
				}
				end++
			}
			end = min(end, len(text)-1)
			out = append(out, text[i:end+1]...)
			i = end
		case '{', '[':
			out = append(out, c)
			if i+1 < len(text) && (text[i+1] == '}' || text[i+1] == ']') {
				i++
				out = append(out, text[i])
				continue
			}
			depth++
			newLine()
		case '}', ']':
			depth--
			newLine()
			out = append(out, c)
		case ',':
			out = append(out, c)
			newLine()
		case ':':
			out = append(out, ": "...)
		default:
			out = append(out, c)
		}
	}
	return out
}

// stampOf returns the stamp of a file as the store writes it.
func stampOf(text []byte) (sum [sha256.Size]byte) {
	_, _ = hex.Decode(sum[:], text[len(hashBegin):][:hashDigits]) // cannot fail
	return sum
}

// decodeHeader returns what a file says before its documents, if it is as the store has
// written it.
func decodeHeader(data []byte) (s *countryState, ok bool) {
	if len(data) < hashSize || string(data[:len(hashBegin)]) != hashBegin {
		return nil, false
	}
	text := data[hashSize:]
	sum := sha256.Sum256(text)
	var digits [hashDigits]byte
	hex.Encode(digits[:], sum[:])
	if string(data[len(hashBegin):hashSize]) != string(digits[:])+hashEnd {
		return nil, false
	}
	head, list, ok := bytes.Cut(text, []byte(listBegin))
	if !ok {
		return nil, false
	}
	s = &countryState{stored: true}
	if json.Unmarshal(object(head), &s.header) != nil {
		return nil, false
	}
	s.list, s.country = list, &Country{Revision: s.Revision, Retired: s.Retired, Modified: s.Modified, stamp: sum}
	return s, true
}

// decodeCountry returns the state in a file that is as the store has written it. ok is
// false for any other one.
func decodeCountry(key tax.Key, data []byte) (s *countryState, ok bool) {
	s, ok = decodeHeader(data)
	if !ok {
		return nil, false
	}
	list := s.list
	var documents []*Version
	for string(list) != listEnd {
		var v *Version
		if v, list = decodeEntry(list); v == nil || v.Configuration.Location.Country != key.Country {
			return nil, false
		}
		documents = append(documents, v)
	}
	s.country.Documents = NewDocuments(documents)
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
