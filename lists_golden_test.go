package tax_test

import (
	"context"
	"fmt"
	"iter"
	"math/rand"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/exact"
	"github.com/taxresolve/tax/internal/taxtest"
	"github.com/taxresolve/tax/internal/testfile"
	"github.com/taxresolve/tax/store"

	_ "time/tzdata" // the zones of the configurations, on any machine
)

// listAnswers are the three ways to one list.
type listAnswers struct {
	docs   []tax.Configuration // by country and region
	memory *store.Memory
	random *rand.Rand
}

// ask asks all three and returns the page of the last, or what differs.
func (l *listAnswers) ask(q tax.Query) (page tax.Page, differs string, err error) {
	ways := []func() (tax.Page, error){
		func() (tax.Page, error) { return tax.Select(each(l.shuffled()), q) },
		func() (tax.Page, error) { return tax.SelectFrom(after(l.docs), q) },
		func() (tax.Page, error) { return l.memory.List(context.Background(), "", q) },
	}
	for i, way := range ways {
		p, e := way()
		if i > 0 && (taxtest.Codes(p.Configurations()) != taxtest.Codes(page.Configurations()) || p.Total != page.Total || p.Next != page.Next || fmt.Sprint(e) != fmt.Sprint(err)) {
			return p, fmt.Sprintf("way %d: %s, %d, %q, %v, not %s, %d, %q, %v", i, taxtest.Codes(p.Configurations()), p.Total, p.Next, e, taxtest.Codes(page.Configurations()), page.Total, page.Next, err), e
		}
		page, err = p, e
	}
	return page, "", err
}

// shuffled are the configurations in any order in which a country comes before its
// regions, which may need its time zone.
func (l *listAnswers) shuffled() []tax.Configuration {
	docs := slices.Clone(l.docs)
	l.random.Shuffle(len(docs), func(i, j int) { docs[i], docs[j] = docs[j], docs[i] })
	slices.SortStableFunc(docs, func(a, b tax.Configuration) int {
		return min(1, len(a.Location.Region)) - min(1, len(b.Location.Region))
	})
	return docs
}

// after yields sorted configurations after a location.
func after(docs []tax.Configuration) func(tax.Location) iter.Seq[*tax.Configuration] {
	return func(l tax.Location) iter.Seq[*tax.Configuration] {
		return func(yield func(*tax.Configuration) bool) {
			for i := range docs {
				c := &docs[i]
				if c.Location.Country < l.Country || c.Location.Country == l.Country && c.Location.Region <= l.Region && l != (tax.Location{}) {
					continue
				}
				if !yield(c) {
					return
				}
			}
		}
	}
}

// each yields configurations as they lie.
func each(docs []tax.Configuration) iter.Seq[*tax.Configuration] {
	return func(yield func(*tax.Configuration) bool) {
		for i := range docs {
			if !yield(&docs[i]) {
				return
			}
		}
	}
}

// TestGoldenLists asks every line of testdata/lists.txt, whose form is described in
// the file.
func TestGoldenLists(t *testing.T) {
	l := &listAnswers{random: rand.New(rand.NewSource(1))}
	var questions []string
	for n, line := range testfile.Lines(t, "testdata/lists.txt") {
		switch {
		case strings.Contains(line, "->"):
			questions = append(questions, strconv.Itoa(n)+": "+line)
		case line[0] == ' ':
			c := &l.docs[len(l.docs)-1]
			c.Classes = append(c.Classes, goldenClass(t, line))
		default:
			l.docs = append(l.docs, goldenConfiguration(t, line))
		}
	}
	require.GreaterOrEqual(t, len(questions), 250, "lines were lost")
	require.Len(t, l.docs, 26)
	l.remember(t)

	for _, line := range questions {
		number, question, _ := strings.Cut(line, ": ")
		question, want, _ := strings.Cut(question, " -> ")
		q, err := goldenQuery(question)
		require.NoError(t, err, line)
		page, differs, err := l.ask(q)
		if differs != "" {
			t.Errorf("lists.txt:%s: %s\n\t%s", number, question, differs)
			continue
		}
		if got := l.answer(page, err, q); got != l.canonical(want) {
			t.Errorf("lists.txt:%s: %s\n\twant %s\n\tgot  %s", number, question, want, got)
		} else if err == nil {
			l.pages(t, number, q)
		}
	}
}

// remember writes the configurations to the store, each at its time.
func (l *listAnswers) remember(t *testing.T) {
	t.Helper()
	l.memory = store.NewMemory(nil)
	for _, c := range l.docs {
		c.Metadata.Version, c.Metadata.Created = 1, c.Metadata.Modified
		key := tax.Key{Country: c.Location.Country}
		out := l.memory.Write(t.Context(), []store.Batch{{Key: key, Changes: []store.Change{{Action: store.Restore, Configuration: c}}}})
		require.NoError(t, out[0].Err, c.Location)
		require.True(t, out[0].Configurations[0].Metadata.Modified.Equal(c.Metadata.Modified))
	}
}

// canonical is an answer with what it abbreviates.
func (l *listAnswers) canonical(want string) string {
	if rest, ok := strings.CutPrefix(want, "*"); ok {
		return taxtest.Codes(l.docs) + rest
	}
	return strings.TrimSpace(want)
}

// answer writes a page as the file does.
func (l *listAnswers) answer(p tax.Page, err error, q tax.Query) string {
	if err != nil {
		input, ok := err.(*tax.InputError)
		if !ok {
			return err.Error()
		}
		return "error " + strings.ToLower(input.Field[:1]) + input.Field[1:]
	}
	text := taxtest.Codes(p.Configurations())
	if text == "" {
		text = "-"
	}
	if p.Next != "" {
		text += " ..."
	}
	if q.Total {
		text += " | total " + strconv.Itoa(p.Total)
	} else if p.Total != 0 {
		text += " | a total that nobody asked for"
	}
	return text
}

// pages follows the cursors of a query from its first page, and wants the list that
// one large page has.
func (l *listAnswers) pages(t *testing.T, number string, q tax.Query) {
	t.Helper()
	q.PageNumber, q.PageSize, q.MaxPageSize = 0, 1000, 0
	whole, err := tax.Select(each(l.docs), q)
	require.NoError(t, err)
	for size := 1; size <= 3; size++ {
		q.PageSize, q.Cursor = size, ""
		var got []tax.Configuration
		for range 30 {
			page, differs, err := l.ask(q)
			if err != nil || differs != "" || page.Total != whole.Total {
				t.Errorf("lists.txt:%s: cursor after %s: %v %s, total %d of %d", number, taxtest.Codes(got), err, differs, page.Total, whole.Total)
				return
			}
			got = append(got, page.Configurations()...)
			if q.Cursor = page.Next; q.Cursor == "" {
				break
			}
			require.Equal(t, size, page.Len(), "a page that is not the last is full")
		}
		if pages := taxtest.Codes(got); pages != taxtest.Codes(whole.Configurations()) {
			t.Errorf("lists.txt:%s: pages of %d by cursor\n\twant %s\n\tgot  %s", number, size, taxtest.Codes(whole.Configurations()), pages)
		}
	}
}

func goldenConfiguration(t *testing.T, line string) tax.Configuration {
	t.Helper()
	parts := strings.Split(line, " ; ")
	require.Len(t, parts, 3, line)
	country, region, _ := strings.Cut(parts[0], "-")
	c := tax.Configuration{Location: tax.Location{Country: country, Region: region}, Tax: tax.Tax{Code: "VAT"}}
	if parts[1] != "-" {
		c.TimeZone = parts[1]
	}
	if parts[2] != "-" {
		c.Metadata.Modified = noon(tax.MustDate(parts[2]))
	}
	return c
}

func noon(d tax.Date) time.Time {
	return time.Date(d.Year(), d.Month(), d.Day(), 12, 0, 0, 0, time.UTC)
}

func goldenClass(t *testing.T, line string) tax.Class {
	t.Helper()
	parts := strings.Split(strings.TrimSpace(line), ";")
	require.Len(t, parts, 4, line)
	code, order, _ := strings.Cut(strings.TrimSpace(parts[0]), " ")
	n, err := strconv.Atoi(order)
	require.NoError(t, err, line)
	class := tax.Class{Code: code, Order: new(n), Name: goldenText(t, parts[1]), Description: goldenText(t, parts[2])}
	for _, entry := range strings.Fields(parts[3]) {
		from, what, _ := strings.Cut(entry, "=")
		r := tax.Rate{}
		if from != "-" {
			r.From = tax.MustDate(from)
		}
		what, added := strings.CutPrefix(what, "add:")
		switch treatment, ok := goldenTreatment(what); {
		case added:
			r.Effect, r.Percent = tax.Add, tax.MustPercent(what)
		case what == "inherit":
			r.Effect = tax.Inherit
		case what == "end":
			r.Effect = tax.End
		case ok:
			r.Treatment = treatment
		default:
			r.Percent = tax.MustPercent(what)
		}
		class.Rates = append(class.Rates, r)
	}
	return class
}

func goldenText(t *testing.T, text string) tax.LocalizedText {
	t.Helper()
	byTag := map[string]string{}
	for _, word := range strings.Fields(text) {
		tag, translation, _ := strings.Cut(word, "=")
		byTag[tag] = strings.ReplaceAll(translation, "_", " ")
	}
	return tax.MustLocalizedText(byTag)
}

func goldenTreatment(text string) (tax.Treatment, bool) {
	for n := tax.Treatment(0); n <= tax.OutsideScope; n++ {
		if n.String() == text {
			return n, true
		}
	}
	return 9, text == "invalid(9)"
}

// goldenPreferences reads "de,en>fr".
func goldenPreferences(text string) (p tax.Preferences, err error) {
	if text == "" {
		return p, nil
	}
	if text == "*" {
		return tax.ParseAcceptLanguage("*")
	}
	preferred, fallbacks, falls := strings.Cut(text, ">")
	p, err = tax.NewPreferences(strings.Split(preferred, ",")...)
	if err == nil && falls {
		p, err = p.WithFallback(strings.Split(fallbacks, ",")...)
	}
	return p, err
}

// wholeOrPart is the field of a filter that = or ~ sets.
func wholeOrPart(f *tax.TextFilter, sign byte) *string {
	if sign == '=' {
		return &f.Equals
	}
	return &f.Contains
}

func goldenQuery(text string) (q tax.Query, err error) {
	q.Now = noon(tax.MustDate("2026-11-21"))
	q.CursorKey = []byte("golden")
	for _, word := range strings.Fields(text) {
		i := strings.IndexAny(word, "=~")
		if i < 0 {
			i = len(word)
		}
		name, value := word[:i], strings.TrimLeft(word[i:], "=~")
		field, tags, _ := strings.Cut(name, ".")
		contains := strings.ReplaceAll(value, "_", " ")
		switch field {
		case "all":
		case "country":
			q.Country = value
		case "region":
			q.Region = value
		case "class":
			q.Class = value
		case "name":
			*wholeOrPart(&q.Name, word[i]) = contains
			q.Name.In, err = goldenPreferences(tags)
		case "anycase":
			q.Name.IgnoreCase, q.Description.IgnoreCase = true, true
		case "exact":
			q.ExactCodes = true
		case "description":
			*wholeOrPart(&q.Description, word[i]) = contains
			q.Description.In, err = goldenPreferences(tags)
		case "in":
			q.Preferences, err = goldenPreferences(value)
		case "rate":
			percent, reason := exact.Parse(value)
			if reason != "" {
				return q, fmt.Errorf("rate %s: %s", value, reason)
			}
			q.Rate = decimal.NullDecimal{Decimal: percent, Valid: true}
		case "treatment":
			for name := range strings.SplitSeq(value, ",") {
				t, ok := goldenTreatment(name)
				if !ok {
					return q, fmt.Errorf("treatment %s", name)
				}
				q.Treatments = append(q.Treatments, t)
			}
		case "effective":
			q.Effective = true
		case "on":
			q.Date, err = tax.ParseDate(value)
		case "since":
			q.ChangedSince, err = time.Parse(time.RFC3339Nano, value)
		case "countries":
			q.CountriesOnly = true
		case "now":
			q.Now, err = time.Parse(time.RFC3339, value)
		case "sort":
			q.Sort, err = tax.ParseSort(value)
		case "page":
			q.PageNumber, err = strconv.Atoi(value)
		case "size":
			q.PageSize, err = strconv.Atoi(value)
		case "max":
			q.MaxPageSize, err = strconv.Atoi(value)
		case "total":
			q.Total = true
		case "cursor":
			q.Cursor = value
		default:
			err = fmt.Errorf("no such word: %s", word)
		}
		if err != nil {
			return q, err
		}
	}
	return q, nil
}
