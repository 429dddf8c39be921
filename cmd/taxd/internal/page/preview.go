package page

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// mostAnswers bounds the changed answers that a preview shows.
const mostAnswers = 300

// previewData is the data of the page before a change is saved.
type previewData struct {
	Location    tax.Location
	Form        string
	Version     string
	Hidden      []hidden
	Differences []difference
	Answers     []answerChange
	More        int    // answers that are not shown
	Past        bool   // answers for days before today change
	Incomplete  string // why answers are not compared
	Deletes     bool
}

// answerChange is an answer that a change makes another one.
type answerChange struct {
	Places      []string
	Class       string
	From, Until tax.Date // Until is the first day that it does not concern
	Was, Is     string
	Past        bool
}

// errOthersInvalid means that other documents of the country are invalid already.
var errOthersInvalid = errors.New("page: other configurations of the country are invalid")

// preview checks a document as the store would, and shows which answers it changes.
func (s *site) preview(ctx context.Context, r *request, d draft, c tax.Configuration) (view, error) {
	p, err := s.compare(ctx, r, store.Change{Action: store.Put, Configuration: c})
	if faults := faultsOf(err, c.Location); faults != nil {
		return r.formOf(d, faults), nil
	}
	if err != nil {
		return view{}, err
	}
	before, err := s.stored(ctx, r, c.Location)
	if err != nil {
		return view{}, err
	}
	p.Location, p.Form, p.Version, p.Hidden, p.Differences = c.Location, r.session.form, d.version, d.hidden(), differences(before, c)
	return view{template: "preview", title: "Preview of " + c.Location.String(), data: p}, nil
}

func (s *site) previewDeletion(ctx context.Context, r *request, l tax.Location) (view, error) {
	c, err := s.Store.Get(ctx, r.session.tenant, l)
	if err != nil {
		return view{}, err
	}
	p, err := s.compare(ctx, r, store.Change{Action: store.Delete, Configuration: tax.Configuration{Location: l}})
	if faults := faultsOf(err, l); faults != nil {
		return view{status: http.StatusUnprocessableEntity, template: "problem", title: "Refused", data: problem{
			Heading: "It cannot be deleted", Code: faults[0].Code, Text: faults[0].Text,
		}}, nil
	}
	if err != nil {
		return view{}, err
	}
	p.Location, p.Form, p.Version, p.Deletes = l, r.session.form, strconv.FormatInt(c.Metadata.Version, 10), true
	p.Differences = differences(c, tax.Configuration{})
	return view{template: "preview", title: "Preview of " + l.String(), data: p}, nil
}

// compare carries out a change in a copy of the country in memory, and compares all answers
// of the country before and after it. Its error is that of the store for the change.
func (s *site) compare(ctx context.Context, r *request, change store.Change) (previewData, error) {
	key := tax.Key{Tenant: r.session.tenant, Country: change.Configuration.Location.Country}
	planned, err := s.planned(ctx, key, change)
	if errors.Is(err, errOthersInvalid) {
		return previewData{Incomplete: "Another configuration of the country is invalid. Which answers change can be shown once it is repaired or deleted."}, nil
	}
	if err != nil {
		return previewData{}, err
	}
	after, err := tax.NewResolver(planned, nil)
	if err != nil {
		return previewData{}, err
	}
	defer after.Close()
	before, err := s.Store.Configurations(ctx, key)
	if err != nil {
		return previewData{}, err
	}
	then, err := planned.Configurations(ctx, key)
	if err != nil {
		return previewData{}, err
	}
	all, err := changes(ctx, r.resolver, after.Tenant(key.Tenant), append(before, then...))
	if err != nil {
		return previewData{}, err
	}
	p := previewData{Answers: all}
	today, _ := tax.DateIn(s.Clock(), nil)
	for i := range p.Answers {
		p.Answers[i].Past = p.Answers[i].From.Before(today)
		p.Past = p.Past || p.Answers[i].Past
	}
	if len(all) > mostAnswers {
		p.Answers, p.More = all[:mostAnswers], len(all)-mostAnswers
	}
	return p, nil
}

// planned returns a store with the country as it would be.
func (s *site) planned(ctx context.Context, key tax.Key, change store.Change) (*store.Memory, error) {
	m := store.NewMemory(&store.Options{Base: s.Base})
	q := tax.Query{Country: key.Country, ExactCodes: true, PageSize: 1000, CursorKey: s.cursorKey}
	var own []store.Change
	for {
		page, err := s.lister.List(ctx, key.Tenant, q)
		if err != nil {
			return nil, err
		}
		for c := range page.All() {
			own = append(own, store.Change{Action: store.Put, Configuration: c})
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
	}
	if len(own) > 0 {
		if err := m.Write(ctx, []store.Batch{{Key: key, Changes: own}})[0].Err; errors.Is(err, tax.ErrInvalid) {
			return nil, errOthersInvalid
		} else if err != nil {
			return nil, err
		}
	}
	if change.Action == store.Put {
		change.Configuration.Metadata.Version = 0
	}
	return m, m.Write(ctx, []store.Batch{{Key: key, Changes: []store.Change{change}}})[0].Err
}

// changes returns the answers that differ between two resolvers, for every place, class and
// day of some documents.
func changes(ctx context.Context, before, after *tax.Resolver, documents []tax.Configuration) ([]answerChange, error) {
	places := map[tax.Location]bool{}
	days := map[string][]tax.Date{} // by class, all days on which a document has an entry
	for _, c := range documents {
		places[c.Location] = true
		for _, class := range c.Classes {
			days[class.Code] = append(days[class.Code], lastDay)
			for _, r := range class.Rates {
				days[class.Code] = append(days[class.Code], r.From)
			}
		}
	}
	var list []answerChange
	known := map[string]int{} // where a change is in the list that other places share
	for _, place := range sortedPlaces(places) {
		for class, anchors := range days {
			was, err := answersOf(ctx, before, place, class, anchors)
			if err != nil {
				return nil, err
			}
			is, err := answersOf(ctx, after, place, class, anchors)
			if err != nil {
				return nil, err
			}
			for _, c := range apart(was, is) {
				c.Class = class
				id := strings.Join([]string{class, c.From.String(), c.Until.String(), c.Was, c.Is}, "\x00")
				if i, shared := known[id]; shared {
					list[i].Places = append(list[i].Places, place.String())
					continue
				}
				c.Places = []string{place.String()}
				known[id] = len(list)
				list = append(list, c)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b answerChange) int {
		if c := strings.Compare(a.Places[0]+"\x00"+a.Class, b.Places[0]+"\x00"+b.Class); c != 0 {
			return c
		}
		return a.From.Compare(b.From)
	})
	return list, nil
}

func sortedPlaces(places map[tax.Location]bool) []tax.Location {
	var list []tax.Location
	for l := range places {
		list = append(list, l)
	}
	slices.SortFunc(list, func(a, b tax.Location) int { return strings.Compare(a.String(), b.String()) })
	return list
}

// span of days in which a class has one answer.
type period struct {
	from, until tax.Date
	says        string
}

// answersOf returns all answers for a class at a place that a lookup on one of some days,
// or next to another answer, finds.
func answersOf(ctx context.Context, r *tax.Resolver, place tax.Location, class string, days []tax.Date) ([]period, error) {
	var list []period
	for open := slices.Clone(days); len(open) > 0; {
		day := open[len(open)-1]
		open = open[:len(open)-1]
		if day.IsZero() {
			day = tax.MustDate("0001-01-01")
		}
		if _, known := at(list, day); known || len(list) > timelineEntries {
			continue
		}
		a, err := r.Lookup(ctx, tax.Lookup{Country: place.Country, Region: place.Region, Class: class, Date: day})
		if errors.Is(err, tax.ErrUnavailable) || errors.Is(err, tax.ErrClosed) || ctx.Err() != nil {
			return nil, err
		}
		if err != nil {
			continue
		}
		list = append(list, period{a.Since(), a.Until(), answerText(a)})
		if before := a.Since().AddDays(-1); !a.Since().IsZero() && !before.IsZero() && before.Before(a.Since()) {
			open = append(open, before)
		}
		if !a.Until().IsZero() {
			open = append(open, a.Until())
		}
	}
	return list, nil
}

func at(list []period, day tax.Date) (string, bool) {
	for _, p := range list {
		if !day.Before(p.from) && (p.until.IsZero() || day.Before(p.until)) {
			return p.says, true
		}
	}
	return "no answer", false
}

func answerText(a tax.Resolution) string {
	text := charged(a)
	if code := a.Tax().Code; code != "" {
		text += " " + isolated(code)
	}
	var parts []string
	for _, c := range a.Components() {
		parts = append(parts, isolated(c.Code)+" "+percentText(c.Percent))
	}
	if len(parts) > 0 {
		text += " (" + strings.Join(parts, ", ") + ")"
	}
	return text
}

// apart returns the days on which two timelines differ.
func apart(was, is []period) []answerChange {
	bounds := []tax.Date{tax.MustDate("0001-01-01")}
	for _, p := range append(slices.Clone(was), is...) {
		for _, d := range []tax.Date{p.from, p.until} {
			if !d.IsZero() {
				bounds = append(bounds, d)
			}
		}
	}
	slices.SortFunc(bounds, tax.Date.Compare)
	bounds = slices.Compact(bounds)
	var list []answerChange
	for i, from := range bounds {
		c := answerChange{From: from}
		if i+1 < len(bounds) {
			c.Until = bounds[i+1]
		}
		c.Was, _ = at(was, from)
		if c.Is, _ = at(is, from); c.Was == c.Is {
			continue
		}
		if last := len(list) - 1; last >= 0 && list[last].Until == c.From && list[last].Was == c.Was && list[last].Is == c.Is {
			list[last].Until = c.Until
			continue
		}
		list = append(list, c)
	}
	return list
}

// Days says on which days an answer changes.
func (c answerChange) Days() string {
	text := "from " + c.From.String()
	if c.From.Year() == 1 {
		text = "from the beginning"
	}
	if !c.Until.IsZero() {
		text += " until " + c.Until.AddDays(-1).String()
	}
	return text
}
