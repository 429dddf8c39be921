package rest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

func (t *taxAPI) list(ctx context.Context, r *request) (answer, error) {
	p, err := only(r.parameters, "country", "region", "class", "name", "rate", "sort", "pageSize", "cursor", "total")
	if err != nil {
		return answer{}, err
	}
	q := tax.Query{Country: p.of("country"), Region: p.of("region"), Class: p.of("class"), Name: tax.TextFilter{Contains: p.of("name")}, Cursor: p.of("cursor"), Preferences: t.preferences(r)}
	if q.Total, err = truth(p, "total"); err != nil {
		return answer{}, err
	}
	if rate := p.of("rate"); rate != "" {
		if q.Rate.Decimal, err = tax.Percent(rate); err != nil {
			return answer{}, inputError("rate", clip(rate), "not a percentage: write digits with a point before the decimals, such as 19 or 9.975")
		}
		q.Rate.Valid = true
	}
	if sort := p.of("sort"); sort != "" {
		if q.Sort, err = tax.ParseSort(sort); err != nil {
			return answer{}, err
		}
	}
	if size := p.of("pageSize"); size != "" {
		if q.PageSize, err = strconv.Atoi(size); err != nil || q.PageSize < 1 {
			return answer{}, inputError("pageSize", clip(size), "write a whole number from 1")
		}
	}
	page, err := t.lister.List(ctx, r.tenant, q)
	var input *tax.InputError
	if errors.As(err, &input) && input.Code() == "language_missing" {
		return answer{}, inputError(input.Field, input.Value, "needs a language: name one in Accept-Language, such as en, instead of * alone")
	}
	if err != nil {
		return answer{}, err
	}
	body := struct {
		Configurations []tax.Configuration `json:"configurations"`
		Next           string              `json:"next,omitempty"`
		Total          *int                `json:"total,omitempty"`
	}{Configurations: append([]tax.Configuration{}, page.Configurations()...), Next: page.Next}
	if q.Total {
		body.Total = &page.Total
	}
	return ok(body)
}

// at returns the location of the path.
func at(r *request) (tax.Location, error) {
	country, region, hasRegion := strings.Cut(r.PathValue("location"), "-")
	l, err := tax.ParseLocation(country, region)
	if err == nil && hasRegion && region == "" {
		err = inputError("location", clip(r.PathValue("location")), "not the code of a country or region: write DE or CA-QC")
	}
	return l, err
}

func (t *taxAPI) read(ctx context.Context, r *request) (answer, error) {
	l, err := at(r)
	if err != nil {
		return answer{}, err
	}
	c, err := t.store.Get(ctx, r.tenant, l)
	return stored(http.StatusOK, c, err)
}

func (t *taxAPI) put(ctx context.Context, r *request) (answer, error) {
	l, err := at(r)
	if err != nil {
		return answer{}, err
	}
	var c tax.Configuration
	if err := c.UnmarshalJSON(r.body); err != nil {
		return answer{}, err
	}
	if c.Location != l {
		return answer{}, inputError("location", c.Location.String(), "cannot change: write "+l.String())
	}
	p, err := preconditionOf(r)
	if err != nil {
		return answer{}, err
	}
	if c.Metadata.Version == 0 {
		c.Metadata.Version = p.version
	}
	if err := p.admits(c.Metadata.Version); err != nil {
		return answer{}, err
	}
	if c.Metadata.Version > 0 {
		c, err = t.store.Update(ctx, r.tenant, c)
		return stored(http.StatusOK, c, p.outcome(err))
	}
	c, err = t.store.Create(ctx, r.tenant, c)
	a, err := stored(http.StatusCreated, c, p.outcome(err))
	if err == nil {
		a.header.Set("Location", r.base()+"/v1/"+url.PathEscape(r.tenant)+"/configurations/"+url.PathEscape(l.String()))
	}
	return a, err
}

func (t *taxAPI) patch(ctx context.Context, r *request) (answer, error) {
	l, err := at(r)
	if err != nil {
		return answer{}, err
	}
	var p tax.Patch
	if err := p.UnmarshalJSON(r.body); err != nil {
		return answer{}, err
	}
	demanded, err := preconditionOf(r)
	if err != nil {
		return answer{}, err
	}
	c, err := t.store.Get(ctx, r.tenant, l)
	if err == nil {
		err = demanded.admits(c.Metadata.Version)
	}
	if err == nil {
		c, err = p.Apply(c)
	}
	if err == nil {
		c, err = t.store.Update(ctx, r.tenant, c)
	}
	return stored(http.StatusOK, c, demanded.outcome(err))
}

func (t *taxAPI) delete(ctx context.Context, r *request) (answer, error) {
	l, err := at(r)
	if err != nil {
		return answer{}, err
	}
	p, err := preconditionOf(r)
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusNoContent}, t.remove(ctx, r.tenant, l, p)
}

func (t *taxAPI) history(ctx context.Context, r *request) (answer, error) {
	l, err := at(r)
	if err != nil {
		return answer{}, err
	}
	versions, err := t.historian.Versions(ctx, r.tenant, l)
	if err != nil {
		return answer{}, err
	}
	return ok(map[string]any{"versions": append([]store.Version{}, versions...)})
}

// stored is the answer with a configuration, and its version as an entity tag.
func stored(status int, c tax.Configuration, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	body, err := json.Marshal(c)
	tag := `"` + strconv.FormatInt(c.Metadata.Version, 10) + `"`
	return answer{status: status, body: body, header: http.Header{"Etag": {tag}}}, err
}
