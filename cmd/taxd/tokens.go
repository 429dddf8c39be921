package main

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/taxresolve/tax/rest"
)

// tokens are what each token permits, by its digest. Looking up a digest tells nothing of
// other tokens by the time that it takes.
type tokens map[[sha256.Size]byte]grant

// grant is what a token permits.
type grant struct {
	tenant string // "*" is every tenant
	manage bool
}

// tokens reads the file of tokens. Without one it generates a token for every tenant.
func (c *config) tokens() (t tokens, generated string, err error) {
	if c.tokenFile == "" && c.oidcIssuer != "" {
		return nil, "", nil
	}
	if c.tokenFile == "" {
		generated = rand.Text()
		return tokens{sha256.Sum256([]byte(generated)): {"*", true}}, generated, nil
	}
	text, err := os.ReadFile(c.tokenFile)
	if err != nil {
		return nil, "", fmt.Errorf("cannot read the tokens: %w; -token-file names a file that this user may read", err)
	}
	t, err = parseTokens(string(text))
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", c.tokenFile, err)
	}
	return t, "", nil
}

// authorizer returns rest.Options.Authorize for tokens of the file and of the issuer, which
// may be nil.
func authorizer(t tokens, i *issuer) authorize {
	if i == nil {
		return t.authorize
	}
	return func(r *http.Request, tenant, scope string) error {
		if err := t.authorize(r, tenant, scope); !errors.Is(err, rest.ErrUnauthenticated) {
			return err
		}
		return i.authorize(r, tenant, scope)
	}
}

// parseTokens reads lines of a token, a tenant and "read" or "manage". No error has a
// token in its text.
func parseTokens(text string) (tokens, error) {
	t, number := tokens{}, 0
	for line := range strings.Lines(text) {
		number++
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		if len(fields) != 3 || !slices.Contains([]string{"read", "manage"}, fields[2]) {
			return nil, fmt.Errorf("line %d: write a token, a tenant (or *), and read or manage, with spaces between", number)
		}
		if len(fields[0]) < 16 {
			return nil, fmt.Errorf("line %d: the token is shorter than 16 characters; take a random one, such as of openssl rand -hex 32", number)
		}
		digest := sha256.Sum256([]byte(fields[0]))
		if _, twice := t[digest]; twice {
			return nil, fmt.Errorf("line %d: the token is on an earlier line, too; each tenant needs its own", number)
		}
		t[digest] = grant{fields[1], fields[2] == "manage"}
	}
	if len(t) == 0 {
		return nil, fmt.Errorf("no token; write a token, a tenant (or *), and read or manage on each line")
	}
	return t, nil
}

// authorize is rest.Options.Authorize.
func (t tokens) authorize(r *http.Request, tenant, scope string) error {
	token, ok := rest.Bearer(r)
	if !ok {
		return rest.ErrUnauthenticated
	}
	g, known := t[sha256.Sum256([]byte(token))]
	switch {
	case !known:
		return rest.ErrUnauthenticated
	case g.tenant != "*" && g.tenant != tenant, scope == rest.ScopeManage && !g.manage:
		return rest.ErrForbidden
	}
	return nil
}
