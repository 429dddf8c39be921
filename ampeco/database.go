package ampeco

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/taxresolve/tax"
)

// NewStore returns a [Store] over a database. clock returns the current time; nil means
// [time.Now]. A nil backend is a [tax.InputError].
func NewStore(b Backend, clock func() time.Time) (Store, error) {
	if b == nil {
		return nil, inputError("backend", "nil", "pass a Backend, or use NewMemory")
	}
	if clock == nil {
		clock = time.Now
	}
	return &database{b, clock}, nil
}

// database is a Store over a Backend.
type database struct {
	backend Backend
	clock   func() time.Time
}

// String is for people and logs.
func (*database) String() string { return "ampeco taxes in a database" }

// LogValue returns the text of String for log/slog.
func (k *database) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalJSON refuses, as that of Memory does.
func (*database) MarshalJSON() ([]byte, error) { return nil, noJSON("store") }

func (k *database) Create(ctx context.Context, d Draft) (Tax, error) {
	if err := usable(ctx); err != nil {
		return Tax{}, err
	}
	t, err := d.Tax()
	if err != nil {
		return Tax{}, err
	}
	t.ID = 1 // stands for the one that the database finds
	r, err := k.row(&t, 0)
	if err != nil {
		return Tax{}, err
	}
	t.ID, err = k.backend.Insert(ctx, r)
	if err != nil {
		return Tax{}, unavailable(ctx, err)
	}
	return t, nil
}

// row sets the time of a tax and returns what is stored.
func (k *database) row(t *Tax, revision int64) (Row, error) {
	t.LastUpdatedAt = k.clock().UTC().Truncate(time.Second)
	if _, err := t.valid(); err != nil {
		return Row{}, err
	}
	document, err := t.draft().MarshalJSON()
	return Row{t.ID, revision, t.LastUpdatedAt, document}, err
}

func (t *Tax) draft() Draft {
	return Draft{t.Name, t.DisplayName, t.Percentage, t.TaxIdentificationNumberID}
}

func (k *database) Get(ctx context.Context, id int64) (Tax, error) {
	_, t, err := k.load(ctx, id)
	return t, err
}

func (k *database) load(ctx context.Context, id int64) (Row, Tax, error) {
	if err := usable(ctx); err != nil {
		return Row{}, Tax{}, err
	}
	r, found, err := k.backend.Load(ctx, id)
	switch {
	case err != nil:
		return Row{}, Tax{}, unavailable(ctx, err)
	case !found:
		return Row{}, Tax{}, notFound(strconv.FormatInt(id, 10))
	}
	t, err := r.tax()
	return r, t, err
}

// tax reads a row.
func (r *Row) tax() (Tax, error) {
	d, err := ParseDraft(r.Document)
	if err != nil { // not one of the client
		return Tax{}, inputError("row "+strconv.FormatInt(r.ID, 10), "", "damaged in the database: "+err.Error())
	}
	t, err := d.Tax()
	t.ID, t.LastUpdatedAt = r.ID, r.UpdatedAt.UTC()
	return t, err
}

func (k *database) Update(ctx context.Context, id int64, p Patch) (Tax, error) {
	for {
		r, before, err := k.load(ctx, id)
		if err != nil {
			return Tax{}, err
		}
		t, err := p.Apply(before)
		if err != nil || sameContent(t, before) {
			return t, err
		}
		next, err := k.row(&t, r.Revision)
		if err != nil {
			return Tax{}, err
		}
		done, err := k.backend.Replace(ctx, next)
		if err != nil {
			return Tax{}, unavailable(ctx, err)
		}
		if done {
			return t, nil
		} // Somebody else was faster: each round, one of them is.
	}
}

func (k *database) Delete(ctx context.Context, id int64) error {
	if err := usable(ctx); err != nil {
		return err
	}
	found, err := k.backend.Remove(ctx, id)
	switch {
	case err != nil:
		return unavailable(ctx, err)
	case !found:
		return notFound(strconv.FormatInt(id, 10))
	}
	return nil
}

func (k *database) List(ctx context.Context, r Range) (Page, error) {
	if err := usable(ctx); err != nil {
		return Page{}, err
	}
	if err := r.fault(); err != nil {
		return Page{}, err
	}
	rows, err := k.backend.Rows(ctx, r)
	if err != nil {
		return Page{}, unavailable(ctx, err)
	}
	p := Page{Earlier: rows.Earlier, Later: rows.Later}
	if r.Total {
		p.Total = rows.Total
	}
	for i := range rows.Rows {
		t, err := rows.Rows[i].tax()
		if err != nil {
			return Page{}, err
		}
		p.Taxes = append(p.Taxes, t)
	}
	return p, nil
}

// unavailable returns the error for a failure of the database.
func unavailable(ctx context.Context, err error) error {
	if done := ctx.Err(); done != nil {
		return done
	}
	if errors.Is(err, tax.ErrUnavailable) {
		return err
	}
	return fmt.Errorf("%w: %w", tax.ErrUnavailable, err)
}
