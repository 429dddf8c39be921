package postgres

import (
	"bytes"
	"errors"
	"math"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// decode reads a document. The limits of the store hold where it is written; they may have
// been higher then.
func decode(text []byte) (c tax.Configuration, err error) {
	if err = c.UnmarshalJSON(text); err != nil {
		none := tax.Limits{Bytes: math.MaxInt64, Classes: math.MaxInt, Entries: math.MaxInt}
		c, err = tax.ReadConfiguration(bytes.NewReader(text), &none)
	}
	return c, err
}

// encode returns the texts that are stored of a document that a commit writes.
func encode(c *store.Commit, n int) (document string, base *string, err error) {
	v := c.Written[n]
	if n < len(c.Documents) {
		document = string(c.Documents[n])
	} else {
		text, err := v.Configuration.MarshalJSON()
		if err != nil {
			return "", nil, err
		}
		document = string(text)
	}
	if v.Base != nil {
		of, err := v.Base.MarshalJSON()
		if err != nil {
			return "", nil, err
		}
		s := string(of)
		base = &s
	}
	return document, base, nil
}

// row has the columns of a document. They are empty where a country has none.
type row struct {
	region   *string
	version  *int64
	since    *time.Time
	author   []byte
	base     []byte
	document []byte
}

// scan reads a row whose last columns are those of a document, and the others into more.
func (r *row) scan(rows pgx.Rows, more ...any) error {
	// The texts stay where the driver has them until the next row.
	if err := rows.Scan(append(more, &r.region, &r.version, &r.since, &r.author, nil, nil)...); err != nil {
		return err
	}
	raw := rows.RawValues()
	r.base, r.document = raw[len(raw)-2], raw[len(raw)-1]
	return nil
}

// version returns the document as a version, or what is wrong with it.
func (r *row) read(country string) (*store.Version, *store.Damage) {
	l := tax.Location{Country: country, Region: *r.region}
	damage := func(err error) *store.Damage {
		return &store.Damage{Location: l, Version: *r.version, Cause: err.Error()}
	}
	c, err := decode(r.document)
	if err != nil {
		return nil, damage(err)
	}
	if c.Location != l {
		return nil, damage(errors.New("the document is of " + c.Location.String()))
	}
	if c.Metadata.Version != *r.version {
		return nil, damage(errors.New("the document has another version than its row"))
	}
	v := &store.Version{Configuration: c, From: r.since.UTC(), Author: string(r.author)}
	if r.base != nil {
		v.Base = new(tax.Metadata)
		if err := v.Base.UnmarshalJSON(r.base); err != nil {
			return nil, damage(err)
		}
	}
	return v, nil
}
