package rates_test

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
)

// The oracle reads rates.csv as plain intervals and asks the resolver about the
// day before, on and after every boundary of every row. It knows the exceptions
// in oracle_rows_test.go, but shares nothing with the generator.

const oracleRows, oracleProbes = 1137, 10245

func TestResolverAgreesWithEveryBoundaryOfEveryRow(t *testing.T) {
	o := newOracle(t)
	require.Len(t, o.rows, oracleRows)
	for _, r := range o.rows {
		before := o.probes
		o.row(r)
		assert.Greater(t, o.probes, before, "%v was not probed", r)
	}
	for _, line := range oracleLines() {
		assert.True(t, o.used[line], "the line %s of the mapping applies to no row", line)
	}
	assert.Equal(t, oracleProbes, o.probes, "the number of probes changed: see that none was lost")
}

func TestCodesCarvedOutOfARangeAreOutsideTheScope(t *testing.T) {
	o := newOracle(t)
	for _, code := range oracleCarvedOut {
		for _, class := range o.classesOf("FR") {
			for _, day := range []string{"2014-01-01", "2026-11-21"} {
				o.ask(tax.Lookup{Country: "FR", PostalCode: code, Class: class, Date: tax.MustDate(day)},
					oracleAnswer{percent: new(big.Rat), treatment: tax.OutsideScope, tax: "VAT"})
			}
			o.ask(tax.Lookup{Country: "FR", PostalCode: code, Class: class, Date: tax.MustDate("2013-12-31")}, oracleAnswer{err: tax.ErrNoRate})
		}
	}
	assert.Equal(t, 2*4*3, o.probes)
}

type oracleAnswer struct {
	err        error
	percent    *big.Rat
	treatment  tax.Treatment
	tax        string
	components []string // "CODE percent"
	row        *oracleRow
	since      string
}

type oracle struct {
	t        *testing.T
	rows     []*oracleRow
	resolver *tax.Resolver
	probes   int
	used     map[string]bool // the lines of the mapping that applied to a row
}

func newOracle(t *testing.T) *oracle {
	t.Helper()
	clock := func() time.Time { return time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC) }
	o := &oracle{t: t, resolver: newResolver(t, &tax.Options{Clock: clock}), used: map[string]bool{}}
	for _, c := range table(t, "rates.csv") {
		percent, ok := new(big.Rat).SetString(c[5])
		require.True(t, ok, c)
		row := &oracleRow{country: c[0], region: c[1], postcodes: c[2], tax: c[3], class: c[4], percent: percent, from: c[6], to: c[7], status: c[9], sources: c[10], verified: c[11]}
		if row.undated = row.from == ""; row.undated {
			row.from = "0001-01-01"
		}
		if row.to == "" {
			row.to = "9999-12-31"
		}
		o.rows = append(o.rows, row)
	}
	return o
}

// row probes the days around both ends of a row, at every address of the row.
func (o *oracle) row(r *oracleRow) {
	for _, d := range oracleDropped {
		if r.region == "" && d.country == r.country && d.tax == r.tax && d.class == r.class {
			o.used["dropped "+d.country+" "+d.tax] = true
			for _, day := range r.days() {
				o.ask(tax.Lookup{Country: r.country, Class: r.class, Date: tax.MustDate(day)}, oracleAnswer{err: d.refusal})
			}
			return
		}
	}
	class := r.class
	for key, parts := range oracleComponents {
		for _, p := range parts.parts {
			if strings.HasPrefix(key, r.country+" "+r.region+" ") && p[0] == r.tax && p[1] == r.class {
				class = "STANDARD"
			}
		}
	}
	classes := []string{class}
	for _, key := range oracleEveryClass {
		if key == r.country+" "+r.region+r.postcodes || key == r.country+" "+r.region {
			o.used["every class "+key] = true
			classes = o.classesOf(r.country)
		}
	}
	for _, l := range r.addresses() {
		for _, l.Class = range classes {
			for _, day := range r.days() {
				l.Date = tax.MustDate(day)
				o.ask(l, o.want(l, class, day))
			}
		}
	}
}

// want returns the answer that the rows give for a class at an address on a
// day.
func (o *oracle) want(l tax.Lookup, class, day string) oracleAnswer {
	var local []*oracleRow
	for _, r := range o.rows {
		if r.country == l.Country && r.class == class && (l.Region != "" && r.region == l.Region || l.PostalCode != "" && r.hasCode(l.PostalCode)) {
			local = append(local, r)
		}
	}
	home := func() oracleAnswer { return o.plain(l.Country, o.at(l.Country, class, day)) }
	if len(local) == 0 {
		return home()
	}
	var row *oracleRow
	for _, r := range local {
		// If two taxes of a class overlap, the later one has replaced the earlier.
		if r.holds(day) && (row == nil || r.from > row.from) {
			row = r
		}
	}
	if row == nil {
		code := strings.ToUpper(l.PostalCode)
		if l.Region == "NIR" {
			code = "BT" // the only region in the table; it is listed by the prefix of its codes
		}
		for _, s := range oracleInherits {
			if s.country == l.Country && code != "" && s.first <= code[:len(s.first)] && code[:len(s.last)] <= s.last && s.from <= day && day < s.until &&
				(l.Country == "GB" || class != "SUPER_REDUCED") {
				o.used["inherits "+s.country+" "+s.first] = true
				answer := home()
				answer.since = max(answer.since, s.from)
				return answer
			}
		}
		return oracleAnswer{err: tax.ErrNoRate}
	}
	key := row.country + " " + row.region + " " + row.tax
	if top, ok := oracleOnTop[key]; ok {
		o.used["on top "+key] = true
		base := o.at(l.Country, class, day)
		if base == nil {
			return oracleAnswer{err: tax.ErrNoRate}
		}
		share := row.percent
		if day < top.compoundUntil {
			share = compounded(share, base.percent)
		}
		return oracleAnswer{
			percent: new(big.Rat).Add(base.percent, share), treatment: tax.Taxable, tax: base.tax + "+" + row.tax,
			components: []string{base.tax + " " + base.percent.RatString(), row.tax + " " + row.percent.RatString()},
		}
	}
	return o.plain(l.Country, row)
}

// at returns the row of a class of the country itself on a day.
func (o *oracle) at(country, class, day string) *oracleRow {
	for _, r := range o.rows {
		if r.country == country && r.region == "" && r.postcodes == "" && r.class == class && r.holds(day) {
			if parts, ok := oracleComponents[country+"  "+r.tax]; ok {
				return o.composed(r, parts, day)
			}
			return r
		}
	}
	return nil
}

// composed returns a row with the total of its parts on a day.
func (o *oracle) composed(r *oracleRow, parts oracleParts, day string) *oracleRow {
	total := *r
	total.percent = new(big.Rat)
	for i, p := range o.parts(r, day) {
		share := p.percent
		if i > 0 && p.class == r.class && day < parts.compoundUntil {
			share = compounded(share, total.percent)
		}
		total.percent = new(big.Rat).Add(total.percent, share)
	}
	total.from, total.to = day, day // the row's own days do not apply to the answer
	return &total
}

func (o *oracle) parts(r *oracleRow, day string) []*oracleRow {
	key := r.country + " " + r.region + " " + r.tax
	parts, ok := oracleComponents[key]
	if !ok {
		return nil
	}
	o.used["components "+key] = true
	var found []*oracleRow
	for _, p := range parts.parts {
		for _, c := range o.rows {
			if c.country == r.country && c.region == r.region && c.tax == p[0] && c.class == p[1] && c.holds(day) {
				named := *c
				named.tax = p[2]
				found = append(found, &named)
			}
		}
	}
	return found
}

// plain returns the answer that a row gives by itself.
func (o *oracle) plain(country string, r *oracleRow) oracleAnswer {
	if r == nil {
		return oracleAnswer{err: tax.ErrNoRate}
	}
	a := oracleAnswer{percent: r.percent, tax: r.tax, row: r, since: r.from}
	day := r.from
	for _, p := range o.parts(r, day) {
		a.components = append(a.components, p.tax+" "+p.percent.RatString())
	}
	if r.percent.Sign() == 0 {
		a.treatment = tax.OutsideScope
		key := country + " " + r.class
		if slices.Contains(oracleZeroRated, key) {
			o.used["zero-rated "+key] = true
		}
		if slices.Contains(oracleExempt, key) {
			o.used["exempt "+key] = true
			a.treatment = tax.Exempt
		}
		if r.class == "ZERO" || slices.Contains(oracleZeroRated, key) {
			a.treatment = tax.ZeroRated
		}
	}
	return a
}

func (o *oracle) classesOf(country string) []string {
	var classes []string
	for _, r := range o.rows {
		if r.country == country && r.region == "" && r.postcodes == "" && !slices.Contains(classes, r.class) {
			classes = append(classes, r.class)
		}
	}
	return classes
}

// compounded returns a percentage that is charged on the price plus another
// percentage of it.
func compounded(percent, base *big.Rat) *big.Rat {
	hundred := big.NewRat(100, 1)
	return new(big.Rat).Mul(percent, new(big.Rat).Add(big.NewRat(1, 1), new(big.Rat).Quo(base, hundred)))
}

func (o *oracle) ask(l tax.Lookup, want oracleAnswer) {
	o.t.Helper()
	o.probes++
	got, err := o.resolver.Lookup(context.Background(), l)
	name := fmt.Sprintf("%s %s %q %s %s", l.Country, l.Region, l.PostalCode, l.Class, l.Date)
	if want.err != nil || err != nil {
		if !errors.Is(err, want.err) || want.err == nil {
			o.t.Errorf("%s: error %v, want %v", name, err, want.err)
		}
		return
	}
	if got.Percent().Rat().Cmp(want.percent) != 0 {
		o.t.Errorf("%s: %s %%, want %s", name, got.Percent(), want.percent.FloatString(4))
	}
	if got.Treatment() != want.treatment || got.Tax().Code != want.tax {
		o.t.Errorf("%s: %s of %s, want %s of %s", name, got.Treatment(), got.Tax().Code, want.treatment, want.tax)
	}
	ofGross := slices.Contains(oracleOfGross, l.Country+" "+want.tax)
	if ofGross {
		o.used["of gross "+l.Country+" "+want.tax] = true
	}
	if got.OfGross() != ofGross {
		o.t.Errorf("%s: of gross %t, want %t", name, got.OfGross(), ofGross)
	}
	var components []string
	for _, c := range got.Components() {
		components = append(components, c.Code+" "+c.Percent.Rat().RatString())
	}
	if !slices.Equal(components, want.components) {
		o.t.Errorf("%s: components %v, want %v", name, components, want.components)
	}
	if r := want.row; r != nil && len(want.components) == 0 {
		e := got.Evidence()
		if status := r.statusOn(l.Date.String()); e.Status.String() != status || strings.Join(e.Sources, ";") != r.sources {
			o.t.Errorf("%s: evidence %s %v, want %s %s", name, e.Status, e.Sources, status, r.sources)
		}
		if since := got.Since().String(); since != want.since && !(r.undated && since == "") {
			o.t.Errorf("%s: since %q, want %s", name, since, want.since)
		}
	}
}
