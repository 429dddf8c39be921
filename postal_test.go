package tax

import (
	"context"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/oracle"
	"github.com/taxresolve/tax/internal/postal"
)

// naiveContains reports whether a range contains a normal code, using only strings.
func naiveContains(p PostalRange, code string) bool {
	if p.To == "" {
		return code == p.From
	}
	if len(code) < len(p.From) {
		return false
	}
	lead := code[:len(p.From)]
	return p.From <= lead && lead <= p.To
}

var lettersBeforeDigits = regexp.MustCompile(`^[A-Z]{1,3}([0-9]+)$`)

// beginsLikeDigits has codes that can be meant where all codes are digits.
var beginsLikeDigits = regexp.MustCompile(`^[A-Za-z]{0,3}[0-9]`)

// written is a normal code as a country reads it whose one range is p: where
// that is of digits, letters before a code of digits do not count.
func written(p PostalRange, code string) string {
	if m := lettersBeforeDigits.FindStringSubmatch(code); m != nil && strings.Trim(p.From+p.To, "0123456789") == "" {
		return m[1]
	}
	return code
}

// contains is membership as a resolver decides it: a country with one region
// that owns the range.
func contains(t *testing.T, p PostalRange, code string) bool {
	t.Helper()
	r, err := NewResolver(SourceFunc(func(context.Context, Key) ([]Configuration, error) {
		return []Configuration{
			{Location: Location{Country: "DE"}},
			{Location: Location{"DE", "X-RANGE"}, PostalCodes: []PostalRange{p}},
		}, nil
	}), nil)
	require.NoError(t, err)
	place, err := r.Place(t.Context(), Lookup{Country: "DE", PostalCode: code, Date: MustDate("2026-11-21")})
	if strings.Trim(p.From+p.To, "0123456789") == "" && code != "" && !beginsLikeDigits.MatchString(code) {
		require.ErrorIs(t, err, ErrInvalid, "%v %q is a word", p, code)
		return false
	}
	require.NoError(t, err, "%v %q", p, code)
	return place.Location().Region != ""
}

func randomPostal(rng *rand.Rand, least int) string {
	b := make([]byte, least+rng.IntN(11-least))
	for i := range b {
		// Few different characters make shared prefixes and equal codes likely.
		b[i] = oracle.PostalAlphabet[rng.IntN(4)*11+rng.IntN(2)]
	}
	return string(b)
}

func TestPostalRangesAreAnchoredAtTheFirstCharacter(t *testing.T) {
	exact, span, prefix := PostalRange{From: "27498"}, PostalRange{"6991", "6993"}, PostalRange{"BT", "BT"}
	for _, c := range []struct {
		p    PostalRange
		code string
		want bool
	}{
		{exact, "27498", true},
		{exact, "27 498", true},
		{exact, "27497", false},
		{exact, "27499", false},
		{exact, "2749", false},
		{exact, "274980", false},
		{exact, "127498", false},
		{exact, "27498A", false},
		{exact, "", false},
		{span, "6991", true},
		{span, "6992", true},
		{span, "6993", true},
		{span, "6990", false},
		{span, "6994", false},
		{span, "699", false},
		{span, "6991A", true},
		{span, "69930", true},
		{span, "6993ZZZZZZ", true},
		{span, "69940", false},
		{span, "16992", false},
		{span, "699Z", false},
		{span, "", false},
		{PostalRange{"22000", "22999"}, "22100", true},
		{PostalRange{"22000", "22999"}, "2210", false}, // a digit is missing
		{PostalRange{"22000", "22999"}, "22", false},
		{PostalRange{"6991", "8000"}, "7", false},
		{PostalRange{"6991", "8000"}, "7000", true},
		{prefix, "BT1 5GS", true},
		{prefix, "bt71", true},
		{prefix, "BT", true},
		{prefix, "B", false},
		{prefix, "BS1 1AA", false},
		{prefix, "BU1", false},
		{prefix, "1BT", false},
		{prefix, "", false},
		{PostalRange{"9", "9"}, "9999999999", true},
		{PostalRange{"9", "9"}, "A", false},
		{PostalRange{"Z", "Z"}, "ZZZZZZZZZZ", true},
		{PostalRange{"0", "0"}, "0", true},
		{PostalRange{"0", "0"}, "0000000000", true},
		{PostalRange{"0", "0"}, "1", false},
		{PostalRange{"9Y", "A1"}, "9Z", true},
		{PostalRange{"9Y", "A1"}, "A0XX", true},
		{PostalRange{"9Y", "A1"}, "A2", false},
		{PostalRange{"ZZZZZZZZZZ", "ZZZZZZZZZZ"}, "ZZZZZZZZZZ", true},
		{PostalRange{"ZZZZZZZZZY", "ZZZZZZZZZZ"}, "ZZZZZZZZZX", false},
	} {
		assert.Equal(t, c.want, contains(t, c.p, c.code), "%v %q", c.p, c.code)
		code, _ := oracle.PostalCode(c.code)
		assert.Equal(t, c.want, naiveContains(c.p, code) && code != "", "oracle: %v %q", c.p, c.code)
	}
}

func TestPostalRangesAgreeWithANaiveImplementation(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	inside := 0
	for range 20000 {
		p := randomRange(rng)
		require.Empty(t, p.fault(), "%v", p)
		code := randomPostal(rng, 1)
		if rng.IntN(2) == 0 { // near the range
			near := p.From + code
			code = near[:1+rng.IntN(min(10, len(near)))]
		}
		want := naiveContains(p, written(p, code))
		require.Equal(t, want, contains(t, p, code), "%v %q", p, code)
		if want {
			inside++
		}
	}
	assert.Greater(t, inside, 2000, "the test must reach both answers")
}

func TestOverlappingRangesAreAlwaysFound(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 9))
	valid, overlaps := 0, 0
	for range 5000 {
		set := []Configuration{{Location: Location{Country: "DE"}, TimeZone: "UTC"}}
		owner := map[PostalRange]string{}
		for _, region := range []string{"X-A", "X-B", "X-C"} {
			p := randomRange(rng)
			owner[p] = region
			set = append(set, Configuration{Location: Location{"DE", region}, PostalCodes: []PostalRange{p}})
		}
		found := len(ValidateCountry(set).Errors) > 0
		if !found {
			valid++
		}
		var codes []string
		for p := range owner {
			codes = append(codes, p.From, p.To, p.From[:1], (p.From + "00")[:min(10, len(p.From)+2)], (p.To + "ZZ")[:min(10, len(p.To)+2)])
		}
		r, err := NewResolver(SourceFunc(func(context.Context, Key) ([]Configuration, error) { return set, nil }), nil)
		require.NoError(t, err)
		for _, code := range codes {
			if code == "" {
				continue
			}
			regions := map[string]bool{}
			for p, region := range owner {
				if naiveContains(p, code) {
					regions[region] = true
				}
			}
			if len(regions) > 1 {
				overlaps++
				require.True(t, found, "%v claim %q twice", owner, code)
			}
			if found {
				continue
			}
			place, err := r.Place(t.Context(), Lookup{Country: "DE", PostalCode: code, Date: MustDate("2026-11-21")})
			require.NoError(t, err)
			require.Equal(t, len(regions) == 1, regions[place.Location().Region], "%v %q is at %s", owner, code, place.Location())
			require.Equal(t, len(regions) == 0, place.Location().Region == "", "%v %q is at %s", owner, code, place.Location())
		}
	}
	assert.Greater(t, valid, 500, "the test must reach both answers")
	assert.Greater(t, overlaps, 500, "the test must reach both answers")
}

func randomRange(rng *rand.Rand) PostalRange {
	p := PostalRange{From: randomPostal(rng, 1)}
	switch rng.IntN(3) {
	case 0:
		p.To = p.From
	case 1:
		to := []byte(randomPostal(rng, 1) + "0000000000")[:len(p.From)]
		p.To = string(to)
		if p.To < p.From {
			p.From, p.To = p.To, p.From
		}
	}
	return p
}

func TestParsePostalRangeReadsWhatStringWrites(t *testing.T) {
	for text, want := range map[string]PostalRange{
		"27498":                 {From: "27498"},
		"6991-6993":             {"6991", "6993"},
		"BT*":                   {"BT", "BT"},
		"bt*":                   {"BT", "BT"},
		"gx11 1aa":              {}, // no spaces
		"gx111aa":               {From: "GX111AA"},
		"aa-ab":                 {"AA", "AB"},
		"9999999999":            {From: "9999999999"},
		"0000000000-ZZZZZZZZZZ": {"0000000000", "ZZZZZZZZZZ"},
		"0-9":                   {"0", "9"},
	} {
		p, err := ParsePostalRange(text)
		if want == (PostalRange{}) {
			assert.Error(t, err, text)
			continue
		}
		require.NoError(t, err, text)
		assert.Equal(t, want, p, text)
		again, err := ParsePostalRange(p.String())
		require.NoError(t, err, p.String())
		assert.Equal(t, want, again, text)
	}
	rng := rand.New(rand.NewPCG(3, 4))
	for range 5000 {
		p := randomRange(rng)
		again, err := ParsePostalRange(p.String())
		require.NoError(t, err, "%v", p)
		require.Equal(t, p, again)
	}
}

func TestParsePostalRangeRefuses(t *testing.T) {
	for _, text := range []string{
		"", "*", "**", "-", "-5", "5-", "5-5", "AB-AB", "ab-AB", "1-2-3", "1-2*", "A-*", "A*B", "*A", "12-123", "123-12", "2-1", "B-A", "A-9",
		"27 498", " 27498", "27498 ", "12345678901", "12345678901*", "1-12345678901", "27.498", "[0-9]{5}", "\\d+", "^27", "27$", "ä", "２",
		"\u0131", "\u017f*", "1\u0131-1Z", // letters outside ASCII whose upper case is an ASCII letter
		"\x00", "\xff", strings.Repeat("1", 1<<20), strings.Repeat("1", 1<<16) + "-" + strings.Repeat("2", 1<<16),
	} {
		p, err := ParsePostalRange(text)
		var input *InputError
		if !assert.ErrorAs(t, err, &input, "%q parses as %q", clip(text), clip(p.String())) {
			continue
		}
		assert.Equal(t, "postal range", input.Field)
		assert.LessOrEqual(t, len(input.Value), 64)
		assert.Equal(t, PostalRange{}, p)
	}
}

func TestAPostalCodeThatIsNoneIsRefused(t *testing.T) {
	r, err := NewResolver(SourceFunc(func(context.Context, Key) ([]Configuration, error) {
		return []Configuration{
			{Location: Location{Country: "DE"}},
			{Location: Location{"DE", "X-HELGOLAND"}, PostalCodes: []PostalRange{{From: "27498"}}},
		}, nil
	}), nil)
	require.NoError(t, err)
	defer r.Close()
	for _, code := range []string{"DE-12345678901", "27498!", "DE\u201827498", "PO Box 506808", "N/A", strings.Repeat("1", 1<<20)} {
		_, err := r.Place(t.Context(), Lookup{Country: "DE", PostalCode: code, Date: MustDate("2026-11-21")})
		var input *InputError
		require.ErrorAs(t, err, &input, "%q", clip(code))
		assert.Equal(t, "postal code", input.Field)
		assert.Equal(t, clip(code), input.Value)
		assert.ErrorIs(t, input, ErrInvalid)
	}
}

func FuzzPostalCode(f *testing.F) {
	for _, s := range []string{"27498", "DE-27498", "bt1 5gs", "97133", " - ", "12345678901", "é", ""} {
		f.Add(s, uint64(1))
	}
	f.Fuzz(func(t *testing.T, s string, seed uint64) {
		normal, valid := oracle.PostalCode(s)
		p, ok := postal.Pack(s)
		if ok != valid {
			t.Fatalf("%q: packs: %t, the oracle says valid: %t", s, ok, valid)
		}
		if r, err := ParsePostalRange(s); err == nil {
			again, err := ParsePostalRange(r.String())
			require.NoError(t, err)
			require.Equal(t, r, again)
			require.True(t, contains(t, r, r.From), "%q", s)
		}
		if !ok {
			return
		}
		require.Equal(t, normal, p.String())
		again, ok := postal.Pack(p.String())
		require.True(t, ok)
		require.Equal(t, p, again)
		rng := rand.New(rand.NewPCG(seed, 0))
		ranges := []PostalRange{randomRange(rng), randomRange(rng)}
		for n := range len(normal) {
			lead := normal[:n+1]
			ranges = append(ranges, PostalRange{From: lead}, PostalRange{lead, lead})
			if last := slices.Index([]byte(oracle.PostalAlphabet), lead[n]); last+1 < len(oracle.PostalAlphabet) {
				next := lead[:n] + oracle.PostalAlphabet[last+1:last+2]
				ranges = append(ranges, PostalRange{lead, next}, PostalRange{next, next})
			}
		}
		for _, r := range ranges {
			require.Equal(t, normal != "" && naiveContains(r, written(r, normal)), contains(t, r, normal), "%v %q", r, s)
		}
	})
}
