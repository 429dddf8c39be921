package main

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rates"
)

const dataDir = "../../data"

func TestGeneratingAgainGivesTheSameBytes(t *testing.T) {
	committed, err := os.ReadFile("../../world.bin")
	require.NoError(t, err)
	for range 2 {
		packed, err := generate(dataDir)
		require.NoError(t, err)
		// Not assert.Equal, which would print both files.
		require.True(t, string(committed) == string(packed), "world.bin is not what the tables make: run go generate ./rates")
	}
}

func TestOutputCarriesTheChecksumOfTheInputs(t *testing.T) {
	packed, err := generate(dataDir)
	require.NoError(t, err)
	sum, err := checksum(dataDir)
	require.NoError(t, err)
	assert.Equal(t, sum[:], packed[16:48])

	dir := changed(t, "names.csv", "Nullsteuersatz", "Null-Steuersatz")
	other, err := checksum(dir)
	require.NoError(t, err)
	assert.NotEqual(t, sum, other)
}

func TestDecodingGivesWhatWasEncoded(t *testing.T) {
	in, err := readInputs(dataDir)
	require.NoError(t, err)
	w, err := build(in)
	require.NoError(t, err)
	require.Len(t, w.countries, len(rates.Countries()))
	assert.Equal(t, w.asOf, rates.AsOf())
	for _, want := range w.countries {
		country := want[0].Location.Country
		for i := range want {
			want[i].Metadata.Source = "github.com/taxresolve/tax/rates"
		}
		got, err := rates.World().Configurations(context.Background(), tax.Key{Country: country})
		require.NoError(t, err)
		require.Len(t, got, len(want), country)
		for i := range want {
			a, err := want[i].MarshalJSON()
			require.NoError(t, err)
			b, err := got[i].MarshalJSON()
			require.NoError(t, err)
			assert.Equal(t, string(a), string(b))
			assert.True(t, reflect.DeepEqual(want[i], got[i]), "%s", want[i].Location)
		}
	}
	for _, s := range in.sources {
		ref, ok := rates.Source(s.id)
		assert.True(t, ok, s.id)
		assert.Equal(t, rates.Reference{Name: s.name, Address: s.address, Date: s.date}, ref)
	}
}

// A rate that was verified on a day keeps it when all facts are checked again.
func TestLaterDayOfTheFactsLeavesTheDaysOfTheRates(t *testing.T) {
	in, err := readInputs(changed(t, "shapes.csv", "asof,,,,,,2026-11-29,map", "asof,,,,,,2027-03-01,map"))
	require.NoError(t, err)
	w, err := build(in)
	require.NoError(t, err)
	assert.Equal(t, tax.MustDate("2027-03-01"), w.asOf)
	undated := 0
	for _, documents := range w.countries {
		before, err := rates.World().Configurations(context.Background(), tax.Key{Country: documents[0].Location.Country})
		require.NoError(t, err)
		for i, d := range documents {
			assert.Equal(t, w.asOf, d.Metadata.AsOf)
			require.Len(t, d.Classes, len(before[i].Classes))
			for j, class := range d.Classes {
				for k, r := range class.Rates {
					assert.Equal(t, before[i].Classes[j].Rates[k].Evidence, r.Evidence, "%s %s", d.Location, class.Code)
					if !r.Evidence.VerifiedSince.IsZero() {
						undated++
					}
				}
			}
		}
	}
	assert.Greater(t, undated, 150)
}

// Every change of a table that leaves a line unused, or contradicts another
// line, stops the generator with a message that names it.
func TestEverySlipInATableIsAnError(t *testing.T) {
	for name, c := range map[string]struct{ file, old, new, want string }{
		"row that nothing uses":        {"shapes.csv", "drop,BR,,TEST,CBS,,test rate of 2026: credited and not charged on top,w-br\n", "", "class TEST: 0 lines of kind order"},
		"name that nothing uses":       {"names.csv", "AT,TAX,de,", "AT,LUXURY,de,", "(AT,LUXURY,de,Umsatzsteuer): used false, dropped by 0 lines"},
		"shape without effect":         {"shapes.csv", "gross,BO,,STANDARD,VAT,,,", "gross,BO,,REDUCED,VAT,,,", "(gross,BO,,REDUCED,VAT,,,lku;w-dai;w-pwc): has no effect"},
		"source not cited":             {"sources.csv", "map,", "mop,", `source "map" is not in sources.csv`},
		"source not known":             {"rates.csv", "true,agreed,gobl;nst;has;lku", "true,agreed,gobl;nst;hat;lku", `source "hat" is not in sources.csv`},
		"class without English name":   {"shapes.csv", "name,ID,,LUXURY,,en,", "name,ID,,LUXURY,,id,", "ID: LUXURY has no English name"},
		"tax without English name":     {"shapes.csv", "taxname,SM,,,MONOFASE,en,single-stage tax,gk\n", "", "SM: MONOFASE has no English name"},
		"zero without a meaning":       {"shapes.csv", "treatment,AD,,SUPER_REDUCED,IGI,,zeroRated,w-ad1;w-ad2\n", "", "0 lines of kind treatment fit, want 1"},
		"zero with two meanings":       {"shapes.csv", "treatment,GF,,STANDARD,VAT,,", "treatment,*,*,STANDARD,*,,", "2 lines of kind treatment fit, want 1"},
		"rows that overlap":            {"rates.csv", "AT,,,VAT,STANDARD,16,1973-01-01,1976-01-01", "AT,,,VAT,STANDARD,16,1973-01-01,1976-01-02", "overlaps"},
		"gap that is not intended":     {"rates.csv", "AT,,,VAT,STANDARD,18,1976-01-01,1984-01-01", "AT,,,VAT,STANDARD,18,1976-01-01,1983-01-01", "a gap follows"},
		"row that follows an open one": {"rates.csv", "AT,,,VAT,STANDARD,16,1973-01-01,1976-01-01", "AT,,,VAT,STANDARD,16,1973-01-01,", "open, but another row of the class follows"},
		"row that ends before it began": {"rates.csv", "AT,,,VAT,STANDARD,16,1973-01-01,1976-01-01", "AT,,,VAT,STANDARD,16,1973-01-01,1972-01-01",
			"ends on 1972-01-01"},
		"percentage that is none":           {"rates.csv", "AE,,,VAT,STANDARD,5,", "AE,,,VAT,STANDARD,5.,", `percent "5."`},
		"row that nobody verified":          {"rates.csv", "AL,,,VAT,REDUCED,6,,,false,agreed,vn;lku;w-dai,2026-11-29", "AL,,,VAT,REDUCED,6,,,false,agreed,vn;lku;w-dai,", `verified is "": give the day if there is no first day, and only then`},
		"row with two days":                 {"rates.csv", "AE,,,VAT,STANDARD,5,2018-01-01,,true,agreed,gobl;nst;has;lku,", "AE,,,VAT,STANDARD,5,2018-01-01,,true,agreed,gobl;nst;has;lku,2026-11-29", `verified is "2026-11-29": give the day`},
		"row verified in the future":        {"rates.csv", "w-dai,2026-11-29", "w-dai,2062-11-29", "verified after 2027-11-30"},
		"entry that nobody verified":        {"shapes.csv", "inherit agreed 2026-11-29", "inherit agreed", `verified is ""`},
		"day that is none":                  {"rates.csv", "AE,,,VAT,STANDARD,5,2018-01-01", "AE,,,VAT,STANDARD,5,2018-02-30", "2018-02-30"},
		"status that is none":               {"rates.csv", "true,agreed,gobl;nst;has;lku", "true,sure,gobl;nst;has;lku", `no such status: "sure"`},
		"second default":                    {"rates.csv", "AL,,,VAT,REDUCED,6,,,false", "AL,,,VAT,REDUCED,6,,,true", "AL: 2 default classes"},
		"parts that do not make the rate":   {"rates.csv", "CA,ON,,HST,PROVINCIAL_PART,8,", "CA,ON,,HST,PROVINCIAL_PART,8.5,", "(CA,ON,,HST,STANDARD,13,2010-07-01,,true,agreed,has;drc;w-ns;w-cra,): the parts sum to"},
		"part outlives the rate":            {"rates.csv", "CA,BC,,HST,FEDERAL_PART,5,2010-07-01,2013-04-01", "CA,BC,,HST,FEDERAL_PART,5,2010-07-01,2013-05-01", "a part on days without the rate"},
		"twin that differs":                 {"rates.csv", "MC,,,VAT,STANDARD,19.6,", "MC,,,VAT,STANDARD,19.5,", "(same,MC,,,,,FR,map): class STANDARD on 2000-04-01"},
		"postal code lost":                  {"shapes.csv", "97134-97149", "97135-97149", "FR: postal code 97134 of rates.csv is in no document"},
		"postal code invented":              {"shapes.csv", "postal,AT,X-JUNGHOLZ,,,,6691,", "postal,AT,X-JUNGHOLZ,,,,6691 6692,", "AT: postal code 6692 of a document is not in rates.csv"},
		"postal code claimed twice":         {"shapes.csv", "postal,FR,BL,,,,97133,", "postal,FR,BL,,,,97133 97134,", "overlap with FR-"},
		"territory without rows":            {"shapes.csv", "rows,IT,X-LIVIGNO,,,,23041,", "rows,IT,X-LIVIGNO,,,,23042,", "no line of kind rows has these postcodes"},
		"cut on another day":                {"shapes.csv", "cut,DE,X-BUESINGEN,STANDARD,VAT,2011-01-01", "cut,DE,X-BUESINGEN,STANDARD,VAT,2011-01-02", "no row of CH-VAT begins on that day"},
		"region in need of a line":          {"shapes.csv", "region,CA,AB,,,,,w-ns;w-ava\n", "", "the region has neither rows nor a line of kind region"},
		"name of a region twice":            {"regionnames.csv", "BR,SP,en,", "BR,SP,pt,", "(BR,SP,pt,São Paulo,iso): second name in the language"},
		"region without English name":       {"regionnames.csv", "BR,SP,en,", "BR,SP,fr,", "BR: SP has no English name"},
		"name of a region in no language":   {"regionnames.csv", "CA,QC,fr,", "CA,QC,french,", "french"},
		"name of a region of nobody":        {"regionnames.csv", "BR,SP,en,São Paulo,cldr", "BR,SP,en,São Paulo,cdlr", `source "cdlr" is not in sources.csv`},
		"zone twice":                        {"zones.csv", "AE,,Asia/Dubai,tz\n", "AE,,Asia/Dubai,tz\nAE,,Asia/Dubai,tz\n", "second zone of the place"},
		"zone missing":                      {"zones.csv", "AE,,Asia/Dubai,tz\n", "", "AE: timeZone: not given"},
		"order missing":                     {"shapes.csv", "order,*,,BORDER,,,130,map\n", "", "class BORDER: 0 lines of kind order"},
		"kind that is none":                 {"shapes.csv", "gross,BO,", "grass,BO,", `no such kind: "grass"`},
		"effect that is none":               {"shapes.csv", "effect,CA,MB,STANDARD,PST,,add,", "effect,CA,MB,STANDARD,PST,,plus,", `no such effect: "plus"`},
		"prefix twice":                      {"postal.csv", "US,063,CT,", "US,063,NY,,zst\nUS,063,CT,", "(US,063,CT,,zst;gn;av18;zc8): second row of the prefix"},
		"prefix of nobody":                  {"postal.csv", "US,063,CT,", "US,063,ZZ,", "postal.csv: US-ZZ has neither a document nor a line of kind refer"},
		"prefix shared with nobody":         {"postal.csv", "US,10004,NY NJ,", "US,10004,NY ZZ,", "postal.csv: US-ZZ shares codes and has no document"},
		"prefix in lower case":              {"postal.csv", "CA,A,NL,", "CA,a,NL,", "prefix is not 1 to 3 of 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
		"prefix that is too long":           {"postal.csv", "US,063,CT,", "US,063000,CT,", "prefix is not 1 to 5 of 0123456789"},
		"prefix of another country":         {"postal.csv", "CA,A,NL,", "ZZ,A,NL,", "(ZZ,A,NL,,zc8;gn;agv;shp): not used"},
		"length of codes missing":           {"shapes.csv", "codes,CA,,,,,3,map\n", "", "CA: rows in postal.csv, but no line of kind codes"},
		"length of codes that is none":      {"shapes.csv", "codes,CA,,,,,3,map\n", "codes,CA,,,,,9,map\n", "value is not a number from 1 to 5"},
		"place elsewhere that is none":      {"shapes.csv", "refer,RS,KM,,,XK,", "refer,RS,KM,,,XZ,", `country "XZ"`},
		"place elsewhere that is here":      {"shapes.csv", "refer,RS,KM,,,XK,", "refer,RS,KM,,,RS,", "RS: elsewhere[0].location: in the country itself"},
		"codes elsewhere that are none":     {"shapes.csv", "FO,=100-970", "FO,=100-97", "=100-97: not two numbers of equal length"},
		"codes elsewhere and here":          {"shapes.csv", "refer,IT,,,,SM,47890-47899,", "refer,IT,,,,SM,23041,", "IT-X-LIVIGNO: postalCodes: overlap with SM"},
		"region elsewhere and here":         {"shapes.csv", "refer,FR,NC,,,NC,", "refer,FR,CP,,,NC,", "FR-CP: location: is also elsewhere[0] of FR"},
		"local taxes nowhere":               {"shapes.csv", "local,US,AL,", "local,US,ZZ,", "(local,US,ZZ,,,,,us26l): has no effect"},
		"column missing":                    {"zones.csv", "country,region,zone,source", "country,region,zone", "wrong number of fields"},
		"name of no region":                 {"regionnames.csv", "BR,SP,en,", "BR,ZZ,en,Nowhere,cldr\nBR,SP,en,", "(BR,ZZ,en,Nowhere,cldr): not used"},
		"name of a region that ISO has not": {"regionnames.csv", "FI,01,fi,", "FI,ZZ,en,Nowhere,cldr\nFI,01,fi,", "FI-ZZ: location"},
		"percentage with 13 decimals":       {"rates.csv", "AE,,,VAT,STANDARD,5,", "AE,,,VAT,STANDARD,5.0000000000001,", "5.0000000000001 has more than 12 decimals"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := generate(changed(t, c.file, c.old, c.new))
			require.Error(t, err)
			assert.Contains(t, err.Error(), c.want)
		})
	}
}

func TestFaultyTablesLeaveTheOldFileAlone(t *testing.T) {
	out := filepath.Join(t.TempDir(), "world.bin")
	require.NoError(t, os.WriteFile(out, []byte("old"), 0o600))
	require.Error(t, run(changed(t, "shapes.csv", "gross,BO,", "grass,BO,"), out))
	content, err := os.ReadFile(out)
	require.NoError(t, err)
	assert.Equal(t, "old", string(content))

	require.NoError(t, run(dataDir, out))
	content, err = os.ReadFile(out)
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(string(content), "TAXRATES"))
}

// changed copies the tables and replaces a text in one of them.
func changed(t *testing.T, file, old, replacement string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range inputFiles {
		content, err := os.ReadFile(filepath.Join(dataDir, name))
		require.NoError(t, err)
		text := string(content)
		if name == file {
			require.Contains(t, text, old)
			text = strings.Replace(text, old, replacement, 1)
		}
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	return dir
}
