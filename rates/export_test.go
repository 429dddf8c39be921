package rates

import "github.com/taxresolve/tax"

// Decode decodes a country as the first who asks for it does.
func Decode(country string) ([]tax.Configuration, error) { return decode(packed, country) }
