package ampeco

import (
	"context"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

const contractPath = "/public-api/resources/taxes/v2.0"

// Service answers requests for the taxes of a [Store] with the bodies of the
// contract. [ErrorFor] turns its errors into error bodies. It is safe for
// concurrent use. Make one with [NewService]: every method of the zero value, and of
// nil, returns a [tax.InputError].
type Service struct {
	store Store
	path  string
	key   cursorKey
	// tolerant means that unknown fields of bodies are ignored.
	tolerant bool
}

// ServiceOptions change the links and cursors of a [Service].
type ServiceOptions struct {
	// Path is the beginning of links: a path or a URL without query and fragment.
	// It defaults to the path of the contract, /public-api/resources/taxes/v2.0.
	Path string
	// CursorKey signs cursors. It has 16 bytes or more. If it is empty, a random
	// key is used, and no other Service accepts the cursors.
	CursorKey []byte
	// Strict refuses fields of bodies that the contract does not have. By default they
	// are ignored; unknown parameters are always refused.
	Strict bool
}

// NewService returns a service. Without options it has the defaults. It returns
// a [tax.InputError] for a nil store, a path that is not UTF-8 or has a query
// or fragment, and a short key.
func NewService(store Store, opts *ServiceOptions) (*Service, error) {
	if store == nil {
		return nil, inputError("store", "nil", "pass a Store, see NewMemory")
	}
	s := &Service{store: store, path: contractPath, key: newCursorKey(), tolerant: opts == nil || !opts.Strict}
	if opts != nil && opts.Path != "" {
		var err error
		if s, err = s.WithPath(opts.Path); err != nil {
			return nil, err
		}
	}
	if opts != nil && len(opts.CursorKey) > 0 {
		if len(opts.CursorKey) < minCursorKey {
			return nil, inputError("CursorKey", "", "too short: pass 16 bytes or more")
		}
		s.key = slices.Clone(opts.CursorKey)
	}
	return s, nil
}

// WithPath returns the same service whose links begin with another path or URL: see
// ServiceOptions.Path, and its errors. It serves requests that came by another host;
// cursors are valid in both. It costs little.
func (s *Service) WithPath(path string) (*Service, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	if strings.ContainsAny(path, "?#") || !utf8.ValidString(path) {
		return nil, inputError("Path", path, "write a path in UTF-8, without query and fragment")
	}
	other := *s
	other.path = path
	return &other, nil
}

// String returns "ampeco service", for people and logs. It does not show the key that
// signs cursors.
func (*Service) String() string { return "ampeco service" }

// LogValue returns the text of String for log/slog.
func (s *Service) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalJSON always returns a [tax.InputError]: a service has no data of its own.
func (*Service) MarshalJSON() ([]byte, error) { return nil, noJSON("service") }

// check refuses to work without a store.
func (s *Service) check() error {
	if s == nil || s.store == nil {
		return inputError("service", "", "empty: make one with NewService")
	}
	return nil
}

// List answers GET on the path, with the query of the request: see the package
// documentation. Faults of the query are a [ValidationError].
func (s *Service) List(ctx context.Context, query url.Values) ([]byte, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	p, err := s.parameters(query)
	if err != nil {
		return nil, err
	}
	page, err := s.store.List(ctx, p.span())
	if err != nil {
		return nil, err
	}
	return s.envelope(p, page)
}

// Create answers POST on the path, with the body of the request. The status of
// its answer is 201. Its error is that of [ParseDraft], which refuses more unless the
// service is strict, or of the store.
func (s *Service) Create(ctx context.Context, body []byte) ([]byte, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	d, err := parseDraft(body, s.tolerant)
	if err != nil {
		return nil, err
	}
	return answer(s.store.Create(ctx, d))
}

// Read answers GET on the path of a tax, which ends with its id. An id that is
// not a positive whole number, without sign or leading zeros, is not found.
func (s *Service) Read(ctx context.Context, id string) ([]byte, error) {
	n, err := s.parseID(id)
	if err != nil {
		return nil, err
	}
	return answer(s.store.Get(ctx, n))
}

// Update answers PATCH on the path of a tax, with the body of the request. Its
// error is that of [ParsePatch], which refuses more unless the service is strict, or of
// the store. Faults of the body are reported even if there is no such tax.
func (s *Service) Update(ctx context.Context, id string, body []byte) ([]byte, error) {
	n, err := s.parseID(id)
	if err != nil {
		return nil, err
	}
	p, err := parsePatch(body, s.tolerant)
	if err != nil {
		return nil, err
	}
	return answer(s.store.Update(ctx, n, p))
}

// Delete answers DELETE on the path of a tax. The status of the answer is 204;
// it has no body.
func (s *Service) Delete(ctx context.Context, id string) error {
	n, err := s.parseID(id)
	if err != nil {
		return err
	}
	return s.store.Delete(ctx, n)
}

func (s *Service) parseID(id string) (int64, error) {
	if err := s.check(); err != nil {
		return 0, err
	}
	n, ok := parsePlain(id)
	if !ok {
		return 0, notFound(id)
	}
	return n, nil
}
