package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/taxresolve/tax/internal/csvtable"
)

// These are the limits of the table. The regions of a country are numbered in one
// byte, and so are the countries together with their aliases. The resolver packs the
// index of a region into 14 bits.
const (
	maxCountries         = 255
	maxRegionsPerCountry = 255
	maxRegions           = 1<<14 - 1
)

// input is the checked content of the three CSV files. Its lists are sorted by code.
type input struct {
	countries []country
	aliases   []alias
	refusals  []refusal
	checksum  string
}

type country struct {
	alpha2, alpha3 string
	numeric        string // empty for a code that ISO does not have
	regions        []region
}

type region struct {
	suffix, parent string
}

type alias struct {
	code, country, region string
}

type refusal struct {
	code, reason, advice string
}

// loadInput reads countries.csv, regions.csv and extra.csv in dir, and refuses
// everything that the table cannot represent.
func loadInput(dir string) (*input, error) {
	in := &input{}
	sum := sha256.New()
	for _, f := range []struct {
		name    string
		columns string
		add     func(row []string) error
		done    func() error
	}{
		{"countries.csv", "alpha2,alpha3,numeric", in.addCountry, in.sortCountries},
		{"regions.csv", "country,region,parent", in.addRegion, in.checkRegions},
		{"extra.csv", "kind,code,alpha3,country,region,reason,advice", in.addExtra, in.checkExtra},
	} {
		b, err := os.ReadFile(filepath.Join(dir, f.name))
		if err != nil {
			return nil, err
		}
		// A checkout with Windows line ends must give the same checksum.
		b = bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n"))
		sum.Write(b)
		if err := readRows(f.name, b, f.columns, f.add); err != nil {
			return nil, err
		}
		if err := f.done(); err != nil {
			return nil, fmt.Errorf("%s: %w", f.name, err)
		}
	}
	in.checksum = fmt.Sprintf("%x", sum.Sum(nil)[:8])
	return in, nil
}

// readRows passes each row of a CSV file to add.
func readRows(name string, b []byte, columns string, add func([]string) error) error {
	rows, err := csvtable.Parse(name, b, columns)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if err := add(row); err != nil {
			return fmt.Errorf("%s: row %q: %w", name, row, err)
		}
	}
	return nil
}

func (in *input) addCountry(row []string) error {
	c := country{alpha2: row[0], alpha3: row[1], numeric: row[2]}
	if !shaped(c.numeric, 3, 3, digit) {
		return fmt.Errorf("numeric %q is not three digits", c.numeric)
	}
	return in.insertCountry(c)
}

func (in *input) insertCountry(c country) error {
	if !shaped(c.alpha2, 2, 2, letter) || !shaped(c.alpha3, 3, 3, letter) {
		return fmt.Errorf("%q and %q are not two and three upper-case letters", c.alpha2, c.alpha3)
	}
	for _, o := range in.countries {
		if o.alpha2 == c.alpha2 || o.alpha3 == c.alpha3 || c.numeric != "" && o.numeric == c.numeric {
			return fmt.Errorf("duplicate of %s", o.alpha2)
		}
	}
	in.countries = append(in.countries, c)
	return nil
}

func (in *input) sortCountries() error {
	slices.SortFunc(in.countries, func(a, b country) int { return cmp.Compare(a.alpha2, b.alpha2) })
	return nil
}

func (in *input) addRegion(row []string) error {
	c := in.country(row[0])
	if c == nil {
		return fmt.Errorf("unknown country %q", row[0])
	}
	r := region{suffix: row[1], parent: row[2]}
	if !shaped(r.suffix, 1, 3, letterOrDigit) {
		return fmt.Errorf("region %q is not one to three upper-case letters or digits", r.suffix)
	}
	if c.region(r.suffix) >= 0 {
		return fmt.Errorf("duplicate region")
	}
	c.regions = append(c.regions, r)
	return nil
}

func (in *input) checkRegions() error {
	total := 0
	for _, c := range in.countries {
		slices.SortFunc(c.regions, func(a, b region) int { return cmp.Compare(a.suffix, b.suffix) })
		for _, r := range c.regions {
			if err := c.checkParents(r); err != nil {
				return fmt.Errorf("%s-%s: %w", c.alpha2, r.suffix, err)
			}
		}
		if len(c.regions) > maxRegionsPerCountry {
			return fmt.Errorf("%s has more than %d regions", c.alpha2, maxRegionsPerCountry)
		}
		total += len(c.regions)
	}
	if total > maxRegions {
		return fmt.Errorf("more than %d regions", maxRegions)
	}
	return nil
}

// checkParents walks up from r, and refuses a parent that does not exist and a walk
// that does not end.
func (c *country) checkParents(r region) error {
	for range c.regions {
		if r.parent == "" {
			return nil
		}
		p := c.region(r.parent)
		if p < 0 {
			return fmt.Errorf("unknown parent %q", r.parent)
		}
		r = c.regions[p]
	}
	if r.parent == "" {
		return nil
	}
	return fmt.Errorf("its parents form a cycle")
}

func (in *input) addExtra(row []string) error {
	kind, code, alpha3, target, region, reason, advice := row[0], row[1], row[2], row[3], row[4], row[5], row[6]
	if reason == "" {
		return fmt.Errorf("no reason given")
	}
	switch kind {
	case "country":
		if target != "" || region != "" || advice != "" {
			return fmt.Errorf("a country has no target and no advice")
		}
		return in.insertCountry(country{alpha2: code, alpha3: alpha3})
	case "alias":
		if alpha3 != "" || advice != "" {
			return fmt.Errorf("an alias has no alpha-3 code and no advice")
		}
		if !shaped(code, 2, 2, letter) {
			return fmt.Errorf("alias %q is not two upper-case letters", code)
		}
		in.aliases = append(in.aliases, alias{code, target, region})
	case "refuse":
		if alpha3 != "" || target != "" || region != "" {
			return fmt.Errorf("a refused code has no target")
		}
		if advice == "" {
			return fmt.Errorf("no advice given")
		}
		if !shaped(code, 2, 3, letterOrDigit) {
			return fmt.Errorf("refused code %q is not two or three upper-case letters or digits", code)
		}
		in.refusals = append(in.refusals, refusal{code, reason, advice})
	default:
		return fmt.Errorf("unknown kind %q", kind)
	}
	return nil
}

// checkExtra refuses a code with two meanings. It runs after all countries are
// known.
func (in *input) checkExtra() error {
	if err := in.sortCountries(); err != nil {
		return err
	}
	taken := map[string]bool{}
	for _, c := range in.countries {
		taken[c.alpha2], taken[c.alpha3], taken[c.numeric] = true, true, true
	}
	for _, a := range in.aliases {
		if taken[a.code] {
			return fmt.Errorf("alias %s: duplicate code", a.code)
		}
		taken[a.code] = true
		c := in.country(a.country)
		if c == nil {
			return fmt.Errorf("alias %s: unknown country %q", a.code, a.country)
		}
		if a.region != "" && c.region(a.region) < 0 {
			return fmt.Errorf("alias %s: unknown region %q", a.code, a.region)
		}
	}
	for _, r := range in.refusals {
		if taken[r.code] {
			return fmt.Errorf("refused code %s: duplicate code", r.code)
		}
		taken[r.code] = true
	}
	if len(in.countries)+len(in.aliases) > maxCountries {
		return fmt.Errorf("more than %d countries and aliases", maxCountries)
	}
	slices.SortFunc(in.aliases, func(a, b alias) int { return cmp.Compare(a.code, b.code) })
	slices.SortFunc(in.refusals, func(a, b refusal) int { return cmp.Compare(a.code, b.code) })
	return nil
}

func (in *input) country(alpha2 string) *country {
	i := slices.IndexFunc(in.countries, func(c country) bool { return c.alpha2 == alpha2 })
	if i < 0 {
		return nil
	}
	return &in.countries[i]
}

func (c *country) region(suffix string) int {
	return slices.IndexFunc(c.regions, func(r region) bool { return r.suffix == suffix })
}

// shaped reports whether s has an allowed length and only allowed bytes.
func shaped(s string, minLen, maxLen int, allowed func(byte) bool) bool {
	if len(s) < minLen || len(s) > maxLen {
		return false
	}
	for i := range len(s) {
		if !allowed(s[i]) {
			return false
		}
	}
	return true
}

func letter(c byte) bool        { return 'A' <= c && c <= 'Z' }
func digit(c byte) bool         { return '0' <= c && c <= '9' }
func letterOrDigit(c byte) bool { return letter(c) || digit(c) }
