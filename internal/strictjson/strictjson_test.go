package strictjson_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/strictjson"
)

// Which texts are refused is tested where documents and commands are read. The tests
// here are about what those readers share.

func fault(path, _, reason string) error { return errors.New(path + ": " + reason) }

func TestStringsReadAsEncodingJSONReadsThem(t *testing.T) {
	for _, raw := range []string{
		`""`, `"a"`, `"\"\\\/\b\f\n\r\t"`, `"\u0000\u001F\u00e9\uFFFD"`, `"\ud83d\ude00x"`, `"äöü€😀"`, `"<&>\u2028"`,
	} {
		var want string
		require.NoError(t, json.Unmarshal([]byte(raw), &want))
		r := strictjson.NewReader([]byte(" "+raw+" "), fault)
		got, err := r.Text()
		require.NoError(t, err, raw)
		require.NoError(t, r.End())
		assert.Equal(t, want, got)

		written := strictjson.AppendString(nil, got)
		var again string
		require.NoError(t, json.Unmarshal(written, &again), "%s", written)
		assert.Equal(t, want, again)
	}
}

func TestStringsThatEncodingJSONRepairsAreRefused(t *testing.T) {
	for _, raw := range []string{`"\ud83d"`, `"\ud83dx"`, `"\ud83d\u0041"`, `"\ude00"`, "\"\xff\"", `"\x41"`, `"\u12"`, "\"\n\"", `"a`, `"\`, `"\"`} {
		r := strictjson.NewReader([]byte(raw), fault)
		_, err := r.Text()
		assert.Error(t, err, raw)
	}
}

func TestNumbersAreTakenWhole(t *testing.T) {
	for _, text := range []string{"1", "-1.50e+10", "NaNsense", "1_000", "+.e"} {
		r := strictjson.NewReader([]byte(text+", 2"), fault)
		assert.Equal(t, text, r.Number())
		assert.Equal(t, byte(','), r.Peek())
	}
	r := strictjson.NewReader([]byte(`"1.5"2`), fault)
	text, quoted, err := r.NumberOrString("a price")
	require.NoError(t, err)
	assert.Equal(t, "1.5", text)
	assert.True(t, quoted)
	text, quoted, err = r.NumberOrString("a price")
	require.NoError(t, err)
	assert.Equal(t, "2", text)
	assert.False(t, quoted)
	_, _, err = r.NumberOrString("a price")
	assert.ErrorContains(t, err, "ends too early: want a price")
}

func TestErrorsTellThePathOfTheValue(t *testing.T) {
	const text = `{"list":[1,{"a.b":{"":null}}]}`
	r := strictjson.NewReader([]byte(text), fault)
	err := r.Object([]string{"list"}, func(string) error {
		return r.List(func(i int) error {
			if i == 0 {
				_, err := r.Integer(0, 9)
				return err
			}
			return r.Members(func(string) error {
				return r.Members(func(string) error {
					_, err := r.Flag()
					return err
				})
			})
		})
	})
	assert.EqualError(t, err, `list[1]["a.b"][""]: write true or false instead of null, or leave the field out where it is optional`)
	r = strictjson.NewReader([]byte(`{"`+strings.Repeat("x", 1000)+`":1}`), fault)
	err = r.Members(func(string) error { return r.Refuse("", "no") })
	assert.Less(t, len(err.Error()), 100)
	assert.Equal(t, "document", strictjson.Path{}.String())
}
