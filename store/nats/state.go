package nats

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// state is what a message says of a country. Its JSON is compressed.
type state struct {
	Revision int64     `json:"revision"`
	Retired  int64     `json:"retired,omitempty"`
	Modified time.Time `json:"modified"`
	// Author made this state of the one before.
	Author string `json:"author,omitempty"`
	// Unkept reports that what ended with this state is no history. Versions and Age are
	// the retention of the write.
	Unkept   bool          `json:"unkept,omitempty"`
	Versions int           `json:"versions,omitempty"`
	Age      time.Duration `json:"age,omitempty"`

	Documents []document `json:"documents,omitempty"`
}

// document is a version that is in force.
type document struct {
	Region        string          `json:"region,omitempty"`
	Version       int64           `json:"version"`
	From          time.Time       `json:"from"`
	Author        string          `json:"author,omitempty"`
	Base          *tax.Metadata   `json:"base,omitempty"`
	Configuration json.RawMessage `json:"configuration,omitempty"`
	// Cause is what was wrong with a document that could not be read.
	Cause string `json:"cause,omitempty"`
}

// documentOf returns the document of a version, whose configuration has this JSON.
func documentOf(v *store.Version, text []byte) document {
	c := &v.Configuration
	return document{Region: c.Location.Region, Version: c.Metadata.Version, From: v.From, Author: v.Author, Base: v.Base, Configuration: text}
}

// version reads a document.
func (d *document) version(country string) (*store.Version, error) {
	if d.Configuration == nil {
		return nil, errors.New(d.Cause)
	}
	var c tax.Configuration
	if err := c.UnmarshalJSON(d.Configuration); err != nil {
		// The limits of the store hold where it is written; they may have been higher then.
		none := tax.Limits{Bytes: math.MaxInt64, Classes: math.MaxInt, Entries: math.MaxInt}
		if c, err = tax.ReadConfiguration(bytes.NewReader(d.Configuration), &none); err != nil {
			return nil, err
		}
	}
	if l := (tax.Location{Country: country, Region: d.Region}); c.Location != l || c.Metadata.Version != d.Version {
		return nil, fmt.Errorf("the document of %s is that of %s, version %d", l, c.Location, c.Metadata.Version)
	}
	return &store.Version{Configuration: c, From: d.From, Author: d.Author, Base: d.Base}, nil
}

// country returns the state as stores have it.
func (s *state) country(code string) *store.Country {
	c := &store.Country{Revision: s.Revision, Retired: s.Retired, Modified: s.Modified}
	documents := make([]*store.Version, 0, len(s.Documents))
	for i := range s.Documents {
		d := &s.Documents[i]
		if v, err := d.version(code); err != nil {
			c.Damaged = append(c.Damaged, store.Damage{Location: tax.Location{Country: code, Region: d.Region}, Version: d.Version, Cause: err.Error()})
		} else {
			documents = append(documents, v)
		}
	}
	c.Documents = store.NewDocuments(documents)
	return c
}

// encode returns the JSON, compressed so that it takes no more than room if it can.
func (s *state) encode(room int) ([]byte, error) { return compressed(room, s.appendJSON) }

// appendJSON appends what json.Marshal returns. It takes the documents as they are, which
// json.Marshal would read once more.
func (s *state) appendJSON(to []byte) ([]byte, error) {
	head := *s
	head.Documents = nil
	text, err := json.Marshal(&head)
	if err != nil || len(s.Documents) == 0 {
		return append(to, text...), err
	}
	to = append(append(to, text[:len(text)-1]...), `,"documents":[`...)
	for i := range s.Documents {
		if i > 0 {
			to = append(to, ',')
		}
		if to, err = s.Documents[i].appendJSON(to); err != nil {
			return nil, err
		}
	}
	return append(to, "]}"...), nil
}

func (d *document) appendJSON(to []byte) (_ []byte, err error) {
	to = strconv.AppendInt(append(to, `{"version":`...), d.Version, 10)
	if to, err = d.From.AppendText(append(to, `,"from":"`...)); err != nil {
		return nil, err
	}
	to = append(to, '"')
	for _, m := range [...]struct {
		name  string
		value any
		given bool
	}{{"region", d.Region, d.Region != ""}, {"author", d.Author, d.Author != ""}, {"base", d.Base, d.Base != nil}, {"cause", d.Cause, d.Cause != ""}} {
		if !m.given {
			continue
		}
		text, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		to = append(append(append(append(to, `,"`...), m.name...), `":`...), text...)
	}
	if d.Configuration != nil {
		to = append(append(to, `,"configuration":`...), d.Configuration...)
	}
	return append(to, '}'), nil
}

// decode reads a message. One that cannot be read is a state with one document that
// cannot, and the revision that the message has in its header.
func decode(m *message) *state {
	s := &state{}
	text, err := decompressed(m.data)
	if err == nil {
		err = json.Unmarshal(text, s)
	}
	revision := m.revision()
	if err == nil && s.Revision != revision {
		err = fmt.Errorf("it has revision %d and its header %d", s.Revision, revision)
	}
	if err != nil {
		return &state{Revision: revision, Retired: revision, Modified: m.at.UTC().Truncate(time.Millisecond),
			Documents: []document{{Version: revision, From: m.at.UTC().Truncate(time.Millisecond), Cause: "the message cannot be read: " + err.Error()}}}
	}
	return s
}
