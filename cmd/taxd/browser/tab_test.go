package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// tab is a tab of the browser with cookies of its own. It finds everything by role and name,
// as a screen reader does. Scripts of pages do not run in it, unless a test switches them on.
type tab struct {
	*testing.T
	ctx    context.Context
	origin string

	mu      sync.Mutex
	foreign []string // requests to another origin
	logged  []string // what the console has
	dialogs []string
}

func (s *shop) tab(t *testing.T) *tab {
	t.Helper()
	r := newTab(t, s.origin)
	t.Cleanup(func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		assert.Empty(t, r.foreign, "requests to others")
		assert.Empty(t, r.logged, "the console")
		assert.Empty(t, r.dialogs)
	})
	return r
}

// newTab opens a tab that watches what its pages ask for and complain about.
func newTab(t *testing.T, origin string) *tab {
	t.Helper()
	browser, err := chromium()
	needed(t, err)
	ctx, closed := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(closed)
	r := &tab{T: t, ctx: ctx, origin: origin}
	require.NoError(t, chromedp.Do(ctx))
	require.NoError(t, chromedp.Listen(ctx, r.watch))
	r.scripts(false)
	r.size(1280, false)
	return r
}

// watch notes what no page may do. Only the browser itself says that an answer was not a
// 200: that is a matter of the test.
func (r *tab) watch(event any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		// The browser draws its own fields with pictures from data URLs; a page may have none.
		if u, err := url.Parse(e.Request.URL); err != nil || u.Scheme != "data" && u.Scheme+"://"+u.Host != r.origin {
			r.foreign = append(r.foreign, e.Request.URL)
		}
	case *log.EventEntryAdded:
		if !strings.HasPrefix(e.Entry.Text, "Failed to load resource: the server responded with a status of 4") {
			r.logged = append(r.logged, e.Entry.Text)
		}
	case *runtime.EventConsoleAPICalled:
		r.logged = append(r.logged, string(e.Type))
	case *runtime.EventExceptionThrown:
		r.logged = append(r.logged, e.ExceptionDetails.Text)
	case *page.EventJavascriptDialogOpening:
		r.dialogs = append(r.dialogs, e.Message)
	}
}

// call sends a command to the tab.
func call[P, R any](r *tab, command cdp.Command[P, R], params P) R {
	r.Helper()
	ctx, cancel := context.WithTimeout(r.ctx, patience)
	defer cancel()
	result, err := chromedp.Call(ctx, command, params)
	require.NoError(r, err, "%T", params)
	return result
}

// eval returns the value of an expression in the page.
func eval[T any](r *tab, expression string) T {
	r.Helper()
	ctx, cancel := context.WithTimeout(r.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	require.NoError(r, err, "%.200s", expression)
	return v
}

func (r *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	r.Helper()
	ctx, cancel := context.WithTimeout(r.ctx, patience)
	defer cancel()
	require.NoError(r, chromedp.Do(ctx, steps...))
}

// leads does what leads to another page, and returns the status of that page.
func (r *tab) leads(steps ...chromedp.Action[chromedp.Void]) int {
	r.Helper()
	ctx, cancel := context.WithTimeout(r.ctx, patience)
	defer cancel()
	answer, err := chromedp.RunResponse(ctx, steps...)
	require.NoError(r, err)
	if answer == nil { // from the memory of the browser
		return 0
	}
	return int(answer.Status)
}

func (r *tab) scripts(on bool) {
	r.Helper()
	call(r, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
}

func (r *tab) size(width int64, dark bool) {
	r.Helper()
	height := int64(900)
	call(r, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1})
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	call(r, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
}

// reads sets the languages of the reader.
func (r *tab) reads(languages string) {
	r.Helper()
	call(r, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": languages}})
}

// open goes to an address of the shop, and returns the status.
func (r *tab) open(path string) int {
	r.Helper()
	return r.leads(chromedp.Navigate(r.origin + path))
}

func (r *tab) path() string {
	r.Helper()
	return strings.TrimPrefix(eval[string](r, "location.href"), r.origin)
}

// text returns what a reader sees, with single spaces.
func (r *tab) text(selector string) string {
	r.Helper()
	return words(eval[string](r, "document.querySelector("+quoted(selector)+")?.innerText ?? ''"))
}

// quoted writes a text as JavaScript does.
func quoted(s string) string {
	text, _ := json.Marshal(s)
	return string(text)
}

func words(s string) string { return strings.Join(strings.Fields(s), " ") }

// row returns the cells of the first row of a table that has a cell with a text.
func (r *tab) row(cell string) []string {
	r.Helper()
	cells := eval[[]string](r, `([...document.querySelectorAll("tbody tr")].map(e => [...e.cells].map(c => c.innerText.replace(/\s+/g, " "))).find(e => e.some(c => c.includes(`+quoted(cell)+`))) ?? [])`)
	for i := range cells {
		cells[i] = words(cells[i])
	}
	return cells
}

// named returns the element with a role and a name.
func (r *tab) named(role, name string) cdp.BackendNodeID {
	r.Helper()
	found := r.all(role, name)
	require.NotEmpty(r, found, "there is no %s %q on\n%s", role, name, r.text("body"))
	return found[0]
}

func (r *tab) all(role, name string) []cdp.BackendNodeID {
	r.Helper()
	var list []cdp.BackendNodeID
	for _, n := range r.tree(role, name) {
		list = append(list, n.BackendDOMNodeID)
	}
	return list
}

// names returns the names of everything with a role.
func (r *tab) names(role string) []string {
	r.Helper()
	var list []string
	for _, n := range r.tree(role, "") {
		list = append(list, words(textOf(n.Name)))
	}
	return list
}

// tree returns what a screen reader has of a role, and of a name unless that is "".
func (r *tab) tree(role, name string) []*accessibility.Node {
	r.Helper()
	root := call(r, runtime.Evaluate, runtime.EvaluateParams{Expression: "document"})
	found := call(r, accessibility.QueryAXTree, accessibility.QueryAXTreeParams{ObjectID: root.Result.ObjectID, AccessibleName: name, Role: role})
	call(r, runtime.ReleaseObject, runtime.ReleaseObjectParams{ObjectID: root.Result.ObjectID})
	return slices.DeleteFunc(found.Nodes, func(n *accessibility.Node) bool { return n.Ignored })
}

func textOf(v *accessibility.Value) (s string) {
	if v != nil {
		_ = json.Unmarshal(v.Value, &s)
	}
	return s
}

// pointAt scrolls to an element and returns where a mouse would click it.
func (r *tab) pointAt(role, name string) (x, y float64) {
	r.Helper()
	n := r.named(role, name)
	call(r, dom.ScrollIntoViewIfNeeded, dom.ScrollIntoViewIfNeededParams{BackendNodeID: n})
	quads := call(r, dom.GetContentQuads, dom.GetContentQuadsParams{BackendNodeID: n}).Quads
	require.NotEmpty(r, quads, "%s %q has no place on the screen", role, name)
	q := quads[0]
	return (q[0] + q[4]) / 2, (q[1] + q[5]) / 2
}

// press clicks what stays on the page.
func (r *tab) press(role, name string) {
	r.Helper()
	x, y := r.pointAt(role, name)
	r.do(chromedp.MouseClickXY(x, y))
}

// follow clicks a link or button that leads to another page, and returns its status.
func (r *tab) follow(role, name string) int {
	r.Helper()
	x, y := r.pointAt(role, name)
	return r.leads(chromedp.MouseClickXY(x, y))
}

// fill types into a field in place of what is there. A day is typed as 2026-12-31.
func (r *tab) fill(name, value string) {
	r.Helper()
	r.focus(name)
	r.enter(value)
}

func (r *tab) focus(name string) {
	r.Helper()
	for _, role := range []string{"textbox", "searchbox", "combobox", "Date"} {
		if found := r.all(role, name); len(found) > 0 {
			call(r, dom.Focus, dom.FocusParams{BackendNodeID: found[0]})
			return
		}
	}
	require.Fail(r, "there is no field", "%s on\n%s", name, r.text("body"))
}

// enter types into the field that has the focus.
func (r *tab) enter(value string) {
	r.Helper()
	switch kind := eval[string](r, "document.activeElement.type"); kind {
	case "date":
		day, err := time.Parse(time.DateOnly, value)
		require.NoError(r, err)
		r.do(chromedp.KeyEvent(day.Format("01022006")))
	case "select-one":
		r.do(chromedp.KeyEvent(value)) // the browser chooses what begins with it
		require.Contains(r, eval[string](r, "document.activeElement.selectedOptions[0].text"), value)
		return
	default:
		r.do(chromedp.KeyEvent("a", chromedp.KeyModifiers(kb.ModifierCtrl)), chromedp.KeyEvent(kb.Backspace))
		if len(value) < 100 && !strings.ContainsFunc(value, func(c rune) bool { return c > unicode.MaxASCII }) {
			r.do(chromedp.KeyEvent(value))
		} else { // pasted
			call(r, input.InsertText, input.InsertTextParams{Text: value})
		}
	}
	require.Equal(r, value, eval[string](r, "document.activeElement.value"))
}

// value returns what a field has.
func (r *tab) value(name string) string {
	r.Helper()
	r.focus(name)
	return eval[string](r, "document.activeElement.value")
}

// fault returns what a screen reader says with a field: its hint and what is wrong.
func (r *tab) fault(name string) string {
	r.Helper()
	r.focus(name)
	require.Equal(r, "true", eval[string](r, "document.activeElement.getAttribute('aria-invalid') ?? ''"), name)
	return words(eval[string](r, `(document.activeElement.getAttribute("aria-describedby") ?? "").split(" ").map(i => document.getElementById(i)?.innerText).join(" ")`))
}

// signIn gives a token in the form for it.
func (r *tab) signIn(tenant, token string) {
	r.Helper()
	r.open("/session")
	r.fill("Tenant", tenant)
	r.fill("Your name (required)", "Anna")
	r.fill("Token (required)", token)
	require.Equal(r, 200, r.follow("button", "Sign in"), r.text("main"))
	require.Equal(r, "/configurations", r.path())
}

// focused says what has the focus, as a screen reader does.
func (r *tab) focused() string {
	r.Helper()
	active := call(r, runtime.Evaluate, runtime.EvaluateParams{Expression: "document.activeElement"})
	no := false
	tree := call(r, accessibility.GetPartialAXTree, accessibility.GetPartialAXTreeParams{ObjectID: active.Result.ObjectID, FetchRelatives: &no})
	call(r, runtime.ReleaseObject, runtime.ReleaseObjectParams{ObjectID: active.Result.ObjectID})
	require.NotEmpty(r, tree.Nodes)
	return fmt.Sprintf("%s %q", textOf(tree.Nodes[0].Role), textOf(tree.Nodes[0].Name))
}
