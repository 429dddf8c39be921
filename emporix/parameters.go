package emporix

import (
	"maps"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/strictjson"
)

var parameterNames = []string{
	"pageNumber", "pageSize", "sort", "name", "description", "countryCode", "taxClassCode", "rate", "cursor",
}

// parseParameters reads the parameters of a list request. in are the languages
// of the request.
func parseParameters(parameters url.Values, in tax.Preferences, maxPageSize int) (tax.Query, error) {
	q := tax.Query{Preferences: in, MaxPageSize: maxPageSize}
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		if err := readParameter(&q, name, parameters[name]); err != nil {
			return tax.Query{}, err
		}
	}
	// A class that is not shown must not be found either.
	q.Effective = q.Class != "" || q.Rate.Valid || q.Name.Contains != "" || q.Description.Contains != ""
	return q, nil
}

func readParameter(q *tax.Query, name string, values []string) (err error) {
	field, tag, tagged := strings.Cut(name, ".")
	localized := field == "name" || field == "description"
	if !slices.Contains(parameterNames, field) || tagged && !localized {
		return inputError("parameter", strings.ToValidUTF8(name, "?"), "no such parameter: use "+strings.Join(parameterNames, ", "))
	}
	var in tax.Preferences
	if tagged {
		if err = hyphens(tag); err == nil {
			in, err = tax.NewPreferences(tag)
		}
		if err != nil {
			return refusalOf(err).At(field)
		}
	}
	switch {
	case len(values) > 1:
		return inputError(name, values[1], strictjson.DuplicateKey)
	case len(values) == 0 || values[0] == "":
		return inputError(name, "", "empty: write a value, or leave the parameter out")
	case !utf8.ValidString(values[0]):
		return inputError(name, values[0], "not valid UTF-8")
	case localized && !tagged && q.Preferences.All():
		return inputError(name, values[0], `with Accept-Language "*", write the language, such as `+name+".en")
	}
	value := values[0]
	switch field {
	case "pageNumber":
		q.PageNumber, err = countParameter(field, value, math.MaxInt32)
	case "pageSize":
		q.PageSize, err = countParameter(field, value, q.MaxPageSize)
	case "sort":
		q.Sort, err = sortParameter(value, q.Preferences.All())
	case "name":
		err = textParameter(&q.Name, name, value, in)
	case "description":
		err = textParameter(&q.Description, name, value, in)
	case "countryCode":
		q.Country = countryParameter(value)
	case "taxClassCode":
		q.Class = value
	case "rate":
		q.Rate, err = rateParameter(value)
	case "cursor":
		q.Cursor = value
	}
	return err
}

// countParameter reads a whole number from 1 to high, without sign or leading
// zeros.
func countParameter(name, value string, high int) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > high || strconv.Itoa(n) != value {
		return 0, inputError(name, value, "write a whole number from 1 to "+strconv.Itoa(high)+", in digits alone")
	}
	return n, nil
}

// textParameter sets a filter. Zero preferences stand for those of the request.
func textParameter(f *tax.TextFilter, name, value string, in tax.Preferences) error {
	if f.Contains != "" {
		return inputError(name, value, "given in two languages: keep one")
	}
	*f = tax.TextFilter{Contains: value, In: in}
	return nil
}

// countryParameter turns an alpha-3 code into the alpha-2 code, which is the
// form that documents have.
func countryParameter(value string) string {
	if len(value) == 3 && strings.ToUpper(value) == value {
		if l, err := tax.ParseLocation(value, ""); err == nil {
			return l.Country
		}
	}
	return value
}

func rateParameter(value string) (decimal.NullDecimal, error) {
	percent, err := tax.Percent(value)
	if err != nil {
		return decimal.NullDecimal{}, refusalOf(err).At("rate")
	}
	return decimal.NullDecimal{Decimal: percent, Valid: true}, nil
}

var sortFields = []string{"name", "description", "countryCode", "taxClassCode", "rate"}

// sortParameter accepts only the fields of the contract. A request for all
// translations must name the language to sort by.
func sortParameter(value string, all bool) ([]tax.SortKey, error) {
	parts := strings.Split(value, ",")
	for i, part := range parts {
		if name := part[:strings.IndexAny(part+".", ".:")]; !slices.Contains(sortFields, name) {
			return nil, inputError("sort", name, "no such field: use "+strings.Join(sortFields, ", "))
		}
		if err := hyphens(part); err != nil {
			return nil, refusalOf(err).At("sort")
		}
		field, direction, _ := strings.Cut(part, ":")
		if lower := strings.ToLower(direction); lower == "asc" || lower == "desc" {
			parts[i] = field + ":" + lower
		}
	}
	keys, err := tax.ParseSort(strings.Join(parts, ","))
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		if all && (key.By == tax.ByName || key.By == tax.ByDescription) && key.In.IsZero() {
			return nil, inputError("sort", key.By.String(), `with Accept-Language "*", write the language, such as `+key.By.String()+".en")
		}
	}
	return keys, nil
}
