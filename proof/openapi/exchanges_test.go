package openapi

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// recorded returns what the tests of package rest ask, and the answers.
var recorded = sync.OnceValues(func() ([]Exchange, error) {
	folder, err := os.MkdirTemp("", "exchanges")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "exchanges.jsonl")
	command := exec.Command("go", "test", "-count=1", ".")
	command.Dir = filepath.Join("..", "..", "rest")
	command.Env = append(os.Environ(), "TAX_EXCHANGES="+file)
	if out, err := command.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, out)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var all []Exchange
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e Exchange
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, lines.Err()
})

// compare checks what was recorded of the paths that begin with a prefix. Contradictions
// that one of the reasons has are known: each must be met. At least a number of exchanges
// succeed, and as many do not.
func compare(t *testing.T, d *Description, prefix string, least int, reasons map[string]string) {
	t.Helper()
	all, err := recorded()
	require.NoError(t, err)
	met := map[string]bool{}
	var fine, refused int
	for _, e := range all {
		if !strings.HasPrefix(e.URL, prefix) && !strings.HasPrefix(strings.TrimPrefix(e.URL, "http://shop.example"), prefix) {
			continue
		}
		if e.Status < http.StatusBadRequest {
			fine++
		} else {
			refused++
		}
		err := d.Check(&e)
		if err == nil || known(err, reasons, met) {
			continue
		}
		t.Errorf("%s %s %v\n%s\n%d %s\n%v", e.Method, e.URL, e.Header, e.Body, e.Status, e.Answer, err)
	}
	assert.Greater(t, fine, least)
	assert.Greater(t, refused, least)
	for reason, why := range reasons {
		assert.True(t, met[reason], "no exchange contradicts the description like %q (%s) any more", reason, why)
	}
}

// known reports whether a contradiction is one of those for which there is a reason.
func known(err error, reasons map[string]string, met map[string]bool) bool {
	for reason := range reasons {
		if regexp.MustCompile(reason).MatchString(err.Error()) {
			met[reason] = true
			return true
		}
	}
	return false
}

func own(t testing.TB) *Description {
	t.Helper()
	d, err := Read("../../rest/openapi.yaml")
	require.NoError(t, err)
	return d
}

func TestTheAPIIsAsItIsDescribed(t *testing.T) {
	compare(t, own(t), "/v1/", 300, nil)
}

// vendor returns the description of a vendor.
func vendor(t testing.TB, file string) *Description {
	t.Helper()
	folder := os.Getenv("TAX_VENDOR_OPENAPI")
	if folder == "" {
		t.Skip("set TAX_VENDOR_OPENAPI to a folder with " + file + ", which is the vendor's and not a part of this repository")
	}
	d, err := Read(filepath.Join(folder, file))
	require.NoError(t, err)
	return d
}

func TestEmporixIsAsItIsDescribed(t *testing.T) {
	compare(t, vendor(t, "emporix-tax.yml"), "/tax/", 100, map[string]string{
		`"Content-Language" in header .* missing`:                 "E5, E6: the vendor's own tutorial does not send it",
		`parameter "(name|description)\.[a-z]+" is not described`: "the prose of the description has it",
		`parameter "cursor" is not described`:                     "the header Link leads to it",
		`/input/price": value must be a number`:                   "E107",
		`/(order|sourceLocation|description)": .*not nullable`:    "E82, E83, E117",
	})
}

func TestAMPECOIsAsItIsDescribed(t *testing.T) {
	compare(t, vendor(t, "ampeco-taxes.json"), "/public-api/", 100, map[string]string{
		`parameter "cursor" is not described`: "the prose of the description has it",
	})
}
