// Package browser drives the pages of taxd with Chromium, as a person would: it has tests
// only. They are skipped where there is no Chromium, or no npm to get axe-core with, unless
// TAX_BROWSER_REQUIRED is set. TAX_SCREENSHOTS names a folder for pictures of all pages.
package browser

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// required is the environment variable that makes it a failure that there is no browser.
const required = "TAX_BROWSER_REQUIRED"

// patience is the time that a test waits for one answer of the browser.
const patience = time.Minute

// chromium is the browser of all tests. Each has cookies of its own in it.
var chromium = sync.OnceValues(startChromium)

var stopChromium = func() {}

func TestMain(m *testing.M) {
	code := m.Run()
	stopChromium()
	os.Exit(code)
}

func startChromium() (context.Context, error) {
	path, err := findChromium()
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.DisableGPU,
		chromedp.Env("LANGUAGE=en_US", "LC_ALL=C.UTF-8"), // decides how a day is typed
		chromedp.Flag("lang", "en-US"))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // which Chromium refuses to root
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	browser, closed := chromedp.NewContext(allocator)
	stopChromium = func() { closed(); stop() }
	if err := chromedp.Do(browser); err != nil {
		stopChromium()
		return nil, fmt.Errorf("%s does not start: %w", path, err)
	}
	return browser, nil
}

func findChromium() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("there is no chromium in PATH: install it")
}

// needed skips a test that lacks something, or fails it if that is required.
func needed(t *testing.T, err error) {
	t.Helper()
	if err != nil && os.Getenv(required) == "" {
		t.Skipf("%v (%s=1 makes this a failure)", err, required)
	}
	require.NoError(t, err, required)
}
