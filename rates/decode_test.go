package rates

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
)

func TestTruncatedDataIsAnErrorForEveryLength(t *testing.T) {
	for n := range len(packed) {
		if n > 200 && n%41 != 0 && n < len(packed)-200 {
			continue // every length within the header and near the end, and a sample in between
		}
		got, err := decode(packed[:n], "FR")
		require.ErrorIs(t, err, errDamaged, "cut at %d", n)
		require.Nil(t, got)
	}
}

func TestTruncatedRecordIsAnErrorForEveryLength(t *testing.T) {
	h, err := open(packed)
	require.NoError(t, err)
	for _, code := range []string{"CA", "ES", "US"} {
		i, found := h.find(code)
		require.True(t, found)
		_, record, ok := h.country(i)
		require.True(t, ok)
		for n := range len(record) {
			d := decoder{header: h, rest: record[:n]}
			d.documents(code)
			require.True(t, d.failed, "%s cut at %d of %d", code, n, len(record))
		}
		got, err := decode(repacked(t, record+"\x00", code), code)
		require.ErrorIs(t, err, errDamaged, "data after the record")
		require.Nil(t, got)
	}
}

func TestTrailingDataIsAnError(t *testing.T) {
	_, err := decode(packed+"\x00", "DE")
	assert.ErrorIs(t, err, errDamaged)
}

func TestOtherFormatVersionIsAnError(t *testing.T) {
	_, err := decode(packed[:8]+"\x01"+packed[9:], "DE")
	assert.ErrorIs(t, err, errDamaged)
}

func TestCountsBeyondTheDataAreErrors(t *testing.T) {
	for offset := 48; offset < headerSize; offset += 4 {
		for _, number := range []string{"\xff\xff\xff\xff", "\x00\x00\x00\x80", "\xff\xff\xff\x7f"} {
			_, err := decode(packed[:offset]+number+packed[offset+4:], "DE")
			assert.ErrorIs(t, err, errDamaged, "count at %d", offset)
		}
	}
}

func TestNumbersThatStandForNothingAreErrors(t *testing.T) {
	h, err := open(packed)
	require.NoError(t, err)
	text, err := tax.NewLocalizedText(map[string]string{"en": "VAT"})
	require.NoError(t, err)
	for name, c := range map[string]struct {
		read  func(*decoder)
		rest  string
		fails bool
	}{
		"the last day":           {func(d *decoder) { assert.Equal(t, tax.MustDate("9999-12-31"), d.date()) }, "\x80\xc9\xb4\x01", false},
		"a day after the last":   {func(d *decoder) { d.date() }, "\x81\xc9\xb4\x01", true},
		"no day":                 {func(d *decoder) { assert.True(t, d.date().IsZero()) }, "\x00", false},
		"the last text":          {func(d *decoder) { assert.Equal(t, text, d.text()) }, "\x01", false},
		"no text":                {func(d *decoder) { assert.True(t, d.text().IsZero()) }, "\x00", false},
		"a text after the last":  {func(d *decoder) { d.text() }, "\x02", true},
		"a number of 64 bits":    {func(d *decoder) { assert.Equal(t, ^uint64(0), d.number()) }, strings.Repeat("\xff", 9) + "\x01", false},
		"a number without end":   {func(d *decoder) { d.number() }, strings.Repeat("\xff", 11), true},
		"a number that is cut":   {func(d *decoder) { d.number() }, "\xff", true},
		"a count beyond the end": {func(d *decoder) { d.count() }, "\x02\x00", true},
	} {
		d := decoder{header: h, rest: c.rest, texts: []tax.LocalizedText{text}}
		c.read(&d)
		assert.Equal(t, c.fails, d.failed, name)
	}
}

func TestChangedBytesNeverPanic(t *testing.T) {
	h, err := open(packed)
	require.NoError(t, err)
	i, _ := h.find("CA")
	_, record, _ := h.country(i)
	for at := range len(record) {
		for _, b := range []byte{0, 1, 127, 128, 255} {
			changed := record[:at] + string([]byte{b}) + record[at+1:]
			d := decoder{header: h, rest: changed}
			documents := d.documents("CA")
			if !d.failed {
				tax.ValidateCountry(documents)
			}
		}
	}
}

func TestUnknownCountryHasNoDocuments(t *testing.T) {
	for _, code := range []string{"", "X", "AA", "ZZ", "de", "DEU", "D\x00", strings.Repeat("D", 1000)} {
		got, err := decode(packed, code)
		assert.NoError(t, err, "%q", code)
		assert.Nil(t, got, "%q", code)
	}
}

// FuzzDecode decodes an arbitrary record, with the strings of the real data.
// The decoder may fail, but must not panic or allocate memory out of
// proportion.
func FuzzDecode(f *testing.F) {
	h, err := open(packed)
	require.NoError(f, err)
	for _, code := range []string{"DE", "CA", "US", "GH"} {
		i, _ := h.find(code)
		_, record, _ := h.country(i)
		f.Add([]byte(record), false)
	}
	f.Add([]byte(packed[:4096]), true)
	f.Add([]byte{}, true)
	f.Fuzz(func(t *testing.T, data []byte, whole bool) {
		blob := string(data)
		if !whole {
			blob = repacked(t, string(data), "DE")
		}
		documents, err := decode(blob, "DE")
		if err != nil && documents != nil {
			t.Fatal("documents together with an error")
		}
		tax.ValidateCountry(documents)
		if h, err := open(blob); err == nil {
			h.reference("kde")
			for i := range h.countryCount {
				h.country(i)
			}
		}
	})
}

// repacked returns a packed form with one record and the strings of the real
// data.
func repacked(t *testing.T, record, code string) string {
	t.Helper()
	h, err := open(packed)
	require.NoError(t, err)
	u32 := func(n int) string { return string([]byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)}) }
	return packed[:48] + u32(h.stringCount) + u32(1) + u32(h.sourceCount) + u32(len(h.stringData)) + u32(len(record)) +
		h.stringEnds + code + u32(len(record)) + h.sourceIndex + h.stringData + record
}
