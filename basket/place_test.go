package basket_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/basket"
)

// newPlace returns a made-up country with these classes, on one day. The place
// outlives its resolver.
func newPlace(ctx context.Context, classes ...tax.Class) (tax.Place, error) {
	source := tax.SourceFunc(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
		c := tax.Configuration{Location: tax.Location{Country: key.Country}, Tax: tax.Tax{Code: "VAT"}, TimeZone: "Europe/Berlin"}
		for _, class := range classes {
			c.Classes = append(c.Classes, class.Clone())
		}
		return []tax.Configuration{c}, nil
	})
	r, err := tax.NewResolver(source, nil)
	if err != nil {
		return tax.Place{}, err
	}
	defer r.Close()
	return r.Place(ctx, tax.Lookup{Country: "DE", Date: tax.MustDate("2026-11-22")})
}

// shop is a place with the classes of the examples.
func shop(ctx context.Context) tax.Place {
	place, err := newPlace(ctx, class("STANDARD", plain("19")), class("REDUCED", plain("7")), class("LOCAL", plain("8.625")))
	if err != nil {
		panic(err)
	}
	return place
}

func placeOf(t testing.TB, classes ...tax.Class) tax.Place {
	t.Helper()
	place, err := newPlace(t.Context(), classes...)
	require.NoError(t, err)
	return place
}

// plainPlace has STANDARD at 19 %, REDUCED at 7 % and BOOKS at 7 %, also called
// BUCH.
func plainPlace(t testing.TB) tax.Place {
	t.Helper()
	return placeOf(t, plainClasses()...)
}

func plainClasses() []tax.Class {
	books := class("BOOKS", plain("7"))
	books.Aliases = []string{"BUCH"}
	return []tax.Class{class("STANDARD", plain("19")), class("REDUCED", plain("7")), books}
}

// bazaar is a place with every kind of rate: with components, with compound
// components, of the gross price, not taxable. Two classes have the same rate,
// and one has an alias.
func bazaar(t testing.TB) tax.Place {
	t.Helper()
	books := class("BOOKS", plain("7"))
	books.Aliases = []string{"NOVELS"}
	return placeOf(t,
		class("STANDARD", plain("19")), class("REDUCED", plain("7")), books, class("LOCAL", plain("8.625")),
		class("CITY", tax.Rate{Percent: tax.MustPercent("8.875"), Components: []tax.Component{
			part("STATE", "4", false), part("CITY", "4.5", false), part("MCTD", "0.375", false),
		}}),
		class("QUEBEC", tax.Rate{Percent: tax.MustPercent("14.975"), Components: []tax.Component{
			part("GST", "5", false), part("QST", "9.5", true),
		}, Tax: tax.Tax{Code: "GST+QST"}}),
		class("ISS", tax.Rate{Percent: tax.MustPercent("5"), OfGross: true, Tax: tax.Tax{Code: "ISS"}}),
		class("ZERO", tax.Rate{Treatment: tax.ZeroRated}), class("EXEMPT", tax.Rate{Treatment: tax.Exempt}),
	)
}

var bazaarClasses = []string{"", "STANDARD", "REDUCED", "BOOKS", "NOVELS", "LOCAL", "CITY", "QUEBEC", "ISS", "ZERO", "EXEMPT"}

// class returns a class with one rate. STANDARD is the default class.
func class(code string, rate tax.Rate) tax.Class {
	return tax.Class{Code: code, Default: code == "STANDARD", Rates: []tax.Rate{rate}}
}

func plain(percent string) tax.Rate { return tax.Rate{Percent: tax.MustPercent(percent)} }

func part(code, percent string, compound bool) tax.Component {
	return tax.Component{Code: code, Percent: tax.MustPercent(percent), Compound: compound}
}

// resultOf prices a basket and returns its result, which must be consistent.
func resultOf(t testing.TB, place tax.Place, b *basket.Basket, policy basket.Policy) *basket.Result {
	t.Helper()
	priced, err := basket.Price(place, b, policy)
	require.NoError(t, err)
	result, err := priced.Result()
	require.NoError(t, err)
	require.NoError(t, basket.Verify(result))
	return result
}
