package strictjson_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/strictjson"
)

func TestWriterSeparatesMembersAndElements(t *testing.T) {
	w := strictjson.NewWriter([]byte("before "), fault)
	w.Object(func() {
		w.Member("empty", func() { w.Object(func() {}) })
		w.Member("none", func() { w.List(0, nil) })
		w.Member("list", func() {
			w.List(3, func(i int) {
				w.List(i, func(int) { w.Object(func() { w.Member("", func() { w.Quoted("") }) }) })
			})
		})
		w.Member("number", func() { w.Raw("-1.50") })
		w.Text("text", "\"{[,\n")
		w.Texts("texts", []string{"{", "[", ""})
		w.Flag("flag", true)
		w.ListOf("numbers", 2, func(int) { w.Raw("0") })
	})
	got, err := w.Bytes()
	require.NoError(t, err)
	const want = `{"empty":{},"none":[],"list":[[],[{"":""}],[{"":""},{"":""}]],"number":-1.50,` +
		`"text":"\"{[,\n","texts":["{","[",""],"flag":true,"numbers":[0,0]}`
	assert.Equal(t, "before "+want, string(got))
	assert.True(t, json.Valid([]byte(want)))
}

func TestWriterLeavesOutWhatIsEmpty(t *testing.T) {
	w := strictjson.NewWriter(nil, fault)
	w.Object(func() {
		w.Text("text", "")
		w.Texts("texts", nil)
		w.Flag("flag", false)
		w.ListOf("list", 0, func(int) { assert.Fail(t, "there is none") })
	})
	got, err := w.Bytes()
	require.NoError(t, err)
	assert.Equal(t, "{}", string(got))
}

func TestWriterKeepsTheFirstErrorAndItsPath(t *testing.T) {
	w := strictjson.NewWriter(nil, fault)
	w.Object(func() {
		w.Text("good", "yes")
		w.Member("list", func() {
			w.List(2, func(i int) {
				w.Object(func() {
					w.Text("code", "A")
					if i == 1 {
						w.Text("name", "\xff")
						w.Member("later", func() { w.Refuse("x", "another") })
					}
				})
			})
		})
		w.Member("\xff", func() { w.Raw("1") })
	})
	got, err := w.Bytes()
	assert.EqualError(t, err, "list[1].name: not valid UTF-8")
	assert.Nil(t, got)

	w = strictjson.NewWriter(nil, fault)
	w.Object(func() { w.Member("a.\xff", func() { w.Raw("1") }) })
	_, err = w.Bytes()
	assert.EqualError(t, err, `["a.\xff"]: not valid UTF-8`)

	w = strictjson.NewWriter(nil, fault)
	w.Refuse("", "nothing at all")
	_, err = w.Bytes()
	assert.EqualError(t, err, "document: nothing at all")
}
