package page

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

// control returns the field of a form with a name.
func control(t *testing.T, n *html.Node, name string) *html.Node {
	t.Helper()
	for c := range n.Descendants() {
		if c.Type == html.ElementNode && (c.Data == "input" || c.Data == "select" || c.Data == "textarea") && attribute(c, "name") == name {
			return c
		}
	}
	require.Fail(t, "no field", name)
	return nil
}

// linked returns the address of the link with a text.
func linked(t *testing.T, n *html.Node, text string) string {
	t.Helper()
	for _, a := range all(n, "a") {
		if words(a) == text {
			return attribute(a, "href")
		}
	}
	require.Fail(t, "no link", text)
	return ""
}

func TestAQuestionHasItsAnswerWithStepsAndAmounts(t *testing.T) {
	d := get(t, world(), "/ask?country=CA&region=Qu%C3%A9bec&date=2026-11-30&price=100.50&currency=cad")
	assert.Equal(t, 200, d.status)
	assert.Equal(t, "14.975 % GST + QST", words(all(d.Node, "h2")[0]))
	sum := all(d.Node, "table.sum")[0]
	assert.Equal(t, []string{"Net", "100.50 CAD"}, row(t, sum, "Net"))
	assert.Equal(t, []string{"Tax", "15.05 CAD"}, row(t, sum, "Tax"))
	assert.Equal(t, []string{"Gross", "115.55 CAD"}, row(t, sum, "Gross"))
	assert.Equal(t, "5.03 CAD", row(t, sum, "5 %")[1])
	assert.Equal(t, "10.02 CAD", row(t, sum, "9.975 %")[1])
	steps := words(all(d.Node, "ol.steps")[0])
	for _, step := range []string{
		"The day is 2026-11-30, as asked.", "is the name of a place whose rates are those of CA-QC", "the default class is STANDARD",
		"It charges 14.975 %, which is GST 5 % and QST 9.975 %.", "Exactly this rate holds from 2013-01-01.", "The configuration of CA-QC took part", "Evidence: sources agree.",
	} {
		assert.Contains(t, steps, step)
	}
}

func TestAPriceWithTaxKeepsWhatTheCustomerWasShown(t *testing.T) {
	d := get(t, world(), "/ask?country=DE&class=REDUCED&date=2026-11-30&price=1.99&includes=tax")
	sum := all(d.Node, "table.sum")[0]
	assert.Equal(t, []string{"Gross", "1.99 EUR"}, row(t, sum, "Gross"))
	assert.Equal(t, []string{"Net", "1.86 EUR"}, row(t, sum, "Net"))
}

func TestTheLinkAsksTheSameOnAnyDay(t *testing.T) {
	d := get(t, world(), "/ask?country=aut&postalCode=6991&price=10")
	again := linked(t, d.Node, "Link that asks the same again")
	p, err := url.ParseQuery(strings.TrimPrefix(again, "/ask?"))
	require.NoError(t, err)
	today := p.Get("date")
	assert.Regexp(t, `^\d{4}-\d\d-\d\d$`, today)
	second := get(t, world(), again)
	assert.Equal(t, words(all(d.Node, "table.sum")[0]), words(all(second.Node, "table.sum")[0]))
	assert.Contains(t, words(second.Node), "The postal code 6991 decides: it leads to AT-X-MITTELBERG.")
	assert.Equal(t, today, attribute(control(t, second.Node, "date"), "value"))
}

func TestTheJSONIsTheAnswerOfThePage(t *testing.T) {
	d := get(t, world(), "/ask?country=CA&region=QC&price=100")
	w := httptest.NewRecorder()
	world().ServeHTTP(w, httptest.NewRequest("GET", linked(t, d.Node, "The answer as JSON"), nil))
	assert.Equal(t, "application/json", w.Header().Get("Content-Type"))
	var body struct {
		Explanation struct{ Percent, Territory any }
		Amounts     struct{ Gross string }
		Currency    string
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &body))
	assert.Equal(t, "14.975", body.Explanation.Percent)
	assert.Equal(t, "114.98", body.Amounts.Gross)
	assert.Equal(t, "EUR", body.Currency)
	require.True(t, json.Valid([]byte(words(all(d.Node, "pre")[0]))))
	w = httptest.NewRecorder()
	world().ServeHTTP(w, httptest.NewRequest("GET", "/ask.json?country=DE&class=STANDRAD", nil))
	assert.Equal(t, http.StatusUnprocessableEntity, w.Code)
	assert.Contains(t, w.Body.String(), `"code": "unknown_class"`)
	assert.Contains(t, w.Body.String(), `"suggestion": "STANDARD"`)
}

func TestAWrongQuestionSaysWhatIsWrongAtItsField(t *testing.T) {
	for _, c := range []struct{ query, field, text string }{
		{"country=DE&class=STANDRAD", "class", "did you mean \"STANDARD\"?"},
		{"country=US", "region", "region"},
		{"country=Germny", "country", "country"},
		{"country=DE&date=2026-02-30", "date", "2026-02-30"},
		{"country=DE&price=1,50", "price", "1234.50"},
		{"country=DE&price=1e99999999", "price", "1234.50"},
		{"country=DE&price=1&currency=XXX", "currency", "XXX"},
		{"country=DE&date=1066-10-14", "date", "1066-10-14"},
		{"country=DE&region=" + strings.Repeat("x", 300), "region", "too long"},
	} {
		d := get(t, world(), "/ask?"+c.query)
		assert.GreaterOrEqual(t, d.status, 400, c.query)
		in := control(t, d.Node, c.field)
		assert.Equal(t, "true", attribute(in, "aria-invalid"), c.query)
		assert.Contains(t, attribute(in, "aria-describedby"), c.field+"-fault")
		assert.Contains(t, words(all(d.Node, "span.fault")[0]), c.text)
	}
}

func TestHostileQuestionsShowAsText(t *testing.T) {
	for _, text := range hostile {
		d := get(t, world(), "/ask?country=DE&class="+url.QueryEscape(text[:min(len(text), 150)]))
		assert.Equal(t, http.StatusUnprocessableEntity, d.status)
		assert.Equal(t, text[:min(len(text), 150)], attribute(control(t, d.Node, "class"), "value"))
	}
}

// A parameter that is ignored, or taken for another one, is another question with an answer
// that looks right.
func TestProgramsAreToldOfParametersThatWouldBeIgnored(t *testing.T) {
	for query, want := range map[string][2]string{
		"country=AT&postalcode=6991":                       {"unknown", "parameter"},
		"country=AT&gross=119":                             {"unknown", "parameter"},
		"country=AT&country=DE":                            {"duplicate", "country"},
		"country=AT&price=119&includes=gross&currency=EUR": {"unknown", "includes"},
		"country=AT;postalCode=6991":                       {"malformed", "query"},
		"country=AT&class=%zz":                             {"malformed", "query"},
	} {
		w := httptest.NewRecorder()
		world().ServeHTTP(w, httptest.NewRequest("GET", "/ask.json?"+query, nil))
		assert.Equal(t, 400, w.Code, query)
		var body struct {
			Error struct{ Code, Message, Field string }
		}
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &body))
		assert.Equal(t, want, [2]string{body.Error.Code, body.Error.Field}, "%s: %s", query, body.Error.Message)
	}
	for query, code := range map[string]int{"country=AT&price=119&includes=gross": 400, "country=AT&country=DE": 400, "country=AT&utm_source=mail": 200} {
		w := httptest.NewRecorder()
		world().ServeHTTP(w, httptest.NewRequest("GET", "/ask?"+query, nil))
		assert.Equal(t, code, w.Code, query)
	}
}
