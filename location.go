package tax

import (
	"strings"

	"github.com/taxresolve/tax/internal/iso"
)

// Location is a place of taxation: a country or a region of it. The zero Location
// is no place. Locations are comparable and can be map keys.
//
// Use [ParseLocation] for codes that people or other systems wrote.
type Location struct {
	// Country is an ISO 3166-1 alpha-2 code in upper case, or XK.
	Country string `json:"country"`
	// Region is the suffix of an ISO 3166-2 code ("QC" for CA-QC), or a private
	// code that begins with "X-", for a territory that ISO does not list
	// ("X-HELGOLAND"). Empty means the country itself.
	Region string `json:"region,omitempty"`
}

// ParseLocation returns the [Location] for a country code and a region code,
// written as people and other systems write them.
//
// The country is an ISO 3166-1 alpha-2 or alpha-3 code in any case. These codes
// outside ISO are accepted as well: XK (XKX) for Kosovo, UK for GB and EL for GR,
// as EU law writes them, and XI, which is the region NIR of GB. Numeric codes,
// codes for groups of countries and withdrawn codes are refused.
//
// The region is empty for the country itself or, in any case, one of
//   - the suffix of an ISO 3166-2 code of that country: "QC";
//   - a private code, "X-" and 1 to 32 letters A to Z and digits, with single
//     hyphens between them: "X-HELGOLAND";
//   - either of these after the alpha-2 code of the country: "CA-QC".
//
// With XI the region is empty or NIR. Nothing is trimmed: a space is an error.
//
// ParseLocation returns an [InputError] if:
//   - the country is not one of these codes ([ErrUnknownCountry]);
//   - the region is not private and not in the ISO table of that country, or it
//     follows the code of another country ([ErrUnknownRegion]).
//
// The Location is zero if and only if there is an error. The codes are those
// of the iso-codes release named in internal/iso/gen/regions.csv. ParseLocation
// is safe for concurrent use.
func ParseLocation(country, region string) (Location, error) {
	code, implied, ok := iso.Country(country)
	if !ok {
		return Location{}, countryError(country)
	}
	if region == "" {
		return Location{Country: code, Region: implied}, nil
	}
	suffix, wellFormed := iso.Region(code, region)
	switch {
	case implied != "":
		if !isBareRegion(code, region, implied) {
			return Location{}, regionError(region, "leave it empty: the country code means region "+implied+" of "+code)
		}
	case !wellFormed:
		return Location{}, regionError(region, "pass the part of the ISO 3166-2 code after "+code+
			`-, or a private code: "X-" and 1 to 32 letters or digits with single hyphens between them`)
	case !iso.IsPrivate(suffix) && iso.RegionIndex(code, suffix) == 0:
		return Location{}, regionError(region, "is not in ISO 3166-2 for "+code+`: pass another region, or a private code that begins with "X-"`)
	}
	return Location{Country: code, Region: suffix}, nil
}

// Parent returns the place that l lies in: the region above it in ISO 3166-2
// if there is one, else the country. Private regions and regions that ISO does
// not list lie directly in the country. The parent of a country, and of the zero
// Location, is the zero Location.
//
// Parent expects codes as [ParseLocation] returns them.
func (l Location) Parent() Location {
	if l.Region == "" || l.Country == "" {
		return Location{}
	}
	return Location{Country: l.Country, Region: iso.Parent(l.Country, l.Region)}
}

// String returns the code of ISO 3166-2: "FR", "FR-20R", "DE-X-HELGOLAND". It is
// empty for the zero Location.
func (l Location) String() string {
	if l.Region == "" {
		return l.Country
	}
	return l.Country + "-" + l.Region
}

// isBareRegion reports whether a region is the one that the country's code
// implies, without any country before it.
func isBareRegion(country, region, implied string) bool {
	suffix, _ := iso.Region(country, region)
	return suffix == implied && len(region) == len(implied)
}

// countryError says why a country code is refused and what to pass instead.
func countryError(value string) error {
	reason := "pass an ISO 3166-1 alpha-2 or alpha-3 code"
	if value == "" {
		reason = "no country given: " + reason
	} else if _, _, ok := iso.Country(strings.TrimSpace(clip(value))); ok {
		reason = "remove the spaces around the code"
	} else if known, ok := iso.Refusal(value); ok {
		reason = known
	} else {
		reason = "is not a known country: " + reason
	}
	return &InputError{Field: "country", Value: clip(value), Reason: reason, Kind: ErrUnknownCountry}
}

func regionError(value, reason string) error {
	return &InputError{Field: "region", Value: clip(value), Reason: reason, Kind: ErrUnknownRegion}
}
