package rest

import "github.com/taxresolve/tax/internal/jsonvalue"

// readBasket reads a document of package basket. As in what that package writes itself,
// names are in upper or lower case.
func readBasket(body []byte, into any) error {
	return jsonvalue.Read(body, into, "the description", func(path, value, reason string) error {
		return inputError(path, value, reason)
	})
}
