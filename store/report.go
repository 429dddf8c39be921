package store

import (
	"fmt"
	"log/slog"
	"strconv"
	"strings"

	"github.com/taxresolve/tax"
)

// Progress says how far an [Import] has come.
type Progress struct {
	// Records is the number of records that were read, with those that were skipped, and
	// Bytes the number of bytes, a little ahead of them.
	Records int64 `json:"records"`
	Bytes   int64 `json:"bytes"`
	// Next is the number of records at the beginning of the file that are settled: written
	// or refused. An import that was interrupted goes on with it as Skip.
	Next int64 `json:"next"`
	// Written, Unchanged, Kept and Refused are the numbers of records that were written, that
	// the store had already, that were left out because it has another document there
	// (see [ImportOptions].KeepExisting), and that were refused. With DryRun, Written are
	// those that would be.
	Written   int64 `json:"written"`
	Unchanged int64 `json:"unchanged"`
	Kept      int64 `json:"kept"`
	Refused   int64 `json:"refused"`
	// Ended is the number of versions that were in force once, which are not written.
	Ended int64 `json:"ended"`
}

// String returns the numbers in one line, for people and logs.
func (p Progress) String() string {
	s := decimal(p.Records) + " records"
	for _, part := range []struct {
		n    int64
		name string
	}{{p.Written, "written"}, {p.Unchanged, "unchanged"}, {p.Kept, "kept"}, {p.Refused, "refused"}, {p.Ended, "ended before"}} {
		if part.n > 0 {
			s += ", " + decimal(part.n) + " " + part.name
		}
	}
	return s
}

// LogValue returns the text of String for log/slog.
func (p Progress) LogValue() slog.Value { return slog.StringValue(p.String()) }

// Report says what an [Import] did.
type Report struct {
	Progress
	// Rejections are the first reasons why records were refused, in the order of the file,
	// and Omitted is the number of those that are not among them: see
	// [ImportOptions].Rejections.
	Rejections []Rejection `json:"rejections,omitempty"`
	Omitted    int64       `json:"omitted,omitempty"`
}

// Err returns an error that unwraps to [tax.ErrInvalid] if records were refused.
func (r Report) Err() error {
	if r.Refused == 0 {
		return nil
	}
	first := ""
	if len(r.Rejections) > 0 {
		first = ", the first: " + r.Rejections[0].String()
	}
	return fmt.Errorf("%w: %d of %d records refused%s", tax.ErrInvalid, r.Refused, r.Records, first)
}

// Rejection is a reason why an [Import] refused a record. A record may have several.
type Rejection struct {
	// File is the name of the file, Record the number of the record in it, from 1 on, and
	// Line the line on which it begins; 0 if nobody knows.
	File   string `json:"file,omitempty"`
	Record int64  `json:"record"`
	Line   int64  `json:"line,omitempty"`
	// Tenant and Location say what the record is about, as far as it can be told.
	Tenant   string       `json:"tenant,omitempty"`
	Location tax.Location `json:"location"`
	// Path leads to the fault, in the document or in the configuration that it is read as.
	Path string `json:"path,omitempty"`
	// Class is the class with the fault, and From the first day of the entry, if it is one
	// of a class or an entry.
	Class string   `json:"class,omitempty"`
	From  tax.Date `json:"from,omitzero"`
	// Code names the reason for programs: see docs/errors.md. It is
	// country_refused for a record that was refused only because another one of its
	// country was.
	Code string `json:"code"`
	// Message says what is wrong and what to do.
	Message string `json:"message"`
}

// countryRefused is the code of records that have no fault of their own.
const countryRefused = "country_refused"

// String returns the rejection in one line, for people and logs:
// "rates.jsonl:7: DE: classes[0].rates[1].percent: ...".
func (r Rejection) String() string {
	place := clip(r.File)
	switch {
	case r.Line > 0:
		place += ":" + decimal(r.Line)
	case r.Record > 0:
		place += " record " + decimal(r.Record)
	}
	parts := []string{strings.TrimPrefix(place, ":")}
	if r.Line > 0 && r.File == "" {
		parts[0] = "line " + decimal(r.Line)
	}
	if r.Location != (tax.Location{}) {
		parts = append(parts, quoted(r.Location.String()))
	}
	if r.Path != "" {
		parts = append(parts, clip(r.Path))
	}
	return strings.TrimSpace(strings.Join(append(parts, r.Message), ": "))
}

// LogValue returns the text of String for log/slog.
func (r Rejection) LogValue() slog.Value { return slog.StringValue(r.String()) }

// quoted returns a text on one line.
func quoted(s string) string {
	if q := strconv.Quote(clip(s)); q != `"`+s+`"` {
		return q
	}
	return s
}
