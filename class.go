package tax

import (
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax/internal/exact"
	"github.com/taxresolve/tax/internal/strictjson"
)

// Class is a kind of goods or services that are taxed alike at one place, such as
// STANDARD, REDUCED or BOOKS. Goods keep their class when its rate changes.
type Class struct {
	// Code identifies the class in lookups, which compare it exactly: 1 to 64
	// printable ASCII characters without spaces.
	Code string
	// Name is the name that customers read. A class of a region without a name has
	// that of the parent's class.
	Name LocalizedText
	// Description says more, if there is more to say. It is inherited as Name is.
	Description LocalizedText
	// Order sorts the classes of a configuration, ascending. nil, which JSON leaves out,
	// sorts as 0. Equal ones keep the order in which they are given; those that a region
	// inherits come before its own.
	Order *int
	// Default marks the class that answers lookups without a class. At most one
	// class of a configuration is the default.
	Default bool
	// Aliases are other codes under which lookups find this class. Codes and aliases
	// are unique in a configuration.
	Aliases []string
	// Rates is the timeline of the class, newest entry first.
	Rates []Rate
}

// Clone returns a deep copy, which shares nothing that can be modified.
func (c Class) Clone() Class {
	c.Order = cloneOrder(c.Order)
	c.Aliases = slices.Clone(c.Aliases)
	c.Rates = slices.Clone(c.Rates)
	cloneLists(c.Rates)
	return c
}

// String returns the code and the newest entries, as in "STANDARD: 19 from 2007-01-01, 16
// from 1998-04-01 and 2 more". Percentages are percent.
func (c Class) String() string {
	const most = 3
	var b strings.Builder
	b.WriteString(printable(c.Code))
	for i := range c.Rates[:min(len(c.Rates), most)] {
		r := &c.Rates[i]
		b.WriteString([]string{": ", ", "}[min(i, 1)])
		switch {
		case r.Effect == Inherit || r.Effect == End:
			b.WriteString(r.Effect.String())
		case r.Treatment != Taxable:
			b.WriteString(r.Treatment.String())
		case r.Effect != Replace:
			b.WriteString(r.Effect.String() + " " + exact.Describe(r.Percent))
		default:
			b.WriteString(exact.Describe(r.Percent))
		}
		if !r.From.IsZero() {
			b.WriteString(" from " + r.From.String())
		}
	}
	if more := len(c.Rates) - most; more > 0 {
		b.WriteString(" and " + itoa(int64(more)) + " more")
	}
	return b.String()
}

func cloneOrder(order *int) *int {
	if order == nil {
		return nil
	}
	return new(*order)
}

// order returns the Order by which the class is sorted.
func (c *Class) order() int {
	if c.Order == nil {
		return 0
	}
	return *c.Order
}

// cloneLists gives each entry its own copy of the lists that it refers to.
func cloneLists(rates []Rate) {
	for i := range rates {
		r := &rates[i]
		r.Components = slices.Clone(r.Components)
		r.Evidence.Sources = slices.Clone(r.Evidence.Sources)
	}
}

// Rate is a dated entry of a class: the rate that holds from a day on.
type Rate struct {
	// From is the first day of the entry, which holds until the next entry. Only
	// the oldest entry may leave it zero: its start is then unknown, and it answers
	// for every earlier day.
	From Date
	// Effect says how the entry relates to the parent's rate of each day.
	Effect Effect
	// Percent is the whole rate in percent of the net price: 19 means 19 %. It is
	// from 0 to 1,000, with at most 18 decimals. With [Add] and [AddCompound] it is
	// only the part that comes on top of the parent's rate. With [Inherit] and [End],
	// and with any treatment but [Taxable], it is 0.
	Percent decimal.Decimal
	// OfGross means that Percent is in percent of the price with the tax inside, as
	// some laws state it: 13 % of the gross price is 13/87 of the net price. Percent
	// is then below 100, and Effect is [Replace].
	OfGross bool
	// Components are the parts of Percent if it consists of several taxes, or of
	// several shares of one tax. Together they make up Percent exactly. There are at
	// most 16.
	Components []Component
	// Treatment is the reason for the percentage.
	Treatment Treatment
	// Tax is the tax charged from this day on, if it is another than that of the
	// configuration.
	Tax Tax
	// Evidence says how well the entry is known.
	Evidence Evidence
}

// Component is one of several taxes that are charged together, or one of several
// shares of a tax.
type Component struct {
	// Code identifies the component within the rate: "GST", "PROVINCIAL_PART".
	Code string
	// Name is the name for customers.
	Name LocalizedText
	// Percent is in percent of the net price; with Compound, of the net price plus all
	// components before this one. 5 is 5 %.
	Percent decimal.Decimal
	// Compound charges the component on the components before it as well.
	Compound bool
}

// componentsOf returns the components in the form that package exact reads.
func componentsOf(list []Component) exact.Components {
	return func(i int) (decimal.Decimal, bool) { return list[i].Percent, list[i].Compound }
}

// Effect says what a dated entry of a region does to the rate of its parent.
type Effect uint8

const (
	// Replace charges the rate of the entry and nothing else.
	Replace Effect = iota
	// Add charges the rate of the entry next to the parent's rate of that day, both
	// on the net price.
	Add
	// AddCompound charges the rate of the entry on the net price plus the parent's
	// tax of that day, next to the parent's rate.
	AddCompound
	// Inherit charges the parent's rate, as if the region did not list the class.
	// The evidence of the answer is that of the parent's rate.
	Inherit
	// End means that the class does not exist from this day on.
	End
)

var effectNames = [...]string{"replace", "add", "addCompound", "inherit", "end"}

// String returns the name used in JSON.
func (e Effect) String() string { return enumName(effectNames[:], int(e)) }

// MarshalText returns the name used in JSON. A value that does not exist is an
// [InputError].
func (e Effect) MarshalText() ([]byte, error) {
	return marshalEnum("effect", effectNames[:], e)
}

// UnmarshalText reads a name that MarshalText returns. Any other text is an
// [InputError], including the name in another case.
func (e *Effect) UnmarshalText(text []byte) error {
	return unmarshalEnum("effect", effectNames[:], e, text)
}

// hasPercent reports whether an entry with this effect has a rate of its own.
func (e Effect) hasPercent() bool { return e == Replace || e == Add || e == AddCompound }

// Treatment is the reason why a supply is taxed or not taxed. It is a fact of its
// own: a percentage of 0 does not imply a treatment, and totals must keep
// treatments apart.
//
// The values are those that EN 16931 distinguishes (code list UNTDID 5305).
type Treatment uint8

const (
	// Taxable is the normal case.
	Taxable Treatment = iota
	// ZeroRated is taxable at 0 %: the seller still deducts input tax.
	ZeroRated
	// Exempt is exempted from the tax by law.
	Exempt
	// ReverseCharge makes the buyer owe the tax.
	ReverseCharge
	// IntraCommunity is a supply of goods to a business in another member state of
	// the European Union.
	IntraCommunity
	// Export is a supply that leaves the territory of the tax.
	Export
	// OutsideScope is not subject to the tax at all.
	OutsideScope
)

var (
	treatmentNames      = [...]string{"taxable", "zeroRated", "exempt", "reverseCharge", "intraCommunity", "export", "outsideScope"}
	treatmentCategories = [...]string{"S", "Z", "E", "AE", "K", "G", "O"}
)

// String returns the name used in JSON.
func (t Treatment) String() string { return enumName(treatmentNames[:], int(t)) }

// Category returns the VAT category code of EN 16931 (UNTDID 5305) for the
// treatment: S, Z, E, AE, K, G or O; "" for a value that does not exist. The
// codes L and M stand for the taxes of the Canary Islands and of Ceuta and
// Melilla: an invoice for those taxes uses L or M instead of S.
func (t Treatment) Category() string {
	if int(t) < len(treatmentCategories) {
		return treatmentCategories[t]
	}
	return ""
}

// MarshalText returns the name used in JSON. A value that does not exist is an
// [InputError].
func (t Treatment) MarshalText() ([]byte, error) {
	return marshalEnum("treatment", treatmentNames[:], t)
}

// UnmarshalText reads a name that MarshalText returns. Any other text is an
// [InputError], including the name in another case.
func (t *Treatment) UnmarshalText(text []byte) error {
	return unmarshalEnum("treatment", treatmentNames[:], t, text)
}

// Assertion is a treatment that the seller set with [Resolution.As].
type Assertion struct {
	// Treatment is the treatment.
	Treatment Treatment `json:"treatment"`
	// Reason is the reason that the seller gave for it.
	Reason string `json:"reason,omitempty"`
}

// String returns the treatment and, in quotes, the reason for it, for people and logs.
func (a Assertion) String() string {
	if a.Reason == "" {
		return a.Treatment.String()
	}
	return a.Treatment.String() + " " + excerpt(a.Reason)
}

// MarshalJSON returns {"treatment":"exempt","reason":"..."}. A reason that is not
// UTF-8 and a treatment that does not exist are an [InputError].
func (a Assertion) MarshalJSON() ([]byte, error) {
	type plain Assertion
	return strictjson.Marshal(plain(a), inputError)
}

// Tax identifies a tax, such as the value added tax of a country, a sales tax or
// a levy.
type Tax struct {
	// Code identifies the tax in answers: "VAT", "GST", "IGIC".
	Code string
	// Name is the name that customers read: "VAT", "MwSt", "TVA".
	Name LocalizedText
}

// jointTax returns the tax that stands for two taxes charged together.
func jointTax(a, b Tax) Tax {
	switch {
	case a.Code == b.Code || b.Code == "":
		return a
	case a.Code == "":
		return b
	}
	return Tax{Code: a.Code + "+" + b.Code, Name: a.Name.join(b.Name)}
}

// equal reports whether two entries are written alike.
func (r *Rate) equal(other *Rate) bool {
	return r.From == other.From && r.Effect == other.Effect && sameDigits(r.Percent, other.Percent) && r.OfGross == other.OfGross &&
		slices.EqualFunc(r.Components, other.Components, Component.equal) && r.Treatment == other.Treatment &&
		r.Tax.Code == other.Tax.Code && r.Tax.Name.Equal(other.Tax.Name) &&
		r.Evidence.Status == other.Evidence.Status && slices.Equal(r.Evidence.Sources, other.Evidence.Sources) &&
		r.Evidence.VerifiedSince == other.Evidence.VerifiedSince
}

func (c Component) equal(other Component) bool {
	return c.Code == other.Code && c.Name.Equal(other.Name) && sameDigits(c.Percent, other.Percent) && c.Compound == other.Compound
}

// sameDigits reports whether two numbers are written alike. To compare the values of
// numbers that nobody has checked yet could take very long.
func sameDigits(d, other decimal.Decimal) bool {
	return d.Exponent() == other.Exponent() && d.Coefficient().Cmp(other.Coefficient()) == 0
}

// Evidence says how well a dated entry is known. The zero value makes no
// statement, which is right for rates that their owner wrote.
type Evidence struct {
	// Status is the result of comparing the sources.
	Status Status
	// Sources are identifiers or addresses of the sources of the entry.
	Sources []string
	// VerifiedSince is the first day on which an entry without From was known to hold;
	// with a From it is an error. The zero value stands for the AsOf in the [Metadata] of
	// the document: give a day to keep it when the document is checked again. In an
	// answer, it is that of [Explanation].
	VerifiedSince Date
}

// Status is the result of comparing the sources of an entry. A later constant is
// weaker evidence.
type Status uint8

const (
	// Unstated means that no sources were compared.
	Unstated Status = iota
	// Agreed means that at least two independent sources agree.
	Agreed
	// Single means that one source states the rate, and none contradicts it.
	Single
	// Undated means that the value is known, but not since when. An answer has it, in
	// place of Agreed or Single, if the entry has no From and the day is before the one
	// on which it was first verified, which is VerifiedSince in its [Evidence], or else
	// the AsOf in the [Metadata] of its document; without either, on every day. Unstated
	// stays.
	Undated
	// Disputed means that sources contradict each other, or that the question is
	// open.
	Disputed
)

var statusNames = [...]string{"", "agreed", "single", "undated", "disputed"}

// String returns the name used in JSON; "" for [Unstated].
func (s Status) String() string { return enumName(statusNames[:], int(s)) }

// MarshalText returns the name used in JSON, which is empty for [Unstated]. A
// value that does not exist is an [InputError].
func (s Status) MarshalText() ([]byte, error) {
	return marshalEnum("status", statusNames[:], s)
}

// UnmarshalText reads a name that MarshalText returns. Any other text is an
// [InputError], including the name in another case.
func (s *Status) UnmarshalText(text []byte) error {
	return unmarshalEnum("status", statusNames[:], s, text)
}

// union returns the aliases or sources of a, followed by those of b that are not in
// a. It modifies neither list, but may return a itself.
func union(a, b []string) []string {
	if len(b) == 0 {
		return a
	}
	u := slices.Clip(a) // so that append copies it
	if len(a)+len(b) <= fewCodes {
		for _, s := range b {
			if !slices.Contains(u, s) {
				u = append(u, s)
			}
		}
		return u
	}
	has := make(map[string]struct{}, len(a)+len(b))
	for _, s := range a {
		has[s] = struct{}{}
	}
	for _, s := range b {
		if _, ok := has[s]; !ok {
			has[s] = struct{}{}
			u = append(u, s)
		}
	}
	return u
}

// fewCodes is the number of codes up to which comparing each with all others is
// faster than making a map.
const fewCodes = 24
