package strictjson_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/strictjson"
)

type inner struct {
	Text string `json:"text,omitempty"`
}

type outer struct {
	inner
	Name    string
	List    []inner           `json:"list"`
	Pointer *inner            `json:"pointer"`
	Any     any               `json:"any"`
	ByName  map[string]string `json:"byName"`
	Time    time.Time         `json:"time"`
	hidden  string
}

func TestMarshalIsThatOfEncodingJSON(t *testing.T) {
	v := outer{inner{"<&>\u2028"}, "n", []inner{{"a"}, {}}, &inner{"b"}, inner{"c"}, map[string]string{"k": "v"}, time.Unix(0, 0).UTC(), "h\xff"}
	for _, v := range []any{v, &v, outer{}, nil, "", (*outer)(nil)} {
		want, err := json.Marshal(v)
		require.NoError(t, err)
		got, err := strictjson.Marshal(v, fault)
		require.NoError(t, err)
		assert.JSONEq(t, string(want), string(got))
	}
	_, err := strictjson.Marshal(func() {}, fault)
	assert.Error(t, err)
}

func TestMarshalRefusesTextsThatAreNotUTF8(t *testing.T) {
	const text = "a\xff"
	for path, v := range map[string]any{
		"document":     text,
		"text":         outer{inner: inner{text}},
		"Name":         &outer{Name: text},
		"list[1].text": outer{List: []inner{{}, {text}}},
		"pointer.text": outer{Pointer: &inner{text}},
		"any.text":     outer{Any: inner{text}},
		"byName.k":     outer{ByName: map[string]string{"k": text}},
		`["a\xff"]`:    map[string]string{text: ""},
	} {
		_, err := strictjson.Marshal(v, fault)
		assert.EqualError(t, err, path+": not valid UTF-8")
	}
}
