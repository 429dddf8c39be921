package compare_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/cmd/tax/internal/compare"
)

// documents reads the configurations in a text.
func documents(t *testing.T, text string) []tax.Configuration {
	t.Helper()
	var set []tax.Configuration
	require.NoError(t, json.Unmarshal([]byte(text), &set))
	return set
}

func resolver(t *testing.T, source tax.SourceFunc) *tax.Resolver {
	t.Helper()
	r, err := tax.NewResolver(source, nil)
	require.NoError(t, err)
	t.Cleanup(r.Close)
	return r
}

func of(set []tax.Configuration) tax.SourceFunc {
	return func(context.Context, tax.Key) ([]tax.Configuration, error) { return set, nil }
}

const (
	before = `[{"location":{"country":"DE"},"taxClasses":[{"code":"A","rates":[{"from":"2021-01-01","percent":19},{"from":"2020-07-01","percent":16},{"from":"2007-01-01","percent":19}]}]}]`
	after  = `[{"location":{"country":"DE"},"taxClasses":[{"code":"A","rates":[{"from":"2030-01-01","percent":19},{"from":"2027-01-01","percent":20},{"from":"2007-01-01","percent":19}]}]}]`
)

func TestChangesAreTheDaysOnWhichAnswersDiffer(t *testing.T) {
	was, is := documents(t, before), documents(t, after)
	days := compare.Days(was, is)
	changes, err := compare.Changes(t.Context(), resolver(t, of(was)), resolver(t, of(is)), tax.Lookup{Country: "DE", Class: "A"}, days)
	require.NoError(t, err)
	var texts []string
	for _, c := range changes {
		texts = append(texts, c.Before.String()+" "+c.After.String()+" "+c.From.String()+" "+c.Until.String())
	}
	assert.Equal(t, []string{"16 % 19 % 2020-07-01 2021-01-01", "19 % 20 % 2027-01-01 2030-01-01"}, texts)
	changes, err = compare.Changes(t.Context(), resolver(t, of(was)), resolver(t, of(is)), tax.Lookup{Country: "DE", Class: "B"}, days)
	require.NoError(t, err)
	assert.Empty(t, changes, "no answer is not another one")
}

func TestAChangeWithoutAnEndHasNone(t *testing.T) {
	was, is := documents(t, before), documents(t, `[{"location":{"country":"DE"},"taxClasses":[{"code":"A","rates":[{"from":"2021-01-01","percent":0,"treatment":"exempt"},{"from":"2020-07-01","percent":16},{"from":"2007-01-01","percent":19}]}]}]`)
	changes, err := compare.Changes(t.Context(), resolver(t, of(was)), resolver(t, of(is)), tax.Lookup{Country: "DE", Class: "A"}, compare.Days(was, is))
	require.NoError(t, err)
	require.Len(t, changes, 1)
	assert.True(t, changes[0].Until.IsZero())
	assert.Equal(t, "exempt", changes[0].After.String())
	assert.True(t, changes[0].After.Known())
}

func TestAFailingSourceIsNoAnswer(t *testing.T) {
	failing := resolver(t, func(context.Context, tax.Key) ([]tax.Configuration, error) { return nil, errors.New("down") })
	_, err := compare.Ask(t.Context(), failing, tax.Lookup{Country: "DE"})
	assert.ErrorIs(t, err, tax.ErrUnavailable)
	_, err = compare.Changes(t.Context(), failing, failing, tax.Lookup{Country: "DE"}, compare.Days())
	assert.ErrorIs(t, err, tax.ErrUnavailable)
}

func TestAnswersSayWhatIsCharged(t *testing.T) {
	r := resolver(t, of(documents(t, `[{"location":{"country":"BR"},"taxClasses":[
		{"code":"GROSS","rates":[{"percent":9,"ofGross":true}]},
		{"code":"PARTS","rates":[{"percent":"15.5","components":[{"code":"A","percent":10},{"code":"B","percent":5,"compound":true}]}]}]}]`)))
	gross, err := compare.Ask(t.Context(), r, tax.Lookup{Country: "BR", Class: "GROSS"})
	require.NoError(t, err)
	assert.Equal(t, "9 % of gross", gross.String())
	parts, err := compare.Ask(t.Context(), r, tax.Lookup{Country: "BR", Class: "PARTS"})
	require.NoError(t, err)
	assert.Equal(t, "10 % A + 5 % B compound", parts.Components)
	missing, err := compare.Ask(t.Context(), r, tax.Lookup{Country: "BR", Class: "NONE"})
	require.NoError(t, err)
	assert.Equal(t, "unknown_class", missing.String())
	assert.False(t, missing.Known())
}

func TestDaysClassesAndLocationsOfDocuments(t *testing.T) {
	set := documents(t, `[{"location":{"country":"DE","region":"BY"},"taxClasses":[{"code":"B","rates":[{"from":"2021-01-01","percent":1}]},{"code":"A","rate":3}]},
		{"location":{"country":"DE"},"taxClasses":[{"code":"A","rates":[{"from":"2021-01-01","percent":1},{"from":"2020-01-01","percent":1}]}]}]`)
	assert.Equal(t, []tax.Date{tax.MustDate("0001-01-01"), tax.MustDate("2020-01-01"), tax.MustDate("2021-01-01")}, compare.Days(set, set))
	assert.Equal(t, []string{"A", "B"}, compare.Classes(set))
	assert.Equal(t, []tax.Location{{Country: "DE"}, {Country: "DE", Region: "BY"}}, compare.Locations(set, set))
}

func TestATimelineHasEachAnswerOnce(t *testing.T) {
	set := documents(t, before)
	spans, err := compare.Timeline(t.Context(), resolver(t, of(set)), tax.Lookup{Country: "DE", Class: "A"}, append(compare.Days(set), tax.MustDate("2022-01-01")))
	require.NoError(t, err)
	var texts []string
	for _, s := range spans {
		texts = append(texts, s.Answer.String()+" "+s.From.String()+" "+s.Until.String())
	}
	assert.Equal(t, []string{
		"class_not_started 0001-01-01 2007-01-01", "19 % 2007-01-01 2020-07-01", "16 % 2020-07-01 2021-01-01", "19 % 2021-01-01 " + tax.Date{}.String(),
	}, texts)
}
