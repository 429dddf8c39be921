package strictjson_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/taxresolve/tax/internal/strictjson"
)

func TestBuilderSetsTheCommas(t *testing.T) {
	for _, begun := range []string{"", `{"data":`, `[1`, `[`} {
		b := strictjson.NewBuilder([]byte(begun))
		b.Open('{')
		for _, name := range []string{"a", `"`, "[", "{", ":", ","} {
			b.Name(name)
			b.Text(name)
		}
		b.Name("list")
		b.Open('[')
		b.Open('{')
		b.Close('}')
		b.Open('[')
		b.Close(']')
		b.Raw("true")
		b.Integer(-1)
		b.Text("")
		b.Text("{")
		b.Text("[")
		b.Close(']')
		b.Name("last")
		b.Raw("null")
		b.Close('}')
		const object = `{"a":"a","\"":"\"","[":"[","{":"{",":":":",",":",","list":[{},[],true,-1,"","{","["],"last":null}`
		want := begun + object
		if begun == "[1" {
			want = begun + "," + object
		}
		assert.Equal(t, want, string(b.Bytes()))
		assert.True(t, json.Valid([]byte(object)))
	}
}
