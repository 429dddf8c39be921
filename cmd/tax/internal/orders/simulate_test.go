package orders

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"math/big"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
)

// resolvers answer 19 % before and 21 % after for the class A of DE, and 7 % for B.
func resolvers(t testing.TB) (before, after *tax.Resolver) {
	t.Helper()
	with := func(percent string) *tax.Resolver {
		germany := tax.Configuration{Location: tax.Location{Country: "DE"}, Classes: []tax.Class{
			{Code: "A", Default: true, Rates: []tax.Rate{{From: tax.MustDate("2000-01-01"), Percent: tax.MustPercent(percent)}}},
			{Code: "B", Rates: []tax.Rate{{From: tax.MustDate("2000-01-01"), Percent: tax.MustPercent("7")}}},
		}}
		r, err := tax.NewResolver(tax.SourceFunc(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
			if key.Country == "FR" {
				return nil, errors.New("cannot be reached")
			}
			if key.Country != "DE" {
				return nil, nil
			}
			return []tax.Configuration{germany}, nil
		}), nil)
		require.NoError(t, err)
		t.Cleanup(r.Close)
		return r
	}
	return with("19"), with("21")
}

func simulated(t *testing.T, text string, o Options) *Report {
	t.Helper()
	before, after := resolvers(t)
	r, err := Simulate(t.Context(), strings.NewReader(text), before, after, o)
	require.NoError(t, err)
	return r
}

func TestTotalsAreByCountryClassAndCurrency(t *testing.T) {
	r := simulated(t, "\ufeffcountry,class,gross,net,currency,order\nDE,A,,100,,x\nDE,B,,100.00,eur,\nde,,119.00,,EUR,\nDE,A,,1000,JPY,\nDE,A,,-5.5,,\n",
		Options{Currency: "EUR", Largest: 1})
	assert.Equal(t, 5, r.Lines)
	assert.Equal(t, 4, r.Changed)
	assert.Empty(t, r.Rejected)
	assert.Equal(t, []Total{
		{"DE", "A", "EUR", 3, 3, Amounts{"", "194.50", "36.95", "231.45"}, Amounts{"", "192.85", "40.49", "233.34"}, "3.54"},
		{"DE", "A", "JPY", 1, 1, Amounts{"", "1000", "190", "1190"}, Amounts{"", "1000", "210", "1210"}, "20"},
		{"DE", "B", "EUR", 1, 0, Amounts{"", "100.00", "7.00", "107.00"}, Amounts{"", "100.00", "7.00", "107.00"}, "0.00"},
	}, r.Totals())
	assert.Equal(t, []Differing{
		{2, "DE", "A", "EUR", Amounts{"19 %", "100.00", "19.00", "119.00"}, Amounts{"21 %", "100.00", "21.00", "121.00"}, "2.00"},
		{5, "DE", "A", "JPY", Amounts{"19 %", "1000", "190", "1190"}, Amounts{"21 %", "1000", "210", "1210"}, "20"},
	}, r.Largest())
}

func TestTheLargestDifferencesAreKeptInOrder(t *testing.T) {
	r := simulated(t, "country,net\nDE,1\nDE,300\nDE,-400\nDE,2\nDE,300\n", Options{Currency: "EUR", Largest: 3})
	var lines []int
	for _, l := range r.Largest() {
		lines = append(lines, l.Line)
	}
	assert.Equal(t, []int{4, 3, 6}, lines)
	assert.Empty(t, simulated(t, "country,net\nDE,1\n", Options{Currency: "EUR"}).Largest())
}

func TestDaysAreThoseOfTheLineAndOfTheOptions(t *testing.T) {
	var days []string
	simulated(t, "country,net,date\nDE,1,2020-01-02\nDE,1,\n", Options{Currency: "EUR", Day: tax.MustDate("2021-01-01"), OnLine: func(l *Line) error {
		days = append(days, l.Before.Rate.Date().String(), l.After.Rate.Date().String())
		plain := *l
		plain.texts = rateTexts{}
		assert.NotEqual(t, plain, *l)
		assert.Equal(t, plain.Texts(), l.Texts())
		return nil
	}})
	assert.Equal(t, []string{"2020-01-02", "2020-01-02", "2021-01-01", "2021-01-01"}, days)
	simulated(t, "country,net,date\nDE,1,2020-01-02\n", Options{Currency: "EUR", Then: tax.MustDate("2022-01-01"), OnLine: func(l *Line) error {
		assert.Equal(t, "2020-01-02 2022-01-01", l.Before.Rate.Date().String()+" "+l.After.Rate.Date().String())
		return nil
	}})
}

func TestLinesThatCannotBePricedHaveAReason(t *testing.T) {
	for line, want := range map[string]Rejection{
		"DE,A,1,,EUR,x,":                {2, "malformed", "date"},
		"DE,C,1,,EUR,,":                 {2, "unknown_class", "C"},
		"Germany,A,1,,EUR,,":            {2, "unknown_country", "Germany"},
		"AT,A,1,,EUR,,":                 {2, "country_not_configured", "AT"},
		"DE,A,1,,EUR,1990-01-01,":       {2, "class_not_started", "1990-01-01"},
		"DE,A,1,1,EUR,,":                {2, "conflicting", "gross"},
		"DE,A,,,EUR,,":                  {2, "missing", "net"},
		"DE,A,1,,,,":                    {2, "missing", "currency"},
		"DE,A,1,,XAU,,":                 {2, "no_minor_unit", "currency"},
		"DE,A,1.001,,EUR,,":             {2, "too_many_decimals", "net"},
		"DE,A,,1.5,JPY,,":               {2, "too_many_decimals", "gross"},
		`DE,A,"1,50",,EUR,,`:            {2, "malformed", "net"},
		"DE,A,1e3,,EUR,,":               {2, "malformed", "net"},
		"DE,A,-,,EUR,,":                 {2, "malformed", "net"},
		"DE,A,1.,,EUR,,":                {2, "malformed", "net"},
		"DE,A,.5,,EUR,,":                {2, "malformed", "net"},
		"DE,A,10000000000000.00,,EUR,,": {2, "out_of_range", "net"},
		"DE,A,10000000000000,,EUR,,":    {2, "out_of_range", "net"},
		"DE,A,1,,EUR,":                  {2, "malformed", "line"},
		`DE,A"B,1,,EUR,,`:               {2, "malformed", "line"},
		"DE," + strings.Repeat("x", 9999) + ",1,,EUR,,": {2, "", ""},
	} {
		r := simulated(t, "country,class,net,gross,currency,date,note\n"+line+"\n\nDE,A,1,,EUR,,\n", Options{})
		assert.Equal(t, 2, r.Lines, line)
		require.Len(t, r.Rejected, 1, line)
		got := r.Rejected[0]
		assert.Equal(t, want.Line, got.Line)
		assert.Contains(t, got.Message, want.Message)
		assert.Less(t, len(got.Message), 420)
		if want.Code != "" {
			assert.Equal(t, want.Code, got.Code, line)
		}
		require.Len(t, r.Totals(), 1, line)
	}
	r := simulated(t, "country,net\n"+strings.Repeat("DE,x\n", maxRejections+2), Options{Currency: "EUR"})
	assert.Len(t, r.Rejected, maxRejections)
	assert.Equal(t, 2, r.Omitted)
	assert.Equal(t, maxRejections+2, r.Refused)
}

func TestFilesThatCannotBeReadEndTheRun(t *testing.T) {
	before, after := resolvers(t)
	for text, want := range map[string]string{
		"":                    "missing",
		"country,class\n":     "net or gross",
		"net\n":               "country",
		"country,net,net\n":   "given twice",
		"country,net\nDE,1\n": "--currency",
		"country;net\nDE;1\n": "with commas between",
		"country,net,currency\nDE,1,\"" + strings.Repeat("x,\n", maxLineBytes/2): "quote that is not closed",
		"country,net,currency\nFR,1,EUR\n":                                       "unavailable",
	} {
		_, err := Simulate(t.Context(), strings.NewReader(text), before, after, Options{})
		assert.ErrorContains(t, err, want)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Simulate(ctx, &generated{lines: 10}, before, after, Options{Currency: "EUR"})
	assert.ErrorIs(t, err, context.Canceled)
	full := errors.New("the disk is full")
	_, err = Simulate(t.Context(), &generated{lines: 10}, before, after, Options{Currency: "EUR", OnLine: func(*Line) error { return full }})
	assert.ErrorIs(t, err, full)
}

func TestSumsDoNotOverflow(t *testing.T) {
	var s sum
	for range 3 {
		s.add(math.MaxInt64)
	}
	assert.Equal(t, new(big.Int).Mul(big.NewInt(3), big.NewInt(math.MaxInt64)), s.whole())
	for minor, want := range map[int64]string{-5: "-0.05", 0: "0.00", 5: "0.05", 100: "1.00", -12345: "-123.45", math.MinInt64: "-92233720368547758.08"} {
		assert.Equal(t, want, (&Currency{decimals: 2}).Text(minor))
		assert.Equal(t, want, (&Currency{decimals: 2}).text(big.NewInt(minor)))
	}
	assert.Equal(t, "-5", (&Currency{}).Text(-5))
}

// generated is a file of many lines that nothing holds.
type generated struct {
	lines, line int
	codes       bool   // each line has another postal code
	text, rest  []byte // rest is what was not read of text
}

func (g *generated) Read(p []byte) (int, error) {
	for len(g.rest) == 0 {
		switch {
		case g.line > g.lines:
			return 0, io.EOF
		case g.line == 0:
			g.text = append(g.text, "country,class,net,postal_code\n"...)
		default:
			g.text = append(g.text[:0], "DE,A,"...)
			g.text[3] += byte(g.line % 2)
			g.text = strconv.AppendInt(g.text, int64(g.line%1000), 10)
			g.text = append(g.text, ".95,"...)
			if g.codes {
				g.text = strconv.AppendInt(g.text, int64(g.line), 10)
			}
			g.text = append(g.text, '\n')
		}
		g.rest = g.text
		g.line++
	}
	n := copy(p, g.rest)
	g.rest = g.rest[n:]
	return n, nil
}

func TestMemoryDoesNotGrowWithTheFile(t *testing.T) {
	before, after := resolvers(t)
	heap := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	for _, codes := range []bool{false, true} {
		var first, last int64
		const lines = 60_000
		r, err := Simulate(t.Context(), &generated{lines: lines, codes: codes}, before, after, Options{Currency: "EUR", Largest: 100, OnProgress: func(n int) {
			switch n {
			case 20_000:
				first = heap()
			case lines:
				last = heap()
			}
		}})
		require.NoError(t, err)
		assert.Equal(t, lines, r.Lines)
		assert.Equal(t, lines, r.Totals()[0].Lines+r.Totals()[1].Lines)
		require.NotZero(t, first)
		assert.Less(t, last-first, int64(1<<20), "40,000 lines take memory")
	}
}

// Lines that ask the same are answered once, with one answer.
func TestQuestionsAreAnsweredOnce(t *testing.T) {
	before, after := resolvers(t)
	f, err := open(strings.NewReader("country,net,class,date\nDE,1,A,2020-01-01\nDE,2,A,2020-01-01\nDE,2,,2020-01-01\nDE,2,A,2020-01-02\n"), "EUR")
	require.NoError(t, err)
	p := pricing{before: before, after: after, report: newReport(1)}
	var asked []*question
	for range 4 {
		q, err := f.next()
		require.NoError(t, err)
		require.NoError(t, p.add(t.Context(), &q))
		assert.True(t, q.answered)
		asked = append(asked, q.question)
	}
	assert.Same(t, asked[0], asked[1])
	assert.NotSame(t, asked[0], asked[2])
	assert.NotSame(t, asked[0], asked[3])
	assert.Same(t, asked[0].total, asked[3].total)
	text, err := io.ReadAll(&generated{lines: 2000})
	require.NoError(t, err)
	assert.Less(t, testing.AllocsPerRun(1, func() {
		_, _ = Simulate(t.Context(), bytes.NewReader(text), before, after, Options{Currency: "EUR"})
	}), 200.0, "2,000 lines take memory")
}

// To compare: go test ./internal/orders -run - -bench Million -count 6
func BenchmarkMillionLines(b *testing.B) {
	before, after := resolvers(b)
	const lines = 1_000_000
	for name, codes := range map[string]bool{"few questions": false, "each line another": true} {
		text, err := io.ReadAll(&generated{lines: lines, codes: codes})
		if err != nil {
			b.Fatal(err)
		}
		b.Run("simulate, "+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r, err := Simulate(b.Context(), bytes.NewReader(text), before, after, Options{Currency: "EUR", Largest: 10})
				if err != nil || r.Refused > 0 {
					b.Fatal(err, r.Rejected)
				}
			}
		})
		b.Run("library, "+name, func(b *testing.B) { library(b, before, after, lines, codes) })
	}
}

// library makes the same answers and amounts, without a file and sums.
func library(b *testing.B, before, after *tax.Resolver, lines int, codes bool) {
	rounding, err := tax.RoundingFor("EUR")
	if err != nil {
		b.Fatal(err)
	}
	classes := [...]string{"A", "B"}
	questions := make([]tax.Lookup, lines)
	for i := range questions {
		questions[i] = tax.Lookup{Country: "DE", Class: classes[i%2]}
		if codes {
			questions[i].PostalCode = strconv.Itoa(i)
		}
	}
	for b.Loop() {
		for i := range questions {
			for _, r := range [...]*tax.Resolver{before, after} {
				rate, err := r.Lookup(b.Context(), questions[i])
				if err != nil {
					b.Fatal(err)
				}
				if _, err := rate.FromNetMinor(int64(i%1000*100+95), rounding); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
}
