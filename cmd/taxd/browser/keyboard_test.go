package browser

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// marked reports whether the element with the focus is on the screen, with a ring around it.
const marked = `(() => {
	const e = document.activeElement, b = e.getClientRects()[0], s = getComputedStyle(e)
	return b !== undefined && b.bottom > 0 && b.top < innerHeight && b.right > 0 && b.left < innerWidth && s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2
})()`

// tabTo presses Tab until something has the focus. On the way, all that has it can be seen.
func (r *tab) tabTo(what string) {
	r.Helper()
	var passed []string
	for range 60 {
		now := r.tabOn()
		if now == what {
			return
		}
		passed = append(passed, now)
	}
	require.Fail(r, "Tab does not lead there", "%s after %q", what, passed)
}

func (r *tab) tabOn() string {
	r.Helper()
	r.do(chromedp.KeyEvent(kb.Tab))
	now := r.focused()
	if eval[bool](r, "document.activeElement === document.body") {
		return "the browser itself" // after the last thing of the page
	}
	assert.True(r, eval[bool](r, marked), "the focus on %s is not seen", now)
	return now
}

// send presses Enter where the focus is, which leads to another page.
func (r *tab) send() int {
	r.Helper()
	return r.leads(chromedp.KeyEvent(kb.Enter))
}

func TestEveryFlowWorksWithTheKeyboardAlone(t *testing.T) {
	s := newShop(t)
	r := s.tab(t)
	r.size(360, false)
	require.Equal(t, 200, r.open("/ask"))
	assert.Equal(t, `link "Skip to the content"`, r.tabOn(), "the first thing that Tab leads to")
	r.do(chromedp.KeyEvent(kb.Enter))
	assert.Equal(t, "/ask#content", r.path())
	r.tabTo(`combobox "Country (required)"`)
	r.enter("Germany")
	r.tabTo(`textbox "Class"`)
	r.enter("REDUCED")
	require.Equal(t, 200, r.send(), "Enter sends a form from each of its fields")
	assert.Contains(t, r.text("#answer"), "7 %")

	r.tabTo(`searchbox "Name, code or postal code"`)
	r.enter("Iceland")
	r.tabTo(`button "Search"`)
	require.Equal(t, 200, r.send())
	r.tabTo(`link "Iceland"`)
	require.Equal(t, 200, r.send())
	assert.Equal(t, "/places/IS", r.path())

	require.Equal(t, 200, r.open("/session"))
	r.tabTo(`textbox "Tenant"`)
	r.enter("acme")
	r.tabTo(`textbox "Your name (required)"`)
	r.enter("Anna")
	r.tabTo(`textbox "Token (required)"`)
	r.enter("acme-manage-token")
	r.tabTo(`button "Sign in"`)
	require.Equal(t, 200, r.send())
	r.tabTo(`link "New configuration"`)
	require.Equal(t, 200, r.send())
	r.tabTo(`textbox "Country (required)"`)
	r.enter("DE")
	require.Equal(t, 200, r.send())
	r.tabTo(`textbox "Class (required)"`)
	r.enter("STANDARD")
	r.tabTo(`Date "From (required)"`)
	r.enter("2027-01-01")
	r.tabTo(`textbox "Percent"`)
	r.enter("20.5")
	r.tabTo(`button "Preview"`)
	require.Equal(t, 200, r.send())
	r.tabTo(`button "Save"`)
	require.Equal(t, 200, r.send())
	assert.Equal(t, "20.5", s.get(t, "acme", "DE").Classes[0].Rates[0].Percent.String())
	r.tabTo(`link "Edit"`)
	require.Equal(t, 200, r.send())
	r.tabTo(`textbox "Percent"`)
	r.enter("20.6")
	require.Equal(t, 200, r.send())
	r.tabTo(`button "Save"`)
	require.Equal(t, 200, r.send())
	r.tabTo(`link "History"`)
	require.Equal(t, 200, r.send())
	r.tabTo(`button "Go back to version 1"`)
	require.Equal(t, 200, r.send())
	r.tabTo(`button "Save"`)
	require.Equal(t, 200, r.send())
	assert.Equal(t, int64(3), s.get(t, "acme", "DE").Metadata.Version)
}
