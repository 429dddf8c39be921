package basket

import (
	"math/big"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/exact"
)

// rates holds the rates of a basket: the classes that its lines and charges
// name, the rows of the totals, and the groups that are taxed alike, each in
// the order of first use.
type rates struct {
	slots  []slot
	rows   []row
	groups []group
	last   [recentSlots]int32 // the slot that was used last, by kind of class
	index  map[slotKey]int32  // of slots, once there are many
	each   bool               // components are rounded each by itself
	// specials are numbered from 1, and recent is the one that was used last.
	specials map[special]int32
	recent   struct {
		special
		number int32
	}
}

// slot is a class and assertion as lines name them, with their rate.
type slot struct {
	slotKey
	// share is a copy of the group's share.
	share [2]exact.Ratio
	// net and tax are the sums of small amounts, which need no checks.
	net, tax   int64
	rate       tax.Resolution
	row, group int32
	// rare is what a slot with an assertion or an exemption has; differs says that it
	// charges another tax than its class does.
	rare    *rareSlot
	differs bool
}

// rareSlot is the rate of a slot before an assertion or an exemption.
type rareSlot struct {
	own percentage // the tax in a price that includes tax
	// components are those of own, and charged those that are charged.
	components, charged []tax.Component
	exemption           *Exemption
}

// own returns the rate before an assertion or exemption.
func (s *slot) own() percentage {
	if s.rare != nil {
		return s.rare.own
	}
	return percentage{s.rate.Percent(), s.rate.OfGross()}
}

// components returns the components of own.
func (s *slot) components() []tax.Component {
	if s.rare != nil {
		return s.rare.components
	}
	return s.rate.Components()
}

// charged returns the components that are charged.
func (s *slot) charged() []tax.Component {
	if s.rare != nil {
		return s.rare.charged
	}
	return s.rate.Components()
}

// exemption returns the exemption of the slot; nil if it has none.
func (s *slot) exemption() *Exemption {
	if s.rare == nil || s.rare.exemption == nil || s.rare.exemption.isZero() {
		return nil
	}
	return s.rare.exemption
}

// without returns the components that are not charged.
func (s *slot) without() string {
	if e := s.exemption(); e != nil {
		return e.without()
	}
	return ""
}

type slotKey struct {
	class     string
	assertion tax.Assertion
	special   int32 // 1 + the index in specials, or 0
}

// special is what else a rate depends on: the place of a line that has its own, and an
// exemption.
type special struct {
	place  tax.Place
	exempt string // the key of the exemption
}

// row is a row of the totals.
type row struct {
	class string
	slot  int32 // the first slot of the row
	group int32
	sum   Sum
}

// group is everything with the same tax, rate and treatment in one territory.
type group struct {
	tax       string
	percent   decimal.Decimal
	ofGross   bool
	treatment tax.Treatment
	slot      int32 // the first slot of the group
	// share is the ratio of the tax to a net price and to a gross price. Its
	// denominators are 0 if 64 bits cannot hold it.
	share [2]exact.Ratio
	each  *eachGroup // nil unless components are rounded each by itself
}

// eachGroup has the components of a group that are rounded each by itself, and the ratio of
// the one that is computed.
type eachGroup struct {
	components []tax.Component
	weights    []*big.Int
	part       *[2]exact.WideRatio
}

// manySlots is the number of slots from which a map is faster than a scan.
const manySlots = 12

// recentSlot returns the number of the slot of a class, if that slot was the last
// one used for its kind of class. There must be a slot.
func (r *rates) recentSlot(class string, assertion *tax.Assertion) (int32, bool) {
	n := r.last[kindOfClass(class)]
	return n, r.slots[n].is(class, assertion)
}

// kindOfClass is a cheap hash that tells most classes of a place apart.
func kindOfClass(class string) int {
	if class == "" {
		return 0
	}
	return (len(class) + int(class[0])) & (recentSlots - 1)
}

const recentSlots = 16

// slot returns the number of the slot of a class. It adds the slot if needed.
func (r *rates) slot(place *tax.Place, class string, assertion *tax.Assertion, t *Taxation) (n int32, err error) {
	switch {
	case t == nil:
	case t.changesRate():
		return r.specialSlot(place, class, assertion, t)
	case len(r.slots) > 0:
		if n, known := r.recentSlot(class, assertion); known {
			return n, nil
		}
	}
	n, err = r.find(place, class, assertion)
	if err == nil {
		r.last[kindOfClass(class)] = n
	}
	return n, err
}

// specialSlot is slot for what has a place of its own or an exemption.
func (r *rates) specialSlot(place *tax.Place, class string, assertion *tax.Assertion, t *Taxation) (int32, error) {
	key, e := slotKey{class: class, assertion: *assertion}, t.special(place)
	switch {
	case e == special{}:
		return r.slot(place, class, assertion, nil)
	case e.place != tax.Place{}:
		place = &t.Place
	}
	key.special = r.specialNumber(e)
	if n, ok := r.known(key); ok {
		return n, nil
	}
	return r.add(place, key, &t.Exemption)
}

// specialNumber returns the number of what is special. It adds one if needed.
func (r *rates) specialNumber(e special) int32 {
	if r.recent.special == e {
		return r.recent.number
	}
	n, ok := r.specials[e]
	if !ok {
		if r.specials == nil {
			r.specials = map[special]int32{}
		}
		n = int32(len(r.specials) + 1)
		r.specials[e] = n
	}
	r.recent.special, r.recent.number = e, n
	return n
}

// known returns the number of the slot with a key, if there is one.
func (r *rates) known(key slotKey) (int32, bool) {
	if len(r.slots) >= manySlots {
		return r.indexed(key)
	}
	for i := range r.slots {
		if r.slots[i].slotKey == key {
			return int32(i), true
		}
	}
	return 0, false
}

// changesRate reports whether the rate of a class may be another because of it.
func (t *Taxation) changesRate() bool {
	return !t.Exemption.isZero() || t.Place != tax.Place{}
}

// special returns what is special about the rate of a line in a basket at a place.
func (t *Taxation) special(place *tax.Place) special {
	e := special{exempt: t.Exemption.key()}
	if t.Place != *place {
		e.place = t.Place
	}
	return e
}

func (r *rates) find(place *tax.Place, class string, assertion *tax.Assertion) (int32, error) {
	if len(r.slots) < manySlots {
		for i := range r.slots {
			if r.slots[i].is(class, assertion) {
				return int32(i), nil
			}
		}
	} else if n, ok := r.indexed(slotKey{class: class, assertion: *assertion}); ok {
		return n, nil
	}
	return r.add(place, slotKey{class: class, assertion: *assertion}, nil)
}

// is reports whether the slot has this class and assertion, and nothing special. It compares lengths
// first, because nearly all lines have no reason to compare.
func (s *slot) is(class string, assertion *tax.Assertion) bool {
	return s.class == class && s.special == 0 && s.assertion.Treatment == assertion.Treatment &&
		len(s.assertion.Reason) == len(assertion.Reason) &&
		(len(assertion.Reason) == 0 || s.assertion.Reason == assertion.Reason)
}

func (r *rates) add(place *tax.Place, key slotKey, exemption *Exemption) (int32, error) {
	rate, err := place.Rate(key.class)
	if err != nil {
		return 0, err
	}
	own, components := percentage{rate.Percent(), rate.OfGross()}, rate.Components()
	if key.assertion != (tax.Assertion{}) {
		if _, err := key.assertion.Treatment.MarshalText(); err != nil {
			return 0, assertionError{err} // As would leave it and its reason out
		}
		rate = rate.As(key.assertion.Treatment, key.assertion.Reason)
	}
	charged, percent, without := rate.Components(), rate.Percent(), ""
	if exemption != nil {
		var f *fault
		if charged, f = exemption.charged(rate); f != nil {
			return 0, exemptionError{f}
		}
		if len(exemption.Components) > 0 {
			without = exemption.without()
			percent = exact.WholePercent(len(charged), componentsFrom(charged))
		}
	}
	n := int32(len(r.slots))
	row := r.row(rate, percent, charged, without, n)
	g := r.rows[row].group
	s := slot{slotKey: key, share: r.groups[g].share, rate: rate, row: row, group: g}
	if key.assertion != (tax.Assertion{}) || exemption != nil {
		s.rare = &rareSlot{own, components, charged, exemption}
		s.differs = !own.equal(r.groups[g].rate())
	}
	r.slots = append(r.slots, s)
	if r.index != nil {
		r.index[key] = n
	}
	return n, nil
}

// indexed finds a slot in the map. It builds the map on first use.
func (r *rates) indexed(key slotKey) (int32, bool) {
	if r.index == nil {
		r.index = make(map[slotKey]int32, 2*manySlots)
		for i := range r.slots {
			r.index[r.slots[i].slotKey] = int32(i)
		}
	}
	n, ok := r.index[key]
	return n, ok
}

// row returns the number of the row of a rate. It adds the row if needed.
func (r *rates) row(rate tax.Resolution, percent decimal.Decimal, charged []tax.Component, without string, slot int32) int32 {
	g := r.group(rate, percent, charged, slot)
	class := rate.Class()
	for i := range r.rows {
		if r.rows[i].group == g && r.rows[i].class == class && r.slots[r.rows[i].slot].without() == without {
			return int32(i)
		}
	}
	r.rows = append(r.rows, row{class: class, slot: slot, group: g})
	return int32(len(r.rows) - 1)
}

func (r *rates) group(rate tax.Resolution, percent decimal.Decimal, charged []tax.Component, slot int32) int32 {
	g := group{slot: slot, tax: rate.Tax().Code, percent: percent, ofGross: rate.OfGross(), treatment: rate.Treatment()}
	if ratio := exact.Percent(g.percent); ratio.Den != 0 {
		g.share = [2]exact.Ratio{ratio.InNet(g.ofGross), ratio.InGross(g.ofGross)}
	}
	for i := range r.groups {
		o := &r.groups[i]
		if o.tax == g.tax && o.ofGross == g.ofGross && o.treatment == g.treatment && o.charges(&g) &&
			r.slots[o.slot].rate.Location() == rate.Location() && (o.each == nil || sameComponents(o.each.components, charged)) {
			return int32(i)
		}
	}
	if r.each {
		g.each = &eachGroup{components: charged, weights: weightsOfTaxes(charged)}
	}
	r.groups = append(r.groups, g)
	return int32(len(r.groups) - 1)
}

func (g *group) rate() percentage { return percentage{g.percent, g.ofGross} }

// charges reports whether two groups have the same percentage. It compares
// ratios where it can, because comparing decimals allocates.
func (g *group) charges(o *group) bool {
	if g.share[1].Den == 0 || o.share[1].Den == 0 {
		return g.percent.Equal(o.percent)
	}
	return g.share[1].Equal(o.share[1])
}

// groupOf returns the number of the group of a position.
func (r *rates) groupOf(p *position) int32 { return r.slots[p.slot].group }

// higher reports whether a group has a higher rate than another, relative to
// the net price.
func (g *group) higher(o *group) bool {
	a, b := g.wide(0), o.wide(0)
	return new(big.Int).Mul(a.Num, b.Den).Cmp(new(big.Int).Mul(b.Num, a.Den)) > 0
}

// wide returns a share in numbers of any size.
func (g *group) wide(kind int) exact.WideRatio {
	if g.each != nil && g.each.part != nil {
		return g.each.part[kind]
	}
	w := exact.WidePercent(g.percent)
	if kind == 1 {
		return w.InGross(g.ofGross)
	}
	return w.InNet(g.ofGross)
}

// taxOf returns the rounded tax of an amount in minor units.
func (g *group) taxOf(mode exact.Mode, given int64, gross bool) (int64, bool) {
	kind := kindOf(gross)
	if r := g.share[kind]; r.Den != 0 {
		if tax, ok := mode.MulDiv(given, r.Num, r.Den); ok {
			return tax, true
		}
	}
	return g.taxOfPrice(mode, decimal.New(given, 0), 0, gross)
}

// taxOfPrice is taxOf for a price with any number of decimals.
func (g *group) taxOfPrice(mode exact.Mode, price decimal.Decimal, scale int32, gross bool) (int64, bool) {
	kind, shift := kindOf(gross), int(price.Exponent()+scale)
	if c, ok := exact.Small(price); ok && g.share[kind].Den != 0 {
		if tax, ok := mode.Scaled(c, shift, g.share[kind].Num, g.share[kind].Den); ok {
			return tax, true
		}
	}
	w := g.wide(kind)
	tax := mode.WideScaled(price.Coefficient(), shift, w.Num, w.Den)
	return tax.Int64(), tax.IsInt64()
}

// taxNetFirst returns the tax that remains of a gross amount when its net
// amount is rounded.
func (g *group) taxNetFirst(mode exact.Mode, gross int64) (int64, bool) {
	if rest := g.share[1].Rest(); rest.Den != 0 {
		if net, ok := mode.MulDiv(gross, rest.Num, rest.Den); ok {
			return gross - net, true
		}
	}
	w := g.wide(1).Rest()
	net := mode.WideScaled(big.NewInt(gross), 0, w.Num, w.Den)
	return gross - net.Int64(), net.IsInt64()
}

func kindOf(gross bool) int {
	if gross {
		return 1
	}
	return 0
}
