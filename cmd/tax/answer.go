package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/taxresolve/tax"
)

// rate is a rate as --json has it, the same as in the HTTP API. Numbers are texts, so that
// none passes through a binary float.
type rate struct {
	Location   tax.Location        `json:"location"`
	Class      string              `json:"class"`
	Name       string              `json:"name"`
	Percent    string              `json:"percent"`
	OfGross    bool                `json:"ofGross,omitempty"`
	Components []tax.ComponentPart `json:"components,omitempty"`
	Treatment  tax.Treatment       `json:"treatment"`
	Tax        string              `json:"tax,omitempty"`
	TaxName    string              `json:"taxName,omitempty"`
	Date       tax.Date            `json:"date"`
	Since      tax.Date            `json:"since,omitzero"`
	Until      tax.Date            `json:"until,omitzero"`
	Stale      bool                `json:"stale,omitempty"`
}

func (s *session) rate(r tax.Resolution) rate {
	e := r.Explain()
	return rate{
		Location: e.Territory, Class: e.Class, Name: r.Name(s.answersIn), Percent: e.Percent, OfGross: e.OfGross, Components: e.Components,
		Treatment: e.Treatment, Tax: e.Tax, TaxName: r.TaxName(s.answersIn), Date: r.Date(), Since: e.Since, Until: e.Until, Stale: e.Stale,
	}
}

// percentage returns the rate for a table: "7 %", "9 % of gross", "exempt".
func (r *rate) percentage() string {
	if r.Treatment != tax.Taxable {
		return r.Treatment.String()
	}
	if r.OfGross {
		return r.Percent + " % of gross"
	}
	return r.Percent + " %"
}

// period says when the rate holds.
func (r *rate) period() string {
	switch {
	case r.Since.IsZero() && r.Until.IsZero():
		return "start unknown, no end known"
	case r.Since.IsZero():
		return "start unknown, until " + r.Until.String()
	case r.Until.IsZero():
		return "since " + r.Since.String()
	}
	return "since " + r.Since.String() + ", until " + r.Until.String()
}

// printJSON prints a value, indented for people unless it is one of many.
func (s *session) printJSON(v any, indent string) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := s.out.Write(b.Bytes())
	return err
}

// printTable prints rows below a header.
func (s *session) printTable(header []string, rows [][]string) error {
	t := table.NewWriter()
	style := table.StyleDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	style.Format.Header = text.FormatDefault
	if s.coloured() {
		style.Color.Header = text.Colors{text.Bold}
	}
	t.SetStyle(style)
	t.AppendHeader(cells(header))
	for _, row := range rows {
		t.AppendRow(cells(row))
	}
	for line := range strings.Lines(t.Render() + "\n") {
		if _, err := fmt.Fprintln(s.out, strings.TrimRight(line, " \n")); err != nil {
			return err
		}
	}
	return nil
}

// cells makes a row of texts, in which nothing can move the cursor of a terminal.
func cells(texts []string) table.Row {
	row := make(table.Row, len(texts))
	for i, t := range texts {
		row[i] = printable(t)
	}
	return row
}

// printable replaces what a terminal would obey, such as escapes in the name of a class.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return '�'
		}
		return r
	}, s)
}

// heading returns a text that stands out on a terminal.
func (s *session) heading(t string) string {
	if s.coloured() {
		return text.Bold.EscapeSeq() + t + text.Reset.EscapeSeq()
	}
	return t
}

// coloured reports whether the output may have escapes: only on a terminal that shows
// them, and never with NO_COLOR.
func (s *session) coloured() bool {
	if !s.terminal || s.env == nil {
		return false
	}
	if no, _ := s.env("NO_COLOR"); no != "" {
		return false
	}
	kind, _ := s.env("TERM")
	return kind != "dumb"
}
