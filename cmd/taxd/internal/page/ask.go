package page

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"math/big"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"github.com/taxresolve/tax"
)

// The fields of a question.
var askFields = []string{"country", "region", "postalCode", "class", "date", "price", "includes", "currency"}

// longestField bounds a field of a question, in bytes.
const longestField = 200

// askData is the data of the page for a question.
type askData struct {
	Fields []field
	Fault  *fault
	Answer *answer
}

// answer is what a question gets.
type answer struct {
	Rate        rate
	Place       text
	Location    tax.Location
	Date        tax.Date
	Steps       []string
	Amounts     []amount
	Rounding    string
	Sources     []source
	Again, JSON string // addresses that ask the same
	Text        string // of the JSON
}

// amount is a line of the calculation of a price.
type amount struct {
	Label, Value string
	Total        bool
}

// question is what a form asks.
type question struct {
	tax.Lookup
	currency string
	price    decimal.NullDecimal
	gross    bool
	rounding tax.Rounding
}

func (s *site) ask(ctx context.Context, r *request) (view, error) {
	_ = r.ParseForm() // what cannot be read is left out
	d := askData{}
	v := view{template: "ask", title: "Ask for a rate"}
	var wrong *fault
	if r.Form.Has("country") {
		q, err := r.question()
		if err == nil {
			d.Answer, _, err = r.answer(ctx, q)
		}
		if err != nil {
			if isTemporary(err) {
				return view{}, err
			}
			wrong, v.status = asked(err)
			d.Fault = wrong
		}
	}
	d.Fields = r.askForm(wrong)
	v.data = d
	return v, nil
}

// askJSON answers the same as the page, for programs.
func (s *site) askJSON(ctx context.Context, r *request) (view, error) {
	err := r.onlyAsked()
	var q question
	if err == nil {
		q, err = r.question()
	}
	if err == nil {
		var body any
		if _, body, err = r.answer(ctx, q); err == nil {
			return view{json: body}, nil
		}
	}
	if isTemporary(err) {
		return view{status: http.StatusServiceUnavailable, json: map[string]any{"error": map[string]string{"code": "unavailable", "message": "try again"}}}, nil
	}
	f, status := asked(err)
	return view{status: status, json: map[string]any{"error": struct {
		Code       string `json:"code"`
		Message    string `json:"message"`
		Field      string `json:"field,omitempty"`
		Suggestion string `json:"suggestion,omitempty"`
	}{f.Code, f.Text, f.Field, f.Suggestion}}}, nil
}

// asked says what is wrong with a question, and at which field.
func asked(err error) (*fault, int) {
	var lookup *tax.LookupError
	var input *tax.InputError
	f := &fault{Code: "failed", Text: "The question has no answer."}
	switch {
	case errors.As(err, &lookup):
		f.Code, f.Text, f.Suggestion = lookup.Code(), sentence(err), lookup.Suggestion()
		switch {
		case errors.Is(err, tax.ErrUnknownCountry):
			f.Field = "country"
		case errors.Is(err, tax.ErrUnknownRegion), errors.Is(err, tax.ErrRegionRequired):
			f.Field = "region"
		case errors.Is(err, tax.ErrUnknownClass), errors.Is(err, tax.ErrNoDefaultClass):
			f.Field = "class"
		case errors.Is(err, tax.ErrNoRate):
			f.Field = "date"
		}
		return f, http.StatusUnprocessableEntity
	case errors.As(err, &input):
		f.Code, f.Text, f.Field = input.Code(), sentence(err), strings.ReplaceAll(input.Field, "postal code", "postalCode")
	}
	return f, http.StatusBadRequest
}

var pricePattern = regexp.MustCompile(`^-?\d{1,15}(\.\d{1,6})?$`)

// price reads what pricePattern has found right, exactly and whatever the settings of the
// decimal library are.
func price(text string) decimal.Decimal {
	whole, part, _ := strings.Cut(text, ".")
	var n big.Int
	n.SetString(whole+part, 10)
	return decimal.NewFromBigInt(&n, -int32(len(part)))
}

// onlyAsked reads the parameters for a program, which sees no form with what was understood,
// so that what would be left out is an error.
func (r *request) onlyAsked() error {
	if err := r.ParseForm(); err != nil {
		return &tax.InputError{Field: "query", Reason: "write parameters with & between them, and % only before two hexadecimal digits"}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Form)) {
		if !slices.Contains(askFields, name) {
			return &tax.InputError{Field: "parameter", Value: name, Reason: "no such parameter: use " + strings.Join(askFields, ", ")}
		}
	}
	return nil
}

// question reads the fields.
func (r *request) question() (question, error) {
	get := func(name string) string { return strings.TrimSpace(r.Form.Get(name)) }
	for _, name := range askFields {
		if len(get(name)) > longestField {
			return question{}, &tax.InputError{Field: name, Value: get(name)[:64], Reason: "too long: write at most 200 characters"}
		}
		if len(r.Form[name]) > 1 {
			return question{}, &tax.InputError{Field: name, Value: get(name), Reason: "given twice: keep one"}
		}
	}
	q := question{
		Lookup:   tax.Lookup{Country: get("country"), Region: get("region"), PostalCode: get("postalCode"), Class: get("class")},
		currency: strings.ToUpper(get("currency")), gross: get("includes") == "tax",
	}
	if text := get("includes"); text != "" && text != "tax" {
		return q, &tax.InputError{Field: "includes", Value: text, Reason: "no such value: write tax for a price with tax, or nothing"}
	}
	var err error
	if text := get("date"); text != "" {
		if q.Date, err = tax.ParseDate(text); err != nil {
			return q, err
		}
	}
	if text := get("price"); text != "" {
		if !pricePattern.MatchString(text) {
			return q, &tax.InputError{Field: "price", Value: text, Reason: "write digits with a point before the decimals, such as 1234.50"}
		}
		q.price.Decimal, q.price.Valid = price(text), true
		if q.currency == "" {
			q.currency = "EUR"
		}
		q.rounding, err = tax.RoundingFor(q.currency)
	}
	return q, err
}

// answer returns the answer to a question for people, and for programs.
func (r *request) answer(ctx context.Context, q question) (*answer, any, error) {
	found, err := r.resolver.Lookup(ctx, q.Lookup)
	if err != nil {
		return nil, nil, err
	}
	e := found.Explain()
	a := &answer{Rate: r.rate(found), Location: found.Location(), Date: found.Date(), Steps: r.steps(found, e)}
	a.Place = r.countryNamed(found.Location().Country)
	if country, err := r.resolver.Country(ctx, found.Location().Country); err == nil {
		a.Place = r.placeName(country, found.Location())
	}
	for _, id := range e.Sources {
		a.Sources = append(a.Sources, described(id))
	}
	body := struct {
		Explanation tax.Explanation `json:"explanation"`
		Currency    string          `json:"currency,omitempty"`
		Amounts     *tax.Amounts    `json:"amounts,omitempty"`
	}{Explanation: e}
	if q.price.Valid {
		amounts, err := q.amounts(found)
		if err != nil {
			var input *tax.InputError
			if errors.As(err, &input) {
				return nil, nil, input.At("price")
			}
			return nil, nil, err
		}
		body.Currency, body.Amounts = q.currency, &amounts
		a.Amounts, a.Rounding = r.lines(q, amounts), "Rounding: "+q.rounding.String()+"."
	}
	encoded, err := json.MarshalIndent(body, "", "  ")
	if err != nil {
		return nil, nil, err
	}
	a.Text = shown(encoded)
	again := r.again(q, found.Date())
	a.Again, a.JSON = "/ask?"+again, "/ask.json?"+again
	return a, body, nil
}

func (q question) amounts(r tax.Resolution) (tax.Amounts, error) {
	if q.gross {
		return r.FromGross(q.price.Decimal, q.rounding)
	}
	return r.FromNet(q.price.Decimal, q.rounding)
}

// lines are the amounts in the order of the calculation.
func (r *request) lines(q question, a tax.Amounts) []amount {
	text := func(d decimal.Decimal) string {
		return d.StringFixed(max(q.rounding.Scale(), -d.Exponent())) + "\u00a0" + q.currency
	}
	list := []amount{{Label: "Net", Value: text(a.Net())}}
	for _, c := range a.Components() {
		name := c.Component.Code
		if in := c.Component.Name.In(r.in).Text; in != "" {
			name = in
		}
		list = append(list, amount{Label: "of the tax: " + isolated(name) + " " + percentText(c.Component.Percent), Value: text(c.Amount)})
	}
	return append(list, amount{Label: "Tax", Value: text(a.Tax())}, amount{Label: "Gross", Value: text(a.Gross()), Total: true})
}

// again returns the parameters of the same question on the day that it was about, so that
// it has the same answer on any other day.
func (r *request) again(q question, day tax.Date) string {
	p := url.Values{}
	for _, name := range askFields {
		if v := strings.TrimSpace(r.Form.Get(name)); v != "" {
			p.Set(name, v)
		}
	}
	p.Set("date", day.String())
	if q.price.Valid {
		p.Set("currency", q.currency)
	}
	return p.Encode()
}

// askForm returns the fields of a form with what was asked.
func (r *request) askForm(wrong *fault) []field {
	countries := []option{{"", "choose a country"}}
	for _, code := range r.names.sorted {
		countries = append(countries, option{code, r.names.byCode[code] + " (" + code + ")"})
	}
	given := r.Form.Get("country")
	if l, err := tax.ParseLocation(given, ""); err == nil && l.Region == "" {
		given = l.Country
	}
	if _, known := r.names.byCode[given]; given != "" && !known {
		countries = append(countries, option{given, given})
	}
	list := []field{
		{Name: "country", Label: "Country", Kind: "select", Options: countries, Required: true, Value: given},
		{Name: "region", Label: "Region", Kind: "text", Hint: "code or name, if the country has regions"},
		{Name: "postalCode", Label: "Postal code", Kind: "text"},
		{Name: "class", Label: "Class", Kind: "text", Hint: "code such as STANDARD; empty for the default class"},
		{Name: "date", Label: "Day", Kind: "date", Hint: "empty for today at the place"},
		{Name: "price", Label: "Price", Kind: "text", Hint: "such as 1234.50; empty for the rate alone"},
		{Name: "includes", Label: "The price is", Kind: "select", Options: []option{{"", "without tax"}, {"tax", "with tax"}}},
		{Name: "currency", Label: "Currency", Kind: "text", Hint: "three letters; EUR if empty"},
	}
	for i := range list {
		if list[i].Name != "country" {
			list[i].Value = r.Form.Get(list[i].Name)
		}
		if wrong != nil && wrong.Field == list[i].Name {
			list[i].Fault = wrong.Text
		}
	}
	return list
}

// isTemporary reports whether the same question may be answered later.
func isTemporary(err error) bool {
	return errors.Is(err, tax.ErrUnavailable) || errors.Is(err, tax.ErrClosed) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}
