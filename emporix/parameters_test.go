package emporix_test

import (
	"context"
	"encoding/json"
	"math"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/emporix"
)

// europe has the configurations that testdata/parameters.txt describes.
func europe(t testing.TB, opts emporix.ServiceOptions) *shop {
	s := newShop(t, opts)
	class := func(code, percent string, name ...string) tax.Class {
		return tax.Class{Code: code, Name: text(name...), Rates: []tax.Rate{replace("2000-01-01", percent)}}
	}
	ended := class("OLD", "16", "en", "Old")
	ended.Rates = append([]tax.Rate{{From: tax.MustDate("2020-01-01"), Effect: tax.End}}, ended.Rates...)
	later := class("NEW", "5", "en", "New")
	later.Rates[0].From = tax.MustDate("2030-01-01")
	free := class("FREE", "0", "en", "Free")
	free.Rates[0].Treatment = tax.Exempt
	books := class("REDUCED", "7", "de", "Ermäßigt", "en", "Reduced")
	books.Description = text("de", "Bücher", "en", "Books")
	for country, classes := range map[string][]tax.Class{
		"PL": {class("STANDARD", "23", "en", "Standard", "pl", "Podstawowa"), later},
		"FR": {class("STANDARD", "20", "fr", "Normal", "en", "Standard"), class("REDUCED", "5.50", "fr", "Réduit", "en", "Reduced rate"),
			class("MIDDLE", "10", "fr", "Intermédiaire")},
		"DE": {class("STANDARD", "19", "de", "Normalsatz", "en", "Standard"), books, ended},
		"CH": {class("STANDARD", "8.1", "de-CH", "Normalsatz", "it", "Normale")},
		"AT": {class("STANDARD", "20", "de", "Normalsatz"), class("REDUCED", "10", "de", "Ermäßigt"), free},
	} {
		s.put(t, tax.Configuration{Location: tax.Location{Country: country}, Classes: classes})
	}
	return s
}

// codesOf returns the location codes of a list.
func codesOf(t testing.TB, body []byte) string {
	t.Helper()
	var documents []struct{ LocationCode string }
	require.NoError(t, json.Unmarshal(body, &documents), "%s", body)
	if len(documents) == 0 {
		return "-"
	}
	var codes []string
	for _, d := range documents {
		codes = append(codes, d.LocationCode)
	}
	return strings.Join(codes, " ")
}

func TestParametersFindOrAreRefused(t *testing.T) {
	s := europe(t, emporix.ServiceOptions{})
	count := 0
	casesOf(t, "testdata/parameters.txt", 3, func(line int, f []string) {
		count++
		parameters, err := url.ParseQuery(f[0])
		require.NoError(t, err, "line %d", line)
		list, err := s.List(context.Background(), tenant, parameters, f[1], true)
		if refused, ok := strings.CutPrefix(f[2], "!"); ok {
			assert.Equal(t, refused, fieldOf(err), "line %d: %s: %v", line, f[0], err)
			assert.Equal(t, 400, emporix.ErrorFor(err).Code)
			return
		}
		if assert.NoError(t, err, "line %d: %s", line, f[0]) {
			assert.Equal(t, f[2], codesOf(t, list.Body), "line %d: %s", line, f[0])
		}
	})
	require.GreaterOrEqual(t, count, 125, "lines were lost")
}

func TestPagesHaveADefaultAndALargestSize(t *testing.T) {
	ctx := context.Background()
	s := newShop(t, emporix.ServiceOptions{})
	codes := strings.Fields("AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ")
	for _, code := range codes {
		s.put(t, tax.Configuration{Location: tax.Location{Country: code}})
	}
	list, err := s.List(ctx, tenant, nil, "", true)
	require.NoError(t, err)
	assert.Equal(t, strings.Join(codes[:60], " "), codesOf(t, list.Body))
	assert.Equal(t, len(codes), list.Total)
	list, err = s.List(ctx, tenant, url.Values{"cursor": {list.Next}}, "", false)
	require.NoError(t, err)
	assert.Equal(t, strings.Join(codes[60:], " "), codesOf(t, list.Body))
	assert.Zero(t, list.Total, "not requested")
	assert.Empty(t, list.Next)

	small, err := emporix.NewService(s.store, &emporix.ServiceOptions{MaxPageSize: 3})
	require.NoError(t, err)
	list, err = small.List(ctx, tenant, nil, "", false)
	require.NoError(t, err)
	assert.Equal(t, "AD AE AF", codesOf(t, list.Body))
	_, err = small.List(ctx, tenant, url.Values{"pageSize": {"4"}}, "", false)
	assert.Equal(t, "pageSize", fieldOf(err))
}

func TestPagesAtTheLargestPositionAreAnswered(t *testing.T) {
	s := europe(t, emporix.ServiceOptions{MaxPageSize: math.MaxInt})
	most := strconv.Itoa(math.MaxInt)
	for _, sort := range []string{"", "countryCode", "rate:desc,name.en"} {
		for _, c := range []struct{ size, number, want string }{
			{most, "", "AT CH DE FR PL"}, {most, "1", "AT CH DE FR PL"}, {"2147483647", "1", "AT CH DE FR PL"},
			{"1", "2147483647", "-"}, {"2", "1073741823", "-"},
		} {
			q := url.Values{"pageSize": {c.size}}
			if c.number != "" {
				q.Set("pageNumber", c.number)
			}
			if sort != "" {
				q.Set("sort", sort)
			}
			list, err := s.List(context.Background(), tenant, q, "", true)
			require.NoError(t, err, "%v", q)
			assert.Len(t, strings.Fields(codesOf(t, list.Body)), len(strings.Fields(c.want)), "%v", q)
			assert.Equal(t, 5, list.Total)
			assert.Empty(t, list.Next)
			if sort != "rate:desc,name.en" {
				assert.Equal(t, c.want, codesOf(t, list.Body), "%v", q)
			}
		}
	}
}

func TestACursorGoesOnWhereThePageEnded(t *testing.T) {
	ctx := context.Background()
	s := europe(t, emporix.ServiceOptions{})
	first, err := s.List(ctx, tenant, url.Values{"pageSize": {"2"}, "sort": {"countryCode:desc"}}, "", false)
	require.NoError(t, err)
	assert.Equal(t, "PL FR", codesOf(t, first.Body))
	s.put(t, tax.Configuration{Location: tax.Location{Country: "SE"}}) // sorts before the next page
	require.NoError(t, s.Delete(ctx, tenant, "FR"))
	next := url.Values{"pageSize": {"3"}, "sort": {"countryCode:desc"}, "cursor": {first.Next}}
	list, err := s.List(ctx, tenant, next, "", false)
	require.NoError(t, err)
	assert.Equal(t, "DE CH AT", codesOf(t, list.Body))
	assert.Empty(t, list.Next)

	next.Set("sort", "countryCode")
	_, err = s.List(ctx, tenant, next, "", false)
	assert.Equal(t, "cursor", fieldOf(err), "of another order")
	_, err = s.On(tax.MustDate("2020-01-01")).List(ctx, tenant, url.Values{"sort": {"countryCode:desc"}, "cursor": {first.Next}}, "", false)
	assert.Equal(t, "cursor", fieldOf(err), "of another day")
	_, err = s.List(ctx, tenant, url.Values{"sort": {"countryCode:desc"}, "cursor": {first.Next}, "pageSize": {"2"}, "pageNumber": {"1"}}, "", false)
	assert.Equal(t, "pageNumber", fieldOf(err))
	_, err = s.List(ctx, tenant, url.Values{"rate": nil}, "", false)
	assert.Equal(t, "rate", fieldOf(err))
}

func TestFiltersAreThoseOfTheDay(t *testing.T) {
	s := europe(t, emporix.ServiceOptions{})
	for query, want := range map[string]string{"rate=16": "DE", "name=Old": "DE", "taxClassCode=OLD": "DE", "taxClassCode=NEW": "-", "rate=5": "-"} {
		parameters, err := url.ParseQuery(query)
		require.NoError(t, err)
		list, err := s.On(tax.MustDate("2019-12-31")).List(context.Background(), tenant, parameters, "", false)
		require.NoError(t, err)
		assert.Equal(t, want, codesOf(t, list.Body), query)
	}
}

func TestFiltersOfRegionsAreByTheirOwnEntries(t *testing.T) {
	s := canada(t, emporix.ServiceOptions{Regions: true})
	for query, want := range map[string]string{
		"countryCode=CAN": "CA CA-QC CA-X-BASE", "taxClassCode=STANDARD": "CA CA-QC", "rate=9.975": "CA-QC", "rate=14.975": "-", "rate=5": "CA",
	} {
		parameters, err := url.ParseQuery(query)
		require.NoError(t, err)
		list, err := s.List(context.Background(), tenant, parameters, "", false)
		require.NoError(t, err)
		assert.Equal(t, want, codesOf(t, list.Body), query)
	}
}
