package rest

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// precondition is what the headers of a write demand of the configuration that it changes.
type precondition struct {
	version int64 // of If-Match; 0 without it
	absent  bool  // If-None-Match: *
}

// preconditionOf reads the headers of a write. One that cannot be kept is refused: a client that
// sends it relies on it.
func preconditionOf(r *request) (p precondition, err error) {
	if values := r.Header["If-Match"]; values != nil {
		value := strings.Join(values, ", ")
		digits, quoted := strings.CutPrefix(value, `"`)
		digits, closed := strings.CutSuffix(digits, `"`)
		p.version, err = strconv.ParseInt(digits, 10, 64)
		if err != nil || !quoted || !closed || p.version < 1 || digits != strconv.FormatInt(p.version, 10) {
			return p, inputError("If-Match", clip(value), `write one entity tag that was read, such as "3"`)
		}
	}
	if values := r.Header["If-None-Match"]; values != nil {
		value := strings.Join(values, ", ")
		if p.absent = value == "*"; !p.absent {
			return p, inputError("If-None-Match", clip(value), "write *, or leave the header out")
		}
	}
	return p, nil
}

// admits returns an error for a configuration of a version, 0 if there is none.
func (p precondition) admits(version int64) error {
	switch {
	case p.absent && version > 0:
		return refuse(http.StatusPreconditionFailed, "the configuration exists, or is one that was read")
	case p.version > 0 && version != p.version:
		return refuse(http.StatusPreconditionFailed, "the configuration is not the version of If-Match")
	}
	return nil
}

// outcome returns the error of a write. Where a store finds that the precondition does not
// hold, it is that.
func (p precondition) outcome(err error) error {
	switch {
	case p.absent && errors.Is(err, tax.ErrExists):
		return p.admits(1)
	case p.version > 0 && (errors.Is(err, tax.ErrConflict) || errors.Is(err, tax.ErrNotFound)):
		return p.admits(0)
	}
	return err
}

// remove deletes the configuration of a location, and with If-Match only its version.
func (t *taxAPI) remove(ctx context.Context, tenant string, l tax.Location, p precondition) error {
	if p.absent {
		c, err := t.store.Get(ctx, tenant, l)
		if err != nil {
			return err
		}
		return p.admits(c.Metadata.Version)
	}
	if p.version == 0 {
		return t.store.Delete(ctx, tenant, l)
	}
	s, ok := t.store.(store.BulkWriter)
	if !ok {
		return inputError("If-Match", `"`+strconv.FormatInt(p.version, 10)+`"`, "not allowed with this store: leave it out")
	}
	this := tax.Configuration{Location: l, Metadata: tax.Metadata{Version: p.version}}
	out := s.Write(ctx, []store.Batch{{Key: tax.Key{Tenant: tenant, Country: l.Country}, Changes: []store.Change{{Action: store.Delete, Configuration: this}}}})
	return p.outcome(out[0].Err)
}
