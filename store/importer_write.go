package store

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/taxresolve/tax"
)

// flight is a write under way: records are read in the meantime. What became of it is
// reported when it has landed, in the goroutine of the import.
type flight struct {
	groups   []*group
	keys     map[tax.Key]bool
	outcomes []Outcome // for those that change something
	err      error
	wait     func()
}

// has reports whether one of the countries is being written.
func (f *flight) has(groups []*group) bool {
	return f != nil && slices.ContainsFunc(groups, func(g *group) bool { return f.keys[g.key] })
}

// start begins to carry out the changes of countries.
func (im *importer) start(ctx context.Context, groups []*group) {
	f := &flight{groups: groups, keys: make(map[tax.Key]bool, len(groups))}
	batches := make([]Batch, 0, len(groups))
	for _, g := range groups {
		f.keys[g.key] = true
		if !g.refused() && len(g.changes) > 0 {
			batches = append(batches, Batch{g.key, g.changes})
		}
	}
	f.wait = ahead(func() { f.outcomes, f.err = im.write(ctx, batches) })
	im.flying = f
}

// land waits for the write under way and reports what became of it.
func (im *importer) land(ctx context.Context) error {
	f := im.flying
	if f == nil {
		return nil
	}
	im.flying = nil
	defer im.progress()
	if f.wait(); f.err != nil {
		return f.err
	}
	for _, g := range f.groups {
		var out Outcome
		if !g.refused() && len(g.changes) > 0 {
			out, f.outcomes = f.outcomes[0], f.outcomes[1:]
		}
		if out.Err != nil {
			if !refusal(ctx, out.Err) {
				return out.Err
			}
			g.blame(im.File, out.Err)
		}
		im.settle(g, out)
	}
	return nil
}

// write carries out batches.
func (im *importer) write(ctx context.Context, batches []Batch) ([]Outcome, error) {
	outcomes := make([]Outcome, len(batches))
	switch {
	case im.DryRun:
		for i := range batches {
			outcomes[i] = im.try(ctx, &batches[i])
		}
	case im.bulk != nil && len(batches) > 0:
		if outcomes = im.bulk.Write(ctx, batches); len(outcomes) != len(batches) {
			return nil, &tax.StoreError{Kind: tax.ErrUnavailable, Cause: errors.New("its bulk write returned " + strconv.Itoa(len(outcomes)) + " outcomes for " + strconv.Itoa(len(batches)) + " batches")}
		}
	default:
		for i := range batches {
			outcomes[i].Err = oneByOne(ctx, im.store, &batches[i])
		}
	}
	return outcomes, nil
}

// settle counts what became of a country.
func (im *importer) settle(g *group, out Outcome) {
	p := &im.report.Progress
	p.Next = max(p.Next, g.next)
	p.Ended += g.ended
	if !g.refused() {
		unchanged := int64(min(max(out.Unchanged, 0), len(g.changes)))
		p.Written += int64(len(g.changes)) - unchanged
		p.Unchanged += g.unchanged + unchanged
		p.Kept += g.kept
		return
	}
	for _, r := range g.complete(im.File) {
		if im.OnRejection != nil {
			im.OnRejection(r)
		}
		if len(im.report.Rejections) < im.ImportOptions.Rejections {
			im.report.Rejections = append(im.report.Rejections, r)
		} else {
			im.report.Omitted++
		}
	}
	p.Refused += int64(len(g.records)) + g.more
}

func (im *importer) progress() {
	if im.OnProgress != nil {
		im.OnProgress(im.report.Progress)
	}
}

// try validates changes without carrying them out.
func (im *importer) try(ctx context.Context, b *Batch) Outcome {
	if s, ok := im.store.(interface {
		try(ctx context.Context, b *Batch) Outcome
	}); ok {
		return s.try(ctx, b)
	}
	set, err := ownOf(ctx, im.store, b.Key)
	if err != nil {
		return Outcome{Err: err}
	}
	for _, c := range b.Changes {
		if stored := at(set, c.Configuration.Location); stored != nil {
			*stored = c.Configuration
		} else {
			set = append(set, c.Configuration)
		}
	}
	return Outcome{Err: tax.ValidateCountry(set).Err()}
}

// try returns what a write of changes would, without carrying them out.
func (s *Versioned) try(ctx context.Context, b *Batch) Outcome {
	before, err := s.load(ctx, b.Key)
	if err != nil {
		return Outcome{Err: err}
	}
	p, err := s.plan(ctx, b, before, s.now())
	return Outcome{Configurations: p.outcomes, Unchanged: p.unchanged, Err: err}
}

// refusal reports whether an error of a store is about what it was given, so that it
// says no more about other records.
func refusal(ctx context.Context, err error) bool {
	if ctx.Err() != nil || errors.Is(err, tax.ErrUnavailable) {
		return false
	}
	for _, kind := range []error{tax.ErrInvalid, tax.ErrConflict, tax.ErrExists, tax.ErrNotFound} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}
