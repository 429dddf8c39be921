package tax

import (
	"encoding"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/assert"

	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax/internal/exact"
)

func TestEffectsTreatmentsAndStatusesHaveNames(t *testing.T) {
	for effect, name := range map[Effect]string{Replace: "replace", Add: "add", AddCompound: "addCompound", Inherit: "inherit", End: "end"} {
		assert.Equal(t, name, effect.String())
	}
	for treatment, name := range map[Treatment]string{
		Taxable: "taxable", ZeroRated: "zeroRated", Exempt: "exempt", ReverseCharge: "reverseCharge",
		IntraCommunity: "intraCommunity", Export: "export", OutsideScope: "outsideScope",
	} {
		assert.Equal(t, name, treatment.String())
	}
	for status, name := range map[Status]string{Unstated: "", Agreed: "agreed", Single: "single", Undated: "undated", Disputed: "disputed"} {
		assert.Equal(t, name, status.String())
	}
	for rule, name := range map[RegionRule]string{RegionsOptional: "optional", RegionsListed: "listed", RegionsRequired: "required"} {
		assert.Equal(t, name, rule.String())
	}
}

func TestValuesThatDoNotExistHaveAStringAsWell(t *testing.T) {
	for n := range 256 {
		for _, s := range []struct {
			text  string
			known int
		}{
			{Effect(n).String(), 5},
			{Treatment(n).String(), 7},
			{Status(n).String(), 5},
			{RegionRule(n).String(), 3},
			{WarningKind(n).String(), 6},
		} {
			if n >= s.known {
				assert.Equal(t, "invalid("+itoa(int64(n))+")", s.text)
			} else {
				assert.NotContains(t, s.text, "invalid(")
			}
		}
	}
}

func TestEnumTextIsTheNameAndReadsBack(t *testing.T) {
	testEnum(t, []RegionRule{RegionsOptional, RegionsListed, RegionsRequired}, "optional listed required")
	testEnum(t, []Effect{Replace, Add, AddCompound, Inherit, End}, "replace add addCompound inherit end")
	testEnum(t, []Treatment{Taxable, ZeroRated, Exempt, ReverseCharge, IntraCommunity, Export, OutsideScope},
		"taxable zeroRated exempt reverseCharge intraCommunity export outsideScope")
	testEnum(t, []Status{Unstated, Agreed, Single, Undated, Disputed}, " agreed single undated disputed")
}

// testEnum takes the values in their order from 0 and their names.
func testEnum[E interface {
	~uint8
	encoding.TextMarshaler
	String() string
}, P interface {
	*E
	encoding.TextUnmarshaler
}](t *testing.T, values []E, names string) {
	t.Helper()
	known := strings.Split(names, " ")
	require.Len(t, values, len(known))
	for i := range 256 {
		value := E(i)
		text, err := value.MarshalText()
		if i >= len(known) {
			assert.Nil(t, text)
			requireEnumError(t, err)
			_, err = json.Marshal(value)
			require.ErrorIs(t, err, ErrInvalid)
			requireEnumError(t, P(&value).UnmarshalText([]byte(value.String())))
			continue
		}
		require.NoError(t, err)
		assert.Equal(t, values[i], value)
		assert.Equal(t, known[i], string(text))
		assert.Equal(t, known[i], value.String())
		read := E(255)
		require.NoError(t, P(&read).UnmarshalText(text))
		assert.Equal(t, value, read)
		if known[i] == "" {
			continue
		}
		for _, other := range []string{strings.ToUpper(known[i]), strings.ToUpper(known[i][:1]) + known[i][1:], known[i] + " ", " " + known[i], known[i][1:], "0", "invalid(0)", "\xff"} {
			requireEnumError(t, P(&read).UnmarshalText([]byte(other)))
			assert.Equal(t, value, read, "an error changed the value")
		}
	}
}

func requireEnumError(t *testing.T, err error) {
	t.Helper()
	var input *InputError
	require.ErrorAs(t, err, &input)
	require.ErrorIs(t, err, ErrInvalid)
	assert.Contains(t, input.Reason, "use one of ")
}

func TestTreatmentsHaveTheCategoriesOfEN16931(t *testing.T) {
	for treatment, code := range map[Treatment]string{
		Taxable: "S", ZeroRated: "Z", Exempt: "E", ReverseCharge: "AE", IntraCommunity: "K", Export: "G", OutsideScope: "O",
		OutsideScope + 1: "", 255: "",
	} {
		assert.Equal(t, code, treatment.Category(), treatment)
	}
}

// everything is a configuration in which every field is set.
func everything() Configuration {
	name := MustLocalizedText(map[string]string{"en": "Name"})
	tax := Tax{Code: "TAX", Name: name}
	at := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	return Configuration{
		Location:      Location{"CA", "QC"},
		PostalCodes:   []PostalRange{{"G", "J"}},
		RegionAliases: []string{"PQ"},
		Regions:       RegionsListed,
		Exclusive:     true,
		Tax:           tax,
		TimeZone:      "America/Toronto",
		Classes: []Class{{
			Code: "STANDARD", Name: name, Description: name, Order: new(7), Default: true, Aliases: []string{"S"},
			Rates: []Rate{{
				From: MustDate("2026-01-01"), Effect: Add, Percent: MustPercent("19"), OfGross: true,
				Components: []Component{{Code: "A", Name: name, Percent: MustPercent("19"), Compound: true}},
				Treatment:  Exempt, Tax: tax, Evidence: Evidence{Disputed, []string{"source"}, MustDate("2020-01-01")},
			}},
		}},
		Metadata: Metadata{Version: 3, Created: at, Modified: at, Source: "source", AsOf: MustDate("2026-11-20"),
			Base: &Metadata{Version: 2, Base: &Metadata{Version: 1}}},
	}
}

// sameConfiguration compares two configurations, the percentages by value.
func sameConfiguration(t *testing.T, want, got Configuration) {
	t.Helper()
	a, percents := withoutPercents(want)
	b, others := withoutPercents(got)
	assert.Equal(t, percents, others)
	assert.Equal(t, a, b)
}

func withoutPercents(c Configuration) (rest Configuration, percents []string) {
	c.Classes = slices.Clone(c.Classes)
	for i := range c.Classes {
		class := &c.Classes[i]
		class.Rates = slices.Clone(class.Rates)
		for j := range class.Rates {
			r := &class.Rates[j]
			percents, r.Percent = append(percents, exact.Format(r.Percent)), decimal.Decimal{}
			r.Components = slices.Clone(r.Components)
			for k := range r.Components {
				c := &r.Components[k]
				percents, c.Percent = append(percents, exact.Format(c.Percent)), decimal.Decimal{}
			}
		}
	}
	return c, percents
}

func TestACloneIsEqualAndSharesNothing(t *testing.T) {
	original := everything()
	clone := original.Clone()
	sameConfiguration(t, everything(), clone)
	clone.PostalCodes[0] = PostalRange{}
	clone.RegionAliases[0] = "changed"
	clone.Classes[0].Aliases[0] = "changed"
	clone.Classes[0].Rates[0].Components[0] = Component{}
	clone.Classes[0].Rates[0].Evidence.Sources[0] = "changed"
	clone.Classes[0].Rates[0] = Rate{}
	clone.Classes[0] = Class{}
	clone.Metadata.Base.Base.Version = 99
	clone.Metadata.Base.Version = 99
	sameConfiguration(t, everything(), original)

	class := original.Classes[0].Clone()
	sameConfiguration(t, Configuration{Classes: original.Classes}, Configuration{Classes: []Class{class}})
	class.Rates[0].Components[0].Code = "changed"
	class.Rates[0].Evidence.Sources = append(class.Rates[0].Evidence.Sources[:0], "changed")
	class.Aliases[0] = "changed"
	sameConfiguration(t, everything(), original)
	// Nor may appending to a clone write behind the original's last element.
	long := Class{Aliases: make([]string, 1, 8), Rates: make([]Rate, 1, 8)}
	other := long.Clone()
	_ = append(other.Aliases, "behind")
	_ = append(other.Rates, Rate{OfGross: true})
	assert.Empty(t, long.Aliases[:2][1])
	assert.False(t, long.Rates[:2][1].OfGross)
}

func TestACloneOfTheZeroValueIsZero(t *testing.T) {
	assert.Equal(t, Configuration{}, Configuration{}.Clone())
	assert.Equal(t, Class{}, Class{}.Clone())
}

func TestTheWeakestEvidenceIsTheLargest(t *testing.T) {
	// A sum of two rates takes the larger status of both.
	assert.True(t, slices.IsSorted([]Status{Unstated, Agreed, Single, Undated, Disputed}))
}

func TestClassesAndConfigurationsPrintAsOneLine(t *testing.T) {
	c := Class{Code: "STANDARD", Order: new(3), Rates: []Rate{
		{From: MustDate("2021-01-01"), Effect: AddCompound, Percent: MustPercent("9.975")},
		{From: MustDate("2020-07-01"), Effect: End},
		{From: MustDate("2007-01-01"), Treatment: ZeroRated},
		{Percent: MustPercent("16")},
	}}
	assert.Equal(t, "STANDARD: addCompound 9.975 from 2021-01-01, end from 2020-07-01, zeroRated from 2007-01-01 and 1 more", c.String())
	c.Rates = c.Rates[3:]
	assert.Equal(t, "STANDARD: 16", c.String())
	assert.Equal(t, `"A\nB"`, Class{Code: "A\nB"}.String())
	config := Configuration{Location: Location{Country: "CA", Region: "QC"}, Classes: []Class{c, {Code: "ZERO"}}, Metadata: Metadata{Version: 3}}
	assert.Equal(t, "CA-QC version 3: STANDARD, ZERO", config.String())
	assert.Equal(t, "CA-QC version 3: STANDARD, ZERO", fmt.Sprint(config))
}
