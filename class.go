package tax

import (
	"slices"

	"github.com/shopspring/decimal"
)

// Class is a kind of goods or services that are taxed alike at one place:
// STANDARD, REDUCED, BOOKS. It follows its goods through changes of the rate.
type Class struct {
	// Code identifies the class in lookups; it is compared exactly.
	Code string
	// Name is what customers read; left empty on a region's class, it is that
	// of the parent's class.
	Name LocalizedText
	// Description says more, where it is wanted; inherited as Name is.
	Description LocalizedText
	// Order sorts the classes of a configuration, ascending; ties by Code.
	Order int
	// Default marks the class of goods for which no class is given. At most
	// one class of a configuration has it.
	Default bool
	// Aliases are other codes that find this class.
	Aliases []string
	// Rates is the timeline of the class, newest entry first.
	Rates []Rate
}

// Rate is a dated entry of a class: what holds from a day on.
type Rate struct {
	// From is the first day of the entry; it holds until the next entry. Only
	// the oldest entry may leave it zero: its start is then unknown, and it
	// answers for every earlier day.
	From Date
	// Effect says how the entry relates to the parent's rate of that day.
	Effect Effect
	// Percent is the whole rate in percent of the net price: 19 means 19 %.
	// With [Add] and [AddCompound] it is the part that comes on top of the
	// parent's. It is 0 for every treatment but [Taxable], and unused with
	// [Inherit] and [End].
	Percent decimal.Decimal
	// OfGross marks a percentage that the law states of the price with the tax
	// inside: 13 of gross is 13/87 of the net price.
	OfGross bool
	// Components are the parts of Percent when it consists of several taxes or
	// of shares of one. Together they make Percent exactly.
	Components []Component
	// Treatment tells why the percentage is what it is.
	Treatment Treatment
	// Tax is the tax charged from this day on, when it is not the one of the
	// configuration.
	Tax Tax
	// Evidence tells how well the entry is known.
	Evidence Evidence
}

// Effect of a dated entry on what the parent of a region charges.
type Effect uint8

const (
	// Replace charges the entry's own rate.
	Replace Effect = iota
	// Add charges the entry's rate beside the parent's rate of that day, both
	// on the net price.
	Add
	// AddCompound charges the entry's rate on the net price plus the parent's
	// tax of that day.
	AddCompound
	// Inherit charges the parent's rate as if the region did not list the
	// class; the evidence of the answer is that of the parent's rate.
	Inherit
	// End says that there is no such class from this day on.
	End
)

var effectNames = [...]string{"replace", "add", "addCompound", "inherit", "end"}

// String returns the name used in JSON.
func (e Effect) String() string { return enumName(effectNames[:], int(e)) }

// hasPercent reports whether an entry of this effect carries a rate of its own.
func (e Effect) hasPercent() bool { return e == Replace || e == Add || e == AddCompound }

// Treatment is the reason for which a supply is taxed or not. It is a fact of
// its own: a zero percentage does not tell it, and totals must not merge it.
//
// The values are those that EN 16931 tells apart (code list UNTDID 5305).
type Treatment uint8

const (
	// Taxable is the normal case.
	Taxable Treatment = iota
	// ZeroRated is taxable at 0 %; the seller keeps the deduction of input tax.
	ZeroRated
	// Exempt is not taxed by exemption.
	Exempt
	// ReverseCharge moves the debt of the tax to the buyer.
	ReverseCharge
	// IntraCommunity is a supply of goods to a business in another member
	// state of the European Union.
	IntraCommunity
	// Export leaves the territory of the tax.
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
// codes L and M name the taxes of the Canary Islands, Ceuta and Melilla rather
// than a treatment; who invoices those taxes replaces S by them.
func (t Treatment) Category() string {
	if int(t) < len(treatmentCategories) {
		return treatmentCategories[t]
	}
	return ""
}

// Evidence tells how well a dated entry is known. The zero value makes no
// statement; it is right for rates that their owner wrote.
type Evidence struct {
	// Status is the result of comparing the sources.
	Status Status
	// Sources are identifiers or addresses of what the entry was read from.
	Sources []string
}

// Status is the result of comparing the sources of an entry.
type Status uint8

const (
	// Unstated means that nobody compared sources.
	Unstated Status = iota
	// Agreed means that two independent sources or more say the same.
	Agreed
	// Single means that one source says it and none contradicts.
	Single
	// Disputed means that sources contradict each other or the question is open.
	Disputed
)

var statusNames = [...]string{"", "agreed", "single", "disputed"}

// String returns the name used in JSON; "" for [Unstated].
func (s Status) String() string { return enumName(statusNames[:], int(s)) }

// Clone returns a deep copy that shares nothing that can be modified.
func (c Class) Clone() Class {
	c.Aliases = slices.Clone(c.Aliases)
	c.Rates = slices.Clone(c.Rates)
	own(c.Rates)
	return c
}

// own makes the entries refer to lists of their own.
func own(rates []Rate) {
	for i := range rates {
		r := &rates[i]
		r.Components = slices.Clone(r.Components)
		r.Evidence.Sources = slices.Clone(r.Evidence.Sources)
	}
}

// Tax names a tax: the value added tax of a country, a sales tax, a levy.
type Tax struct {
	// Code identifies the tax in the answers: "VAT", "GST", "IGIC".
	Code string
	// Name is what customers read: "VAT", "MwSt", "TVA".
	Name LocalizedText
}

func sum(a, b Tax) Tax {
	switch {
	case a.Code == b.Code || b.Code == "":
		return a
	case a.Code == "":
		return b
	}
	return Tax{Code: a.Code + "+" + b.Code, Name: a.Name.join(b.Name)}
}

func union(a, b []string) []string {
	if len(b) == 0 {
		return a
	}
	u := slices.Clone(a)
	for _, s := range b {
		if !slices.Contains(u, s) {
			u = append(u, s)
		}
	}
	return u
}

// Assertion is a treatment that the seller set, with the reason.
type Assertion struct {
	// Treatment is what the seller set.
	Treatment Treatment `json:"treatment"`
	// Reason is what the seller gave for it.
	Reason string `json:"reason,omitempty"`
}

// MarshalText returns the name of the effect. A value that does not exist is
// an [InputError].
func (e Effect) MarshalText() ([]byte, error) {
	return marshalEnum("effect", effectNames[:], e)
}

// UnmarshalText reads what MarshalText writes, in exactly that case. Another
// name is an [InputError].
func (e *Effect) UnmarshalText(text []byte) error {
	return unmarshalEnum("effect", effectNames[:], e, text)
}

// MarshalText returns the name of the treatment. A value that does not exist
// is an [InputError].
func (t Treatment) MarshalText() ([]byte, error) {
	return marshalEnum("treatment", treatmentNames[:], t)
}

// UnmarshalText reads what MarshalText writes, in exactly that case. Another
// name is an [InputError].
func (t *Treatment) UnmarshalText(text []byte) error {
	return unmarshalEnum("treatment", treatmentNames[:], t, text)
}

// MarshalText returns the name of the status, nothing for [Unstated]. A value
// that does not exist is an [InputError].
func (s Status) MarshalText() ([]byte, error) {
	return marshalEnum("status", statusNames[:], s)
}

// UnmarshalText reads what MarshalText writes, in exactly that case. Another
// name is an [InputError].
func (s *Status) UnmarshalText(text []byte) error {
	return unmarshalEnum("status", statusNames[:], s, text)
}
