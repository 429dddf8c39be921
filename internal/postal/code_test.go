package postal

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/oracle"
)

func TestPackingKeepsTheOrderOfCodes(t *testing.T) {
	rng := rand.New(rand.NewPCG(27498, 78266))
	written := oracle.PostalAlphabet + "abcdefghijklmnopqrstuvwxyz -"
	random := func() string {
		for {
			b := make([]byte, rng.IntN(13))
			for i := range b {
				b[i] = written[rng.IntN(len(written))]
			}
			if _, ok := oracle.PostalCode(string(b)); ok {
				return string(b)
			}
		}
	}
	similar := func() string {
		b := make([]byte, rng.IntN(11))
		for i := range b {
			// Few different characters make shared prefixes and equal codes likely.
			b[i] = oracle.PostalAlphabet[rng.IntN(4)*11+rng.IntN(2)]
		}
		return string(b)
	}
	for range 50000 {
		a, b := random(), random()
		if rng.IntN(4) == 0 {
			a, b = similar(), similar()
		}
		x, ok := Pack(a)
		require.True(t, ok, "%q", a)
		y, ok := Pack(b)
		require.True(t, ok, "%q", b)
		m, _ := oracle.PostalCode(a)
		n, _ := oracle.PostalCode(b)
		want := strings.Compare(m, n)
		got := 0
		switch {
		case x.Packed < y.Packed:
			got = -1
		case x.Packed > y.Packed:
			got = 1
		}
		require.Equal(t, want, got, "%q %q", a, b)
		require.Equal(t, m, x.String())
		require.Equal(t, len(m), x.Length)
		require.Less(t, x.Packed, uint64(1)<<53)
	}
}

func TestPostalCodesIgnoreCaseSpacesAndHyphens(t *testing.T) {
	for code, want := range map[string]string{
		"27498": "27498", " 27 498 ": "27498", "274-98": "27498", "bt1 5gs": "BT15GS", "BT1-5GS": "BT15GS",
		"h3z 2y7": "H3Z2Y7", "97133": "97133", "1234567890": "1234567890", "12345-67890": "1234567890",
		"": "", " ": "", "-": "", " - - ": "", "0": "0", "00": "00", "000000000 0": "0000000000", "zzzzzzzzzz": "ZZZZZZZZZZ",
	} {
		c, ok := Pack(code)
		require.True(t, ok, "%q", code)
		assert.Equal(t, want, c.String(), "%q", code)
		assert.Equal(t, want, Code{Packed: c.Packed}.String(), "%q", code)
	}
	for _, code := range []string{
		"12345678901", "12345-678901", strings.Repeat("9", 1<<16), "27_498", "27.498", "27498\n", "\t27498", "27\u00a0498",
		"２７４９８", "27498é", "K\u212a", "27498\x00", "27498*", "27498/1", "<27498>", "27498\u2013", "\xff",
	} {
		c, ok := Pack(code)
		assert.False(t, ok, "%.20q", code)
		assert.Zero(t, c, "%.20q", code)
	}
}

func TestTheCountryPrefixOfAPostalCodeIsDropped(t *testing.T) {
	for _, c := range []struct{ country, code, want string }{
		{"DE", "DE-27498", "27498"},
		{"DE", "de-27498", "27498"},
		{"DE", "dE-27 498", "27498"},
		{"DE", "DE27498", "DE27498"},
		{"DE", "AT-27498", "AT27498"},
		{"DE", "DE-", "DE"},
		{"DE", "DE-DE-1", "DE1"},
		{"LV", "LV-1010", "1010"},
		{"GB", "BT1-5GS", "BT15GS"},
		{"GB", "GB-BT1 5GS", "BT15GS"},
		{"DE", "DE-1234567890", "1234567890"},
		{"DE", "", ""},
		{"DE", "  -  ", ""},
		{"", "DE-1", "DE1"},
	} {
		code, given, ok := Parse(c.country, c.code, false, nil)
		require.True(t, ok, "%q", c.code)
		assert.Equal(t, c.want, code.String(), "%q in %s", c.code, c.country)
		assert.Equal(t, code, given, "%q in %s", c.code, c.country)
	}
	for _, s := range []string{"DE-12345678901", "27498!", "DE\u201827498", strings.Repeat("1", 1<<20)} {
		code, given, ok := Parse("DE", s, false, nil)
		assert.False(t, ok, "%.20q", s)
		assert.Zero(t, code, "%.20q", s)
		assert.Zero(t, given, "%.20q", s)
	}
}

// A code that is claimed with the letters of its country keeps them.
func TestTheCountryPrefixIsPartOfACodeThatIsClaimedWithIt(t *testing.T) {
	for _, c := range []struct{ claims, country, code, want string }{
		{"LV10*", "LV", "LV-1010", "LV1010"},
		{"LV10*", "LV", "lv-10 10", "LV1010"},
		{"LV10*", "LV", " LV-1010", "LV1010"},
		{"LV10*", "LV", "LVA-1010", "LV1010"},
		{"LV10*", "LV", "LV1010", "LV1010"},
		{"LV10*", "LV", "LV 1010", "LV1010"},
		{"LV10*", "LV", "LV-1110", "1110"}, // nobody claims it either way
		{"LV10* 11*", "LV", "LV-1110", "1110"},
		{"LV10* 10*", "LV", "LV-1010", "1010"}, // the letters stay only if they must
		{"1010", "LV", "LV-1010", "1010"},
		{"LV1000-LV1099", "LV", "LV-1010", "LV1010"},
		{"LV1000-LV1099", "LV", "LV-101", "101"},
		{"LV*", "LV", "LV-1", "LV1"},
		{"LV-LW", "LV", "LV-Z", "Z"}, // the second bound is of something else
		{"LU-LV", "LV", "LV-1", "1"},
		{"MD2001", "MD", "MD-2001", "MD2001"},
		{"AD500", "AD", "AD-500", "AD500"},
		{"VG11*", "VG", "VG-1110", "VG1110"},
		{"BB11*", "BB", "BB-BB11000", "BB11000"},
		{"IM*", "IM", "IM-IM1 1AA", "IM11AA"},
		{"G* BT*", "GB", "GB-BT1 5GS", "BT15GS"},
		{"G* BT*", "GB", "GB-SW1A 1AA", "SW1A1AA"}, // not in Glasgow
		{"G* BT*", "GB", "UK-G1 1AA", "G11AA"},
		{"DE1*", "DE", "DE-12345678", "DE12345678"},
		{"DE1*", "DE", "DE-123456789", "123456789"}, // too long with the letters
	} {
		var claims []Span
		for i, text := range strings.Fields(c.claims) {
			r, fault := ParseRange(text)
			require.Empty(t, fault, text)
			claims = append(claims, r.Claim(int32(i)))
		}
		claims = cut(nil, claims, func(_, _ int32) { assert.Fail(t, c.claims) })
		code, given, ok := Parse(c.country, c.code, false, NewIndex(claims))
		require.True(t, ok, "%q", c.code)
		assert.Equal(t, c.want, code.String(), "%q in %s", c.code, c.country)
		assert.Equal(t, code, given, "%q in %s", c.code, c.country)
	}
}

func TestLettersBeforeCodesOfDigitsAreDropped(t *testing.T) {
	for _, c := range []struct {
		country, code string
		digitsOnly    bool
		want, given   string
	}{
		{"AT", "A-6691", true, "6691", "A6691"},
		{"AT", "A 6691", true, "6691", "A6691"},
		{"AT", "a6691", true, "6691", "A6691"},
		{"AT", "AT6691", true, "6691", "AT6691"},
		{"AT", "AUT-6691", true, "6691", "6691"},
		{"GR", "EL-811 00", true, "81100", "81100"},
		{"FI", "AX-22100", true, "22100", "AX22100"},
		{"FI", "FIN 22100", true, "22100", "FIN22100"},
		{"GR", "B-t10", true, "10", "BT10"},
		{"AT", "A - T 66-91", true, "6691", "AT6691"},
		{"AT", "-A6691", true, "6691", "A6691"},
		{"AT", "- 6691", true, "6691", "6691"},
		{"AT", "A-6-B-6", true, "A6B6", "A6B6"},
		{"AT", "6691A", true, "6691A", "6691A"},
		{"AR", "C1425ABC", true, "C1425ABC", "C1425ABC"},
		{"GB", "BT1 1AA", false, "BT11AA", "BT11AA"},
		{"GB", "UK-BT1 1AA", false, "BT11AA", "BT11AA"},
		{"GB", "GBR-BT1 1AA", false, "BT11AA", "BT11AA"},
		{"GB", "DE-BT1 1AA", false, "DEBT11AA", "DEBT11AA"},
		{"DE", "27-498", true, "27498", "27498"},
	} {
		code, given, ok := Parse(c.country, c.code, c.digitsOnly, nil)
		if assert.True(t, ok, c.code) {
			assert.Equal(t, c.want, code.String(), "%s %q", c.country, c.code)
			assert.Equal(t, c.given, given.String(), "%s %q", c.country, c.code)
		}
	}
}

func TestWordsAreRefusedWhereCodesAreDigits(t *testing.T) {
	for _, word := range []string{"A", "A-", "ABCD6691", "A-B-C-D6691", "none", "AT-none", "ＮＯＮＥ", "A\u00a0B"} {
		code, given, ok := Parse("AT", word, true, nil)
		assert.False(t, ok, word)
		assert.Zero(t, code, word)
		assert.Zero(t, given, word)
		_, given, ok = Parse("AT", word, false, nil)
		assert.True(t, ok, "%s can be a code where others have letters", word)
		assert.NotZero(t, given.Length, word)
	}
}

// What phones, word processors and Japanese keyboards write counts as what is meant.
func TestSeparatorsAndWideCharactersOfUnicodeAreRead(t *testing.T) {
	for _, c := range []struct {
		country, code string
		digitsOnly    bool
		want          string
	}{
		{"DE", "27\u00a0498", true, "27498"},
		{"DE", "\u202f27498\u3000", true, "27498"},
		{"DE", "D\u201327498", true, "27498"},
		{"DE", "DE\u201127498", true, "27498"},
		{"DE", "DE\u2013\u200b27498", true, "27498"},
		{"DE", "\ufeff27498\u200e", true, "27498"},
		{"US", "10001\u22121234", true, "100011234"},
		{"JP", "１００\u30fc０００１", true, "1000001"},
		{"JP", "〒100", true, ""},
		{"GB", "ＢＴ１　５ｇｓ", false, "BT15GS"},
		{"GB", "GB\u2014BT1\u00a05GS", false, "BT15GS"},
		{"GB", "GB BT1 5GS", false, "BT15GS"},
		{"GB", "gbr BT1 5GS", false, "BT15GS"},
		{"GB", "UK\u00a0BT1 5GS", false, "BT15GS"},
		{"GB", "GB ", false, "GB"},
		{"CA", "CA H2X 1Y4", false, "H2X1Y4"},
		{"CA", "US H2X 1Y4", false, "USH2X1Y4"},
		{"CA", "CA", false, "CA"},
		{"CA", "CAN", false, "CAN"},
		{"CA", "CAN-", false, "CAN"},
		{"DE", "\u0662\u0667\u0664\u0669\u0668", true, ""}, // digits, but not in full width
		{"DE", "27498\u2028", true, ""},
		{"DE", "27498\xff", true, ""},
		{"DE", "２７４９８\n", true, ""},
		{"DE", "K\u212a", true, ""},
		{"DE", strings.Repeat("\u00a0", 40) + "27498", true, "27498"},
		{"DE", strings.Repeat("\u00a0", 50) + "27498", true, ""},
		{"DE", strings.Repeat("\u00a0", 1<<20) + "27498", true, ""},
	} {
		code, given, ok := Parse(c.country, c.code, c.digitsOnly, nil)
		assert.Equal(t, c.want != "", ok, "%.40q", c.code)
		assert.Equal(t, c.want, code.String(), "%s %.40q", c.country, c.code)
		assert.Equal(t, ok, given.Length > 0, "%.40q", c.code)
	}
}

func TestPostalCodesAreReadWithoutAllocation(t *testing.T) {
	var sink uint64
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		c, _, _ := Parse("DE", "de-27 498", true, nil)
		d, _, _ := Parse("AT", "AUT-6691", true, nil)
		e, _, _ := Parse("GB", "GB BT1 5GS", false, nil)
		f, _, _ := Parse("AE", "P.O. Box 506808", false, nil)
		sink += c.Packed + d.Packed + e.Packed + f.Packed
	}))
	require.NotZero(t, sink)
}

// The definition reads a code character by character, as base 37.
func TestPackFindsTheSameCodeAsTheDefinition(t *testing.T) {
	const order = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	defined := func(s string) (c Code, ok bool) {
		for _, b := range []byte(s) {
			if b == ' ' || b == '-' {
				continue
			}
			if b >= 'a' && b <= 'z' {
				b -= 'a' - 'A'
			}
			i := strings.IndexByte(order, b)
			if i < 0 || c.Length == 10 {
				return Code{}, false
			}
			c.Packed = c.Packed*37 + uint64(i) + 1
			c.Length++
		}
		for range 10 - c.Length {
			c.Packed *= 37
		}
		return c, true
	}
	same := func(s string) {
		want, wanted := defined(s)
		got, ok := Pack(s)
		assert.Equal(t, wanted, ok, "%q", s)
		assert.Equal(t, want, got, "%q", s)
	}
	for b := range 256 {
		same(string([]byte{byte(b)}))
		same(string([]byte{'A', byte(b), '9'}))
	}
	rng := rand.New(rand.NewPCG(3, 7))
	for range 2000 {
		text := make([]byte, rng.IntN(14))
		for i := range text {
			text[i] = (order + "azmq -- ")[rng.IntN(len(order)+8)]
		}
		same(string(text))
	}
}

func BenchmarkPack(b *testing.B) {
	for _, code := range []string{"27498", "BT1 5GS", "1010"} {
		b.Run(code, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := Pack(code); !ok {
					b.Fatal("refused")
				}
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	for _, code := range []string{"27498", "D-27498"} {
		b.Run(code, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, ok := Parse("DE", code, true, nil); !ok {
					b.Fatal("refused")
				}
			}
		})
	}
}
