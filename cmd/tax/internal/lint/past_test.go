package lint_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/cmd/tax/internal/document"
	"github.com/taxresolve/tax/cmd/tax/internal/lint"
)

// germany is a document of DE with the rates of STANDARD.
func germany(rates string) string {
	return `{"location":{"country":"DE"},"taxClasses":[{"code":"STANDARD","rates":[` + rates + `]}]}`
}

// answered returns the state that a document made from a day on; without one, that of the
// embedded rates alone, and nothing that is known for "?".
func answered(t *testing.T, from, text string) lint.State {
	t.Helper()
	state := lint.State{From: tax.MustDate(from), Source: embedded}
	switch text {
	case "":
	case "?":
		state.Source = nil
	default:
		var c tax.Configuration
		require.NoError(t, json.Unmarshal([]byte(text), &c))
		state.Source = tax.Overlay(embedded, tax.SourceFunc(func(context.Context, tax.Key) ([]tax.Configuration, error) {
			return []tax.Configuration{c}, nil
		}))
	}
	return state
}

func history(states ...lint.State) *lint.History {
	return &lint.History{File: "store", Countries: []string{"DE"}, States: func(context.Context, string) ([]lint.State, error) { return states, nil }}
}

// What was answered decides, not what the embedded rates would have answered.
func TestDaysThatWereAnsweredAreComparedWithTheirAnswers(t *testing.T) {
	const january, march = `{"from":"2026-02-01","percent":21}`, `{"from":"2026-02-01","percent":22}`
	for name, c := range map[string]struct {
		now    string
		states []lint.State
		want   string // "" for no finding
	}{
		"a rate that was changed later": {germany(march), []lint.State{
			answered(t, "0001-01-01", ""), answered(t, "2026-01-10", germany(january)), answered(t, "2026-03-10", germany(march)),
		}, "22 % in place of 21 % from 2026-02-01 until 2026-03-10"},
		"a rate that was there all the time": {germany(january), []lint.State{
			answered(t, "0001-01-01", ""), answered(t, "2026-01-10", germany(january)), answered(t, "2026-03-10", germany(january)),
		}, ""},
		"a rate that came too late": {germany(january), []lint.State{
			answered(t, "0001-01-01", ""), answered(t, "2026-02-15", germany(january)),
		}, "21 % in place of 19 % from 2026-02-01 until 2026-02-15"},
		"two versions before the day of the rate": {germany(march), []lint.State{
			answered(t, "0001-01-01", ""), answered(t, "2026-01-10", germany(january)), answered(t, "2026-01-20", germany(march)),
		}, ""},
		"the same difference in two states": {germany(march), []lint.State{
			answered(t, "0001-01-01", ""), answered(t, "2026-01-10", germany(january)), answered(t, "2026-02-10", germany(january)),
		}, "22 % in place of 21 % from 2026-02-01 until 2026-11-21"},
		"a day of which nobody knows": {germany(march), []lint.State{
			answered(t, "0001-01-01", "?"), answered(t, "2026-03-10", germany(march)),
		}, ""},
		"an entry that was removed": {germany(`{"from":"2027-01-01","percent":20}`), []lint.State{
			answered(t, "0001-01-01", ""), answered(t, "2026-01-10", germany(january)),
		}, "19 % in place of 21 % from 2026-02-01 until 2026-11-21"},
		"a class that was there": {`{"location":{"country":"DE"}}`, []lint.State{
			answered(t, "0001-01-01", ""), answered(t, "2026-01-10", `{"location":{"country":"DE"},"taxClasses":[{"code":"NEW","rates":[{"from":"2026-02-01","percent":3}]}]}`),
		}, "class NEW changes days before 2026-11-21, which were answered already: no answer (unknown_class) from 2026-02-01 until 2026-11-21"},
		"what begins after today": {germany(`{"from":"2026-11-21","percent":22}`), []lint.State{answered(t, "0001-01-01", "")}, ""},
	} {
		var past []lint.Finding
		for _, f := range check(t, c.now, lint.Options{History: history(c.states...)}) {
			if f.Rule == "past_rewritten" {
				past = append(past, f)
			}
		}
		if c.want == "" {
			assert.Empty(t, past, name)
			continue
		}
		require.Len(t, past, 1, name)
		assert.Contains(t, past[0].Message, c.want, name)
		assert.Equal(t, "a.json:1", past[0].File+":"+string(rune('0'+past[0].Line)), name)
	}
}

// A document that was deleted has no line, but its days were answered.
func TestDocumentsThatWereDeletedAreComparedToo(t *testing.T) {
	states := []lint.State{answered(t, "2026-01-10", germany(`{"from":"2026-02-01","percent":21}`)), answered(t, "2026-03-10", "")}
	for _, documents := range [][]*document.Document{nil, {{Configuration: tax.Configuration{Location: tax.Location{Country: "CA"}}}}} {
		h := history(states...)
		h.States = func(_ context.Context, country string) ([]lint.State, error) {
			if country != "DE" {
				return nil, nil
			}
			return states, nil
		}
		list, err := lint.Check(t.Context(), documents, nil, lint.Options{Embedded: embedded, Today: today, History: h})
		require.NoError(t, err)
		require.Len(t, list, 1)
		assert.Equal(t, "past_rewritten", list[0].Rule)
		assert.Equal(t, "store: warning: DE: class STANDARD changes days before 2026-11-21, which were answered already: 19 % in place of 21 % from 2026-02-01 until 2026-03-10 [past_rewritten]", list[0].String())
	}
	broken := errors.New("cannot be reached")
	_, err := lint.Check(t.Context(), nil, nil, lint.Options{Embedded: embedded, Today: today, History: &lint.History{Countries: []string{"DE"},
		States: func(context.Context, string) ([]lint.State, error) { return nil, broken }}})
	assert.ErrorIs(t, err, broken)
}
