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

// tokens are what each token permits, by its digest. The key of the digests is made when the
// program starts and never leaves it: whoever sends a token cannot know its digest, so the time
// that a search for it takes tells nothing of others.
type tokens struct {
	key    [sha256.BlockSize / 2]byte
	grants map[digest]grant
}

type digest [sha256.Size]byte

func newTokens() tokens {
	t := tokens{grants: map[digest]grant{}}
	rand.Read(t.key[:]) // never fails: see crypto/rand
	return t
}

// digest returns that of a token. Each of them takes the same work as others of its length.
func (t *tokens) digest(token string) digest {
	var room [sha256.BlockSize * 2]byte
	return sha256.Sum256(append(append(room[:0], t.key[:]...), token...))
}

// grant is what a token permits.
type grant struct {
	tenant string // "*" is every tenant
	manage bool
}

// tokens reads the file of tokens. Without one it generates a token for every tenant.
func (c *config) tokens() (t tokens, generated string, err error) {
	if c.tokenFile == "" && c.oidcIssuer != "" {
		return t, "", nil
	}
	if c.tokenFile == "" {
		generated = rand.Text()
		t = newTokens()
		t.grants[t.digest(generated)] = grant{"*", true}
		return t, generated, nil
	}
	text, err := os.ReadFile(c.tokenFile)
	if err != nil {
		return t, "", fmt.Errorf("cannot read the tokens: %w; -token-file names a file that this user may read", err)
	}
	t, err = parseTokens(string(text))
	if err != nil {
		return t, "", fmt.Errorf("%s: %w", c.tokenFile, err)
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
	t, number := newTokens(), 0
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) { // which is no part of the first token
		number++
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		if len(fields) != 3 || !slices.Contains([]string{"read", "manage"}, fields[2]) {
			return t, fmt.Errorf("line %d: write a token, a tenant (or *), and read or manage, with spaces between", number)
		}
		if len(fields[0]) < 16 {
			return t, fmt.Errorf("line %d: the token is shorter than 16 characters; take a random one, such as of openssl rand -hex 32", number)
		}
		d := t.digest(fields[0])
		if _, twice := t.grants[d]; twice {
			return t, fmt.Errorf("line %d: the token is on an earlier line, too; each tenant needs its own", number)
		}
		t.grants[d] = grant{fields[1], fields[2] == "manage"}
	}
	if len(t.grants) == 0 {
		return t, fmt.Errorf("no token; write a token, a tenant (or *), and read or manage on each line")
	}
	return t, nil
}

// authorize is rest.Options.Authorize.
func (t *tokens) authorize(r *http.Request, tenant, scope string) error {
	token, ok := rest.Bearer(r)
	if !ok {
		return rest.ErrUnauthenticated
	}
	g, known := t.grants[t.digest(token)]
	switch {
	case !known:
		return rest.ErrUnauthenticated
	case g.tenant != "*" && g.tenant != tenant, scope == rest.ScopeManage && !g.manage:
		return rest.ErrForbidden
	}
	return nil
}
