package tax

import (
	"strings"

	"github.com/taxresolve/tax/internal/iso"
	"github.com/taxresolve/tax/internal/strictjson"
)

// Location is a place of taxation: a country or a region of it. The zero Location
// is no place. Locations are comparable and can be map keys.
//
// Use [ParseLocation] for codes that people or other systems wrote.
//
// In JSON it is {"country":"CA","region":"QC"}, without region for a country. As text,
// and so as the key of a JSON object, it is the code of ISO 3166-2: "CA-QC".
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
// A region that follows its country can also be passed alone, as the country:
// ParseLocation("CA-QC", "") reads every text that [Location.String] returns.
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
	if region == "" {
		if l, ok := regionAsCountry(country); ok {
			return l, nil
		}
	}
	return parseLocation(country, region)
}

// parseLocation is ParseLocation for a country alone and a region of it. Where both
// have a place of their own, a region is not accepted in place of a country.
func parseLocation(country, region string) (Location, error) {
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

// MarshalText returns what String returns. A location that is not in the form that
// [ParseLocation] returns is an [InputError], because reading its text would not return
// it. The zero Location is an empty text.
func (l Location) MarshalText() ([]byte, error) {
	if l != (Location{}) {
		if canonical, err := ParseLocation(l.String(), ""); err != nil {
			return nil, err
		} else if canonical != l {
			return nil, inputError("location", l.String(), notCanonical(canonical))
		}
	}
	return []byte(l.String()), nil
}

// UnmarshalText reads a text as ParseLocation(text, "") does. An empty text is the zero
// Location. If there is an error, l keeps its value.
func (l *Location) UnmarshalText(text []byte) error {
	var read Location
	if len(text) > 0 {
		var err error
		if read, err = ParseLocation(string(text), ""); err != nil {
			return err
		}
	}
	*l = read
	return nil
}

// MarshalJSON returns {"country":"CA","region":"QC"}, without region if it is empty.
// The codes are written as they are, because a [Fault] can be about wrong ones; only
// text that is not UTF-8 is an [InputError].
func (l Location) MarshalJSON() ([]byte, error) {
	w := strictjson.NewWriter(nil, inputError)
	w.Object(func() {
		w.Member("country", func() { w.Quoted(l.Country) })
		w.Text("region", l.Region)
	})
	return w.Bytes()
}

// UnmarshalJSON reads what MarshalJSON returns, and takes over the codes as they are. It
// reads a string as UnmarshalText does, because that is how [encoding/json] passes the
// keys of an object. Other fields, other types and null are an [InputError], and l keeps
// its value.
func (l *Location) UnmarshalJSON(data []byte) error {
	var read Location
	hasCountry := false
	d := strictjson.NewReader(data, inputError)
	if d.Peek() == '"' {
		text, err := d.Text()
		if err == nil {
			err = d.End()
		}
		if err != nil {
			return err
		}
		return l.UnmarshalText([]byte(text))
	}
	err := d.Object([]string{"country", "region"}, func(field string) (err error) {
		if field == "region" {
			read.Region, err = d.Text()
			return err
		}
		hasCountry = true
		read.Country, err = d.Text()
		return err
	})
	if err == nil && !hasCountry {
		err = d.RefuseField("country", "", missingCountry)
	}
	if err == nil {
		err = d.End()
	}
	if err == nil {
		*l = read
	}
	return err
}

const missingCountry = "missing: write the ISO 3166-1 code of the country"

func notCanonical(canonical Location) string {
	return "not the canonical code, which is " + canonical.String() + ": use ParseLocation"
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
	} else if l, ok := regionAsCountry(value); ok {
		reason = "is a region: pass country " + l.Country + " and region " + l.Region
	} else {
		reason = "is not a known country: " + reason
	}
	return &InputError{Field: "country", Value: clip(value), Reason: reason, Kind: ErrUnknownCountry}
}

// regionAsCountry reads the code of a region that was passed in place of a country.
func regionAsCountry(value string) (Location, bool) {
	if len(value) <= 3 || value[2] != '-' {
		return Location{}, false
	}
	l, err := parseLocation(value[:2], value)
	return l, err == nil
}

func regionError(value, reason string) error {
	return &InputError{Field: "region", Value: clip(value), Reason: reason, Kind: ErrUnknownRegion}
}
