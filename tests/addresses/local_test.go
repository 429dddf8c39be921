package addresses

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

// shared adds postal codes that the document shares with others.
func shared(c tax.Configuration, codes ...string) tax.Configuration {
	c.SharedPostalCodes = taxtest.WithPostalCodes(tax.Configuration{}, codes...).PostalCodes
	return c
}

func within(region string, c tax.Configuration) tax.Configuration {
	c.Within = region
	return c
}

// states are two states with a county and cities that add to the state's tax. Food is
// taxed by the state alone.
func states() []tax.Configuration {
	return []tax.Configuration{
		taxtest.With(taxtest.Doc("US"), func(c *tax.Configuration) { c.Regions = tax.RegionsRequired }),
		shared(taxtest.WithPostalCodes(taxtest.Doc("US-NY", taxtest.Class("STANDARD*", "- 4"), taxtest.Class("FOOD", "- 2")), "10000-10003", "10005-14999"), "10004*"),
		shared(taxtest.WithPostalCodes(taxtest.Doc("US-NJ", taxtest.Class("STANDARD*", "- 7"), taxtest.Class("FOOD", "- 0 zeroRated")), "07000-08999"), "10004*"),
		within("NY", taxtest.WithPostalCodes(taxtest.Doc("US-X-WEST", taxtest.Class("STANDARD", "- + 3")), "10500-10999")),
		within("X-WEST", shared(taxtest.WithPostalCodes(taxtest.Doc("US-X-YONKERS", taxtest.Class("STANDARD", "- + 1.5; 2027-01-01 + 1.625")), "10701-10702"), "10705")),
		within("X-WEST", shared(taxtest.Doc("US-X-RYE", taxtest.Class("STANDARD", "- + 0.5")), "10705", "10706")),
	}
}

func TestACityAddsToItsCountyAndThatToItsState(t *testing.T) {
	require.Empty(t, tax.ValidateCountry(states()).Errors)
	r := taxtest.Resolver(t, states()...)
	for _, c := range []struct{ region, postal, class, want, matters string }{
		{"", "12201", "", "US-NY by postal code 4", ""},
		{"NY", "", "", "US-NY by region 4", "matters"},
		{"NY", "12201", "FOOD", "US-NY by postal code 2", ""},
		{"", "10580", "", "US-X-WEST by postal code 7", ""},
		{"NY", "10580", "", "US-X-WEST by postal code 7", ""},
		{"NJ", "10580", "", "US-X-WEST by postal code, region overruled 7", ""},
		{"X-YONKERS", "10580", "", "US-X-WEST by postal code, region overruled 7", ""},
		{"", "10701-1234", "", "US-X-YONKERS by postal code 8.5", ""},
		{"X-WEST", "10701", "", "US-X-YONKERS by postal code 8.5", ""},
		{"X-YONKERS", "", "", "US-X-YONKERS by region 8.5", ""},
		{"", "10701", "FOOD", "US-X-YONKERS by postal code 2", ""},
		// Shared by two cities of one county.
		{"", "10705", "", "US-X-WEST by postal code 7", "matters"},
		{"", "10705", "FOOD", "US-X-WEST by postal code 2", ""},
		{"NY", "10705", "", "US-NY by region 4", "matters"},
		{"X-WEST", "10705", "", "US-X-WEST by region 7", "matters"},
		{"X-RYE", "10705", "", "US-X-RYE by region 7.5", ""},
		{"X-YONKERS", "10705", "", "US-X-YONKERS by region 8.5", ""},
		{"X-YONKERS", "10706", "", "US-X-WEST by postal code, region overruled 7", "matters"}, // only a part is in Rye
		{"NJ", "10705", "", "US-X-WEST by postal code, region overruled 7", "matters"},
		{"", "10706", "", "US-X-WEST by postal code 7", "matters"},
		// Shared by two states.
		{"", "10004", "", "region required", ""},
		{"NY", "10004", "", "US-NY by region 4", ""},
		{"NJ", "10004-0001", "", "US-NJ by region 7", ""},
		{"X-YONKERS", "10004", "", "US-NY by parent region, region overruled 4", ""},
		{"TX", "10004", "", "unknown region", ""},
		{"", "99999", "", "region required", ""},
		{"NY", "07001", "", "US-NJ by postal code, region overruled 7", ""},
		{"NY", "99999", "", "region required", ""},
	} {
		a, err := r.Lookup(t.Context(), tax.Lookup{Country: "US", Region: c.region, PostalCode: c.postal, Class: c.class, Date: taxtest.Day})
		got := taxtest.Territory(a, err)
		if err == nil {
			got += " " + a.Percent().String()
		}
		assert.Equal(t, c.want, got, "%q %q %s", c.region, c.postal, c.class)
		assert.Equal(t, c.matters != "", err == nil && a.Explain().PostalCodeMatters, "%q %q %s", c.region, c.postal, c.class)
		if err == nil {
			_, differences, err := r.Replay(t.Context(), a.Explain())
			require.NoError(t, err)
			assert.Empty(t, differences)
		}
	}
	a, err := r.Lookup(t.Context(), tax.Lookup{Country: "US", PostalCode: "10701", Date: tax.MustDate("2027-01-01")})
	require.NoError(t, err)
	assert.Equal(t, "8.625", a.Percent().String())
}

// In a country that answers for unknown regions, it does so for a shared code as well.
func TestASharedCodeLeavesTheAnswerToThePlaceAroundAllOfThem(t *testing.T) {
	set := []tax.Configuration{
		taxtest.Doc("AT", taxtest.Class("STANDARD*", "- 20")),
		shared(taxtest.Doc("AT-7", taxtest.Class("STANDARD", "- 19")), "6*"),
		shared(taxtest.Doc("AT-8", taxtest.Class("STANDARD", "- 20")), "6*"),
	}
	r := taxtest.Resolver(t, set...)
	for _, c := range []struct{ region, want, matters string }{
		{"", "AT by country", "matters"},
		{"7", "AT-7 by region", ""},
		{"8", "AT-8 by region", ""},
		{"9", "AT by country, region overruled", "matters"},
	} {
		a, err := r.Lookup(t.Context(), tax.Lookup{Country: "AT", Region: c.region, PostalCode: "A-6000", Date: taxtest.Day})
		assert.Equal(t, c.want, taxtest.Territory(a, err), c.region)
		assert.Equal(t, c.matters != "", a.Explain().PostalCodeMatters, c.region)
	}
	// What an invalid document says of the code is not known.
	set[2].Classes[0].Code = "NOT A CODE"
	r = taxtest.Resolver(t, set...)
	for region, want := range map[string]string{"": "invalid", "7": "AT-7 by region", "8": "invalid", "9": "invalid"} {
		a, err := r.Lookup(t.Context(), tax.Lookup{Country: "AT", Region: region, PostalCode: "6000", Date: taxtest.Day})
		assert.Equal(t, want, taxtest.Territory(a, err), region)
	}
}

func TestOverlapsThatNobodyDeclaredAreFaults(t *testing.T) {
	us := taxtest.Doc("US")
	ny := func(codes ...string) tax.Configuration {
		return taxtest.WithPostalCodes(taxtest.Doc("US-NY"), codes...)
	}
	nj := func(codes ...string) tax.Configuration {
		return taxtest.WithPostalCodes(taxtest.Doc("US-NJ"), codes...)
	}
	city := func(codes ...string) tax.Configuration {
		return taxtest.WithPostalCodes(taxtest.Doc("US-X-CITY"), codes...)
	}
	many := []tax.Configuration{us}
	for i := range 65 {
		many = append(many, shared(taxtest.Doc(fmt.Sprintf("US-X-%d", i)), "1*"))
	}
	for _, c := range []struct {
		name string
		set  []tax.Configuration
		want string
	}{
		{"within", []tax.Configuration{us, ny("1*"), within("NY", city("10*", "11"))}, ""},
		{"within no other", []tax.Configuration{us, ny("1*"), city("10*")}, "US-NY: postalCodes: overlap with US-X-CITY; US-X-CITY: postalCodes: overlap with US-NY"},
		{"only one shares", []tax.Configuration{us, ny("1*"), shared(nj(), "10")}, "US-NJ: postalCodes: overlap with US-NY; US-NY: postalCodes: overlap with US-NJ"},
		{"both share", []tax.Configuration{us, shared(ny(), "1*"), shared(nj(), "10")}, ""},
		{"part of a shared code", []tax.Configuration{us, shared(ny(), "1*"), within("NY", city("10"))}, "US-NY: postalCodes: overlap with US-X-CITY; US-X-CITY: postalCodes: overlap with US-NY"},
		{"shared inside", []tax.Configuration{us, ny("1*"), within("NY", shared(city(), "10"))}, ""},
		{"shared and not", []tax.Configuration{us, shared(ny("1*"), "10")}, "US-NY: postalCodes: overlap with each other: list every code once"},
		{"64 share", many[:65], ""},
		{"nothing around", []tax.Configuration{us, within("NY", city())}, "US-X-CITY: within: no document for US-NY: add one, or write a region that has one"},
		{"itself", []tax.Configuration{us, within("X-CITY", city())}, "US-X-CITY: within: the region itself: write the region around it"},
		{"each other", []tax.Configuration{us, within("X-A", city()), within("X-CITY", taxtest.Doc("US-X-A"))},
			"US-X-A: within: the region lies in itself, by way of US-X-CITY; US-X-CITY: within: the region lies in itself, by way of US-X-A"},
		{"lower case", []tax.Configuration{us, ny(), within("ny", city())}, "US-X-CITY: within: not a region code: write 1 to 3 upper-case letters and digits, or X- and a name"},
		{"an ISO region", []tax.Configuration{us, within("NJ", ny()), nj()}, "US-NY: within: not on a private region: ISO 3166-2 says where other regions lie"},
		{"a country", []tax.Configuration{within("NY", shared(us, "1")), ny()},
			"US: within: not on a private region: ISO 3166-2 says where other regions lie; US: sharedPostalCodes: on a country: postal codes belong to its regions"},
	} {
		var faults []string
		for _, f := range tax.ValidateCountry(c.set).Errors {
			faults = append(faults, f.String())
		}
		assert.Equal(t, c.want, strings.Join(faults, "; "), c.name)
	}
	assert.Len(t, tax.ValidateCountry(many).Errors, 65)
}

// cities are n cities of a state, in counties, with two postal codes each, of which
// neighbours share one.
func cities(n int) []tax.Configuration {
	set := []tax.Configuration{
		taxtest.With(taxtest.Doc("US"), func(c *tax.Configuration) { c.Regions = tax.RegionsRequired; c.TimeZone = "UTC" }),
		taxtest.WithPostalCodes(taxtest.Doc("US-NY", taxtest.Class("STANDARD*", "- 4")), "000000-999999"),
	}
	for i := range n {
		if i%100 == 0 {
			set = append(set, within("NY", taxtest.Doc(fmt.Sprintf("US-X-COUNTY-%d", i/100), taxtest.Class("STANDARD", "- + 3"))))
		}
		city := taxtest.WithPostalCodes(taxtest.Doc(fmt.Sprintf("US-X-%d", i), taxtest.Class("STANDARD", "- + 1.5")), fmt.Sprintf("%06d", 2*i))
		city.SharedPostalCodes = []tax.PostalRange{{From: fmt.Sprintf("%06d", 2*(i/2*2)+1)}}
		set = append(set, within(fmt.Sprintf("X-COUNTY-%d", i/100), city))
	}
	return set
}

// A state with every city of the United States is checked and loaded with work that
// grows with the number of cities, and no faster.
func TestTwentyThousandCitiesAreLinear(t *testing.T) {
	allocations := func(set []tax.Configuration) float64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		require.Empty(t, tax.ValidateCountry(set).Errors)
		runtime.ReadMemStats(&after)
		return float64(after.Mallocs - before.Mallocs)
	}
	few, many := cities(2000), cities(20000)
	allocations(few) // what is made once
	one, ten := allocations(few), allocations(many)
	t.Logf("%.0f allocations for 2,000 cities, %.0f for 20,000", one, ten)
	assert.Less(t, ten, 11*one)
	assert.Less(t, ten, 20000*12.0)

	r := taxtest.Resolver(t, many...)
	for _, c := range []struct{ postal, want string }{
		{"000000", "US-X-0 by postal code"}, {"039998", "US-X-19999 by postal code"}, {"039997", "US-X-COUNTY-199 by postal code"}, {"900000", "US-NY by postal code"},
	} {
		a, err := r.Lookup(t.Context(), tax.Lookup{Country: "US", PostalCode: c.postal, Date: taxtest.Day})
		assert.Equal(t, c.want, taxtest.Territory(a, err), c.postal)
	}
}
