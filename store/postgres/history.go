package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

const selectEnded = `
SELECT k.removed, c.until, c.ended_by, c.deleted, c.region, c.version, c.since, c.author, c.base, c.document
FROM {schema}.country k
LEFT JOIN {schema}.history c ON c.tenant = k.tenant AND c.country = k.country AND ($3::boolean OR c.region = $4::text)
WHERE k.tenant = $1 AND k.country = $2`

// Ended returns the history of a country or a location. If a version cannot be read, what
// is asked for is invalid: the history would look as if it had never been.
func (b *backend) Ended(ctx context.Context, key tax.Key, at *tax.Location) (list []*store.Version, removed time.Time, err error) {
	region := ""
	if at != nil {
		region = at.Region
	}
	if !storable(key.Country) || !storable(region) {
		return nil, time.Time{}, nil
	}
	err = b.read(ctx, b.pool, func(ctx context.Context) (err error) {
		list, removed, err = b.endedOf(ctx, key, at == nil, region)
		return err
	})
	return list, removed, err
}

func (b *backend) endedOf(ctx context.Context, key tax.Key, all bool, region string) (list []*store.Version, removed time.Time, err error) {
	rows, err := b.pool.Query(ctx, b.sql.ended, []byte(key.Tenant), key.Country, all, region)
	if err != nil {
		return nil, removed, err
	}
	defer rows.Close()
	for rows.Next() {
		var lost, until *time.Time
		var by []byte
		var deleted *bool
		var r row
		if err := r.scan(rows, &lost, &until, &by, &deleted); err != nil {
			return nil, removed, err
		}
		if lost != nil {
			removed = lost.UTC()
		}
		if r.region == nil {
			break // there is no history
		}
		v, damage := r.read(key.Country)
		if damage != nil {
			return nil, removed, &Error{Cause: tax.Damaged(damage.Location, fmt.Errorf("in the history: %s", damage.Cause)).Validate().Err()}
		}
		v.Until, v.EndedBy, v.Deleted = until.UTC(), string(by), *deleted
		list = append(list, v)
	}
	return list, removed, rows.Err()
}
