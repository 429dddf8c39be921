package emporix

import (
	"context"

	"github.com/taxresolve/tax"
)

// Calculator answers calculation commands with the rates of a resolver. It is
// safe for concurrent use. Make one with [NewCalculator].
type Calculator struct {
	resolver *tax.Resolver
	options  CalculatorOptions
	newUUID  func() string
}

// CalculatorOptions change what a [Calculator] accepts.
type CalculatorOptions struct {
	// AllowDefaultClass lets a command without a target class use the default
	// class of the target. The contract demands the class; so does a Calculator
	// by default.
	AllowDefaultClass bool
}

// NewCalculator makes a calculator; nil options are the contract. It is a
// [tax.InputError] to pass no resolver.
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

// Calculate answers a command. Source country and class are those of the target
// where they are not given; a default class is that of each place. They do not
// matter for a net price, but must be codes all the same.
//
// It returns a [tax.InputError] whose Field is the path of the contract, such
// as input.price, if:
//   - price, target country or target class is missing, the class unless
//     CalculatorOptions.AllowDefaultClass is set;
//   - the UUID has more than 128 bytes, or a text is not UTF-8.
//
// What the resolver cannot answer is a [tax.LookupError], as of
// [tax.Resolver.Lookup]. [ErrorFor] knows both.
func (c *Calculator) Calculate(ctx context.Context, cmd Command) (Calculation, error) {
	if c == nil || c.resolver == nil {
		return Calculation{}, inputError("calculator", "", "empty: make one with NewCalculator")
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

// CalculateJSON answers the body of a request, which [ParseCommand] describes,
// with the body of the answer, which [Calculation.MarshalJSON] describes. The day
// is today. Errors are those of ParseCommand and Calculate.
func (c *Calculator) CalculateJSON(ctx context.Context, request []byte) ([]byte, error) {
	cmd, err := ParseCommand(request)
	if err != nil {
		return nil, err
	}
	answer, err := c.Calculate(ctx, cmd)
	if err != nil {
		return nil, err
	}
	return answer.MarshalJSON()
}

// check refuses what no rate could make right.
func (c *Calculator) check(cmd Command) error {
	in := cmd.Input
	switch {
	case in.Price.text == "":
		return inputError("input.price", "", "missing: write the price, 0 where it is zero")
	case in.TargetCountry == "":
		return inputError("input.targetLocation", "", `missing: write it, such as {"countryCode": "DE"}`)
	case in.TargetClass == "" && !c.options.AllowDefaultClass:
		return inputError("input.targetTaxClass", "", "missing: write the code of the class")
	}
	if in.SourceCountry != "" && !in.IncludesTax {
		// Nobody will look it up. A code that is none is wrong all the same.
		if _, err := tax.ParseLocation(in.SourceCountry, ""); err != nil {
			return &tax.LookupError{Kind: tax.ErrUnknownCountry, Lookup: tax.Lookup{Country: in.SourceCountry}, Cause: err}
		}
	}
	return cmd.textFault()
}

// rates finds the rates of a command. A net price has no source; a gross price
// that stays where it is, in its class, no target.
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
	// One country is asked once, so that a document that changes in between does
	// not answer for one side only.
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
