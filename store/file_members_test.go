package store

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
)

// plainJSON returns the JSON of a value on one line, without escapes for HTML.
func plainJSON(t *testing.T, v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	require.NoError(t, e.Encode(v))
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

func TestMembersAreWrittenAsJSONIs(t *testing.T) {
	at := time.Date(2026, 11, 30, 8, 0, 0, 120e6, time.UTC)
	for _, h := range []header{{}, {Revision: 3, Modified: at}, {Revision: 3, Retired: 2, Modified: at, Ended: at.Add(time.Hour)}} {
		want, err := json.MarshalIndent(h, "", "  ")
		require.NoError(t, err)
		m := members{out: []byte("{\n"), before: indent, between: ",\n" + indent, colon: ": "}
		h.write(&m)
		require.NoError(t, m.err)
		require.Equal(t, string(want), string(m.out)+"\n}")
	}
	for _, h := range []lineHead{
		{Revision: 1},
		{Revision: 2, Removed: at, Versions: []versionKey{{"", 1}, {"QC", 7}}},
		{Revision: 2, Ended: []ending{{versionKey{"", 3}, at, "", false}, {versionKey{"X-A B", 3}, time.Time{}, "anna \"<&>\" \\ \x01\té", true}}},
	} {
		m := members{out: []byte("{")}
		h.write(&m)
		require.NoError(t, m.err)
		require.Equal(t, plainJSON(t, h), string(m.out)+"}")
	}
	c := standard("19")
	for _, e := range []entry{
		{Configuration: &c}, {From: at, Author: "a\xffb", Configuration: &c},
		{From: at.Add(time.Nanosecond), Author: "anna", Base: &tax.Metadata{Version: 4, Source: "<x>"}, Configuration: &c},
	} {
		line, err := appendEntry(nil, e.version(), nil)
		require.NoError(t, err)
		require.JSONEq(t, plainJSON(t, e), string(line))
	}
}

func TestMembersRefuseATimeThatJSONCannotHold(t *testing.T) {
	_, err := appendEntry(nil, &Version{Configuration: standard("19"), From: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}, nil)
	require.Error(t, err)
	_, err = lineOf(1, time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), nil, nil, nil)
	require.Error(t, err)
	_, err = encodeCountry(header{Modified: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}, Documents{}, nil, nil, nil)
	require.Error(t, err)
}
