package sqlite

import (
	"context"
	"iter"
	"time"

	"github.com/taxresolve/tax"
)

// selectFiltered leaves out what does not pass the filters for columns. Everything passes
// one that is empty.
const selectFiltered = `
SELECT c.code, d.region, d.since, d.author, d.base, d.document
FROM country AS c JOIN configuration AS d ON d.country = c.id
WHERE c.tenant = ?1 AND c.code >= ?2 AND c.code <= ?3 AND (c.code > ?4 OR c.code = ?4 AND d.region > ?5)
	AND instr(c.code, ?6) > 0 AND instr(d.region, ?7) > 0
	AND (?8 = '' OR d.region = ?8) AND (NOT ?9 OR d.region = '')
	AND (?10 IS NULL OR d.modified >= ?10)
ORDER BY c.code, d.region`

// Page answers the queries with filters for columns: only documents that pass them are read
// and decoded. All others are left to the store.
func (b *backend) Page(ctx context.Context, tenant string, q tax.Query) (tax.Page, bool, error) {
	if q.Country == "" && q.Region == "" && !q.CountriesOnly && q.ChangedSince.IsZero() || today(&q) {
		return tax.Page{}, false, nil
	}
	var broken error
	page, err := tax.SelectFrom(func(after tax.Location) iter.Seq[*tax.Configuration] {
		return func(yield func(*tax.Configuration) bool) {
			for v, err := range b.sequence(ctx, b.filtered, filters(tenant, &q, after)...) {
				if broken = err; err != nil || !yield(&v.Configuration) {
					return
				}
			}
		}
	}, q)
	if broken != nil {
		err = broken
	}
	return page, true, err
}

// today reports whether the answer depends on the day at each place. The day of a region
// can be that of its country, which the filters may leave out.
func today(q *tax.Query) bool {
	rates := q.Rate.Valid || len(q.Treatments) > 0 || q.Effective
	for _, k := range q.Sort {
		rates = rates || k.By == tax.ByRate
	}
	return rates && q.Date.IsZero()
}

// filters returns the arguments of selectFiltered. tax.SelectFrom checks what passes them
// again, so they only must not leave out too much.
func filters(tenant string, q *tax.Query, after tax.Location) []any {
	const first, last = "", "\xff" // a code is never after that
	from, to := first, last
	var country, region, regionIs string
	if q.ExactCodes {
		regionIs = q.Region
		if q.Country != "" {
			from, to = q.Country, q.Country
		}
	} else {
		country, region = q.Country, q.Region
	}
	from = max(from, after.Country)
	var since any
	if !q.ChangedSince.IsZero() {
		// Columns have milliseconds, so a part of one counts as a whole.
		since = q.ChangedSince.Add(time.Millisecond - 1).UnixMilli()
	}
	return []any{[]byte(tenant), from, to, after.Country, after.Region, country, region, regionIs, q.CountriesOnly, since}
}
