package rest

import (
	"maps"
	"net/url"
	"slices"
	"strings"
)

// only returns the values of parameters. It refuses others, and those that are given
// twice or empty.
func only(parameters url.Values, names ...string) (map[string]string, error) {
	values := make(map[string]string, len(parameters))
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		given := parameters[name]
		switch {
		case !slices.Contains(names, name):
			use := "this request has none"
			if len(names) > 0 {
				use = "use " + strings.Join(names, ", ")
			}
			return nil, inputError("parameter", clip(name), "no such parameter: "+use)
		case len(given) != 1:
			return nil, inputError(name, clip(given[1]), "given twice: keep one")
		case given[0] == "":
			return nil, inputError(name, "", "empty: write a value, or leave the parameter out")
		}
		values[name] = given[0]
	}
	return values, nil
}

// truth reads a parameter that is true or false, and false if it is not given.
func truth(values map[string]string, name string) (bool, error) {
	switch value := values[name]; value {
	case "true":
		return true, nil
	case "", "false":
		return false, nil
	default:
		return false, inputError(name, clip(value), "write true or false")
	}
}

// clip bounds how much of a text of a request an error repeats.
func clip(s string) string {
	const most = 64
	return strings.ToValidUTF8(s[:min(len(s), most)], "?")
}
