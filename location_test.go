package tax

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/csvtable"
	"github.com/taxresolve/tax/internal/iso"
)

func TestParseLocationAcceptsEveryFormOfACode(t *testing.T) {
	for _, c := range []struct {
		country, region string
		want            Location
	}{
		{"DE", "", Location{"DE", ""}},
		{"de", "", Location{"DE", ""}},
		{"dE", "", Location{"DE", ""}},
		{"DEU", "", Location{"DE", ""}},
		{"deu", "", Location{"DE", ""}},
		{"UK", "", Location{"GB", ""}},
		{"uk", "sct", Location{"GB", "SCT"}},
		{"GBR", "UK-NIR", Location{"GB", "NIR"}},
		{"UK", "GB-NIR", Location{"GB", "NIR"}},
		{"EL", "", Location{"GR", ""}},
		{"el", "69", Location{"GR", "69"}},
		{"GR", "EL-69", Location{"GR", "69"}},
		{"XK", "", Location{"XK", ""}},
		{"XKX", "", Location{"XK", ""}},
		{"xkx", "X-MITROVICA", Location{"XK", "X-MITROVICA"}},
		{"XI", "", Location{"GB", "NIR"}},
		{"xi", "NIR", Location{"GB", "NIR"}},
		{"XI", "nir", Location{"GB", "NIR"}},
		{"ES", "GC", Location{"ES", "GC"}},
		{"FR", "2a", Location{"FR", "2A"}},
		{"FRA", "20R", Location{"FR", "20R"}},
		{"ca", "qc", Location{"CA", "QC"}},
		{"ca", "ca-qc", Location{"CA", "QC"}},
		{"CAN", "CA-QC", Location{"CA", "QC"}},
		{"AT", "9", Location{"AT", "9"}},
		{"DE", "X-HELGOLAND", Location{"DE", "X-HELGOLAND"}},
		{"DE", "x-Helgoland", Location{"DE", "X-HELGOLAND"}},
		{"DE", "DE-X-HELGOLAND", Location{"DE", "X-HELGOLAND"}},
		{"GR", "X-AEGEAN-A", Location{"GR", "X-AEGEAN-A"}},
		{"DE", "X-1", Location{"DE", "X-1"}},
		{"DE", "X-" + strings.Repeat("A", 32), Location{"DE", "X-" + strings.Repeat("A", 32)}},
	} {
		got, err := ParseLocation(c.country, c.region)
		require.NoError(t, err, "%q %q", c.country, c.region)
		assert.Equal(t, c.want, got, "%q %q", c.country, c.region)
	}
}

func TestParseLocationRefusesWhatIsNoCountryAndSaysWhatToPass(t *testing.T) {
	const anyCode = "pass an ISO 3166-1 alpha-2 or alpha-3 code"
	for country, advice := range map[string]string{
		"":                        anyCode,
		"EU":                      "is not a country: pass the member state",
		"eu":                      "is not a country: pass the member state",
		"ZZ":                      "unknown country",
		"419":                     "M49",
		"AN":                      "dissolved in 2010: pass BQ, CW or SX",
		"ANT":                     "pass BES, CUW or SXM",
		"276":                     "numeric code, which is not accepted: pass DE",
		"020":                     "pass AD",
		"999":                     "pass the alpha-2 or alpha-3 code",
		"27":                      anyCode,
		"IC":                      "pass ES with region CN",
		"D":                       anyCode,
		"QQ":                      anyCode,
		"XYZ":                     anyCode,
		"GERMANY":                 anyCode,
		"DE-":                     anyCode,
		"DE-QC":                   anyCode,
		"DE-DE-BY":                anyCode,
		"DEU-BY":                  anyCode,
		"XI-NIR":                  anyCode,
		"DE-X-":                   anyCode,
		"DE BY":                   anyCode,
		" DE":                     "remove the spaces",
		"DE ":                     "remove the spaces",
		"\tDEU\n":                 "remove the spaces",
		" ":                       anyCode,
		"D E":                     anyCode,
		"D\x00":                   anyCode,
		"DE\x00":                  anyCode,
		"\x00\x00":                anyCode,
		"@A":                      anyCode,
		"[A":                      anyCode,
		"`{":                      anyCode,
		"\u0415S":                 anyCode, // Cyrillic IE
		"\uff24\uff25":            anyCode, // full-width DE
		"\u017fU":                 anyCode, // long s, which folds to S
		"\u212az":                 anyCode, // Kelvin sign, which folds to K
		"\u00c4T":                 anyCode,
		"\xc4\xd4":                anyCode,
		strings.Repeat("DE", 1e5): anyCode,
	} {
		got, err := ParseLocation(country, "")
		require.ErrorIs(t, err, ErrUnknownCountry, "%q", clip(country))
		assert.Zero(t, got)
		assert.ErrorContains(t, err, advice, "%q", clip(country))

		var input *InputError
		require.ErrorAs(t, err, &input)
		assert.Equal(t, "country", input.Field)
		assert.LessOrEqual(t, len(input.Value), 64)
		assert.True(t, strings.HasPrefix(country, input.Value))
		assert.True(t, strings.HasPrefix(err.Error(), "tax: "))
	}
}

func TestParseLocationRefusesWhatIsNoRegion(t *testing.T) {
	for _, c := range []struct{ country, region, advice string }{
		{"CA", "US-NY", "after CA-"},
		{"CA", "NY", "is not in ISO 3166-2 for CA"},
		{"CA", "CA-NY", "is not in ISO 3166-2 for CA"},
		{"CA", "CAN-QC", "after CA-"},
		{"CA", "CA-CA-QC", "after CA-"},
		{"CA", "CA-", "after CA-"},
		{"CA", "-QC", "after CA-"},
		{"CA", " QC", "after CA-"},
		{"CA", "QC ", "after CA-"},
		{"CA", " ", "after CA-"},
		{"CA", "Q\x00", "after CA-"},
		{"CA", "QC\x00", "after CA-"},
		{"CA", "Quebec", "after CA-"},
		{"AT", "9 ", "after AT-"},
		{"AT", "9\x00", "after AT-"},
		{"XK", "01", "is not in ISO 3166-2 for XK"},
		{"GB", "XI-NIR", "after GB-"},
		{"XI", "SCT", "leave it empty"},
		{"XI", "GB-NIR", "leave it empty"},
		{"XI", "XI-NIR", "leave it empty"},
		{"XI", "X-BELFAST", "leave it empty"},
		{"DE", "X-", "X-"},
		{"DE", "X--A", "X-"},
		{"DE", "X-A--B", "X-"},
		{"DE", "X-A-", "X-"},
		{"DE", "X-A B", "X-"},
		{"DE", "X-A_B", "X-"},
		{"DE", "X-A\x00", "X-"},
		{"DE", "X-B\u00dcSINGEN", "X-"},
		{"DE", "X-" + strings.Repeat("A", 33), "X-"},
		{"DE", "Y-HELGOLAND", "X-"},
		{"DE", "FR-X-HELGOLAND", "X-"},
		{"DE", strings.Repeat("B", 1e5), "after DE-"},
	} {
		got, err := ParseLocation(c.country, c.region)
		require.ErrorIs(t, err, ErrUnknownRegion, "%q %q", c.country, clip(c.region))
		assert.Zero(t, got)
		assert.ErrorContains(t, err, c.advice, "%q %q", c.country, clip(c.region))

		var input *InputError
		require.ErrorAs(t, err, &input)
		assert.Equal(t, "region", input.Field)
		assert.LessOrEqual(t, len(input.Value), 64)
	}
}

func TestParentWalksTheRegionsOfISOThenTheCountry(t *testing.T) {
	for _, chain := range [][]Location{
		{{"FR", "2A"}, {"FR", "20R"}, {"FR", ""}, {}},
		{{"ES", "GC"}, {"ES", "CN"}, {"ES", ""}, {}},
		{{"GB", "BFS"}, {"GB", "NIR"}, {"GB", ""}, {}},
		{{"CA", "QC"}, {"CA", ""}, {}},
		{{"DE", "X-HELGOLAND"}, {"DE", ""}, {}},
		{{"XK", "X-MITROVICA"}, {"XK", ""}, {}},
		{{"DE", "NOPE"}, {"DE", ""}, {}},
		{{"??", "2A"}, {"??", ""}, {}},
		{{"", "2A"}, {}},
		{{}, {}},
	} {
		for i := range len(chain) - 1 {
			assert.Equal(t, chain[i+1], chain[i].Parent(), "parent of %v", chain[i])
		}
	}
}

func TestLocationString(t *testing.T) {
	for want, l := range map[string]Location{
		"":               {},
		"FR":             {"FR", ""},
		"FR-20R":         {"FR", "20R"},
		"DE-X-HELGOLAND": {"DE", "X-HELGOLAND"},
	} {
		assert.Equal(t, want, l.String())
	}
}

func TestLocationsAreReadFromTheirText(t *testing.T) {
	byPlace := map[Location]int{{"DE", ""}: 1, {"DE", "BY"}: 2, {"DE", "X-HELGOLAND"}: 3, {"DE", "X-A-B"}: 4, {"GB", "NIR"}: 5}
	for l := range byPlace {
		for _, text := range []string{l.String(), strings.ToLower(l.String())} {
			got, err := ParseLocation(text, "")
			require.NoError(t, err, text)
			assert.Equal(t, l, got)
			var read Location
			require.NoError(t, read.UnmarshalText([]byte(text)))
			assert.Equal(t, l, read)
		}
	}
	data, err := json.Marshal(byPlace)
	require.NoError(t, err)
	assert.JSONEq(t, `{"DE":1,"DE-BY":2,"DE-X-HELGOLAND":3,"DE-X-A-B":4,"GB-NIR":5}`, string(data))
	var back map[Location]int
	require.NoError(t, json.Unmarshal(data, &back))
	assert.Equal(t, byPlace, back)

	text, err := Location{}.MarshalText()
	require.NoError(t, err)
	assert.Empty(t, text)
	read := Location{"DE", ""}
	require.NoError(t, read.UnmarshalText(nil))
	assert.Zero(t, read)

	for _, l := range []Location{{"de", ""}, {"DE", "by"}, {"", "BY"}, {"XI", "NIR"}, {"DE-BY", ""}, {"DE", "a\xff"}, {"UK", "SCT"}} {
		_, err := l.MarshalText()
		assert.ErrorAs(t, err, new(*InputError), "%#v", l)
	}
	read = Location{"DE", ""}
	assert.ErrorIs(t, read.UnmarshalText([]byte("DE-QC")), ErrUnknownCountry)
	assert.Equal(t, Location{"DE", ""}, read)
}

func TestLocationHasOneJSONForm(t *testing.T) {
	for want, l := range map[string]Location{
		`{"country":"CA","region":"QC"}`: {"CA", "QC"},
		`{"country":"CA"}`:               {"CA", ""},
		`{"country":""}`:                 {},
		`{"country":"ca","region":"?"}`:  {"ca", "?"}, // that of a Fault
	} {
		data, err := json.Marshal(l)
		require.NoError(t, err)
		assert.Equal(t, want, string(data))
		var back Location
		require.NoError(t, json.Unmarshal(data, &back))
		assert.Equal(t, l, back)
	}
	c := Configuration{Location: Location{"CA", "QC"}}
	data, err := json.Marshal(c)
	require.NoError(t, err)
	assert.Contains(t, string(data), `"location":{"country":"CA","region":"QC"}`)

	for _, text := range []string{`"CA-CA"`, `"CA-QC" 1`, `null`, `{}`, `{"region":"QC"}`, `{"country":"CA","country":"CA"}`, `{"Country":"CA"}`, `{"country":"CA","x":1}`, `{"country":1}`} {
		kept := Location{"DE", ""}
		assert.ErrorAs(t, kept.UnmarshalJSON([]byte(text)), new(*InputError), text)
		assert.Equal(t, Location{"DE", ""}, kept)
	}
	_, err = json.Marshal(Location{"DE", "a\xff"})
	assert.ErrorIs(t, err, ErrInvalid)
}

// A place for a country takes no region.
func TestRegionInPlaceOfACountryIsRefused(t *testing.T) {
	for _, text := range []string{`{"location":{"country":"CA-QC"}}`, `{"location":{"countryCode":"DE-X-HELGOLAND"}}`} {
		_, err := ReadConfiguration(strings.NewReader(text), nil)
		assert.ErrorContains(t, err, "is a region: pass country", text)
	}
	c := Configuration{Location: Location{Country: "CA-QC"}}
	assert.ErrorContains(t, c.Validate().Err(), "is a region: pass country CA")
	_, err := c.MarshalJSON()
	assert.Error(t, err)
	r, err := NewResolver(SourceFunc(func(context.Context, Key) ([]Configuration, error) { return nil, nil }), nil)
	require.NoError(t, err)
	_, err = r.Resolve(t.Context(), "CA-QC", "S")
	assert.ErrorIs(t, err, ErrUnknownCountry)
	assert.ErrorContains(t, err, "pass country CA and region QC")
}

func TestEveryCountryIsFoundByAlpha2AndAlpha3(t *testing.T) {
	for _, row := range codes(t, "countries.csv") {
		want := Location{Country: row[0]}
		for _, code := range []string{row[0], row[1], strings.ToLower(row[0]), strings.ToLower(row[1])} {
			got, err := ParseLocation(code, "")
			require.NoError(t, err)
			require.Equal(t, want, got, "%s", code)
		}
		_, err := ParseLocation(row[2], "")
		require.ErrorIs(t, err, ErrUnknownCountry)
		require.ErrorContains(t, err, "pass "+row[0])
	}
}

func TestEveryRegionIsReadInEveryFormAndItsParentsEnd(t *testing.T) {
	for _, row := range codes(t, "regions.csv") {
		l := Location{row[0], row[1]}
		for _, form := range []string{l.Region, strings.ToLower(l.Region), l.String(), strings.ToLower(l.String())} {
			got, err := ParseLocation(l.Country, form)
			require.NoError(t, err)
			require.Equal(t, l, got, "%s", form)
		}

		require.Equal(t, Location{row[0], row[2]}, l.Parent(), "parent of %v", l)
		steps := 0
		for p := l; p != (Location{}); p = p.Parent() {
			steps++
			require.LessOrEqual(t, steps, 4, "%v", l)
		}
	}
}

func TestLocationsAreReadWithoutAllocation(t *testing.T) {
	var sink int
	for name, f := range map[string]func(){
		"Parent": func() { sink += len(Location{"FR", "2A"}.Parent().Region) },
		"ParseLocation": func() {
			l, _ := ParseLocation("ca", "ca-qc")
			sink += len(l.Region)
		},
	} {
		assert.Zero(t, testing.AllocsPerRun(100, f), name)
	}
	assert.NotZero(t, sink)
}

func FuzzParseLocation(f *testing.F) {
	f.Fuzz(func(t *testing.T, country, region string) {
		l, err := ParseLocation(country, region)
		if (err != nil) != (l == Location{}) {
			t.Fatalf("%q %q: %v with error %v", country, region, l, err)
		}
		if err != nil {
			var input *InputError
			if !errors.As(err, &input) || len(input.Value) > 64 {
				t.Fatalf("%q %q: %#v", country, region, err)
			}
			if errors.Is(err, ErrUnknownCountry) == errors.Is(err, ErrUnknownRegion) {
				t.Fatalf("%q %q: %v", country, region, err)
			}
			return
		}
		if again, err := ParseLocation(l.String(), ""); err != nil || again != l {
			t.Fatalf("%v read again is %v, %v", l, again, err)
		}
		for _, form := range []string{l.Region, l.String()} {
			if l.Region == "" {
				form = ""
			}
			if again, err := ParseLocation(l.Country, form); err != nil || again != l {
				t.Fatalf("%v read again as %q is %v, %v", l, form, again, err)
			}
		}
		// Every location but a private region has a place in the table.
		if l.Region != "" && !strings.HasPrefix(l.Region, "X-") {
			if country, region := iso.RegionByIndex(iso.RegionIndex(l.Country, l.Region)); country != l.Country || region != l.Region {
				t.Fatalf("%v is not in the table", l)
			}
		}
		if s := l.String(); len(s) > 37 || s != strings.ToUpper(s) || len(s) != utf8.RuneCountInString(s) {
			t.Fatalf("%q is not canonical", s)
		}
		if p := l.Parent(); p == l || p.Country != l.Country && p != (Location{}) {
			t.Fatalf("parent of %v is %v", l, p)
		}
	})
}

// codes returns the rows of a table of codes.
func codes(t *testing.T, name string) [][]string {
	t.Helper()
	rows, err := csvtable.Read(filepath.Join("internal", "iso", "gen", name), "")
	require.NoError(t, err)
	require.NotEmpty(t, rows)
	return rows
}
