package tax_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/language"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
)

const mebibyte = 1 << 20

// requireLeftOut fails unless the error is about one thing that was left out; ""
// for nothing.
func requireLeftOut(t *testing.T, want string, err error, about string) {
	t.Helper()
	if want == "" {
		require.NoError(t, err, about)
		return
	}
	var input *tax.InputError
	require.ErrorAs(t, err, &input, about)
	require.ErrorIs(t, err, tax.ErrInvalid, about)
	require.Equal(t, "Accept-Language", input.Field, about)
	require.Equal(t, want, input.Value, about)
	require.NotEmpty(t, input.Reason, about)
	require.True(t, strings.HasPrefix(err.Error(), "tax: "), about)
}

func TestWhatCannotBeReadIsLeftOutAndTheRestHolds(t *testing.T) {
	for _, c := range []struct{ header, tags, left string }{
		{"de,garbage!!,en", "de en", "garbage!!"},
		{"garbage!!", "", "garbage!!"},
		{"xx-YY,de", "de", "xx-YY"},
		{"de,xx-YY,!!,en", "de en", "xx-YY"},
		{"en_US.UTF-8,de", "de", "en_US.UTF-8"},
		{"de__AT,en", "en", "de__AT"},
		{"C,POSIX,en", "en", "C"},
		{"root,und,en", "en", "root"},
		{"de AT,en", "en", "de AT"},
		{"de-,en", "en", "de-"},
		{"-de,en", "en", "-de"},
		{"de--AT,en", "en", "de--AT"},
		{"de\x00,en", "en", "de\x00"},
		{"de\n,en", "en", "de\n"},
		{"\u00a0de,en", "en", "\u00a0de"},
		{"日本語,en", "en", "日本語"},
		{"d\u0435,en", "en", "d\u0435"}, // with a Cyrillic letter
		{"*-CH,en", "en", "*-CH"},
		{"en-*,de", "de", "en-*"},
		{"**,de", "de", "**"},
		{"\"de\",en", "en", "\"de\""},
		{"de:en", "", "de:en"},
		{"de|en,fr", "fr", "de|en"},
		{"de=en,fr", "fr", "de=en"},
		{";q=1,en", "en", ";q=1"},
		{";,en", "en", ";"},
		{"de;,en", "en", "de;"},
		{"de;;q=1,en", "en", "de;;q=1"},
		{"de;q=1;,en", "en", "de;q=1;"},
		{"de;q=1;q=1,en", "en", "de;q=1;q=1"},
		{"de;level=1,en", "en", "de;level=1"},
		{"de;level=1;q=1,en", "en", "de;level=1;q=1"},
		{"de;q=1;level=1,en", "en", "de;q=1;level=1"},
		{"de q=1,en", "en", "de q=1"},
		{"  de;q=9  ,en", "en", "de;q=9"},
		{"fr-CH, fr;q=0.9, en;q=0.8, *;q=0.5", "fr-CH fr en", ""},
	} {
		p, err := tax.ParseAcceptLanguage(c.header)
		about := fmt.Sprintf("%q", c.header)
		requireLeftOut(t, c.left, err, about)
		assert.Equal(t, c.tags, strings.Join(p.Tags(), " "), about)
		again, err := tax.ParseAcceptLanguage(c.header)
		requireLeftOut(t, c.left, err, about+" again")
		assert.True(t, p == again, about)
	}
}

func TestWeightsAreThoseOfHTTP(t *testing.T) {
	// Which of two languages the reader prefers, and whether fr is excluded.
	const first, last, none, bad = "fr de", "de fr", "de", "bad"
	for weight, want := range map[string]string{
		"": first, ";q=1": first, ";q=1.": first, ";q=1.0": first, ";q=1.00": first, ";q=1.000": first, ";Q=1": first,
		" ; q=1": first, "\t;\tq=1\t": first, " ;q=1 ": first, "; \t q=0.6": first, ";q=0.501": first, ";q=0.51": first, ";q=0.5": first,
		";q=0.500": first,
		";q=0.499": last, ";q=0.1": last, ";q=0.10": last, ";q=0.001": last, ";Q=0.4": last,
		";q=0": none, ";q=0.": none, ";q=0.0": none, ";q=0.00": none, ";q=0.000": none, ";Q=0": none,
		";q=1.0000": bad, ";q=0.1234": bad, ";q=0.0000": bad, ";q=2": bad, ";q=1.001": bad, ";q=1.1": bad, ";q=10": bad, ";q=01": bad,
		";q=00": bad, ";q=NaN": bad, ";q=nan": bad, ";q=Inf": bad, ";q=-1": bad, ";q=-0": bad, ";q=+1": bad, ";q=.5": bad, ";q=.": bad,
		";q=": bad, ";q": bad, ";": bad, ";=1": bad, ";q=1e0": bad, ";q=1e-1": bad, ";q=0x1": bad, ";q=0.5%": bad, ";q=50%": bad,
		";q =1": bad, ";q= 1": bad, ";q=0 .5": bad, ";q=0. 5": bad, ";q=\"1\"": bad, ";w=1": bad, ";qq=1": bad, ";r=1": bad, ";1=1": bad,
		";q:1": bad, ";q=0.5;": bad, ";q=0.5;q=0.6": bad, ";q=１": bad, ";q=0.٥": bad, ";q=0.5\n": bad, ";\nq=0.5": bad, ";q=0_5": bad,
		";q=" + strings.Repeat("0", 400): bad, ";q=0." + strings.Repeat("0", 400): bad, ";q=18446744073709551617": bad, ";q=1/2": bad,
	} {
		p, err := tax.ParseAcceptLanguage("fr" + weight + ",de;q=0.5")
		tags := strings.Join(p.Tags(), " ")
		if want == bad {
			assert.Error(t, err, "%q", weight)
			assert.Equal(t, "de", tags, "%q", weight)
			with, withErr := p.WithFallback("fr")
			require.NoError(t, withErr)
			assert.Equal(t, "fr", inEvery(t, "fr").In(with).Language, "%q excludes nothing", weight)
			continue
		}
		assert.NoError(t, err, "%q", weight)
		assert.Equal(t, want, tags, "%q", weight)
		with, err := p.WithFallback("fr")
		require.NoError(t, err)
		assert.Equal(t, want == none, inEvery(t, "fr").In(with).Language == "", "%q", weight)
	}
}

func TestEveryThousandthOfAWeightCounts(t *testing.T) {
	for weight := 1; weight <= 1000; weight++ {
		text := func(n int) string { return fmt.Sprintf("%d.%03d", n/1000, n%1000) }
		p, err := tax.ParseAcceptLanguage("fr;q=" + text(weight-1) + ",de;q=" + text(weight))
		require.NoError(t, err)
		want := []string{"de", "fr"}
		if weight == 1 {
			want = []string{"de"}
		}
		require.Equal(t, want, p.Tags(), "%d", weight)
	}
}

func TestTiesAreInTheOrderGiven(t *testing.T) {
	// A sort that is not stable keeps the order of few.
	l, err := tax.NewLanguages(&tax.LanguageOptions{HeaderBytes: 1 << 16, HeaderElements: 1000})
	require.NoError(t, err)
	for _, n := range []int{2, 16, 300} {
		var elements []string
		byWeight := make([][]string, 3)
		for i := range n {
			tag, weight := fmt.Sprintf("x-%d", i), i*7%5%3
			elements = append(elements, fmt.Sprintf("%s;q=0.%d", tag, 9-weight))
			byWeight[weight] = append(byWeight[weight], tag)
		}
		p, err := l.ParseAcceptLanguage(strings.Join(elements, ", "))
		require.NoError(t, err)
		assert.Equal(t, slices.Concat(byWeight...), p.Tags(), "%d elements", n)
	}
}

func TestElementsBeyondTheLimitAreLeftOut(t *testing.T) {
	// 18 tags
	tags := strings.Fields("de en fr it es pt nl sv da nb fi pl cs sk sl hu ro bg")
	for n := 1; n <= len(tags); n++ {
		kept, left := n, ""
		if n > 16 {
			kept, left = 16, "ro"
		}
		p, err := tax.ParseAcceptLanguage(strings.Join(tags[:n], ","))
		requireLeftOut(t, left, err, "elements")
		assert.Equal(t, tags[:kept], p.Tags())
		// Empty elements do not count.
		p, err = tax.ParseAcceptLanguage(strings.Join(tags[:n], ", ,\t,") + ",,")
		requireLeftOut(t, left, err, "with empty elements")
		assert.Len(t, p.Tags(), kept)
	}
	// Bad elements count too, and the error names the first element that was left out.
	p, err := tax.ParseAcceptLanguage(strings.Repeat("!,", 15) + "de,en")
	requireLeftOut(t, "!", err, "bad elements")
	assert.Equal(t, []string{"de"}, p.Tags())
	p, err = tax.ParseAcceptLanguage(strings.Repeat("de,", 16) + "en")
	requireLeftOut(t, "en", err, "one language many times")
	assert.Equal(t, []string{"de"}, p.Tags())
	p, err = tax.ParseAcceptLanguage(strings.Repeat("de,", 16) + "!!")
	requireLeftOut(t, "!!", err, "a bad element beyond the limit")
	assert.Equal(t, []string{"de"}, p.Tags())
	// An element beyond the limit excludes nothing.
	p, err = tax.ParseAcceptLanguage(strings.Repeat("de,", 16) + "en;q=0")
	requireLeftOut(t, "en;q=0", err, "an exclusion beyond the limit")
	p, err = p.WithFallback("en")
	require.NoError(t, err)
	assert.Equal(t, "en", inEvery(t, "en").In(p).Language)
}

func TestNothingOfALongHeaderIsRead(t *testing.T) {
	header := "de," + strings.Repeat(" ", 507) + "en"
	require.Len(t, header, 512)
	p, err := tax.ParseAcceptLanguage(header)
	require.NoError(t, err)
	assert.Equal(t, []string{"de", "en"}, p.Tags())

	for _, header := range []string{header + " ", strings.Repeat(" ", 513), "de," + strings.Repeat("en,", mebibyte/3)} {
		p, err = tax.ParseAcceptLanguage(header)
		assert.Equal(t, tax.Preferences{}, p)
		requireLeftOut(t, header[:64], err, "a long header")
		assert.Contains(t, err.Error(), "512 bytes")
	}
}

func TestTagsBeyondTheLimitAreLeftOut(t *testing.T) {
	longest := "en-a-bb-cc-dd-ee-ff-gg-hh-ii-jj-kkk"
	require.Len(t, longest, 35)
	p, err := tax.ParseAcceptLanguage("de, " + longest + ";q=0.5")
	require.NoError(t, err)
	assert.Equal(t, []string{"de", longest}, p.Tags())
	p, err = tax.ParseAcceptLanguage("de, " + longest + "k;q=0.5, fr;q=0.1")
	requireLeftOut(t, longest+"k;q=0.5", err, "36 bytes")
	assert.Equal(t, []string{"de", "fr"}, p.Tags())
	long := strings.Repeat("a", 300)
	p, err = tax.ParseAcceptLanguage(long + ", fr;q=0.1")
	requireLeftOut(t, long[:64], err, "300 bytes")
	assert.Equal(t, []string{"fr"}, p.Tags())
}

func TestErrorsOfHeadersAreTheCallersOwn(t *testing.T) {
	_, first := tax.ParseAcceptLanguage("de,broken!")
	var input *tax.InputError
	require.ErrorAs(t, first, &input)
	*input = tax.InputError{Field: "changed", Value: "changed", Reason: "changed"}
	_, second := tax.ParseAcceptLanguage("de,broken!")
	requireLeftOut(t, "broken!", second, "an error that was changed by another caller")
}

// hostileHeaders are those that cost x/text seconds and more.
func hostileHeaders(bytes int) map[string]string {
	cut := func(s string) string { return strings.Repeat(s, bytes/len(s)+1)[:bytes] }
	return map[string]string{
		"underscores":  ("en_" + cut("t_aa_"))[:bytes],
		"hyphens":      ("en-" + cut("t-aa-"))[:bytes],
		"extensions":   ("en-a-" + cut("bb-"))[:bytes],
		"private":      ("x-" + cut("a-"))[:bytes],
		"elements":     cut("en,"),
		"exclusions":   cut("en;q=0,"),
		"commas":       cut(","),
		"spaces":       cut(" "),
		"tabs":         cut("\t,"),
		"one subtag":   cut("a"),
		"weights":      ("en;q=0." + cut("0"))[:bytes],
		"parameters":   ("en" + cut(";q=1"))[:bytes],
		"not UTF-8":    cut("\xff"),
		"NUL":          cut("\x00"),
		"asterisks":    cut("*,"),
		"unusual tags": cut("sl-rozaj-biske-1994-nedis,"),
	}
}

// fastest returns the time of a call in the fastest of 20 runs of 50 calls.
func fastest(f func()) time.Duration {
	return taxtest.Fastest(20, func() {
		for range 50 {
			f()
		}
	}) / 50
}

func TestTheCostOfAHeaderDoesNotDependOnItsLength(t *testing.T) {
	seen := fastest(func() { _, _ = tax.ParseAcceptLanguage("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5") })
	for name, header := range hostileHeaders(mebibyte) {
		var err error
		refused := fastest(func() { _, err = tax.ParseAcceptLanguage(header) })
		require.ErrorIs(t, err, tax.ErrInvalid, name)
		// Reading it once would take 10,000 times as long.
		assert.LessOrEqual(t, refused, 100*seen+10*time.Microsecond, name)
		assert.LessOrEqual(t, testing.AllocsPerRun(20, func() { _, _ = tax.ParseAcceptLanguage(header) }), 6.0, name)
		assert.LessOrEqual(t, bytesOf(func() { _, _ = tax.ParseAcceptLanguage(header) }), uint64(1024), name)
	}
}

// bytesOf is what a call allocates.
func bytesOf(f func()) uint64 {
	const runs = 50
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range runs {
		f()
	}
	runtime.ReadMemStats(&after)
	return (after.TotalAlloc - before.TotalAlloc) / runs
}

func TestTheWorstHeaderWithinTheLimitsIsReadPromptly(t *testing.T) {
	// A header of another length each time, so that none was read before.
	for name := range hostileHeaders(1) {
		length := 512
		read := taxtest.Fastest(100, func() {
			_, _ = tax.ParseAcceptLanguage(hostileHeaders(length)[name])
			length--
		})
		assert.Less(t, read, 20*time.Millisecond, name)
	}
	// The same at the highest limits.
	l, err := tax.NewLanguages(&tax.LanguageOptions{HeaderBytes: 1 << 16, HeaderElements: 1000, TagBytes: 256, CachedHeaders: 1})
	require.NoError(t, err)
	for name, header := range hostileHeaders(1 << 16) {
		start := time.Now()
		_, _ = l.ParseAcceptLanguage(header)
		assert.Less(t, time.Since(start), 2*time.Second, name)
	}
}

func TestAHeaderSeenBeforeGivesThePreferencesKept(t *testing.T) {
	for _, header := range []string{"", "de", "de, en;q=0", "*", "de, !!", "fr-CH, fr;q=0.9"} {
		one, err1 := tax.ParseAcceptLanguage(header)
		two, err2 := tax.ParseAcceptLanguage(strings.Clone(header))
		assert.True(t, one == two, "%q", header)
		assert.Equal(t, err1, err2, "%q", header)
		assert.Equal(t, 1, len(map[tax.Preferences]bool{one: true, two: true}))
	}
	// More of them than any short way to the last few can hold.
	many := map[string]tax.Preferences{}
	for round := range 2 {
		for i := range 500 {
			header := fmt.Sprintf("fr, de-x-%d", i)
			p, err := tax.ParseAcceptLanguage(header)
			require.NoError(t, err)
			require.True(t, round == 0 || p == many[header], "%q was read anew", header)
			many[header] = p
		}
	}
	// With room for one, headers read in turn are read anew, to the same end.
	l, err := tax.NewLanguages(&tax.LanguageOptions{CachedHeaders: 1})
	require.NoError(t, err)
	for range 3 {
		for header, want := range map[string]string{"de": "de", "fr, de": "fr de", "ja;q=0.1, it": "it ja"} {
			p, err := l.ParseAcceptLanguage(header)
			require.NoError(t, err)
			assert.Equal(t, want, strings.Join(p.Tags(), " "))
		}
	}
}

func TestAFloodOfHeadersIsBounded(t *testing.T) {
	l, err := tax.NewLanguages(&tax.LanguageOptions{CachedHeaders: 16})
	require.NoError(t, err)
	flood := func(from, n int, parse func(string) (tax.Preferences, error)) {
		for i := from; i < from+n; i++ {
			_, err := parse(fmt.Sprintf("x-%d, de-x-%d;q=0.5, !%d", i, i, i))
			require.Error(t, err)
		}
	}
	flood(0, 2000, tax.ParseAcceptLanguage)
	before := taxtest.HeapInUse()
	flood(2000, 40000, tax.ParseAcceptLanguage)
	flood(0, 20000, l.ParseAcceptLanguage)
	// 60,000 kept headers would be fifty times as much.
	assert.Less(t, taxtest.HeapInUse()-before, int64(2*mebibyte))
	runtime.KeepAlive(l)
}

func TestTheRequestOfAHeaderIsNotKept(t *testing.T) {
	l, err := tax.NewLanguages(nil)
	require.NoError(t, err)
	var kept []tax.Preferences
	var faults []error
	before := taxtest.HeapInUse()
	for i := range 200 {
		request := fmt.Sprintf("de-x-%04d, !%04d", i, i) + strings.Repeat("z", mebibyte)
		for _, header := range []string{request[:9], request[:16], request} {
			for _, parse := range []func(string) (tax.Preferences, error){l.ParseAcceptLanguage, tax.ParseAcceptLanguage} {
				p, err := parse(header)
				kept, faults = append(kept, p), append(faults, err)
			}
		}
	}
	assert.Less(t, taxtest.HeapInUse()-before, int64(20*mebibyte))
	runtime.KeepAlive(kept)
	runtime.KeepAlive(faults)
	runtime.KeepAlive(l)
}

func TestHeadersAreReadConcurrently(t *testing.T) {
	l, err := tax.NewLanguages(&tax.LanguageOptions{Default: "en", CachedHeaders: 8})
	require.NoError(t, err)
	text := inEvery(t, "de", "en", "fr")
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 400 {
				n := (i*7 + g) % 50
				header := fmt.Sprintf("de-x-%d, !", n)
				want := fmt.Sprintf("[de-x-%d]", n)
				for _, parse := range []func(string) (tax.Preferences, error){l.ParseAcceptLanguage, tax.ParseAcceptLanguage} {
					p, err := parse(header)
					if fmt.Sprint(p.Tags()) != want || err == nil || text.In(p).Language != "de" {
						t.Errorf("%q gives %v, %v", header, p.Tags(), err)
						return
					}
				}
			}
		})
	}
	wg.Wait()
}

func TestTrapOneBadElementVoidsTheHeader(t *testing.T) {
	tags, _, err := language.ParseAcceptLanguage("de,garbage!!,en")
	require.Error(t, err)
	require.Empty(t, tags)
	p, err := tax.ParseAcceptLanguage("de,garbage!!,en")
	assert.Equal(t, []string{"de", "en"}, p.Tags())
	var input *tax.InputError
	require.ErrorAs(t, err, &input)
	assert.Equal(t, "garbage!!", input.Value)
}

func TestTrapWeightsThatAreNone(t *testing.T) {
	for _, header := range []string{"de;q=2", "de;q=NaN"} {
		tags, _, err := language.ParseAcceptLanguage(header)
		require.NoError(t, err, "x/text refuses %s now", header)
		require.Len(t, tags, 1)
		p, err := tax.ParseAcceptLanguage(header)
		assert.ErrorIs(t, err, tax.ErrInvalid)
		assert.True(t, p.IsZero())
	}
}

func TestTrapAnyLanguageIsALanguage(t *testing.T) {
	tags, _, err := language.ParseAcceptLanguage("*")
	require.NoError(t, err)
	require.Equal(t, "mul", tags[0].String(), "x/text reads * otherwise now")
	p, err := tax.ParseAcceptLanguage("*")
	require.NoError(t, err)
	assert.Empty(t, p.Tags())
	assert.True(t, p.All())
	assert.Equal(t, tax.Match{}, inEvery(t, "mul", "de").In(p))
}
