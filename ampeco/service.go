package ampeco

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

const contractPath = "/public-api/resources/taxes/v2.0"

// Service turns requests on the taxes of a [Store] into the bodies of answers.
// Its errors have the documents of [ErrorFor]. It is safe for concurrent use.
type Service struct {
	store Store
	path  string
	key   cursorKey
}

// ServiceOptions change how a [Service] writes lists.
type ServiceOptions struct {
	// Path is what links begin with: a path or a whole address, without query
	// and fragment. Left empty, it is that of the contract,
	// /public-api/resources/taxes/v2.0.
	Path string
	// CursorKey signs cursors, with 16 bytes or more. Left empty, it is random:
	// then only this Service accepts its cursors.
	CursorKey []byte
}

// NewService makes a service; nil options are the defaults. It is a
// [tax.InputError] to pass no store, a path with a query or a fragment or that is
// not UTF-8, or a shorter key.
func NewService(store Store, opts *ServiceOptions) (*Service, error) {
	if store == nil {
		return nil, inputError("store", "nil", "pass a Store, see NewMemory")
	}
	s := &Service{store: store, path: contractPath, key: newCursorKey()}
	if opts != nil && opts.Path != "" {
		if strings.ContainsAny(opts.Path, "?#") || !utf8.ValidString(opts.Path) {
			return nil, inputError("Path", opts.Path, "write a path in UTF-8, without query and fragment")
		}
		s.path = opts.Path
	}
	if opts != nil && len(opts.CursorKey) > 0 {
		if len(opts.CursorKey) < minCursorKey {
			return nil, inputError("CursorKey", "", "too short: pass 16 bytes or more")
		}
		s.key = slices.Clone(opts.CursorKey)
	}
	return s, nil
}

// List answers GET on the path with the query of the request: see the package
// documentation. What the query has wrong is a [ValidationError].
func (s *Service) List(ctx context.Context, query url.Values) ([]byte, error) {
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

// Create answers POST on the path with the body of the request; the status is
// 201. Its error is that of [ParseDraft] or of the store.
func (s *Service) Create(ctx context.Context, body []byte) ([]byte, error) {
	d, err := ParseDraft(body)
	if err != nil {
		return nil, err
	}
	return answer(s.store.Create(ctx, d))
}

// Read answers GET on the path of a tax, which ends in its id. An id that is no
// whole number from 1 in its plain form is not found.
func (s *Service) Read(ctx context.Context, id string) ([]byte, error) {
	n, err := parseID(id)
	if err != nil {
		return nil, err
	}
	return answer(s.store.Get(ctx, n))
}

// Update answers PATCH on the path of a tax with the body of the request. Its
// error is that of [ParsePatch] or of the store: what is wrong with a body is told
// before whether the tax exists.
func (s *Service) Update(ctx context.Context, id string, body []byte) ([]byte, error) {
	n, err := parseID(id)
	if err != nil {
		return nil, err
	}
	p, err := ParsePatch(body)
	if err != nil {
		return nil, err
	}
	return answer(s.store.Update(ctx, n, p))
}

// Delete answers DELETE on the path of a tax; the status is 204, without a body.
func (s *Service) Delete(ctx context.Context, id string) error {
	n, err := parseID(id)
	if err != nil {
		return err
	}
	return s.store.Delete(ctx, n)
}

func parseID(id string) (int64, error) {
	n, ok := parsePlain(id)
	if !ok {
		return 0, notFound(id)
	}
	return n, nil
}
