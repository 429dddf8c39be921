package rest

import (
	"net/url"
	"slices"
	"strings"
)

// given are the parameters of a request: each has one value, which is not empty.
type given url.Values

// of returns the value of a parameter, and "" if it is not given.
func (g given) of(name string) string { return url.Values(g).Get(name) }

// only returns the values of parameters. It refuses others, and those that are given
// twice or empty.
func only(parameters url.Values, names ...string) (given, error) {
	wrong, found := "", false // the first in order: the same request always gets the same answer
	for name, values := range parameters {
		if (!slices.Contains(names, name) || len(values) != 1 || values[0] == "") && (!found || name < wrong) {
			wrong, found = name, true
		}
	}
	if !found {
		return given(parameters), nil
	}
	switch values := parameters[wrong]; {
	case !slices.Contains(names, wrong):
		use := "this request has none"
		if len(names) > 0 {
			use = "use " + strings.Join(names, ", ")
		}
		return nil, inputError("parameter", clip(wrong), "no such parameter: "+use)
	case len(values) != 1:
		return nil, inputError(wrong, clip(values[1]), "given twice: keep one")
	}
	return nil, inputError(wrong, "", "empty: write a value, or leave the parameter out")
}

// truth reads a parameter that is true or false, and false if it is not given.
func truth(values given, name string) (bool, error) {
	switch value := values.of(name); value {
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
