package rest

import (
	"context"
	"errors"
	"io"
	"iter"
	"net/http"
	"os"
	"strconv"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

var linesTypes = []string{"application/x-ndjson", "application/jsonl"}

func (t *taxAPI) export(ctx context.Context, r *request) (answer, error) {
	p, err := only(r.parameters, "history")
	if err != nil {
		return answer{}, err
	}
	o := store.ExportOptions{Tenants: []string{r.tenant}}
	if o.History, err = truth(p, "history"); err != nil {
		return answer{}, err
	}
	if o.History && t.historian == nil {
		return answer{}, inputError("history", "true", "not allowed: the store keeps no history")
	}
	return answer{
		header: http.Header{"Content-Type": {linesTypes[0]}},
		write: func(w io.Writer) error {
			_, err := store.Export(ctx, w, t.store, &o)
			return err
		},
	}, nil
}

func (t *taxAPI) load(ctx context.Context, r *request) (answer, error) {
	p, err := only(r.parameters, "asNew", "keepExisting", "dryRun", "skip")
	if err != nil {
		return answer{}, err
	}
	o := store.ImportOptions{Tenant: r.tenant, Format: ofTenant(r.tenant)}
	for name, set := range map[string]*bool{"asNew": &o.AsNew, "keepExisting": &o.KeepExisting, "dryRun": &o.DryRun} {
		if *set, err = truth(p, name); err != nil {
			return answer{}, err
		}
	}
	if skip := p.of("skip"); skip != "" {
		if o.Skip, err = strconv.ParseInt(skip, 10, 64); err != nil || o.Skip < 0 {
			return answer{}, inputError("skip", clip(skip), "write next of an earlier report, or leave the parameter out")
		}
	}
	report, err := store.Import(ctx, r.stream, t.store, &o)
	if err != nil {
		return answer{}, &importError{report: report, cause: err}
	}
	return ok(report)
}

// ofTenant reads what [store.JSON] reads, and refuses records of another tenant: a token
// of one tenant must not write to another.
func ofTenant(tenant string) store.Format {
	return func(r io.Reader, recordBytes int64) iter.Seq2[store.Record, error] {
		return func(yield func(store.Record, error) bool) {
			for record, err := range store.JSON(r, recordBytes) {
				if record.Named && record.Tenant != tenant {
					if record.Err == nil {
						record.Err = inputError("tenant", clip(record.Tenant), "not allowed here: import each tenant by itself")
					}
					record.Tenant, record.Ended = tenant, false // a version is refused as well, not counted
				}
				if !yield(record, err) {
					return
				}
			}
		}
	}
}

// importError is an import that did not take everything. What its report says is written
// stays.
type importError struct {
	report store.Report
	cause  error
}

func (e *importError) Error() string { return e.cause.Error() }
func (e *importError) Unwrap() error { return e.cause }

// document returns the answer without the report.
func (e *importError) document() (int, taxFault) {
	var tooLarge *http.MaxBytesError
	var input *tax.InputError
	switch {
	case errors.As(e.cause, &tooLarge):
		return http.StatusRequestEntityTooLarge, taxFault{Code: "request_entity_too_large", Message: "the body is larger than " + strconv.FormatInt(tooLarge.Limit, 10) + " bytes"}
	case errors.Is(e.cause, os.ErrDeadlineExceeded):
		return http.StatusRequestTimeout, taxFault{Code: "request_timeout", Message: "the body did not arrive in time"}
	case isTemporary(e.cause):
		return http.StatusServiceUnavailable, taxFault{Code: "unavailable", Message: "the tax rates are not available at the moment: go on with skip=" + strconv.FormatInt(e.report.Next, 10)}
	case errors.Is(e.cause, io.ErrUnexpectedEOF):
		return http.StatusBadRequest, taxFault{Code: "incomplete", Message: "the last line of the export is missing: it was cut off"}
	case errors.As(e.cause, &input):
		return http.StatusBadRequest, taxFault{Code: input.Code(), Message: kind(input), Field: input.Field}
	case errors.Is(e.cause, tax.ErrInvalid):
		return http.StatusUnprocessableEntity, taxFault{Code: "records_refused", Message: "records were refused, all others are imported: see the report"}
	}
	return http.StatusInternalServerError, taxFault{Code: "failed", Message: "the request failed"}
}
