package emporix

import (
	"context"
	"log/slog"
	"strings"

	"github.com/taxresolve/tax"
)

// Calculator answers calculation commands with the rates of a [tax.Resolver].
// It is safe for concurrent use. Make one with [NewCalculator].
type Calculator struct {
	resolver *tax.Resolver
	options  CalculatorOptions
	newUUID  func() string
}

// CalculatorOptions change what a [Calculator] accepts.
type CalculatorOptions struct {
	// AllowDefaultClass lets a command without a target class use the default
	// class of the target. By default a Calculator requires the class, as the
	// contract does.
	AllowDefaultClass bool
	// Strict makes CalculateJSON refuse fields that the contract does not have, and null.
	// By default, as the contract permits, unknown fields are ignored, and null for an
	// optional field is the same as leaving it out.
	Strict bool
}

// NewCalculator returns a calculator. Without options it follows the contract.
// A nil resolver is a [tax.InputError].
func NewCalculator(r *tax.Resolver, opts *CalculatorOptions) (*Calculator, error) {
	if r == nil {
		return nil, inputError("resolver", "nil", "pass a Resolver, see tax.NewResolver")
	}
	c := &Calculator{resolver: r, newUUID: randomUUID}
	if opts != nil {
		c.options = *opts
	}
	return c, nil
}

// Tenant returns a calculator for a tenant, with the rates that the resolver has for it:
// see [tax.Resolver.Tenant]. Making one costs little. A name that the contract does not
// allow, see [Service], is a [tax.InputError] with Field "tenant".
func (c *Calculator) Tenant(tenant string) (*Calculator, error) {
	if c == nil || c.resolver == nil {
		return nil, emptyCalculator()
	}
	if err := checkTenant(tenant); err != nil {
		return nil, err
	}
	return &Calculator{c.resolver.Tenant(tenant), c.options, c.newUUID}, nil
}

func emptyCalculator() error {
	return inputError("calculator", "", "empty: make one with NewCalculator")
}

// String returns "emporix calculator", for people and logs.
func (*Calculator) String() string { return "emporix calculator" }

// LogValue returns the text of String for log/slog.
func (c *Calculator) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalJSON always returns a [tax.InputError]: a calculator has no data of its own.
func (*Calculator) MarshalJSON() ([]byte, error) { return nil, noJSON("calculator") }

// Calculate answers a command. A source country or class that is not given is
// that of the target; a default class is the default class of each place. The
// source does not matter for a net price, but its country must be a valid code.
//
// It returns a [tax.InputError] whose Field is the path of the value in the
// contract, such as input.price, if
//   - the price, the target country or the target class is missing; the class
//     may be missing with CalculatorOptions.AllowDefaultClass;
//   - the UUID has more than 128 bytes, or a text is not valid UTF-8.
//
// If the resolver has no rate, Calculate returns its [tax.LookupError], as
// [tax.Resolver.Lookup] does. [ErrorFor] accepts both.
func (c *Calculator) Calculate(ctx context.Context, cmd Command) (Calculation, error) {
	if c == nil || c.resolver == nil {
		return Calculation{}, emptyCalculator()
	}
	if err := c.check(cmd); err != nil {
		return Calculation{}, err
	}
	source, target, err := c.rates(ctx, cmd)
	if err != nil {
		return Calculation{}, err
	}
	if cmd.UUID == "" {
		cmd.UUID = c.newUUID()
	}
	return Calculation{cmd, calculate(cmd.Input, source, target)}, nil
}

// CalculateJSON takes the body of a request, see [ParseCommand] and
// CalculatorOptions.Strict, and returns the body of the answer, see
// [Calculation.MarshalJSON]. The day of taxation is today. Errors are those of
// ParseCommand and Calculate.
func (c *Calculator) CalculateJSON(ctx context.Context, request []byte) ([]byte, error) {
	if c == nil || c.resolver == nil {
		return nil, emptyCalculator()
	}
	cmd, err := parseCommand(request, !c.options.Strict)
	if err != nil {
		return nil, err
	}
	answer, err := c.Calculate(ctx, cmd)
	if err != nil {
		return nil, err
	}
	return answer.MarshalJSON()
}

// check refuses commands that are wrong whatever the rates are.
func (c *Calculator) check(cmd Command) error {
	in := cmd.Input
	switch {
	case in.Price.text == "":
		return inputError("input.price", "", "missing: write the price, or 0 if it is zero")
	case in.TargetCountry == "":
		return inputError("input.targetLocation", "", `missing: write it, such as {"countryCode": "DE"}`)
	case in.TargetClass == "" && !c.options.AllowDefaultClass:
		return inputError("input.targetTaxClass", "", "missing: write the code of the class")
	}
	if in.SourceCountry != "" && !in.IncludesTax {
		// It will not be looked up, but it must be a valid code all the same.
		_, err := tax.ParseLocation(in.SourceCountry, "")
		if err == nil && strings.Contains(in.SourceCountry, "-") {
			err = inputError("country", in.SourceCountry, "a region: pass the code of a country")
		}
		if err != nil {
			return &tax.LookupError{Kind: tax.ErrUnknownCountry, Lookup: tax.Lookup{Country: in.SourceCountry}, Cause: err}
		}
	}
	return cmd.textFault()
}

// rates returns the rates of a command. A net price has no source rate; a gross
// price that keeps its place and class has no target rate.
func (c *Calculator) rates(ctx context.Context, cmd Command) (source, target tax.Resolution, err error) {
	in := cmd.Input
	place, err := c.resolver.Place(ctx, tax.Lookup{Country: in.TargetCountry, Class: in.TargetClass, Date: cmd.Date})
	if err != nil {
		return source, target, err
	}
	if target, err = place.Rate(in.TargetClass); err != nil || !in.IncludesTax {
		return source, target, err
	}
	class := in.TargetClass
	if in.SourceClass != "" {
		class = in.SourceClass
	}
	// If both sides are in one country, both rates come from one snapshot, so that
	// a change in between cannot affect only one of them.
	if in.SourceCountry != "" && !sameCountry(in.SourceCountry, in.TargetCountry) {
		place, err = c.resolver.Place(ctx, tax.Lookup{Country: in.SourceCountry, Class: class, Date: cmd.Date})
		if err != nil {
			return source, target, err
		}
	}
	if source, err = place.Rate(class); err != nil {
		return source, target, err
	}
	if source.Location() == target.Location() && source.Class() == target.Class() {
		target = tax.Resolution{}
	}
	return source, target, nil
}

func sameCountry(a, b string) bool {
	x, errA := tax.ParseLocation(a, "")
	y, errB := tax.ParseLocation(b, "")
	return errA == nil && errB == nil && x == y
}
