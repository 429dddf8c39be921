package taxtest

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
)

// Answer returns an answer as a text, "14.975 GST+QST [GST 5, QST 9.975]". An error of
// a lookup becomes the text of its kind, without "tax: ".
func Answer(r tax.Resolution, err error) string {
	if err != nil {
		return errorText(err)
	}
	text := Percent(r.Percent()) + " " + r.Tax().Code
	if r.Treatment() != tax.Taxable {
		text += " " + r.Treatment().String()
	}
	var parts []string
	for _, c := range r.Components() {
		part := c.Code + " " + Percent(c.Percent)
		if c.Compound {
			part += " compound"
		}
		parts = append(parts, part)
	}
	if len(parts) > 0 {
		text += " [" + strings.Join(parts, ", ") + "]"
	}
	return text
}

// Territory returns the territory of an answer and how it was found, as a text:
// "DE-X-HELGOLAND by postal code, region overruled".
func Territory(r tax.Resolution, err error) string {
	if err != nil {
		return errorText(err)
	}
	e := r.Explain()
	text := e.Territory.String() + " by " + string(e.Steps[0])
	if e.RegionOverruled {
		text += ", region overruled"
	}
	return text
}

// Steps returns the class and the location of an answer and all steps to it, as a
// text: "STANDARD at ES-CN by region, default class".
func Steps(r tax.Resolution, err error) string {
	if err != nil {
		return errorText(err)
	}
	var steps []string
	for _, s := range r.Explain().Steps {
		steps = append(steps, string(s))
	}
	return r.Class() + " at " + r.Location().String() + " by " + strings.Join(steps, ", ")
}

// Percent returns a decimal with all its decimals, whatever the variables of the
// decimal library say.
func Percent(d decimal.Decimal) string { return d.StringFixed(max(0, -d.Exponent())) }

// Codes returns the codes of documents, separated by spaces.
func Codes(docs []tax.Configuration) string {
	var list []string
	for _, c := range docs {
		list = append(list, c.Location.String())
	}
	return strings.Join(list, " ")
}

// LookupErrors are the kinds of error that a lookup returns.
var LookupErrors = []error{
	tax.ErrUnknownCountry, tax.ErrUnknownRegion, tax.ErrRegionRequired, tax.ErrUnknownClass, tax.ErrNoDefaultClass,
	tax.ErrNoRate, tax.ErrUnverified, tax.ErrInvalid, tax.ErrUnavailable, tax.ErrClosed,
}

func errorText(err error) string {
	var e *tax.LookupError
	if errors.As(err, &e) {
		return strings.TrimPrefix(e.Kind.Error(), "tax: ")
	}
	return err.Error()
}

// RequireInputError requires an InputError of kind [tax.ErrInvalid] with the field, and
// returns it.
func RequireInputError(t testing.TB, err error, field string) *tax.InputError {
	t.Helper()
	var input *tax.InputError
	require.ErrorAs(t, err, &input)
	require.ErrorIs(t, err, tax.ErrInvalid)
	require.Equal(t, field, input.Field, err.Error())
	require.NotEmpty(t, input.Reason)
	require.LessOrEqual(t, len(input.Value), 64)
	require.True(t, strings.HasPrefix(err.Error(), "tax: "+field), err.Error())
	return input
}

// advice matches the verbs with which a message says what to do.
var advice = regexp.MustCompile(`(?i)\b(pass|use|name|get|give|ask|leave|choose|combine|remove|write|list|repair|fix|correct|allow|` +
	`retry|try|again|add|make|open|create|check|see|lower|keep)\b`)

// AssertAdvises checks that the message of an error has one line, names the library
// once, and says what to do.
func AssertAdvises(t *testing.T, err error) {
	t.Helper()
	text := err.Error()
	assert.True(t, strings.HasPrefix(text, "tax: "), text)
	assert.Equal(t, 1, strings.Count(text, "tax: "), text)
	assert.NotContains(t, text, "\n")
	if !advice.MatchString(text) {
		t.Errorf("the message does not say what to do: %s", text)
	}
}
