package tax_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/testfile"
	"github.com/taxresolve/tax/rates"
)

// TestGoldenCasesOfTheWorldRates runs every line of testdata/resolve.txt. The
// lines were written from the sources; their form is described in the file.
func TestGoldenCasesOfTheWorldRates(t *testing.T) {
	r, err := tax.NewResolver(rates.World(), nil)
	require.NoError(t, err)
	defer r.Close()
	strict, err := tax.NewResolver(rates.World(), &tax.Options{Refuse: tax.RefuseDisputed | tax.RefuseSingle | tax.RefuseUndated})
	require.NoError(t, err)
	defer strict.Close()

	cases, failures := 0, 0
	for n, text := range testfile.Lines(t, "testdata/resolve.txt") {
		cases++
		c, err := parseGolden(text)
		require.NoErrorf(t, err, "line %d: %s", n, text)
		asked := r
		if c.strict {
			asked = strict
		}
		if got := c.run(asked); got != "" {
			failures++
			t.Errorf("line %d: %s\n\tgot %s", n, strings.Join(strings.Fields(text), " "), got)
			if failures == 50 {
				t.Fatal("50 lines failed: the others were not run")
			}
		}
	}
	require.GreaterOrEqual(t, cases, 1990, "lines were lost")
}

// golden is one line: a lookup and what it must answer.
type golden struct {
	lookup  tax.Lookup
	kind    error
	strict  bool // refuse weak evidence
	input   bool // the error is an InputError about the postal code
	want    string
	details map[string]string
}

var goldenErrors = map[string]error{
	"unknown-country":  tax.ErrUnknownCountry,
	"unknown-region":   tax.ErrUnknownRegion,
	"region-required":  tax.ErrRegionRequired,
	"unknown-class":    tax.ErrUnknownClass,
	"no-default-class": tax.ErrNoDefaultClass,
	"no-rate":          tax.ErrNoRate,
	"unverified":       tax.ErrUnverified,
	"input":            tax.ErrInvalid,
}

func parseGolden(line string) (c golden, err error) {
	question, answer, ok := strings.Cut(line, "->")
	if !ok {
		return c, errors.New("no arrow")
	}
	q, a := strings.Fields(question), strings.Fields(answer)
	switch q[0] {
	case "fallback":
		c.lookup.FallbackToDefault = true
		q = q[1:]
	case "strict":
		c.strict = true
		q = q[1:]
	}
	if len(q) != 5 {
		return c, errors.New("not five fields before the arrow")
	}
	field := func(s string) string {
		if s == "-" || s == `""` {
			return ""
		}
		return s
	}
	c.lookup.Country, c.lookup.Region, c.lookup.Class = field(q[0]), field(q[1]), field(q[3])
	c.lookup.PostalCode = strings.ReplaceAll(field(q[2]), "_", " ")
	if c.lookup.Date, err = tax.ParseDate(q[4]); err != nil {
		return c, err
	}
	if a[0] == "error" {
		c.kind, ok = goldenErrors[a[1]]
		c.input = a[1] == "input"
		if !ok || len(a) != 2 {
			return c, errors.New("unknown error name")
		}
		return c, nil
	}
	if len(a) < 5 {
		return c, errors.New("fewer than five fields after the arrow")
	}
	c.want = strings.Join(a[:5], " ")
	c.details = make(map[string]string)
	for _, d := range a[5:] {
		name, value, ok := strings.Cut(d, "=")
		if !ok {
			return c, fmt.Errorf("detail %q", d)
		}
		c.details[name] = value
	}
	return c, nil
}

// run returns what is wrong with the resolver's answer, or "".
func (c golden) run(r *tax.Resolver) string {
	got, err := r.Lookup(context.Background(), c.lookup)
	if c.kind != nil {
		var input *tax.InputError
		switch {
		case !errors.Is(err, c.kind):
			return fmt.Sprintf("%v %s", err, answer(got))
		case c.input && !errors.As(err, &input):
			return "no InputError: " + err.Error()
		}
		return ""
	}
	if err != nil {
		return err.Error()
	}
	if answer(got) != c.want {
		return answer(got)
	}
	e := got.Explain()
	for name, want := range c.details {
		var is string
		switch name {
		case "class":
			is = got.Class()
		case "since":
			is = got.Since().String()
		case "until":
			is = got.Until().String()
		case "status":
			is = e.Status.String()
		case "flag":
			if e.RegionOverruled {
				is = "postal-over-region"
			}
		case "components":
			var parts []string
			for _, p := range e.Components {
				part := p.Code + ":" + p.Percent
				if p.Compound {
					part += ":compound"
				}
				parts = append(parts, part)
			}
			is = strings.Join(parts, ",")
		default:
			return "unknown detail " + name
		}
		if is != want {
			return name + "=" + is
		}
	}
	if c.details["flag"] == "" && e.RegionOverruled {
		return "a region overruled by the postal code"
	}
	return ""
}

func answer(r tax.Resolution) string {
	if r == (tax.Resolution{}) {
		return ""
	}
	e := r.Explain()
	step := strings.ReplaceAll(string(e.Steps[0]), " ", "-")
	return fmt.Sprintf("%s %s %s %s %s", e.Percent, e.Tax, e.Treatment, e.Territory, step)
}
