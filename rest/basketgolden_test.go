package rest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
	"github.com/taxresolve/tax/internal/exact"
	"github.com/taxresolve/tax/rates"
	"github.com/taxresolve/tax/rest"
	"github.com/taxresolve/tax/store"
)

// object is a JSON document as a program of another language writes it.
type object map[string]any

// golden is a block of the golden files of package basket, sent over HTTP.
type golden struct {
	place, document object
	classes         []tax.Class
	policy          basket.Policy
	lines, rows     []string
	lists           map[string][]any
	returns         []object
	refunds         []string
	sum, pay        string
	refused         string // the error that there is instead
}

// TestGoldenBasketsOverHTTP prices, refunds and verifies the golden baskets of package
// basket, whose amounts were worked out by hand.
func TestGoldenBasketsOverHTTP(t *testing.T) {
	var blocks []*golden
	for _, file := range []string{"baskets.txt", "invoices.txt"} {
		text, err := os.ReadFile("../basket/testdata/" + file)
		require.NoError(t, err)
		for block := range strings.SplitSeq(string(text), "\n\n") {
			if block = strings.TrimSpace(block); strings.HasPrefix(block, "#") {
				continue
			}
			g := &golden{document: object{}, lists: map[string][]any{}}
			for line := range strings.SplitSeq(block, "\n") {
				g.read(t, line)
			}
			blocks = append(blocks, g)
		}
	}
	require.GreaterOrEqual(t, len(blocks), 155, "baskets were lost")
	// Each block is a tenant, with its classes in a country without rates of its own.
	source := tax.SourceFunc(func(ctx context.Context, key tax.Key) ([]tax.Configuration, error) {
		var i int
		if key.Country != "AQ" {
			return rates.World().Configurations(ctx, tax.Key{Country: key.Country})
		}
		_, err := fmt.Sscanf(key.Tenant, "block%d", &i)
		return []tax.Configuration{{Location: tax.Location{Country: "AQ"}, Tax: tax.Tax{Code: "VAT"}, Classes: blocks[i].classes}}, err
	})
	r, err := tax.NewResolver(source, nil)
	require.NoError(t, err)
	defer r.Close()
	permit := func(*http.Request, string, string) error { return nil }
	h, err := rest.NewTax(store.NewMemory(nil), r, &rest.TaxOptions{Options: rest.Options{Authorize: permit}})
	require.NoError(t, err)
	for i, g := range blocks {
		g.check(t, &server{Handler: recorded(h)}, fmt.Sprintf("/v1/block%d/baskets/", i))
	}
}

func (g *golden) read(t *testing.T, line string) {
	left, right, _ := strings.Cut(line, "=")
	if strings.HasPrefix(line, "rate ") || strings.HasPrefix(line, "why ") || strings.HasPrefix(line, "refused ") {
		left, right = line, ""
	}
	words, want := strings.Fields(left), strings.Join(strings.Fields(right), " ")
	last := words[len(words)-1]
	add := func(list string, o object) { g.lists[list] = append(g.lists[list], o) }
	switch words[0] {
	case "place":
		g.place = object{"country": words[1], "date": last}
		if len(words) == 4 {
			g.place["region"] = words[2]
		}
	case "rate":
		g.classes = append(g.classes, goldenClass(t, words[1], words[2:], len(g.classes) == 0))
	case "policy":
		g.policy = goldenPolicy(t, words[1:])
	case "line":
		add("lines", goldenLine(words[1:]))
		g.lines = append(g.lines, want)
	case "repeat":
		lines := g.lists["lines"]
		for range exactOf(t, words[1]).IntPart() - 1 {
			g.lists["lines"] = append(g.lists["lines"], lines[len(lines)-1])
			g.lines = append(g.lines, g.lines[len(g.lines)-1])
		}
	case "discount":
		add("discounts", goldenDiscount(words))
	case "charge":
		o := object{"id": words[1], "amount": words[2], "includesTax": words[3] == "gross", "spread": spreads[words[4]], "allowance": last == "allowance"}
		if words[4] == "class" {
			o["class"] = words[5]
		}
		add("charges", o)
	case "row":
		g.rows = append(g.rows, want)
	case "prepaid":
		g.document["prepaid"] = words[1]
	case "withheld":
		add("withheld", object{"id": words[1], "percent": words[2]})
	case "accounting":
		g.document["accounting"] = object{"currency": words[1], "rate": words[2]}
	case "sum":
		g.sum = want
	case "pay":
		g.pay = want
	case "refused":
		g.refused = strings.Join(words[1:], " ")
	case "refund":
		g.returns = append(g.returns, g.goldenReturn(t, words[1:]))
		g.refunds = append(g.refunds, want)
	}
}

var spreads = map[string]string{"pro-rata": "proRata", "dominant-rate": "dominantRate", "highest-rate": "highestRate", "class": "fixedClass"}

func exactOf(t *testing.T, text string) decimal.Decimal {
	d, reason := exact.Parse(text)
	require.Empty(t, reason, text)
	return d
}

func goldenClass(t *testing.T, code string, words []string, first bool) tax.Class {
	c, r := tax.Class{Code: code, Default: first}, tax.Rate{Percent: exactOf(t, words[0])}
	for _, word := range words[1:] {
		name, value, _ := strings.Cut(word, "=")
		part, percent, isPart := strings.Cut(word, ":")
		switch {
		case word == "gross":
			r.OfGross = true
		case name == "alias":
			c.Aliases = []string{value}
		case name == "tax":
			r.Tax.Code = value
		case isPart:
			percent, compound := strings.CutSuffix(percent, "c")
			r.Components = append(r.Components, tax.Component{Code: part, Percent: exactOf(t, percent), Compound: compound})
		default:
			require.NoError(t, r.Treatment.UnmarshalText([]byte(word)))
		}
	}
	c.Rates = []tax.Rate{r}
	return c
}

func goldenPolicy(t *testing.T, words []string) (p basket.Policy) {
	var err error
	rest := words[2:]
	switch words[0] {
	case "FineLines":
		p, err = basket.FineLines(words[1], int(exactOf(t, words[2]).IntPart()))
		rest = words[3:]
	case "EN16931":
		p, err = basket.EN16931(words[1])
	case "RunningTotalPolicy":
		p, err = basket.RunningTotalPolicy(words[1])
	case "LinePolicy":
		p, err = basket.LinePolicy(words[1])
	case "DocumentPolicy":
		p, err = basket.DocumentPolicy(words[1])
	default:
		var mode tax.Mode
		require.NoError(t, mode.UnmarshalText([]byte(words[1])))
		p.Rounding, rest = tax.RoundTo(int(exactOf(t, words[2]).IntPart()), mode), words[3:]
		err = p.Level.UnmarshalText([]byte(words[0]))
	}
	require.NoError(t, err)
	for i, word := range rest {
		switch word {
		case "net-first":
			p.Rounding = p.Rounding.WithNetFirst(true)
		case "each":
			p.EachComponent = true
		case "reduced":
			p.RoundReduced = true
		case "round-gross":
			p.RoundGross = true
		case "tax-step":
			p.TaxStep, err = p.Rounding.Minor(exactOf(t, rest[i+1]))
		case "cash":
			p.Cash.Step, err = p.Rounding.Minor(exactOf(t, rest[i+1]))
			require.NoError(t, p.Cash.Mode.UnmarshalText([]byte(rest[i+2])))
		}
		require.NoError(t, err)
	}
	return p
}

func off(text string) object {
	if percent, ok := strings.CutSuffix(text, "%"); ok {
		return object{"percent": percent}
	}
	return object{"amount": text}
}

func goldenDiscount(words []string) object {
	o, rest := off(words[1]), words[3:]
	if o["spread"] = spreads[words[2]]; words[2] == "class" {
		o["class"], rest = words[3], words[4:]
	}
	for _, word := range rest {
		name, value, _ := strings.Cut(word, ":")
		switch name {
		case "only", "except":
			o[name] = strings.Split(value, ",")
		case "with-tax":
			o["amountTax"] = "withTax"
		default:
			o[map[string]string{"charges": "charges", "at-most": "atMost", "after-tax": "afterTax", "optional": "optional"}[name]] = true
		}
	}
	return o
}

func goldenLine(words []string) object {
	special := object{}
	o := object{"class": strings.Trim(words[0], "-"), "quantity": words[1], "priceIsTotal": words[2] == "for", "price": words[3], "includesTax": words[4] == "gross"}
	var discounts, charges []object
	for i := 5; i < len(words); i += 2 {
		switch value := words[i+1]; words[i] {
		case "id", "per":
			o[words[i]] = value
		case "off":
			discounts = append(discounts, off(value))
		case "plus":
			charges = append(charges, object{"amount": value})
		case "each-off":
			d := off(value)
			d["eachUnit"] = true
			discounts = append(discounts, d)
		case "as":
			o["assertion"] = object{"treatment": value}
		default:
			goldenTaxation(special, words[i], value)
		}
	}
	o["discounts"], o["charges"] = discounts, charges
	if len(special) > 0 {
		o["tax"] = special
	}
	return o
}

func goldenTaxation(special object, word, value string) {
	switch word {
	case "keep":
		special["keepGross"] = value == "gross"
	case "inside":
		if special["included"] = (object{"class": value}); value == "LEVY" {
			delete(special, "included")
			special["includedComponents"] = []string{value}
		}
	case "exempt":
		special["exemption"] = object{"components": strings.Split(value, ",")}
	case "base", "less", "less-percent", "up-to":
		special["base"] = object{map[string]string{"base": "amount", "less": "less", "less-percent": "lessPercent", "up-to": "upTo"}[word]: value}
	case "borne":
		special["sellerBears"] = true
	case "at":
		country, day, _ := strings.Cut(value, ":")
		special["place"] = object{"country": country, "date": day}
	case "by-price":
		var rule []object
		for step := range strings.SplitSeq(value, ",") {
			class, upTo, limited := strings.Cut(step, ":")
			if rule = append(rule, object{"class": class}); limited {
				rule[len(rule)-1]["upTo"] = upTo
			}
		}
		special["classByPrice"] = rule
	}
}

func (g *golden) goldenReturn(t *testing.T, words []string) object {
	o := object{}
	if words[0] != "everything" {
		o["id"] = words[0]
	}
	minor := func(name, text string) {
		n, err := g.policy.Rounding.Minor(exactOf(t, text))
		require.NoError(t, err)
		o[name] = n
	}
	switch words[1] {
	case "all":
		o["all"] = true
	case "quantity":
		if o["quantity"] = words[2]; len(words) > 3 {
			minor("amount", words[4])
		}
	case "tax-only":
		o["taxOnly"] = true
	default:
		minor(words[1], words[2])
	}
	return o
}

// check sends the block, and compares the answers with what was worked out.
func (g *golden) check(t *testing.T, s *server, path string) {
	ask := func(operation string, body any) (int, []byte) {
		data, err := json.Marshal(body)
		require.NoError(t, err)
		w := s.ask("POST", path+operation, readToken, string(data))
		return w.Code, w.Body.Bytes()
	}
	send := func(operation string, body, into any) {
		status, answer := ask(operation, body)
		require.Equal(t, 200, status, "%s: %s", body, answer)
		require.NoError(t, json.Unmarshal(answer, into))
	}
	refused := func(operation string, body any, reason string) {
		status, answer := ask(operation, body)
		var fault struct {
			Error struct{ Code, Message, Field string }
		}
		require.NoError(t, json.Unmarshal(answer, &fault))
		assert.NotEmpty(t, fault.Error.Code)
		assert.NotEmpty(t, fault.Error.Field)
		reason = strings.TrimPrefix(reason, "tax: ")
		if status == http.StatusUnprocessableEntity { // a place or a class without a rate
			assert.True(t, strings.HasPrefix(reason, fault.Error.Field+": "+fault.Error.Message), "%s: %s", reason, answer)
			return
		}
		assert.Equal(t, http.StatusBadRequest, status, "%s", answer)
		assert.Equal(t, reason, fault.Error.Message)
	}
	for name, list := range g.lists {
		g.document[name] = list
	}
	if g.place == nil {
		g.place = object{"country": "AQ", "date": "2026-11-22"}
	}
	question := object{"place": g.place, "policy": g.policy, "basket": g.document}
	if g.refused != "" {
		refused("price", question, g.refused)
		return
	}
	var sale json.RawMessage
	send("price", question, &sale)
	var r basket.Result
	require.NoError(t, json.Unmarshal(sale, &r))
	for i, want := range g.lines {
		assert.Equal(t, want, g.text(r.Lines[i].Sum), "line %d", i+1)
	}
	require.Len(t, r.Totals, len(g.rows))
	for i, want := range g.rows {
		got := g.text(r.Totals[i].Sum)
		if rounding := r.Totals[i].Rounding; rounding != (basket.Sum{}) {
			got += " rounding " + g.text(rounding)
		}
		for _, c := range r.Totals[i].Components {
			got += " " + c.Code + " " + g.amount(c.Amount)
		}
		assert.Equal(t, want, got, "row %d", i+1)
	}
	assert.Equal(t, g.sum, g.text(r.Total))
	if g.pay != "" {
		assert.Equal(t, g.pay, g.amount(r.Payable))
	}
	notes := []json.RawMessage{}
	for i, want := range g.refunds {
		back := object{"sale": sale, "notes": notes, "returns": []object{g.returns[i]}}
		if reason, ok := strings.CutPrefix(want, "refused "); ok {
			refused("refund", back, reason)
			continue
		}
		var data json.RawMessage
		send("refund", back, &data)
		var note basket.CreditNote
		require.NoError(t, json.Unmarshal(data, &note))
		got := g.text(note.Total)
		if strings.Contains(want, "pay") {
			got += " pay " + g.amount(note.Payable)
		}
		assert.Equal(t, want, got, "refund %d", i+1)
		notes = append(notes, data)
	}
	var found struct{ Violations []basket.Violation }
	send("verify", object{"sale": sale, "notes": notes}, &found)
	assert.Empty(t, found.Violations)
}

func (g *golden) amount(minor int64) string {
	scale := g.policy.Rounding.Scale()
	return decimal.New(minor, -scale).StringFixed(scale)
}

func (g *golden) text(s basket.Sum) string {
	return g.amount(s.Net) + " " + g.amount(s.Tax) + " " + g.amount(s.Gross)
}
