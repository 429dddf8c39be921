package strictjson_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/taxresolve/tax/internal/strictjson"
)

func TestSkipReadsWhatIsJSON(t *testing.T) {
	for _, text := range []string{
		`null`, `true`, `false`, `0`, `-1.5e+20`, `"x"`, `[]`, `{}`, ` [1, {"a": [null]}, "]"] `,
		strings.Repeat("[", 33) + strings.Repeat("]", 33),
	} {
		r := strictjson.NewReader([]byte(text), fault)
		assert.NoError(t, r.Skip(), text)
		assert.NoError(t, r.End(), text)
	}
	for text, want := range map[string]string{
		``: "not valid JSON", `nul`: "not valid JSON", `01`: "not valid JSON", `1.`: "not valid JSON", `+1`: "not valid JSON",
		`[1`: "ends too early", `{"a"}`: "want a colon", `"\x"`: "an escape", `{"a":tru}`: "a: not valid JSON",
		strings.Repeat("[", 34) + strings.Repeat("]", 34): "nested more deeply than 32",
		strings.Repeat(`{"a":`, 1<<20):                    "nested more deeply than 32",
	} {
		r := strictjson.NewReader([]byte(text), fault)
		assert.ErrorContains(t, r.Skip(), want, "%.40s", text)
		assert.False(t, json.Valid([]byte(text)) && len(text) < 60, text)
	}
}

func TestATolerantReaderIgnoresFieldsItDoesNotKnow(t *testing.T) {
	read := func(text string, tolerant bool) (got string, err error) {
		r := strictjson.NewReader([]byte(text), fault)
		if tolerant {
			r.Tolerate()
		}
		assert.Equal(t, tolerant, r.Tolerant())
		err = r.Object([]string{"name", "rate"}, func(field string) error {
			text, err := r.Text()
			got += field + "=" + text + " "
			return err
		})
		if err == nil {
			err = r.End()
		}
		return got, err
	}
	const text = `{"x":{"name":"no"},"name":"a","x":[1],"rate":"b","":null}`
	got, err := read(text, true)
	assert.NoError(t, err)
	assert.Equal(t, "name=a rate=b ", got)
	_, err = read(text, false)
	assert.ErrorContains(t, err, "x: no such field: use name, rate")

	for text, want := range map[string]string{
		`{"Name":"a"}`:            "upper and lower case matter, write name",
		`{"name":"a","name":"b"}`: "given twice",
		`{"x":nope}`:              "not valid JSON",
		`{"x":"\ud800"}`:          "an escape",
	} {
		_, err = read(text, true)
		assert.ErrorContains(t, err, want, text)
	}
}
