package browser

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
)

func TestAQuestionHasItsAnswerALinkAndJSON(t *testing.T) {
	r := newShop(t).tab(t)
	require.Equal(t, 200, r.open("/"))
	require.Equal(t, 200, r.follow("link", "Ask"))
	r.seen("ask")
	r.fill("Country (required)", "Canada")
	r.fill("Region", "QC")
	r.fill("Day", "2026-12-31")
	r.fill("Price", "100")
	r.fill("Currency", "CAD")
	require.Equal(t, 200, r.follow("button", "Ask"))
	assert.Contains(t, r.text("#answer"), "14.975 %")
	assert.Equal(t, []string{"Gross", "114.98 CAD"}, r.row("Gross"))
	assert.Contains(t, r.text(".steps"), "The region QC has a configuration of its own: CA-QC.")
	answer := r.text("main section")
	r.press("DisclosureTriangle", "JSON")
	r.seen("ask-answer")

	require.Equal(t, 200, r.follow("link", "Link that asks the same again"))
	assert.Equal(t, answer, r.text("main section"))
	assert.Equal(t, []string{"QC", "2026-12-31", "CAD"}, []string{r.value("Region"), r.value("Day"), r.value("Currency")})

	r.fill("The price is", "with tax")
	r.fill("Price", "114.98")
	require.Equal(t, 200, r.follow("button", "Ask"))
	assert.Equal(t, []string{"Net", "100.00 CAD"}, r.row("Net"))
	require.Equal(t, 200, r.follow("link", "The answer as JSON"))
	var body struct {
		Explanation struct{ Territory tax.Location }
		Amounts     struct{ Net, Gross string }
	}
	require.NoError(t, json.Unmarshal([]byte(eval[string](r, "document.body.innerText")), &body))
	assert.Equal(t, "CA-QC", body.Explanation.Territory.String())
	assert.Equal(t, "100.00", body.Amounts.Net)
	assert.Equal(t, "114.98", body.Amounts.Gross)
}

func TestAWrongQuestionIsMendedAtItsField(t *testing.T) {
	r := newShop(t).tab(t)
	require.Equal(t, 200, r.open("/ask"))
	r.fill("Country (required)", "Germany")
	r.fill("Class", "REDUCD")
	require.Equal(t, 422, r.follow("button", "Ask"))
	assert.Contains(t, r.fault("Class"), `"REDUCD"`)
	assert.Contains(t, r.text("[role=alert]"), "Did you mean REDUCED?")
	r.seen("ask-fault")
	r.fill("Class", "REDUCED")
	require.Equal(t, 200, r.follow("button", "Ask"))
	assert.Contains(t, r.text("#answer"), "7 %")
}
