package browser

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/chromedp/cdproto/page"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// screenshots is the environment variable that names a folder for pictures of all pages.
const screenshots = "TAX_SCREENSHOTS"

// outOfReach lists what a reader cannot get at: anything that makes the page scroll
// sideways, and links, buttons and fields that are beyond the edge, or behind others. What
// is wide has a region of its own to scroll in.
const outOfReach = `(() => {
	const bad = [], root = document.documentElement
	if (root.scrollWidth > innerWidth) bad.push("the page is " + root.scrollWidth + " pixels wide")
	for (const e of document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")) {
		const folded = e.closest("details:not([open])")
		if (e.matches(".skip") || folded && !e.matches("summary")) continue
		e.scrollIntoView({block: "center", inline: "center", behavior: "instant"})
		const parts = [...e.getClientRects()].filter(b => b.width >= 1 && b.height >= 1), name = e.outerHTML.slice(0, 120)
		if (parts.length === 0) bad.push("no size: " + name)
		else if (parts.some(b => b.left < 0 || b.right > innerWidth + .5)) bad.push("beyond the edge: " + name)
		else if (!parts.some(b => e.contains(document.elementFromPoint(b.left + b.width / 2, b.top + b.height / 2)))) bad.push("behind something: " + name)
	}
	scrollTo(0, 0)
	document.querySelectorAll(".wide").forEach(e => e.scrollTo(0, 0))
	return bad
})()`

// seen looks at the page on a telephone and on a desk, by day and by night, and keeps
// pictures of it if they are asked for.
func (r *tab) seen(name string) {
	r.Helper()
	for _, width := range []int64{1280, 360} {
		for _, dark := range []bool{false, true} {
			where := fmt.Sprintf("%s-%d", name, width)
			if dark {
				where += "-dark"
			}
			r.size(width, dark)
			if !dark {
				assert.Empty(r, eval[[]string](r, outOfReach), where)
			}
			switch {
			case width == 1280 && !dark:
				r.accessible(where)
			case !dark:
				r.accessible(where, "target-size", "scrollable-region-focusable", "color-contrast")
			case width == 1280:
				r.accessible(where, "color-contrast")
			}
			r.picture(where)
		}
	}
	r.size(1280, false)
}

// accessible lets axe-core look at the page as it is. It asks for all rules, or for some.
func (r *tab) accessible(where string, rules ...string) {
	r.Helper()
	found := r.violations(rules...)
	assert.Empty(r, found, "%s: axe-core finds\n%s", where, strings.Join(found, "\n"))
}

func (r *tab) violations(rules ...string) []string {
	r.Helper()
	script, err := axe()
	needed(r.T, err)
	r.scripts(true)
	defer r.scripts(false)
	if !eval[bool](r, "'axe' in window") {
		eval[bool](r, script+"; true")
	}
	options := map[string]any{"resultTypes": []string{"violations"}, "rules": map[string]any{"target-size": map[string]bool{"enabled": true}}}
	if len(rules) > 0 {
		options = map[string]any{"resultTypes": []string{"violations"}, "runOnly": rules}
	}
	encoded, _ := json.Marshal(options)
	return eval[[]string](r, `axe.run(document, `+string(encoded)+`).then(a => a.violations.map(v => v.id + ": " + v.help + "\n" +
		v.nodes.slice(0, 5).map(n => "  " + n.html.slice(0, 200) + "\n  " + (n.failureSummary ?? "")).join("\n")))`)
}

// picture keeps a picture of the whole page.
func (r *tab) picture(name string) {
	r.Helper()
	folder := os.Getenv(screenshots)
	if folder == "" {
		return
	}
	beyond := true
	png := call(r, page.CaptureScreenshot, page.CaptureScreenshotParams{CaptureBeyondViewport: &beyond}).Data
	require.NoError(r, os.MkdirAll(folder, 0o755))
	require.NoError(r, os.WriteFile(filepath.Join(folder, name+".png"), png, 0o644))
}
