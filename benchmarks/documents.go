package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// The documents. A document is written if any of its measures was taken.
const (
	ofCaches     = "tables.md"
	ofArithmetic = "amounts.md"
	ofTexts      = "lists.md"
)

// takes reports whether any of the measures of a document is taken.
func (s settings) takes(document string) bool {
	return slices.ContainsFunc(measures, func(m measure) bool {
		return documentOf(m.name) == document && s.takesMeasure(m.name)
	})
}

func (s settings) takesMeasure(name string) bool {
	return len(s.only) == 0 || slices.Contains(s.only, name)
}

func documentOf(measure string) string {
	switch measure {
	case amounts, baskets:
		return ofArithmetic
	case texts, listed:
		return ofTexts
	}
	return ofCaches
}

// write writes the documents, the plots, and the figures on the page.
func write(s settings, rs results) error {
	if err := os.MkdirAll(s.out, 0o755); err != nil {
		return err
	}
	files := map[string]string{}
	if s.takes(ofCaches) {
		files[ofCaches] = document(s, rs)
		for _, p := range plots(rs) {
			if len(p.bars) > 0 {
				files[p.file] = p.svg()
			}
		}
	}
	if s.takes(ofArithmetic) {
		files[ofArithmetic] = arithmeticDocument(s, rs)
	}
	if s.takes(ofTexts) {
		files[ofTexts] = textsDocument(s, rs)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(s.out, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return fillPage(s, rs)
}

// command returns the command that was given, as far as it matters.
func (s settings) command() string {
	command := "go run ."
	if s.quick {
		command += " -quick"
	}
	if len(s.only) > 0 {
		command += " -only " + strings.Join(s.only, ",")
	}
	if !s.quick && s.Processes != full.Processes {
		command += fmt.Sprint(" -processes ", s.Processes)
	}
	if !s.quick && s.Heavy != full.Heavy {
		command += fmt.Sprint(" -heavy ", s.Heavy)
	}
	return command
}

// head writes the beginning of a document: the machine, the command, the meaning
// of the numbers, and the goals.
func head(b *strings.Builder, s settings, title, says string, goals []goal, rs results) {
	fmt.Fprintf(b, `# %s

%s, %d cores used, %s, %s/%s, %s. Command:

    cd benchmarks && %s

%s
`, title, processor(), min(2, runtime.NumCPU()), runtime.Version(), runtime.GOOS, runtime.GOARCH, s.date, s.command(), says)
	if s.quick {
		b.WriteString("\n**This was a quick run on small data: the numbers mean nothing.**\n")
	}

	b.WriteString("\n## Goals\n\n| scenario | compared | goal | measured | met |\n|---|---|--:|--:|---|\n")
	last := ""
	for _, g := range goals {
		group := g.group
		if group == last {
			group = ""
		}
		last = g.group
		measured, met := g.outcome(rs)
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", group, g.of, g.bound(), measured, met)
	}
}

// medians says of how many processes figures are medians.
func medians(processes int) string {
	if processes == 1 {
		return "1 process"
	}
	return fmt.Sprint(processes, " processes")
}

// section adds a table if anything of it was measured.
func section(b *strings.Builder, write func(*strings.Builder)) {
	var t strings.Builder
	write(&t)
	if text := t.String(); !strings.HasSuffix(text, headingEnd) {
		b.WriteString(text)
	}
}

// headingEnd is the end of every heading.
const headingEnd = "--:|\n"

// heading begins a table.
func heading(b *strings.Builder, title, says, columns string) {
	right := strings.Repeat("--:|", strings.Count(columns, "|")-2)
	fmt.Fprintf(b, "\n## %s\n\n%s\n\n%s\n|---|%s\n", title, says, columns, right)
}

// row writes a line of a table if any of its values was measured.
func row(b *strings.Builder, name string, cells ...cell) {
	line, any := "| "+name+" |", false
	for _, c := range cells {
		text := "–"
		if c.ok {
			text, any = number(c.v), true
		}
		line += " " + text + " |"
	}
	if any {
		b.WriteString(line + "\n")
	}
}

type cell struct {
	v  float64
	ok bool
}

func of(v float64, ok bool) cell { return cell{v, ok} }

// number writes three significant digits, and whole numbers in full.
func number(v float64) string {
	switch a := max(v, -v); {
	case a == float64(int64(a)) || a >= 100:
		return fmt.Sprintf("%.0f", v)
	case a >= 10:
		return fmt.Sprintf("%.1f", v)
	case a >= 1:
		return fmt.Sprintf("%.2f", v)
	default:
		return fmt.Sprintf("%.3f", v)
	}
}

func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return thousands(n/1000) + fmt.Sprintf(",%03d", n%1000)
}

// processor returns the model, where the system has it.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err == nil {
		for line := range strings.SplitSeq(string(text), "\n") {
			if name, model, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				return strings.TrimSpace(model)
			}
		}
	}
	return "Processor " + runtime.GOARCH
}
