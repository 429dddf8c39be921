package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rest"
)

// issuer believes the tokens that a provider of OpenID Connect has signed for an audience.
type issuer struct {
	verifier                *oidc.IDTokenVerifier
	tenantClaim, scopeClaim string
}

// issuerPatience is the time in which the provider must answer.
const issuerPatience = 10 * time.Second

// issuer asks the provider for its configuration. It is nil if there is none.
func (c *config) issuer(ctx context.Context) (*issuer, error) {
	if c.oidcIssuer == "" {
		return nil, nil
	}
	ctx = oidc.ClientContext(ctx, &http.Client{Timeout: issuerPatience})
	provider, err := oidc.NewProvider(ctx, c.oidcIssuer)
	if err != nil {
		return nil, fmt.Errorf("the issuer of tokens cannot be used: %w; -oidc-issuer is the address that its tokens have as iss", err)
	}
	var described struct {
		Keys string   `json:"jwks_uri"`
		Algs []string `json:"id_token_signing_alg_values_supported"`
	}
	if err := provider.Claims(&described); err != nil {
		return nil, fmt.Errorf("the configuration of %s cannot be read: %w", c.oidcIssuer, err)
	}
	keys := &keySet{oidc.NewRemoteKeySet(context.WithoutCancel(ctx), described.Keys)}
	return &issuer{
		verifier:    oidc.NewVerifier(c.oidcIssuer, keys, &oidc.Config{ClientID: c.oidcAudience, SupportedSigningAlgs: asymmetric(described.Algs)}),
		tenantClaim: c.oidcTenantClaim, scopeClaim: c.oidcScopeClaim,
	}, nil
}

// asymmetric returns the algorithms whose keys a provider can publish: never none, and none
// that signs with what verifies.
func asymmetric(algorithms []string) (kept []string) {
	for _, a := range algorithms {
		if slices.Contains([]string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.EdDSA}, a) {
			kept = append(kept, a)
		}
	}
	return kept // without any, RS256
}

// keySet remembers in a request that its keys could not be read: the token is perhaps valid.
type keySet struct{ oidc.KeySet }

type unreadable struct{ err error }

type unreadableKey struct{}

// VerifySignature is that of the provider's keys, which are read again when a token has
// been signed with another one.
func (k *keySet) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	payload, err := k.KeySet.VerifySignature(ctx, jwt)
	if err != nil && strings.HasPrefix(err.Error(), "fetching keys") {
		if u, ok := ctx.Value(unreadableKey{}).(*unreadable); ok {
			u.err = err
		}
	}
	return payload, err
}

// authorize is rest.Options.Authorize.
func (i *issuer) authorize(r *http.Request, tenant, scope string) error {
	text, ok := rest.Bearer(r)
	if !ok {
		return rest.ErrUnauthenticated
	}
	var keys unreadable
	token, err := i.verifier.Verify(context.WithValue(r.Context(), unreadableKey{}, &keys), text)
	var expired *oidc.TokenExpiredError
	switch {
	case keys.err != nil:
		return fmt.Errorf("the keys of the issuer: %w: %w", tax.ErrUnavailable, keys.err)
	case errors.As(err, &expired):
		return rest.ErrTokenExpired
	case err != nil:
		return rest.ErrUnauthenticated
	}
	var claims map[string]json.RawMessage
	if err := token.Claims(&claims); err != nil {
		return rest.ErrUnauthenticated
	}
	tenants := words(claims[i.tenantClaim])
	if !slices.Contains(tenants, tenant) && !slices.Contains(tenants, "*") || scope != "" && !slices.Contains(words(claims[i.scopeClaim]), scope) {
		return rest.ErrForbidden
	}
	return nil
}

// words returns the words of a claim, which is a list or one text with spaces between.
func words(claim json.RawMessage) (list []string) {
	var text string
	if json.Unmarshal(claim, &text) == nil {
		return strings.Fields(text)
	}
	_ = json.Unmarshal(claim, &list) // another type permits nothing
	return list
}
