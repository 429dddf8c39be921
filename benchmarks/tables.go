package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/taxresolve/tax/benchmarks/client"
	"github.com/taxresolve/tax/benchmarks/world"
)

// write writes the tables and the plots.
func write(s settings, rs results) error {
	if err := os.MkdirAll(s.out, 0o755); err != nil {
		return err
	}
	files := map[string]string{"tables" + ".md": document(s, rs)}
	for _, p := range plots(rs) {
		if len(p.bars) > 0 {
			files[p.file] = p.svg()
		}
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(s.out, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// document is all tables.
func document(s settings, rs results) string {
	var b strings.Builder
	command := "go run ."
	if s.quick {
		command += " -quick"
	}
	if len(s.only) > 0 {
		command += " -only " + strings.Join(s.only, ",")
	}
	if !s.quick && s.Heavy != full.Heavy {
		command += fmt.Sprint(" -heavy ", s.Heavy)
	}
	fmt.Fprintf(&b, `# Measured

%s, %d cores used, %s, %s/%s, %s. Written by

    cd benchmarks && %s

Use the ratios, not the nanoseconds. Every number is the median of %d processes,
of %d for what takes minutes (many countries of tenants, more than there is room
for, the memory of documents of their own). In each of them all clients are asked
by turns; ratios are taken within a process. On 1 core one goroutine asks, on 2
cores two do; what a cache does in the background may use the other core.
`, processor(), min(2, runtime.NumCPU()), runtime.Version(), runtime.GOOS, runtime.GOARCH, s.date, command, len(rs), min(len(rs), s.Heavy))
	if s.quick {
		b.WriteString("\n**This was a quick run on small data: the numbers mean nothing.**\n")
	}

	b.WriteString("\n## Goals\n\n| what | compared | at most | measured | met |\n|---|---|--:|--:|---|\n")
	last := ""
	for _, g := range goals() {
		group := g.group
		if group == last {
			group = ""
		}
		last = g.group
		measured, met := g.outcome(rs)
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", group, g.of, number(g.limit), measured, met)
	}

	section := func(write func(*strings.Builder)) {
		var t strings.Builder
		write(&t)
		if text := t.String(); !strings.HasSuffix(text, headingEnd) { // something was measured
			b.WriteString(text)
		}
	}
	peers := peerNames(false)
	for _, t := range []struct{ measure, title, says string }{
		{one, "One tenant", fmt.Sprintf(`All %d countries with %d classes are resident; questions follow Zipf's law with
exponent %v. The peers hold an entry of 8 bytes for each country and class.`,
			len(world.Countries()), classes, zipf)},
		{tenants, "Some tenants", fmt.Sprintf(`The same for %d tenants. The peers hold an entry for each tenant, country and
class. %q is a program that keeps the view of every tenant.`, s.Tenants, client.Tax)},
		{units, "Many countries of tenants", fmt.Sprintf(`%s countries of tenants are resident. The peers hold a pointer for each; the
step from there to the class is not part of their time, but of ours.`,
			thousands(s.UnitTenants*s.UnitCountries))},
	} {
		section(func(b *strings.Builder) { hits(b, rs, t.measure, t.title, t.says, peers) })
	}
	section(func(b *strings.Builder) { waysTable(b, rs) })
	for _, w := range []struct {
		measure, title string
		exponent       float64
	}{{steepTrace, "More than there is room for", steep}, {flatTrace, "The same, asked more evenly", flat}} {
		section(func(b *strings.Builder) { workingTable(b, rs, s, w.measure, w.title, w.exponent) })
	}
	section(func(b *strings.Builder) { missTable(b, rs) })
	section(func(b *strings.Builder) { memoryTable(b, rs, s) })
	return b.String()
}

// peerNames returns the names of the peers, or of those in the working sets.
func peerNames(working bool) (names []string) {
	for _, p := range client.Peers[client.Pair, int]() {
		if !working || displaces(p) {
			names = append(names, p.Name)
		}
	}
	return names
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

func hits(b *strings.Builder, rs results, measure, title, says string, peers []string) {
	heading(b, title, says, "| | ns, 1 core | ns, 2 cores | million/s, 2 cores | / map, 1 core | / golang-lru, 1 core | / golang-lru, 2 cores | allocations |")
	for _, name := range append([]string{client.Tax, ownDocuments, client.PerAsk}, peers...) {
		two, ok := rs.value(on(measure, 2), name)
		row(b, name,
			of(rs.value(on(measure, 1), name)),
			cell{two, ok}, cell{1e3 / two, ok},
			of(rs.ratio(on(measure, 1), name, on(measure, 1), client.Bare)),
			of(rs.ratio(on(measure, 1), name, on(measure, 1), client.LRU)),
			of(rs.ratio(on(measure, 2), name, on(measure, 2), client.LRU)),
			of(rs.value(measure+" allocations", name)))
	}
}

func waysTable(b *strings.Builder, rs results) {
	heading(b, "Ways to ask", `Countries have four rates in the history of every class; the regions of two of
them charge more and have postal codes.`,
		"| | ns, 1 core | ns, 2 cores | / map, 1 core | allocations |")
	for _, name := range []string{client.Bare, byRegion, byPostalCode, byDate, byAll, placeRate, unknownClass} {
		row(b, name,
			of(rs.value(on(ways, 1), name)), of(rs.value(on(ways, 2), name)),
			of(rs.ratio(on(ways, 1), name, on(ways, 1), client.Bare)),
			of(rs.value(ways+" allocations", name)))
	}
}

func workingTable(b *strings.Builder, rs results, s settings, measure, title string, exponent float64) {
	heading(b, title, fmt.Sprintf(`%s tenants x %d countries, room for a tenth, Zipf's law with exponent %v.
A miss of a peer is one of three: the same coordinated load as ours, by a
Resolver that keeps one country; the source and the compiler alone, without
coordination or deadline; or no work at all, which leaves the cache itself. Ours
without its loads is computed, and rough: the misses times the time of a load
alone are taken off.`,
		thousands(s.WorkTenants), s.WorkCountries, exponent),
		"| | ns, 1 core | ns, 2 cores | hits %, 1 core | hits %, 2 cores | / golang-lru, 1 core | / otter, 2 cores |")
	add := func(name string) {
		row(b, name,
			of(rs.value(on(measure, 1), name)), of(rs.value(on(measure, 2), name)),
			of(rs.value(on(measure, 1)+" hit ratio", name)), of(rs.value(on(measure, 2)+" hit ratio", name)),
			of(rs.ratio(on(measure, 1), name, on(measure, 1), client.LRU)),
			of(rs.ratio(on(measure, 2), name, on(measure, 2), client.Otter)))
	}
	add(client.Tax)
	for _, miss := range []string{coordinated, compiled, nothing} {
		if miss == nothing {
			row(b, client.Tax+", without its loads", of(withoutLoads(rs, measure, 1)), of(withoutLoads(rs, measure, 2)),
				cell{}, cell{}, cell{}, cell{})
		}
		for _, name := range peerNames(true) {
			add(name + miss)
		}
	}
	add(exactLRU)
	row(b, "one coordinated load", of(rs.value(on(measure, 1)+" load", client.Tax)), of(rs.value(on(measure, 2)+" load", client.Tax)),
		cell{}, cell{}, cell{}, cell{})
}

// withoutLoads is what is left of our time when loads took none.
func withoutLoads(rs results, measure string, cores int) (float64, bool) {
	return rs.over(func(one result) (float64, bool) {
		t, ok := one.get(on(measure, cores), client.Tax)
		ratio, _ := one.get(on(measure, cores)+" hit ratio", client.Tax)
		load, _ := one.get(on(measure, cores)+" load", client.Tax)
		return t - load*(100-ratio)/100, ok
	})
}

func missTable(b *strings.Builder, rs results) {
	heading(b, "Misses", `Countries of five classes, one document each; with a history, four rates of each
class. Documents are new every time: names and rates are known, the combination
is not; unless it says that they are the same again.`,
		"| | ns | / insert into a map | allocations |")
	for _, name := range []string{insert, missing, missingAlike, compiling, missingLong, compilingSet} {
		row(b, name, of(rs.value("miss", name)), of(rs.ratio("miss", name, "miss", insert)), of(rs.value("miss allocations", name)))
	}
}

func memoryTable(b *strings.Builder, rs results, s settings) {
	heading(b, "Memory", fmt.Sprintf(`%s countries of %s tenants, each in a process of its own. What golang-lru holds
is a pointer for each. Ours have names and rates in common, but no two are
alike, unless it says so.`, thousands(s.MemoryTenants*s.UnitCountries), thousands(s.MemoryTenants)),
		"| | bytes each | full collection, ms |")
	for _, name := range []string{client.Tax, client.Alike, client.LRU} {
		t, ok := rs.value("memory collection", name)
		row(b, name, of(rs.value("memory bytes", name)), cell{t / 1e6, ok})
	}
}

// number writes three digits that count, and whole numbers whole.
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

// processor returns the model, where the system tells.
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
