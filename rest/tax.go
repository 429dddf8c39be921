package rest

import (
	"context"
	_ "embed"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// TaxOptions are the options of [NewTax].
type TaxOptions struct {
	Options
	// Languages returns the languages of a tenant, in which names are answered. If the
	// function or its result is nil, English is the default.
	Languages func(tenant string) *tax.Languages
	// MaxImportBytes is the size of the largest import. It defaults to 256 MiB. An import
	// holds no more of it in memory than the configurations of one country.
	MaxImportBytes int64
	// TransferTimeout is the time that an import or an export may take, by default 10
	// minutes, if Options.Timeout is not longer. Each step of it, in which a part of the
	// body arrives or of the answer leaves, has Options.Timeout, whatever the timeouts of
	// the [http.Server] for a whole request are.
	TransferTimeout time.Duration
}

const (
	defaultMaxImportBytes  = 256 << 20
	defaultTransferTimeout = 10 * time.Minute
	// resultTimes is how much larger a result with its notes may be than its basket.
	resultTimes = 8
)

// complete fills in the defaults. It refuses options that cannot be used.
func (o *TaxOptions) complete() error {
	if o.MaxImportBytes < 0 || o.TransferTimeout < 0 {
		return inputError("limits", "", "negative: use 0 for the default")
	}
	if o.MaxImportBytes == 0 {
		o.MaxImportBytes = defaultMaxImportBytes
	}
	if o.TransferTimeout == 0 {
		o.TransferTimeout = defaultTransferTimeout
	}
	return o.Options.complete()
}

//go:embed openapi.yaml
var openAPI []byte

// NewTax returns a handler for the API of this library, for programs in other languages:
// the paths below /v1/{tenant}, and its description in OpenAPI 3.1 at /v1/openapi.yaml,
// which needs no token. It answers lookups with r, and reads and writes the configurations
// of s, which must be a [tax.Lister]; r usually reads from s. If s is a [store.Historian],
// the handler has its history. Baskets are priced with the rates of r. Neither is closed by
// the handler, which is safe for concurrent use. Options that cannot be used are a
// [tax.InputError]; without Options.Authorize there is no handler. Bodies are strict
// whatever Options.Strict says.
func NewTax(s tax.Store, r *tax.Resolver, o *TaxOptions) (http.Handler, error) {
	var options TaxOptions
	if o != nil {
		options = *o
	}
	if err := options.complete(); err != nil {
		return nil, err
	}
	t := taxAPI{store: s, resolver: r, languages: options.Languages}
	var ok bool
	if t.lister, ok = s.(tax.Lister); !ok {
		return nil, inputError("store", "", "not a tax.Lister: pass a Store that is one, such as store.NewMemory")
	}
	if r == nil {
		return nil, inputError("resolver", "nil", "pass a Resolver, see tax.NewResolver")
	}
	h := newHandler(options.Options, contract{
		tenant:   func(r *http.Request) string { return r.PathValue("tenant") },
		agrees:   taxTenant,
		document: taxDocument,
		plain:    taxPlain,
		noParameters: func(p url.Values) error {
			_, err := only(p)
			return err
		},
	})
	t.historian, _ = s.(store.Historian)
	t.serve(h, &options)
	return h, nil
}

// taxTenant refuses tenants that no store of this library has. A resolver could not say more of
// them than that its source fails.
func taxTenant(_ *http.Request, tenant string) error {
	const most = 1024
	if len(tenant) > most {
		return inputError("tenant", clip(tenant), "too long: a tenant has at most 1,024 bytes")
	}
	return nil
}

// serve adds the operations to a handler.
func (t *taxAPI) serve(h *handler, o *TaxOptions) {
	const root = "/v1/{tenant}"
	get := func(path string, answer func(context.Context, *request) (answer, error)) {
		h.handle(root+path, map[string]operation{http.MethodGet: {scope: ScopeRead, parameters: true, answer: answer}})
	}
	get("/resolve", t.resolve)
	get("/lookup", t.lookup)
	get("/explain", t.explain)
	get("/classes", t.classes)
	get("/configurations", t.list)
	h.handle(root+"/configurations/{location}", map[string]operation{
		http.MethodGet:    {scope: ScopeRead, answer: t.read},
		http.MethodPut:    {scope: ScopeManage, maxBody: maxBodyBytes, answer: t.put},
		http.MethodPatch:  {scope: ScopeManage, maxBody: maxBodyBytes, answer: t.patch},
		http.MethodDelete: {scope: ScopeManage, answer: t.delete},
	})
	if t.historian != nil {
		h.handle(root+"/configurations/{location}/history", map[string]operation{
			http.MethodGet: {scope: ScopeRead, answer: t.history},
		})
	}
	post := func(path string, times int64, answer func(context.Context, *request) (answer, error)) {
		h.handle(root+path, map[string]operation{http.MethodPost: {scope: ScopeRead, maxBody: maxBodyBytes * times, times: times, answer: answer}})
	}
	post("/baskets/price", 1, t.price)
	post("/baskets/refund", resultTimes, t.refund)
	post("/baskets/verify", resultTimes, t.verify)
	h.handle(root+"/export", map[string]operation{
		http.MethodGet: {scope: ScopeRead, parameters: true, answer: t.export, timeout: o.TransferTimeout},
	})
	h.handle(root+"/import", map[string]operation{
		http.MethodPost: {scope: ScopeManage, parameters: true, answer: t.load, timeout: o.TransferTimeout, maxBody: o.MaxImportBytes, bodyTypes: linesTypes},
	})
	h.handle("/v1/openapi.yaml", map[string]operation{
		http.MethodGet: {public: true, answer: func(context.Context, *request) (answer, error) {
			return answer{status: http.StatusOK, body: openAPI, header: http.Header{"Content-Type": {"application/yaml"}}}, nil
		}},
	})
}

// taxAPI has the operations of the API.
type taxAPI struct {
	store     tax.Store
	lister    tax.Lister
	historian store.Historian
	resolver  *tax.Resolver
	languages func(tenant string) *tax.Languages
}

// preferences returns the languages of a request, as far as they can be read.
func (t *taxAPI) preferences(r *request) tax.Preferences {
	var languages *tax.Languages
	if t.languages != nil {
		languages = t.languages(r.tenant)
	}
	in, _ := languages.ParseAcceptLanguage(list(r.Header, "Accept-Language"))
	return in
}

// resolved is the answer with a rate.
func (t *taxAPI) resolved(r *request, rate tax.Resolution) answer {
	w := newRateWriter(1)
	w.rate(rate, t.preferences(r))
	return answer{status: http.StatusOK, body: w.Bytes()}
}

func (t *taxAPI) resolve(ctx context.Context, r *request) (answer, error) {
	p, err := only(r.parameters, "country", "class")
	if err == nil {
		err = placed(p)
	}
	if err != nil {
		return answer{}, err
	}
	rate, err := t.resolver.Tenant(r.tenant).Resolve(ctx, p.of("country"), p.of("class"))
	if err != nil {
		return answer{}, err
	}
	return t.resolved(r, rate), nil
}

// placed refuses a question without a country.
func placed(p given) error {
	if p.of("country") == "" {
		return inputError("country", "", "missing: write the ISO 3166-1 code of the country")
	}
	return nil
}

// question reads the parameters of a lookup.
func (t *taxAPI) question(r *request, names ...string) (l tax.Lookup, err error) {
	p, err := only(r.parameters, names...)
	if err == nil {
		err = placed(p)
	}
	if err != nil {
		return l, err
	}
	l = tax.Lookup{Country: p.of("country"), Region: p.of("region"), PostalCode: p.of("postalCode"), Class: p.of("class")}
	if date := p.of("date"); date != "" {
		if l.Date, err = tax.ParseDate(date); err != nil {
			return l, err
		}
	}
	l.FallbackToDefault, err = truth(p, "fallbackToDefault")
	return l, err
}

func (t *taxAPI) lookup(ctx context.Context, r *request) (answer, error) {
	rate, err := t.rate(ctx, r)
	if err != nil {
		return answer{}, err
	}
	return t.resolved(r, rate), nil
}

func (t *taxAPI) explain(ctx context.Context, r *request) (answer, error) {
	rate, err := t.rate(ctx, r)
	if err != nil {
		return answer{}, err
	}
	return ok(rate.Explain())
}

// rate returns the rate that a request looks up.
func (t *taxAPI) rate(ctx context.Context, r *request) (tax.Resolution, error) {
	l, err := t.question(r, "country", "region", "postalCode", "class", "date", "fallbackToDefault")
	if err != nil {
		return tax.Resolution{}, err
	}
	return t.resolver.Tenant(r.tenant).Lookup(ctx, l)
}

func (t *taxAPI) classes(ctx context.Context, r *request) (answer, error) {
	l, err := t.question(r, "country", "region", "postalCode", "date") // of all classes
	if err != nil {
		return answer{}, err
	}
	rates, err := t.resolver.Tenant(r.tenant).Classes(ctx, l)
	if err != nil {
		return answer{}, err
	}
	in, w := t.preferences(r), newRateWriter(len(rates))
	w.Open('{')
	w.Name("classes")
	w.Open('[')
	for _, rate := range rates {
		w.rate(rate, in)
	}
	w.Close(']')
	w.Close('}')
	return answer{status: http.StatusOK, body: w.Bytes()}, nil
}

func ok(v any) (answer, error) {
	body, err := json.Marshal(v)
	return answer{status: http.StatusOK, body: body}, err
}
