package rates_test

import (
	"math/big"
	"slices"
	"strings"

	"github.com/taxresolve/tax"
)

// The exceptions in the mapping from rows to answers, as the oracle knows them.
// Every line of a table must apply to some row.

// oracleDropped are rows that are not rates. For each, the test expects a
// refusal instead.
var oracleDropped = []struct {
	country, tax, class string
	refusal             error
	reason              string
}{
	{"US", "SALES", "STANDARD", tax.ErrRegionRequired, "there is no federal sales tax"},
	{"BR", "ICMS", "STANDARD", tax.ErrRegionRequired, "each state has a rate of its own"},
	{"BR", "CBS", "TEST", tax.ErrRegionRequired, "a test rate is not charged on top"},
	{"BR", "IBS", "TEST", tax.ErrRegionRequired, "a test rate is not charged on top"},
}

// oracleThrough are countries that require a region. Their own rows are probed
// through regions without rows.
var oracleThrough = map[string][]string{"CA": {"AB", "NT", "NU", "YT"}}

// oracleOnTop are taxes that are added to the country's tax. Before
// compoundUntil they are also charged on that tax.
var oracleOnTop = map[string]struct{ compoundUntil string }{
	"CA BC PST": {},
	"CA MB PST": {},
	"CA PE PST": {"9999-12-31"},
	"CA QC QST": {"2013-01-01"},
	"CA SK PST": {},
}

// oracleParts describes a rate that consists of parts: the tax, class and
// component code of each part in order. Before compoundUntil the last part is
// also charged on the others.
type oracleParts struct {
	parts         [][3]string
	compoundUntil string
}

var (
	hstParts         = oracleParts{parts: [][3]string{{"HST", "FEDERAL_PART", "FEDERAL_PART"}, {"HST", "PROVINCIAL_PART", "PROVINCIAL_PART"}}}
	oracleComponents = map[string]oracleParts{
		"CA BC HST": hstParts, "CA NB HST": hstParts, "CA NL HST": hstParts,
		"CA NS HST": hstParts, "CA ON HST": hstParts, "CA PE HST": hstParts,
		"AW  BBO+BAVP+BAZV": {parts: [][3]string{{"BBO", "COMPONENT", "BBO"}, {"BAVP", "COMPONENT", "BAVP"}, {"BAZV", "COMPONENT", "BAZV"}}},
		"GH  VAT": {
			parts:         [][3]string{{"NHIL", "LEVY", "NHIL"}, {"GETFL", "LEVY", "GETFL"}, {"CHRL", "LEVY", "CHRL"}, {"VAT", "STANDARD", "VAT"}},
			compoundUntil: "2026-01-01",
		},
	}
)

// oracleZeroRated are zeros that are a rate of 0. Any other zero that is not
// exempt is outside the scope of the tax.
var oracleZeroRated = []string{"AD SUPER_REDUCED", "HR REDUCED_2", "ES TEMPORARY_FOOD", "CY ZERO_MEAT"}

// oracleExempt are zeros of places where sales are exempt.
var oracleExempt = []string{"IL STANDARD"}

// oracleOfGross are taxes whose percentages are of the price including tax.
var oracleOfGross = []string{"BO VAT", "BR ICMS"}

// oracleEveryClass are places where one row applies to every class of the
// country.
var oracleEveryClass = []string{"DE 27498", "IT 23041", "IT 22061", "GR 69", "ES CE", "ES ML", "FR 973", "FR 976"}

// oracleInherits are periods in which a place with rows of its own has the
// country's rate.
var oracleInherits = []struct{ country, first, last, from, until string }{
	{"GB", "BT", "BT", "0001-01-01", "2021-01-01"},
	{"GR", "81400", "81599", "2018-01-01", "2026-01-01"},
	{"GR", "83300", "83499", "2018-01-01", "2026-01-01"},
	{"GR", "85200", "85299", "2018-01-01", "2026-01-01"},
	{"GR", "85500", "85999", "2018-01-01", "2026-01-01"},
	{"GR", "85001", "85002", "2018-01-01", "2026-01-01"},
	{"GR", "85110", "85111", "2018-01-01", "2026-01-01"},
	{"GR", "68002", "68002", "2018-01-01", "2026-01-01"},
}

// oracleInside are postal codes to probe besides the ends of the ranges.
// oracleCarvedOut are codes within a range that do not have its rate.
var (
	oracleInside = map[string][]string{
		"85500-85999": {"85699", "85700", "85750", "85799", "85800"},
		"97100-97199": {"97132", "97134", "97149", "97151"},
		"BT*":         {"BT1 1AA", "bt93 9zz"},
	}
	oracleCarvedOut = []string{"97133", "97150"}
)

// oracleLines names every line of the tables that must apply to some row.
func oracleLines() []string {
	var lines []string
	for _, d := range oracleDropped {
		lines = append(lines, "dropped "+d.country+" "+d.tax)
	}
	for key := range oracleOnTop {
		lines = append(lines, "on top "+key)
	}
	for key := range oracleComponents {
		lines = append(lines, "components "+key)
	}
	for _, s := range oracleInherits {
		lines = append(lines, "inherits "+s.country+" "+s.first)
	}
	for prefix, keys := range map[string][]string{"zero-rated ": oracleZeroRated, "exempt ": oracleExempt, "every class ": oracleEveryClass, "of gross ": oracleOfGross} {
		for _, key := range keys {
			lines = append(lines, prefix+key)
		}
	}
	return lines
}

// oracleRow is a row of the file. to is exclusive; an open end is the last day
// of the calendar.
type oracleRow struct {
	country, region, postcodes, tax, class string
	percent                                *big.Rat
	from, to                               string
	undated                                bool
	status, sources, verified              string
}

// statusOn returns the status of the row on a day. What has no first day is known to have
// held on the day on which it was first verified, and not before.
func (r *oracleRow) statusOn(day string) string {
	if r.undated && day < r.verified && r.status != "disputed" {
		return "undated"
	}
	return r.status
}

func (r *oracleRow) holds(day string) bool { return r.from <= day && day < r.to }

// hasCode reports whether the column postcodes has a code. A cell A-B compares
// leading characters, P* is a prefix, and any other cell is a single code.
func (r *oracleRow) hasCode(code string) bool {
	code = strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(code))
	for cell := range strings.SplitSeq(r.postcodes, ",") {
		first, last, isRange := strings.Cut(cell, "-")
		prefix, isPrefix := strings.CutSuffix(cell, "*")
		switch {
		case cell == "":
		case isRange && len(code) >= len(first) && first <= code[:len(first)] && code[:len(first)] <= last:
			return true
		case isPrefix && strings.HasPrefix(code, prefix):
			return true
		case cell == code:
			return true
		}
	}
	return false
}

func (r *oracleRow) days() []string {
	var days []string
	around := func(day string) {
		for i := -1; i <= 1; i++ {
			if d := tax.MustDate(day).AddDays(i); !d.IsZero() {
				days = append(days, d.String())
			}
		}
	}
	if r.undated {
		days = append(days, "0001-01-01", "1900-01-01", "1950-06-15")
		if r.to == "9999-12-31" {
			around(r.verified)
		}
	} else {
		around(r.from)
	}
	if r.to == "9999-12-31" {
		days = append(days, "2026-11-21", "2090-02-28")
	} else {
		around(r.to)
	}
	return days
}

func (r *oracleRow) addresses() []tax.Lookup {
	var all []tax.Lookup
	through := oracleThrough[r.country]
	switch {
	case r.region != "":
		all = append(all, tax.Lookup{Country: r.country, Region: r.region})
	case r.postcodes == "" && through == nil:
		all = append(all, tax.Lookup{Country: r.country})
	case r.postcodes == "":
		for _, region := range through {
			all = append(all, tax.Lookup{Country: r.country, Region: region})
		}
	}
	for cell := range strings.SplitSeq(r.postcodes, ",") {
		codes := oracleInside[cell]
		if !strings.HasSuffix(cell, "*") && cell != "" {
			first, last, isRange := strings.Cut(cell, "-")
			codes = append(slices.Clone(codes), first)
			if isRange {
				codes = append(codes, last, first+"-123") // the way extended codes are written
			}
		}
		for _, code := range codes {
			if r.hasCode(code) {
				all = append(all, tax.Lookup{Country: r.country, PostalCode: code})
			}
		}
	}
	return all
}
