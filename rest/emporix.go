package rest

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/emporix"
)

// EmporixOptions are the options of [NewEmporix].
type EmporixOptions struct {
	Options
	// Service are the options of the configurations: languages, pages, regions.
	Service emporix.ServiceOptions
	// Calculator are the options of the calculations.
	Calculator emporix.CalculatorOptions
}

// NewEmporix returns a handler for the contract of package emporix: the paths below
// /tax/{tenant}/taxes. It keeps configurations in s, which must be a [tax.Lister], and
// calculates with r, which usually reads from s. Neither is closed by the handler, which
// is safe for concurrent use. Options that cannot be used are a [tax.InputError]; without
// Options.Authorize there is no handler.
//
// A list with a further page has its address in the header Link, which the contract does
// not have. The header X-Total-Count of a request is true or false. If a request has the
// header Emporix-Tenant, it must name the tenant of the path.
func NewEmporix(s tax.Store, r *tax.Resolver, o *EmporixOptions) (http.Handler, error) {
	var options EmporixOptions
	if o != nil {
		options = *o
	}
	if err := options.complete(); err != nil {
		return nil, err
	}
	strict := options.Strict
	options.Service.Strict = options.Service.Strict || strict
	options.Calculator.Strict = options.Calculator.Strict || strict
	var e emporixAPI
	var err error
	if e.service, err = emporix.NewService(s, &options.Service); err != nil {
		return nil, err
	}
	if e.calculator, err = emporix.NewCalculator(r, &options.Calculator); err != nil {
		return nil, err
	}
	h := newHandler(options.Options, contract{
		tenant:       func(r *http.Request) string { return r.PathValue("tenant") },
		agrees:       emporixTenant,
		document:     emporixDocument,
		plain:        emporixPlain,
		noParameters: emporixNoParameters,
	})
	h.handle("/tax/{tenant}/taxes", map[string]operation{
		http.MethodGet:  {scope: ScopeRead, parameters: true, answer: e.list},
		http.MethodPost: {scope: ScopeManage, maxBody: maxBodyBytes, answer: e.create},
	})
	h.handle("/tax/{tenant}/taxes/{locationCode}", map[string]operation{
		http.MethodGet:    {scope: ScopeRead, answer: e.retrieve},
		http.MethodPut:    {scope: ScopeManage, maxBody: maxBodyBytes, answer: e.update},
		http.MethodDelete: {scope: ScopeManage, answer: e.delete},
	})
	h.handle("/tax/{tenant}/taxes/calculation-commands", map[string]operation{
		http.MethodPut: {maxBody: maxCommandBytes, answer: e.calculate},
	})
	return h, nil
}

// emporixAPI has the operations of the contract.
type emporixAPI struct {
	service    *emporix.Service
	calculator *emporix.Calculator
}

func (e *emporixAPI) list(ctx context.Context, r *request) (answer, error) {
	withTotal, err := flag(r.Header, "X-Total-Count")
	if err != nil {
		return answer{}, err
	}
	page, err := e.service.List(ctx, r.tenant, r.parameters, list(r.Header, "Accept-Language"), withTotal)
	if err != nil {
		return answer{}, err
	}
	header := http.Header{}
	if withTotal {
		header.Set("X-Total-Count", strconv.Itoa(page.Total))
	}
	if page.Next != "" {
		next := maps.Clone(r.parameters)
		next.Del("pageNumber")
		next.Set("cursor", page.Next)
		header.Set("Link", "<"+taxesURL(r)+"?"+next.Encode()+`>; rel="next"`)
	}
	return answer{status: http.StatusOK, body: page.Body, header: header}, nil
}

func (e *emporixAPI) create(ctx context.Context, r *request) (answer, error) {
	body, err := e.service.Create(ctx, r.tenant, list(r.Header, "Content-Language"), r.body)
	if err != nil {
		return answer{}, err
	}
	var created struct{ LocationCode string }
	if err := json.Unmarshal(body, &created); err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusCreated, body: body, header: http.Header{"Location": {taxesURL(r) + "/" + url.PathEscape(created.LocationCode)}}}, nil
}

func (e *emporixAPI) retrieve(ctx context.Context, r *request) (answer, error) {
	body, err := e.service.Retrieve(ctx, r.tenant, r.PathValue("locationCode"), list(r.Header, "Accept-Language"))
	return answer{status: http.StatusOK, body: body}, err
}

func (e *emporixAPI) update(ctx context.Context, r *request) (answer, error) {
	err := e.service.Update(ctx, r.tenant, r.PathValue("locationCode"), list(r.Header, "Content-Language"), r.body)
	return answer{status: http.StatusNoContent}, err
}

func (e *emporixAPI) delete(ctx context.Context, r *request) (answer, error) {
	return answer{status: http.StatusNoContent}, e.service.Delete(ctx, r.tenant, r.PathValue("locationCode"))
}

func (e *emporixAPI) calculate(ctx context.Context, r *request) (answer, error) {
	c, err := e.calculator.Tenant(r.tenant)
	if err != nil {
		return answer{}, err
	}
	body, err := c.CalculateJSON(ctx, r.body)
	return answer{status: http.StatusOK, body: body}, err
}

// taxesURL returns the address of the configurations of a tenant.
func taxesURL(r *request) string { return r.base() + "/tax/" + url.PathEscape(r.tenant) + "/taxes" }

// list returns the value of a header that is a list, which may be on several lines.
func list(header http.Header, name string) string { return strings.Join(header.Values(name), ", ") }

// flag reads a header that is true or false. Without it, it is false.
func flag(header http.Header, name string) (bool, error) {
	switch value := list(header, name); strings.ToLower(value) {
	case "true":
		return true, nil
	case "false", "":
		return false, nil
	default:
		return false, inputError(name, value[:min(len(value), 64)], "write true or false")
	}
}

func emporixTenant(r *http.Request, tenant string) error {
	for _, value := range r.Header.Values("Emporix-Tenant") {
		if value != tenant {
			return emporix.ErrTenantMismatch
		}
	}
	return nil
}

func emporixDocument(err error, scope string) (int, any) {
	var document emporix.ErrorDocument
	switch {
	case errors.Is(err, ErrTokenExpired):
		document = emporix.ErrorFor(emporix.ErrTokenExpired)
	case errors.Is(err, ErrUnauthenticated):
		document = emporix.ErrorFor(emporix.ErrUnauthorized)
	case errors.Is(err, ErrForbidden):
		document = emporix.ErrorFor(emporix.ErrForbidden)
		if scope != "" {
			document.Details = []string{"missing scope: " + scope}
		}
	default:
		document = emporix.ErrorFor(err)
	}
	return document.Code, document
}

func emporixPlain(status int, reason string) any {
	return emporix.ErrorDocument{Code: status, Status: http.StatusText(status), Message: reason, Details: []string{}}
}

func emporixNoParameters(parameters url.Values) error {
	name := slices.Min(slices.Collect(maps.Keys(parameters)))
	return inputError("parameter", strings.ToValidUTF8(name[:min(len(name), 64)], "?"), "no such parameter: this request has none")
}
