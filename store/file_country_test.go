package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
	"github.com/taxresolve/tax/rates"
)

func TestTextIsIndentedAsJSONIs(t *testing.T) {
	texts := []string{
		`{}`, `[]`, `null`, `-1.5e3`, `""`, `[[],{}]`, `{"a":{},"b":[]}`, `{"a":[1,true,{"b":"x"}],"c":null}`,
		`"{[,:]}"`, `{"\"":"\\","\\\"{":"a\\\\\"b"}`, `["Übersicht: {a, b}","\\"]`, `{"a":{"b":{"c":{"d":{"e":[[[[0]]]]}}}}}`,
	}
	for _, code := range rates.Countries() {
		set, err := rates.World().Configurations(t.Context(), tax.Key{Country: code})
		require.NoError(t, err)
		for _, c := range set {
			text, err := c.MarshalJSON()
			require.NoError(t, err)
			texts = append(texts, string(text))
		}
	}
	for _, text := range texts {
		var want bytes.Buffer
		require.NoError(t, json.Indent(&want, []byte(text), entryIndent, indent), text)
		require.Equal(t, want.String(), string(appendIndented(nil, []byte(text), entryDepth)), text)
	}
	for _, cut := range []string{`"`, `"\`, `{"a`, `{`, `[`, `{"a\"`} {
		require.NotPanics(t, func() { appendIndented(nil, []byte(cut), entryDepth) }, cut)
	}
}

// TestAFileHasTheSameTextWhateverWasKeptOfTheOneBefore writes at random, through stores that
// know what they have written last and stores that do not, and encodes each file anew.
func TestAFileHasTheSameTextWhateverWasKeptOfTheOneBefore(t *testing.T) {
	d := newCrashDisk(crashRoot)
	s := onDisk(t, d)
	rng := rand.New(rand.NewPCG(1, 14))
	kept := 0
	for i := range 300 {
		if i%5 == 0 {
			s = onDisk(t, d)
		}
		b := Batch{Key: crashKeys[0]}
		for _, n := range rng.Perm(8)[:1+rng.IntN(3)] {
			c := Change{Put, taxtest.Doc(fmt.Sprint("CA-X-", n), taxtest.Class("STANDARD*", fmt.Sprint("2000-01-01 ", i%20)))}
			if n == 0 {
				c.Configuration = taxtest.Doc("CA", taxtest.Class("STANDARD*", fmt.Sprint("2000-01-01 ", i%20)))
			}
			if country, err := s.load(t.Context(), b.Key); err == nil && country.at(c.Configuration.Location) != nil && rng.IntN(3) == 0 {
				c.Action = Delete
			}
			b.Changes = append(b.Changes, c)
		}
		require.NoError(t, s.Write(WithAuthor(t.Context(), "anna }, {"), []Batch{b})[0].Err)
		_, f := d.find(crashRoot + "/_/CA.json")
		now, ok := decodeCountry(b.Key, f.data)
		require.True(t, ok)
		kept += max(now.country.Documents.Len()-len(b.Changes), 0)
		text, err := encodeCountry(now.header, now.country.Documents, nil, nil, nil)
		require.NoError(t, err)
		require.Equal(t, string(text), string(f.data))
		if i%7 == 0 { // what somebody has edited is not kept as it is
			f.data = bytes.ReplaceAll(f.data, []byte("\n"), []byte("\r\n"))
			f.durable = f.data
		}
	}
	require.Greater(t, kept, 300)
}

func TestLastWritesAreBounded(t *testing.T) {
	var l lastWrites
	keys := map[tax.Key]bool{}
	check := func() {
		size := 0
		for _, w := range l.writes {
			size += len(w.text)
		}
		require.Equal(t, size, l.size)
		require.LessOrEqual(t, size, mostLastText)
		require.LessOrEqual(t, len(l.writes), mostLastWrites)
	}
	rng := rand.New(rand.NewPCG(2, 14))
	for range 300 {
		key := tax.Key{Tenant: fmt.Sprint(rng.IntN(30))}
		w := &lastWrite{text: make([]byte, rng.IntN(mostLastText>>rng.IntN(12)))}
		l.remember(key, w)
		check()
		require.NotNil(t, l.state(key, w.text))
		if keys[key] = true; rng.IntN(4) == 0 {
			require.Same(t, w, l.take(key))
			check()
		}
	}
	require.Len(t, keys, 30)
	l.remember(tax.Key{Tenant: "new"}, &lastWrite{text: make([]byte, mostLastText+1)})
	require.Nil(t, l.writes[tax.Key{Tenant: "new"}])
}
