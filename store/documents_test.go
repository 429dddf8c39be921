package store

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
)

func inRegion(region string, version int64) *Version {
	return &Version{Configuration: tax.Configuration{Location: tax.Location{Country: "DE", Region: region}, Metadata: tax.Metadata{Version: version}}}
}

// TestDocumentsAreAsAList compares random changes with those of a plain list, and looks at the
// states before as well: nobody who has one sees a change.
func TestDocumentsAreAsAList(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, regions := range []int{3, 70, 900} {
		type state struct {
			Documents
			want []*Version
		}
		states := []state{{}}
		for version := range int64(600) {
			before := states[len(states)-1]
			want := slices.Clone(before.want)
			var ended, written []*Version
			changes := 1 + random.IntN(4)
			if random.IntN(30) == 0 {
				changes = random.IntN(regions)
			}
			for _, n := range random.Perm(regions)[:min(changes, regions)] {
				region := fmt.Sprint("X-", n)
				now := inRegion(region, version)
				at, found := slices.BinarySearchFunc(want, now, byRegion)
				switch {
				case found && random.IntN(3) == 0:
					ended = append(ended, want[at])
					want = slices.Delete(want, at, at+1)
				case found:
					ended, written = append(ended, want[at]), append(written, now)
					want[at] = now
				default:
					written = append(written, now)
					want = slices.Insert(want, at, now)
				}
			}
			states = append(states, state{before.with(ended, written), want})
		}
		for _, s := range states[max(0, len(states)-200):] {
			require.Equal(t, len(s.want), s.Len())
			require.True(t, slices.Equal(s.want, slices.Collect(s.All())))
			region := fmt.Sprint("X-", random.IntN(regions))
			at, found := slices.BinarySearchFunc(s.want, inRegion(region, 0), byRegion)
			require.Equal(t, found, s.at(region) != nil)
			if found {
				require.Same(t, s.want[at], s.at(region))
				at++
			}
			require.True(t, slices.Equal(s.want[at:], slices.Collect(s.after("DE", tax.Location{Country: "DE", Region: region}))))
			for _, piece := range s.pieces {
				require.NotEmpty(t, piece)
				require.Less(t, len(piece), 2*pieceLength)
			}
		}
	}
}

func TestAWriteSharesThePiecesThatItDoesNotChange(t *testing.T) {
	var list []*Version
	for n := range 2_000 {
		list = append(list, inRegion(fmt.Sprintf("X-%04d", n), 1))
	}
	before := NewDocuments(list)
	after := before.with(nil, []*Version{inRegion("X-1000A", 1)})
	copied := 0
	for i, piece := range after.pieces {
		if &piece[0] != &before.pieces[i][0] {
			copied += len(piece)
		}
	}
	assert.Equal(t, pieceLength+1, copied)
}

func TestDocumentsInJSON(t *testing.T) {
	var d Documents
	text, err := json.Marshal(d)
	require.NoError(t, err)
	assert.Equal(t, "[]", string(text))
	in := func(regions ...string) []byte {
		list := make([]*Version, len(regions))
		for i, region := range regions {
			list[i] = inRegion(region, 1)
		}
		text, err := json.Marshal(list)
		require.NoError(t, err)
		return text
	}
	require.NoError(t, json.Unmarshal(in("BY", "", "NW", "BE"), &d))
	assert.Equal(t, "DE version 1, DE-BE version 1, DE-BY version 1, DE-NW version 1", d.String())
	for data, want := range map[string]string{
		string(in("BY", "", "BY")): "store: two documents of DE-BY",
		"[null]":                   "store: a document is null",
		"{}":                       "json: cannot unmarshal object into Go value of type []*store.Version",
	} {
		assert.EqualError(t, json.Unmarshal([]byte(data), &d), want)
	}
	assert.Equal(t, 4, d.Len(), "an error changes nothing")
}
