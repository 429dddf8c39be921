package lint

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// The parts of SARIF 2.1.0 that a finding needs.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool    sarifTool     `json:"tool"`
		Results []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name  string      `json:"name"`
		Rules []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string    `json:"id"`
		ShortDescription sarifText `json:"shortDescription"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		Level     Severity        `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations,omitempty"`
	}
	sarifLocation struct {
		Physical sarifPhysical  `json:"physicalLocation"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine int `json:"startLine"`
	}
	sarifLogical struct {
		Name string `json:"fullyQualifiedName"`
	}
)

// SARIF writes findings in the format of static analysis results, version 2.1.0.
func SARIF(w io.Writer, findings []Finding) error {
	driver := sarifDriver{Name: "tax lint", Rules: []sarifRule{}}
	known := map[string]bool{}
	for _, r := range rules {
		known[r.ID] = true
		driver.Rules = append(driver.Rules, sarifRule{r.ID, sarifText{r.Advice}})
	}
	results := []sarifResult{}
	for _, f := range findings {
		if !known[f.Rule] {
			known[f.Rule] = true
			driver.Rules = append(driver.Rules, sarifRule{f.Rule, sarifText{"a rule of validation: see docs/errors.md"}})
		}
		r := sarifResult{RuleID: f.Rule, Level: f.Severity, Message: sarifText{f.text()}}
		if f.File != "" {
			l := sarifLocation{Physical: sarifPhysical{Artifact: sarifArtifact{f.File}}}
			if f.Line > 0 {
				l.Physical.Region = &sarifRegion{f.Line}
			}
			if f.Path != "" {
				l.Logical = []sarifLogical{{f.Path}}
			}
			r.Locations = []sarifLocation{l}
		}
		results = append(results, r)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(sarifLog{
		"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{{sarifTool{driver}, results}},
	})
}

// text is the message with what it is about.
func (f *Finding) text() string {
	var parts []string
	if f.Location.Country != "" {
		parts = append(parts, f.Location.String())
	}
	for _, s := range []string{f.Path, f.Message} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ": ")
}

// String returns the finding on one line, as compilers write theirs.
func (f Finding) String() string {
	place := f.File
	if f.Line > 0 {
		place += fmt.Sprintf(":%d", f.Line)
	}
	if place != "" {
		place += ": "
	}
	return fmt.Sprintf("%s%s: %s [%s]", place, f.Severity, f.text(), f.Rule)
}

// Annotations writes findings as commands of the workflows of GitHub, which shows them at the
// lines of a change.
func Annotations(w io.Writer, findings []Finding) error {
	inMessage := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	inProperty := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	for _, f := range findings {
		command := f.Severity.String()
		if f.Severity == Note {
			command = "notice"
		}
		var properties []string
		if f.File != "" {
			properties = append(properties, "file="+inProperty.Replace(f.File))
		}
		if f.Line > 0 {
			properties = append(properties, fmt.Sprintf("line=%d", f.Line))
		}
		properties = append(properties, "title="+inProperty.Replace("tax lint: "+f.Rule))
		if _, err := fmt.Fprintf(w, "::%s %s::%s\n", command, strings.Join(properties, ","), inMessage.Replace(f.text())); err != nil {
			return err
		}
	}
	return nil
}
