package openapi

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// choices are made by the bytes of a fuzzer. After the last, each is the first of its
// alternatives.
type choices struct{ left []byte }

// of returns one of 0 to n-1.
func (c *choices) of(n int) int {
	if len(c.left) == 0 {
		return 0
	}
	b := c.left[0]
	c.left = c.left[1:]
	return int(b) % n
}

// once reports true in one of n cases, as long as there are bytes.
func (c *choices) once(n int) bool { return c.of(n) == n-1 }

func pick[T any](c *choices, from []T) T { return from[c.of(len(from))] }

// words are values that mean something, by the names of fields and parameters.
var words = map[string][]any{
	"country":        {"CA", "DE", "CAN", "de", "FR", "ZZ", "XI"},
	"countryCode":    {"DE", "PL", "FR", "de", "DEU", "ZZ"},
	"locationCode":   {"DE", "CA", "SE", "de", "DEU", "ZZ"},
	"targetTaxClass": {"STANDARD", "ZERO", "x"},
	"sourceTaxClass": {"STANDARD", "ZERO"},
	"region":         {"QC", "BY", "X-A", "Quebec"},
	"location":       {"CA", "CA-QC", "DE", "FR", "ca", "CA-", "-QC", "DE-X-A", "ZZ"},
	"tenant":         {"acme", "acme", "acme", "acme", "acme", "acme", "acme", "others", "AB", "a b", ".."},
	"class":          {"STANDARD", "ZERO", "standard", "A B"},
	"code":           {"STANDARD", "ZERO", "A", "A B"},
	"date":           {"2026-03-01", "2006-07-01", "0001-01-01", "2026-02-30"},
	"from":           {"2026-03-01", "2008-01-01"},
	"rate":           {"19", "5", "9.975", "1e1", "-1"},
	"percent":        {"10", 5, "100", "0", "1000.5"},
	"price":          {"10.00", "0.01", 3, "-5", "999999999999"},
	"quantity":       {1, "2", "0.5", -1},
	"count":          {1, 2},
	"amount":         {"1.00", 100, "5"},
	"currency":       {"CAD", "EUR", "JPY", "XXX"},
	"mode":           {"halfUp", "halfEven", "up"},
	"scale":          {2, 0, 12},
	"treatment":      {"reverseCharge", "export", "exempt", "taxable"},
	"sort":           {"countryCode:desc,rate", "name", "rate:DESC", "x"},
	"pageSize":       {"1", "2", "1000", "0"},
	"languages":      {"fr", "en", "*"},
	"id":             {"pen", "a", ""},
	"version":        {1, 2, 0},
	"all":            {true},
	"cursor":         {"", "null"},
	"skip":           {"0", "1", "-1"},
	"name":           {"Standard", "S", "x"},
	"locale":         {"en", "de", "pt_BR"},
	"percentage":     {20, 9.975, 1001},
}

// broken are values that break most schemas.
func broken(c *choices) any {
	return pick(c, []any{nil, "", "x", -1, 0, true, json.Number("1e999999999"), json.Number("9223372036854775808"), json.Number("0." + strings.Repeat("1", 70)),
		[]any{}, map[string]any{}, []any{[]any{[]any{}}}, map[string]any{"x": nil}, "a\x00b", strings.Repeat("x", 5000), "\u202e\uffff", "../..", 1.5})
}

// value draws a value that a schema permits, and rarely another one.
func (c *choices) value(schema *openapi3.SchemaRef, name string, depth int) any {
	s := schema.Value
	const deepest = 8
	switch known := words[name]; {
	case c.once(24):
		return broken(c)
	case len(s.Enum) > 0:
		return pick(c, s.Enum)
	case known != nil && !permits(s, "object") && !permits(s, "array") && !c.once(12):
		return pick(c, known)
	case len(s.OneOf) > 0:
		return c.value(pick(c, s.OneOf), name, depth+1)
	case len(s.AllOf) > 0:
		whole := map[string]any{}
		for _, part := range s.AllOf {
			if object, ok := c.value(part, name, depth+1).(map[string]any); ok {
				maps.Copy(whole, object)
			}
		}
		return whole
	case permits(s, "object"):
		return c.object(s, depth)
	case permits(s, "array"):
		list := []any{}
		for n := c.of(4); n > 0 && depth < deepest; n-- {
			list = append(list, c.value(s.Items, name, depth+1))
		}
		return list
	case permits(s, "boolean"):
		return c.once(2)
	case permits(s, "integer"):
		return pick(c, []any{0, 1, 2, 100, 1000000, -3})
	case permits(s, "number"):
		return pick(c, []any{1, 19, 7.5, json.Number("7.000000000000001"), json.Number("1.9e1"), "2"})
	}
	return pick(c, []any{"a", "text", "Ä", "1"})
}

func permits(s *openapi3.Schema, kind string) bool { return s.Type.Includes(kind) }

func (c *choices) object(s *openapi3.Schema, depth int) map[string]any {
	object := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if slices.Contains(s.Required, name) && !c.once(40) || !slices.Contains(s.Required, name) && c.of(3) == 1 {
			object[name] = c.value(s.Properties[name], name, depth+1)
		}
	}
	if extra := s.AdditionalProperties.Schema; extra != nil {
		object[pick(c, []string{"en", "de", "x", "*"})] = c.value(extra, "", depth+1)
	}
	if c.once(32) {
		object["unknown"] = broken(c)
	}
	return object
}

// changed returns a document with some of its values replaced or left out.
func (c *choices) changed(v any) any {
	if c.once(48) {
		return broken(c)
	}
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = c.changed(v[i])
		}
		if len(v) > 0 && c.once(12) {
			v = append(v, v[c.of(len(v))])
		}
		return v
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if c.once(24) {
				delete(v, name)
			} else {
				v[name] = c.changed(v[name])
			}
		}
	}
	return v
}

// request draws a request to an operation. bodies are documents that suit some operations,
// by their names.
func (c *choices) request(d *Description, path, method string, bodies map[string][]string) *Exchange {
	item := d.document.Paths.Value(path)
	op := item.GetOperation(method)
	e := &Exchange{Method: method, Header: http.Header{}}
	query := url.Values{}
	for _, p := range slices.Concat(item.Parameters, op.Parameters) {
		p := p.Value
		if !p.Required && c.of(3) != 1 || p.Required && p.In != openapi3.ParameterInPath && c.once(16) {
			continue
		}
		text := asText(c.value(p.Schema, p.Name, 0))
		switch p.In {
		case openapi3.ParameterInPath:
			path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(text))
		case openapi3.ParameterInQuery:
			query.Add(p.Name, text)
		case openapi3.ParameterInHeader:
			values := []string{"en", "*", "de;q=0.5, *", "", "fr-CA", "x_y", text}
			if p.Name == "If-Match" || p.Name == "If-None-Match" { // most writes have none
				if c.of(4) > 0 {
					continue
				}
				values = []string{`"1"`, `"2"`, "*", `W/"1"`, "", text}
			}
			e.Header.Set(p.Name, pick(c, values))
		}
	}
	if c.once(24) {
		query.Add(pick(c, []string{"unknown", "country", ""}), "x")
	}
	e.URL = path
	if len(query) > 0 {
		e.URL += "?" + query.Encode()
	}
	c.token(e)
	if op.RequestBody != nil {
		c.body(e, op, bodies)
		if at := located.FindSubmatch(e.Body); method == http.MethodPut && at != nil && !c.once(4) {
			e.URL = e.URL[:strings.LastIndexByte(e.URL, '/')+1] + string(at[1])
		}
	}
	return e
}

func asText(v any) string {
	if text, ok := v.(string); ok {
		return text
	}
	text, _ := json.Marshal(v)
	return string(text)
}

// located matches the country of a configuration.
var located = regexp.MustCompile(`"location":{"countryCode":"([A-Z]+)"}`)

const manager = "tok:acme:tax.tax_read+tax.tax_manage"

func (c *choices) token(e *Exchange) {
	token := manager
	if c.once(12) {
		token = pick(c, []string{"tok:acme:tax.tax_read", "tok:others:tax.tax_read+tax.tax_manage", "", "x", "old:acme:x"})
	}
	if token != "" {
		e.Header.Set("Authorization", "Bearer "+token)
	}
}

func (c *choices) body(e *Exchange, op *openapi3.Operation, bodies map[string][]string) {
	content := op.RequestBody.Value.Content
	kind := pick(c, slices.Sorted(maps.Keys(content)))
	e.Header.Set("Content-Type", kind)
	if c.once(24) {
		e.Header.Set("Content-Type", pick(c, []string{"", "text/plain", "application/json; charset=latin1", "application/merge-patch+json"}))
	}
	var document any
	known := bodies[op.OperationID]
	if len(known) > 0 && (!strings.HasSuffix(kind, "/json") || !c.once(3)) {
		text := pick(c, known)
		if json.Unmarshal([]byte(text), &document) != nil || !strings.HasSuffix(kind, "/json") { // lines
			e.Body = []byte(text)
			if at := c.of(256); c.once(6) && at < len(e.Body) {
				e.Body = append(e.Body[:at], pick(c, []string{"", "}", "\x00", "\n", "9"})...)
			}
			return
		}
		if c.once(2) {
			document = c.changed(document)
		}
	} else {
		document = c.value(content[kind].Schema, "", 0)
	}
	e.Body, _ = json.Marshal(document)
	if c.once(32) {
		e.Body = e.Body[:c.of(len(e.Body)+1)]
	}
}
