package main

import (
	"bytes"
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// provider is a provider of OpenID Connect with a key of its own.
type provider struct {
	*httptest.Server
	key  atomic.Pointer[signingKey]
	down atomic.Bool
}

type signingKey struct {
	id      string
	private *rsa.PrivateKey
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	p := &provider{}
	p.rotate(t, "first")
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"issuer":%q,"jwks_uri":%q,"id_token_signing_alg_values_supported":["RS256","HS256","none"]}`, p.URL, p.URL+"/keys")
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		if p.down.Load() {
			http.Error(w, "down", http.StatusBadGateway)
			return
		}
		k := p.key.Load()
		fmt.Fprintf(w, `{"keys":[{"kty":"RSA","alg":"RS256","use":"sig","kid":%q,"n":%q,"e":%q}]}`, k.id,
			encoded(k.private.N.Bytes()), encoded(big.NewInt(int64(k.private.E)).Bytes()))
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func encoded(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (p *provider) rotate(t *testing.T, id string) {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	p.key.Store(&signingKey{id, private})
}

// claims are those of a token that may write for acme.
func (p *provider) claims(change ...any) map[string]any {
	c := map[string]any{"iss": p.URL, "aud": "tax", "sub": "a shop", "exp": time.Now().Add(time.Hour).Unix(), "tenant": "acme", "scope": "openid tax.tax_read tax.tax_manage"}
	for i := 0; i < len(change); i += 2 {
		c[change[i].(string)] = change[i+1]
	}
	return c
}

// token signs claims with a key.
func token(t *testing.T, k *signingKey, claims map[string]any) string {
	t.Helper()
	text := unsigned(t, "RS256", k.id, claims)
	digest := sha256.Sum256([]byte(text))
	signature, err := rsa.SignPKCS1v15(rand.Reader, k.private, crypto.SHA256, digest[:])
	require.NoError(t, err)
	return text + "." + encoded(signature)
}

func unsigned(t *testing.T, algorithm, key string, claims map[string]any) string {
	t.Helper()
	payload, err := json.Marshal(claims)
	require.NoError(t, err)
	return encoded(fmt.Appendf(nil, `{"alg":%q,"kid":%q,"typ":"JWT"}`, algorithm, key)) + "." + encoded(payload)
}

func TestTokensOfAnIssuerPermitTheirTenantsAndScopes(t *testing.T) {
	p := newProvider(t)
	s := start(t, "-oidc-issuer", p.URL, "-oidc-audience", "tax", "-token-file", written(t, "tokens", "operator-of-all-0 * read\n"))
	key, stranger := p.key.Load(), &signingKey{"first", nil}
	var err error
	stranger.private, err = rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	public := encoded(key.private.N.Bytes())
	shared := hmac.New(sha256.New, []byte(public))
	byHMAC := unsigned(t, "HS256", "first", p.claims())
	shared.Write([]byte(byHMAC))
	good := token(t, key, p.claims())
	for name, c := range map[string]struct {
		token     string
		get, put  int
		challenge string
	}{
		"a manager":                   {good, 200, 201, ""},
		"a token of the file":         {"operator-of-all-0", 200, 403, ""},
		"a reader":                    {token(t, key, p.claims("scope", "tax.tax_read")), 200, 403, "insufficient_scope"},
		"scopes in a list":            {token(t, key, p.claims("scope", []string{"tax.tax_read"})), 200, 403, "insufficient_scope"},
		"no scope":                    {token(t, key, p.claims("scope", nil)), 403, 403, "insufficient_scope"},
		"a scope that begins alike":   {token(t, key, p.claims("scope", "tax.tax_reader")), 403, 403, "insufficient_scope"},
		"several tenants":             {token(t, key, p.claims("tenant", []string{"others", "acme"})), 200, 201, ""},
		"every tenant":                {token(t, key, p.claims("tenant", "*")), 200, 201, ""},
		"another tenant":              {token(t, key, p.claims("tenant", "others")), 403, 403, "insufficient_scope"},
		"no tenant":                   {token(t, key, p.claims("tenant", 7)), 403, 403, "insufficient_scope"},
		"several audiences":           {token(t, key, p.claims("aud", []string{"other", "tax"})), 200, 201, ""},
		"another audience":            {token(t, key, p.claims("aud", "other")), 401, 401, "invalid_token"},
		"another issuer":              {token(t, key, p.claims("iss", "https://evil.example")), 401, 401, "invalid_token"},
		"expired":                     {token(t, key, p.claims("exp", time.Now().Add(-time.Minute).Unix())), 401, 401, "invalid_token"},
		"not valid yet":               {token(t, key, p.claims("nbf", time.Now().Add(time.Hour).Unix())), 401, 401, "invalid_token"},
		"no expiry":                   {token(t, key, p.claims("exp", nil)), 401, 401, "invalid_token"},
		"the key of somebody else":    {token(t, stranger, p.claims()), 401, 401, "invalid_token"},
		"no signature":                {unsigned(t, "none", "first", p.claims()) + ".", 401, 401, "invalid_token"},
		"a signature cut off":         {good[:len(good)-2], 401, 401, "invalid_token"},
		"claims of another token":     {strings.Split(good, ".")[0] + "." + strings.Split(token(t, key, p.claims("tenant", "*")), ".")[1] + "." + strings.Split(good, ".")[2], 401, 401, "invalid_token"},
		"the public key as a secret":  {byHMAC + "." + encoded(shared.Sum(nil)), 401, 401, "invalid_token"},
		"something that is no token":  {"a.b.c", 401, 401, "invalid_token"},
		"a token of unknown key name": {token(t, &signingKey{"second", stranger.private}, p.claims()), 401, 401, "invalid_token"},
	} {
		get, header := exchange(t, http.DefaultClient, "GET", s.url+"/v1/acme/configurations", c.token, "")
		assert.Equal(t, c.get, get, name)
		assert.Contains(t, header.Get("Www-Authenticate"), map[bool]string{true: c.challenge}[get > 400], name)
		put, _ := exchange(t, http.DefaultClient, "PUT", s.url+"/v1/acme/configurations/DE-X-A", c.token, region)
		assert.Equal(t, c.put, put, name)
		if put == 201 {
			status, _ := ask(t, "DELETE", s.url+"/v1/acme/configurations/DE-X-A", c.token, "")
			assert.Equal(t, 204, status, name)
		}
	}
	_, text := ask(t, "GET", s.url+"/v1/acme/configurations", token(t, key, p.claims("exp", 1)), "")
	assert.Contains(t, text, "token_expired")

	p.rotate(t, "second")
	status, text := ask(t, "GET", s.url+"/v1/acme/configurations", token(t, p.key.Load(), p.claims()), "")
	assert.Equal(t, 200, status, "the new key is read: %s", text)
	assert.Eventually(t, func() bool { // go-oidc answers with new keys a moment before it keeps them
		status, _ := ask(t, "GET", s.url+"/v1/acme/configurations", good, "")
		return status == 401
	}, 10*time.Second, time.Millisecond, "the old key is gone")
	p.down.Store(true)
	status, _ = ask(t, "GET", s.url+"/v1/acme/configurations", token(t, p.key.Load(), p.claims()), "")
	assert.Equal(t, 200, status, "the keys are in memory")
	status, _ = ask(t, "GET", s.url+"/v1/acme/configurations", good, "")
	assert.Equal(t, 503, status, "perhaps there is a newer key")
	assert.NotContains(t, s.problems.String(), good)
}

func TestIssuersThatCannotBeUsedAreRefusedAtTheStart(t *testing.T) {
	p := newProvider(t)
	for _, c := range []struct{ args, says string }{
		{"-oidc-issuer http://127.0.0.1:1 -oidc-audience tax", "-oidc-issuer is the address"},
		{"-oidc-issuer " + p.URL + "/other -oidc-audience tax", "-oidc-issuer is the address"},
		{"-oidc-issuer " + p.URL, "belong together"},
		{"-oidc-audience tax", "belong together"},
	} {
		var out, problems bytes.Buffer
		args := append([]string{"check", "-listen", "127.0.0.1:0", "-store", "memory:"}, strings.Fields(c.args)...)
		assert.Equal(t, exitUsage, run(t.Context(), args, noEnvironment, &out, &problems), c.args)
		assert.Contains(t, problems.String(), c.says)
	}
	var out, problems bytes.Buffer
	args := []string{"check", "-listen", "0.0.0.0:0", "-store", "memory:", "-oidc-issuer", p.URL, "-oidc-audience", "tax"}
	assert.Equal(t, exitDone, run(t.Context(), args, noEnvironment, &out, &problems), "others may reach a server with an issuer: %s", &problems)
}
