package rest_test

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/taxresolve/tax/rest"
	"github.com/taxresolve/tax/store"
)

const (
	failedMatch   = "the configuration is not the version of If-Match"
	failedNoMatch = "the configuration exists, or is one that was read"
	quebec        = `{"location":{"countryCode":"CA","region":"QC"},"taxClasses":[]`
	versionOne    = `,"metadata":{"version":1}}`
)

func TestWritesKeepTheirPreconditions(t *testing.T) {
	failed := func(reason string) string { return plain("precondition_failed", reason) }
	malformed := func(name, value, reason string) string {
		return `{"error":{"code":"malformed","message":` + strconv.Quote(name+" "+strconv.Quote(value)+": "+reason) + `,"field":"` + name + `"}}`
	}
	const path, write, star = "/v1/acme/configurations/CA-QC", `write one entity tag that was read, such as "3"`, "write *, or leave the header out"
	for name, c := range map[string]struct {
		method, body, header, value string
		status                      int
		answer                      string // "" if the write succeeds
	}{
		"delete this version":               {"DELETE", "", "If-Match", `"1"`, 204, ""},
		"delete another version":            {"DELETE", "", "If-Match", `"2"`, 412, failed(failedMatch)},
		"delete by a weak tag":              {"DELETE", "", "If-Match", `W/"1"`, 400, malformed("If-Match", `W/"1"`, write)},
		"delete by no tag":                  {"DELETE", "", "If-Match", `1`, 400, malformed("If-Match", `1`, write)},
		"delete one of two versions":        {"DELETE", "", "If-Match", `"1", "2"`, 400, malformed("If-Match", `"1", "2"`, write)},
		"delete version 0":                  {"DELETE", "", "If-Match", `"0"`, 400, malformed("If-Match", `"0"`, write)},
		"delete what does not exist":        {"DELETE", "", "If-None-Match", `*`, 412, failed(failedNoMatch)},
		"delete what is not this version":   {"DELETE", "", "If-None-Match", `"2"`, 400, malformed("If-None-Match", `"2"`, star)},
		"replace this version":              {"PUT", quebec + "}", "If-Match", `"1"`, 200, ""},
		"replace this version, twice said":  {"PUT", quebec + versionOne, "If-Match", `"1"`, 200, ""},
		"replace another version":           {"PUT", quebec + "}", "If-Match", `"2"`, 412, failed(failedMatch)},
		"replace two versions":              {"PUT", quebec + versionOne, "If-Match", `"2"`, 412, failed(failedMatch)},
		"replace what does not exist":       {"PUT", quebec + versionOne, "If-None-Match", `*`, 412, failed(failedNoMatch)},
		"create what exists":                {"PUT", quebec + "}", "If-None-Match", `*`, 412, failed(failedNoMatch)},
		"change this version":               {"PATCH", `{"metadata":{"version":1}}`, "If-Match", `"1"`, 200, ""},
		"change another version":            {"PATCH", `{"metadata":{"version":1}}`, "If-Match", `"2"`, 412, failed(failedMatch)},
		"change what has been changed":      {"PATCH", `{"metadata":{"version":2}}`, "If-Match", `"2"`, 412, failed(failedMatch)},
		"change what does not exist":        {"PATCH", `{"metadata":{"version":1}}`, "If-None-Match", `*`, 412, failed(failedNoMatch)},
		"change without a tag, an old time": {"PATCH", `{"metadata":{"version":1}}`, "If-Unmodified-Since", "Thu, 31 Mar 2022 09:52:14 GMT", 200, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := canada(t, rest.Options{})
			before := s.ask("GET", path, readToken, "").Body.String()
			w := s.ask(c.method, path, manageToken, c.body, c.header, c.value)
			if c.answer == "" {
				assert.Equal(t, c.status, w.Code, w.Body)
				return
			}
			answered(t, w, c.status, c.answer)
			assert.Equal(t, before, s.ask("GET", path, readToken, "").Body.String(), "nothing has changed")
		})
	}
	s := canada(t, rest.Options{})
	answered(t, s.ask("DELETE", "/v1/acme/configurations/FR", manageToken, "", "If-Match", `"1"`), 412, failed(failedMatch))
	answered(t, s.ask("DELETE", "/v1/acme/configurations/FR", manageToken, "", "If-None-Match", "*"), 404, plain("not_found", "there is no such configuration"))
	answered(t, s.ask("PUT", "/v1/acme/configurations/FR", manageToken, `{"location":{"countryCode":"FR"},"taxClasses":[]}`, "If-Match", `"1"`), 412, failed(failedMatch))
	assert.Equal(t, 201, s.ask("PUT", "/v1/acme/configurations/FR", manageToken, `{"location":{"countryCode":"FR"},"taxClasses":[]}`, "If-None-Match", "*").Code)
}

func TestOnlyStoresThatCompareVersionsDeleteOne(t *testing.T) {
	m := store.NewMemory(nil)
	s := serveTax(t, rest.Options{}, forgetful{m, m})
	assert.Equal(t, 201, s.ask("PUT", "/v1/acme/configurations/FR", manageToken, `{"location":{"countryCode":"FR"},"taxClasses":[]}`).Code)
	w := s.ask("DELETE", "/v1/acme/configurations/FR", manageToken, "", "If-Match", `"1"`)
	answered(t, w, http.StatusBadRequest, `{"error":{"code":"not_allowed","message":"If-Match \"\\\"1\\\"\": not allowed with this store: leave it out","field":"If-Match"}}`)
	assert.Equal(t, 204, s.ask("DELETE", "/v1/acme/configurations/FR", manageToken, "").Code)
}
