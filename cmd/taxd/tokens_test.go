package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/rest"
)

const twoTenants = "alpha-alpha-alpha acme manage\nbravo-bravo-bravo others manage\n"

// whole returns all of an answer that a client can look at, without the date.
func whole(t *testing.T, method, url, token string) (status int, header http.Header, body string) {
	t.Helper()
	r, err := http.NewRequest(method, url, nil)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	answer.Header.Del("Date")
	return answer.StatusCode, answer.Header, string(text)
}

// Whoever has no token, or that of another tenant, gets the same answer whatever there is.
func TestAnswersTellNothingOfOtherTenantsAndTokens(t *testing.T) {
	s := start(t, "-token-file", written(t, "tokens", twoTenants))
	status, text := ask(t, "PUT", s.url+"/v1/acme/configurations/DE-X-A", "alpha-alpha-alpha", region)
	require.Equal(t, 201, status, text)
	for _, method := range []string{"GET", "PUT", "PATCH", "DELETE"} {
		const path = "/configurations/DE-X-A"
		wantStatus, wantHeader, want := whole(t, method, s.url+"/v1/acme"+path, "zzzzz-zzzzz-zzzzz")
		assert.Equal(t, 401, wantStatus)
		for _, tenant := range []string{"acme", "others", "nobody"} {
			for _, token := range []string{"alpha-alpha-alphb", "alpha-alpha-alph", "alpha-alpha-alphaa", "ALPHA-ALPHA-ALPHA", "bravo-bravo-bravp", "a"} {
				status, header, body := whole(t, method, s.url+"/v1/"+tenant+path, token)
				assert.Equal(t, wantStatus, status, "%s %s", tenant, token)
				assert.Equal(t, wantHeader, header, "%s %s", tenant, token)
				assert.Equal(t, want, body, "%s %s", tenant, token)
			}
		}
		wantStatus, wantHeader, want = whole(t, method, s.url+"/v1/acme"+path, "bravo-bravo-bravo")
		assert.Equal(t, 403, wantStatus)
		for _, other := range []string{"/v1/acme/configurations/FR", "/v1/nobody" + path} {
			status, header, body := whole(t, method, s.url+other, "bravo-bravo-bravo")
			assert.Equal(t, wantStatus, status, other)
			assert.Equal(t, wantHeader, header, other)
			assert.Equal(t, want, body, other)
		}
	}
}

// A file that an editor of Windows has saved begins with a mark, which is no part of a token.
func TestTokensAreReadAfterAByteOrderMark(t *testing.T) {
	known, err := parseTokens("\ufeffalpha-alpha-alpha acme manage\r\n")
	require.NoError(t, err)
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Authorization", "Bearer alpha-alpha-alpha")
	assert.NoError(t, known.authorize(r, "acme", rest.ScopeManage))
	_, err = parseTokens("\ufeff# the tokens\r\nalpha-alpha-alpha acme manage\r\n")
	assert.NoError(t, err)
}

// A search for a token is one for a digest that nobody outside can compute, of the same length
// for each token. It allocates nothing, whatever the token is, and how many there are.
func TestSearchesForTokensDoTheSameWork(t *testing.T) {
	first, err := parseTokens(twoTenants)
	require.NoError(t, err)
	second, err := parseTokens(twoTenants)
	require.NoError(t, err)
	for d := range first.grants {
		assert.NotContains(t, second.grants, d, "each start has a key of its own")
	}
	require.NotEqual(t, [len(first.key)]byte{}, first.key)
	r := httptest.NewRequest("GET", "/", nil)
	for token, want := range map[string]error{
		"alpha-alpha-alpha": nil, "bravo-bravo-bravo": rest.ErrForbidden, "alpha-alpha-alphb": rest.ErrUnauthenticated, "zzzzz-zzzzz-zzzzz": rest.ErrUnauthenticated,
	} {
		r.Header.Set("Authorization", "Bearer "+token)
		assert.Equal(t, want, first.authorize(r, "acme", rest.ScopeManage), token)
		assert.Zero(t, testing.AllocsPerRun(100, func() { _ = first.authorize(r, "acme", rest.ScopeManage) }), token)
	}
}
