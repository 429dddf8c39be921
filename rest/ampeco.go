package rest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/taxresolve/tax/ampeco"
)

// AMPECOOptions are the options of [NewAMPECO].
type AMPECOOptions struct {
	Options
	// Service are the options of lists. If its Path is empty, links follow the request:
	// see Options.BaseURL.
	Service ampeco.ServiceOptions
	// Tenant is passed to Options.Authorize and Options.Before. The contract has no
	// tenants: each has a handler of its own, over its own store.
	Tenant string
}

const ampecoPath = "/public-api/resources/taxes/v2.0"

// NewAMPECO returns a handler for the contract of package ampeco: the paths below
// /public-api/resources/taxes/v2.0. It keeps taxes in s. The handler is safe for
// concurrent use. Options that cannot be used are a [tax.InputError]; without
// Options.Authorize there is no handler.
//
// Pages by number are deprecated in the contract, and requests are limited; Options.Before
// can set the headers for both.
func NewAMPECO(s ampeco.Store, o *AMPECOOptions) (http.Handler, error) {
	var options AMPECOOptions
	if o != nil {
		options = *o
	}
	if err := options.complete(); err != nil {
		return nil, err
	}
	options.Service.Strict = options.Service.Strict || options.Strict
	a := ampecoAPI{follows: options.Service.Path == ""}
	var err error
	if a.service, err = ampeco.NewService(s, &options.Service); err != nil {
		return nil, err
	}
	h := newHandler(options.Options, contract{
		tenant:       func(*http.Request) string { return options.Tenant },
		agrees:       func(*http.Request, string) error { return nil },
		document:     ampecoDocument,
		plain:        func(_ int, reason string) any { return ampeco.ErrorDocument{Message: reason} },
		noParameters: ampecoNoParameters,
	})
	h.handle(ampecoPath, map[string]operation{
		http.MethodGet:  {scope: ScopeRead, parameters: true, answer: a.list},
		http.MethodPost: {scope: ScopeManage, maxBody: maxBodyBytes, answer: a.create},
	})
	h.handle(ampecoPath+"/{tax}", map[string]operation{
		http.MethodGet:    {scope: ScopeRead, answer: a.read},
		http.MethodPatch:  {scope: ScopeManage, maxBody: maxBodyBytes, answer: a.update},
		http.MethodDelete: {scope: ScopeManage, answer: a.delete},
	})
	return h, nil
}

// ampecoAPI has the operations of the contract.
type ampecoAPI struct {
	service *ampeco.Service
	follows bool // whether links follow the request
}

func (a *ampecoAPI) list(ctx context.Context, r *request) (answer, error) {
	service := a.service
	if a.follows {
		var err error
		if service, err = service.WithPath(r.base() + ampecoPath); err != nil {
			return answer{}, err
		}
	}
	body, err := service.List(ctx, r.parameters)
	return answer{status: http.StatusOK, body: body}, err
}

func (a *ampecoAPI) create(ctx context.Context, r *request) (answer, error) {
	body, err := a.service.Create(ctx, r.body)
	if err != nil {
		return answer{}, err
	}
	var created struct{ Data struct{ ID int64 } }
	if err := json.Unmarshal(body, &created); err != nil {
		return answer{}, err
	}
	location := r.base() + ampecoPath + "/" + strconv.FormatInt(created.Data.ID, 10)
	return answer{status: http.StatusCreated, body: body, header: http.Header{"Location": {location}}}, nil
}

func (a *ampecoAPI) read(ctx context.Context, r *request) (answer, error) {
	body, err := a.service.Read(ctx, r.PathValue("tax"))
	return answer{status: http.StatusOK, body: body}, err
}

func (a *ampecoAPI) update(ctx context.Context, r *request) (answer, error) {
	body, err := a.service.Update(ctx, r.PathValue("tax"), r.body)
	return answer{status: http.StatusOK, body: body}, err
}

func (a *ampecoAPI) delete(ctx context.Context, r *request) (answer, error) {
	return answer{status: http.StatusNoContent}, a.service.Delete(ctx, r.PathValue("tax"))
}

func ampecoDocument(err error, _ string) (int, any) {
	var document ampeco.ErrorDocument
	switch {
	case errors.Is(err, ErrUnauthenticated), errors.Is(err, ErrTokenExpired):
		document = ampeco.ErrorFor(ampeco.ErrUnauthenticated)
	case errors.Is(err, ErrForbidden):
		document = ampeco.ErrorFor(ampeco.ErrUnauthorized)
	default:
		document = ampeco.ErrorFor(err)
	}
	return document.Status, document
}

func ampecoNoParameters(parameters url.Values) error {
	faults := make(map[string][]string)
	const most = 16
	for name := range parameters {
		if len(faults) < most {
			faults[strings.ToValidUTF8(name[:min(len(name), 64)], "?")] = []string{"no such parameter: this request has none"}
		}
	}
	return &ampeco.ValidationError{Errors: faults}
}
