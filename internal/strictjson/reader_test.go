package strictjson_test

import (
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/strictjson"
)

func TestIntegersAreReadFromTheirLowestToTheirHighest(t *testing.T) {
	for text, want := range map[string]int64{"-3": -3, "0": 0, "7": 7} {
		r := strictjson.NewReader([]byte(text), fault)
		n, err := r.Integer(-3, 7)
		require.NoError(t, err, text)
		assert.Equal(t, want, n)
	}
	for _, text := range []string{"-4", "8", "07", "-0", "+1", "1.0", "1e0", "1_0", "-", "9223372036854775808", strings.Repeat("1", 1000)} {
		r := strictjson.NewReader([]byte(text), fault)
		_, err := r.Integer(-3, 7)
		assert.ErrorContains(t, err, "write a whole number from -3 to 7", text)
	}
	r := strictjson.NewReader([]byte(`"1"`), fault)
	_, err := r.Integer(-3, 7)
	assert.ErrorContains(t, err, "write an integer instead of a string")
}

// flags reads an object of lists of flags.
func flags(text string) error {
	r := strictjson.NewReader([]byte(text), fault)
	err := r.Object([]string{"a", "b"}, func(string) error {
		return r.List(func(int) error {
			_, err := r.Flag()
			return err
		})
	})
	if err == nil {
		err = r.End()
	}
	return err
}

func TestReaderSaysWhereItIsNotJSON(t *testing.T) {
	for _, text := range []string{`{}`, "\t{\r\n \"b\" : [ ] , \"a\":[true,false]} "} {
		require.NoError(t, flags(text), text)
	}
	for text, want := range map[string]string{
		`{"a":[]},`:              "document: not valid JSON at byte 8: data after the document: pass one document",
		"{\"a\":[]}\f":           "document: not valid JSON at byte 8: data after the document: pass one document",
		"\f{}":                   "document: not valid JSON at byte 0: want an object",
		`{"a":[],}`:              "document: not valid JSON at byte 8: a comma with nothing after it: remove it",
		`{"a":[true,]}`:          "a: not valid JSON at byte 11: a comma with nothing after it: remove it",
		`{"a":[true true]}`:      "a: not valid JSON at byte 11: want a comma or ]",
		`{"a":[truE]}`:           "a[0]: not valid JSON at byte 6: want true or false",
		`{"a":[true],"a":[]}`:    "a: given twice: keep one",
		`{"a":[],"b":[],"b":[]}`: "b: given twice: keep one",
		`{"a":[true,1]}`:         "a[1]: write true or false instead of a number",
		`{"a":[true],"b":[1]}`:   "b[0]: write true or false instead of a number",
		`{"a":[true],"c":1}`:     "c: no such field: use a, b",
		`{"a" []}`:               "a: not valid JSON at byte 5: want a colon after the field name",
		`{a:[]}`:                 "document: not valid JSON at byte 1: want a field name in double quotes",
		`{"a":[`:                 "a[0]: the document ends too early: want true or false",
		`{"a`:                    "document: the document ends too early: want the closing double quote of a string",
		"{\"a\x1f\":[]}":         "document: not valid JSON at byte 3: a control character in a string: escape it",
		"{\"a\n\":[]}":           "document: not valid JSON at byte 3: a control character in a string: escape it",
		`{"a\`:                   "document: the document ends too early: want the closing double quote of a string",
	} {
		assert.EqualError(t, flags(text), want, text)
	}
}

func TestExcerptsAreWholeCharacters(t *testing.T) {
	r := strictjson.NewReader([]byte(`"123456789012345678é"`), fault)
	assert.Equal(t, `"123456789012345678?`, r.Excerpt())
}

func TestEscapesHaveFourDigitsAndWholePairs(t *testing.T) {
	for _, raw := range []string{
		`"\u00g0"`, `"\u00G0"`, `"\u00/0"`, `"\u00:0"`, "\"\\u00`0\"", `"\u00@0"`, `"\U0041"`, `"\ud83d\Ude00"`, `"\ud83d\ud83d"`, `"\ud83dxude00"`,
		`"\udbff"`, `"\udfff"`, `"\udc00\ud800"`, `"\ud800\ue000"`, `"\ud800\udbff"`,
	} {
		r := strictjson.NewReader([]byte(raw), fault)
		_, err := r.Text()
		assert.ErrorContains(t, err, "an escape that JSON does not have", raw)
	}
	r := strictjson.NewReader([]byte(`"\ud800\udc00\uDBFF\uDFFF\ud7ff\ue000"`), fault)
	text, err := r.Text()
	require.NoError(t, err)
	assert.Equal(t, "\U00010000\U0010ffff\ud7ff\ue000", text)
}

func TestOnlyWhatMustBeIsEscaped(t *testing.T) {
	assert.Equal(t, `"\"\\/\t\n\u000d\u0000\u001f `+"\x7f"+`<é"`, string(strictjson.AppendString(nil, "\"\\/\t\n\r\x00\x1f \x7f<é")))
}

func TestClippedTextsHaveNoPartOfALongOne(t *testing.T) {
	whole := strings.Repeat("x", 64)
	assert.Equal(t, whole, strictjson.Clip(whole))
	long := whole + strings.Repeat("y", 1000)
	clipped := strictjson.Clip(long)
	assert.Equal(t, whole, clipped)
	assert.NotSame(t, unsafe.StringData(long), unsafe.StringData(clipped), "the error would keep the long text in memory")
	assert.Equal(t, whole[:63], strictjson.Clip(whole[:63]+"é"), "half a character is left out")
}

func TestRawIsTheTextOfAnObject(t *testing.T) {
	for text, want := range map[string]string{
		` {"a":"}\\\"]{","b":[{}]} , 1`: `{"a":"}\\\"]{","b":[{}]}`,
		"{}":                            "{}",
	} {
		r := strictjson.NewReader([]byte(text), fault)
		raw, err := r.Raw()
		require.NoError(t, err)
		assert.Equal(t, want, string(raw))
	}
	for _, text := range []string{"", "[{}]", `{"a"`, `{"a":"}`, `{"\`, "{[}"} {
		r := strictjson.NewReader([]byte(text), fault)
		_, err := r.Raw()
		assert.Error(t, err, text)
	}
}
