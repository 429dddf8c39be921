package compare_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/cmd/tax/internal/compare"
)

func TestPlacesWithTheSameChangeAreOneRow(t *testing.T) {
	const regions = `,{"location":{"country":"CA","region":"AB"}},{"location":{"country":"CA","region":"ON"},"postalCodes":["K*"],"exclusive":true,"taxClasses":[{"code":"A","rates":[{"from":"2010-07-01","percent":13}]}]},
		{"location":{"country":"CA","region":"QC"},"taxClasses":[{"code":"A","isDefault":true,"rates":[{"from":"2013-01-01","effect":"add","percent":"9.975"}]}]}]`
	was := documents(t, `[{"location":{"country":"CA"},"taxClasses":[{"code":"A","isDefault":true,"rates":[{"from":"2008-01-01","percent":5}]}]}`+regions)
	is := documents(t, `[{"location":{"country":"CA"},"taxClasses":[{"code":"A","isDefault":true,"rates":[{"from":"2027-01-01","percent":6},{"from":"2008-01-01","percent":5}]},{"code":"B","rates":[{"from":"2028-01-01","percent":1}]}]}`+regions)
	is[2].PostalCodes = nil
	rows, addresses, err := compare.Country(t.Context(), of(was), of(is), "CA")
	require.NoError(t, err)
	var texts []string
	for _, r := range rows {
		text := r.Class + " " + r.From.String() + " " + r.Before.String() + " " + r.After.String()
		for _, p := range r.Places {
			text += " " + p.String()
		}
		texts = append(texts, text)
	}
	assert.Equal(t, []string{
		"A 2027-01-01 5 % 6 % CA CA-AB",
		"A 2027-01-01 14.975 % 15.975 % CA-QC",
		"B 0001-01-01 unknown_class class_not_started CA CA-AB CA-QC",
		"B 2028-01-01 unknown_class 1 % CA CA-AB CA-QC",
	}, texts)
	require.Len(t, addresses, 1)
	assert.Equal(t, tax.Location{Country: "CA", Region: "ON"}, addresses[0].Location)
	assert.Equal(t, `["K*"]`, string(addresses[0].Before))
	assert.Empty(t, addresses[0].After)
}

func TestAnotherDefaultClassIsAChange(t *testing.T) {
	was := documents(t, `[{"location":{"country":"DE"},"taxClasses":[{"code":"A","isDefault":true,"rate":1},{"code":"B","rate":1}]}]`)
	is := documents(t, `[{"location":{"country":"DE"},"taxClasses":[{"code":"A","rate":1},{"code":"B","isDefault":true,"rate":1}]}]`)
	rows, addresses, err := compare.Country(t.Context(), of(was), of(is), "DE")
	require.NoError(t, err)
	assert.Empty(t, addresses)
	require.Len(t, rows, 1)
	assert.Equal(t, compare.Row{
		Places: []tax.Location{{Country: "DE"}}, Country: "DE",
		Change: compare.Change{From: tax.MustDate("0001-01-01"), Before: compare.Answer{Class: "A"}, After: compare.Answer{Class: "B"}},
	}, rows[0])
}

func TestDocumentsThatSayTheSameDifferInNothing(t *testing.T) {
	set := documents(t, before)
	other := documents(t, strings.ReplaceAll(before, "19}", `"19.0"}`))
	rows, addresses, err := compare.Country(t.Context(), of(set), of(other), "DE")
	require.NoError(t, err)
	assert.Empty(t, rows)
	assert.Empty(t, addresses)
}

func TestChangesAheadAreThoseAfterTheDay(t *testing.T) {
	set := documents(t, `[{"location":{"country":"DE"},"taxClasses":[{"code":"A","rates":[{"from":"2027-02-01","percent":19},{"from":"2027-01-01","percent":20},{"from":"2026-12-01","percent":"19.0"},{"from":"2007-01-01","percent":19}]}]},
		{"location":{"country":"DE","region":"BY"}}]`)
	ahead := func(today, last string) (days []string) {
		rows, err := compare.Ahead(t.Context(), of(set), "DE", tax.MustDate(today), tax.MustDate(last))
		require.NoError(t, err)
		for _, r := range rows {
			assert.Len(t, r.Places, 2)
			days = append(days, r.From.String()+" "+r.Before.String()+" "+r.After.String())
		}
		return days
	}
	assert.Equal(t, []string{"2027-01-01 19 % 20 %", "2027-02-01 20 % 19 %"}, ahead("2026-11-21", "2027-02-01"))
	assert.Equal(t, []string{"2027-01-01 19 % 20 %"}, ahead("2026-12-31", "2027-01-31"))
	assert.Equal(t, []string{"2027-02-01 20 % 19 %"}, ahead("2027-01-01", "2027-02-01"))
	assert.Empty(t, ahead("2026-11-21", "2026-12-31"))
}
