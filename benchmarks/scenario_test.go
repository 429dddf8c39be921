package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/benchmarks/arithmetic"
	"github.com/taxresolve/tax/benchmarks/client"
	"github.com/taxresolve/tax/benchmarks/world"
)

// tiny is for tests, the race detector included.
var tiny = sizes{
	Stream: 1 << 10, Ops: 1 << 10, Rounds: 1,
	Tenants:     2,
	UnitTenants: 20, OwnTenants: 20, UnitCountries: 25,
	WorkTenants: 40, WorkCountries: 30,
	WorkOps: 400, WorkRounds: 1,
	MemoryTenants: 10, ManyTenants: 20,
	Documents: 500,
	Baskets:   5,
}

func TestWorldHas250Countries(t *testing.T) {
	assert.Len(t, world.Countries(), 250)
}

func TestDocumentsOfTheirOwnAreNotAlike(t *testing.T) {
	seen := map[world.Table]bool{}
	shared := map[world.Thousandths]bool{}
	const n = 1000
	for version := range n {
		var rates world.Table
		for class := range rates {
			rates[class] = world.OwnRate(version, class)
			shared[rates[class]] = true
		}
		seen[rates] = true
	}
	assert.Len(t, seen, n)
	assert.LessOrEqual(t, len(shared), 40)
	for _, history := range []bool{false, true} {
		assert.NoError(t, tax.ValidateCountry(world.Own(7, 3, history)).Err())
		assert.NotEqual(t, world.Own(7, 3, history), world.Own(7, 4, history))
	}
}

func TestAllClientsGiveTheRightAnswerToEveryQuestion(t *testing.T) {
	for name, scene := range map[string]func(sizes) (*scenario, error){
		one: oneTenant, tenants: manyTenants, units: manyUnits, ownUnits: allTheirOwn, ways: lookups,
	} {
		t.Run(name, func(t *testing.T) {
			s, err := scene(tiny)
			require.NoError(t, err)
			defer s.close()
			assert.NoError(t, s.verify())
			assert.Len(t, s.checks, len(s.clients))
			for _, c := range s.clients {
				for _, cores := range []int{1, 2} {
					// More questions than the stream has, so that it begins again.
					_, hits := ask(c, 100, tiny.Stream+1, cores)
					assert.Equal(t, tiny.Stream+1, hits, "%s on %s", c.Name(), onCores(cores))
				}
			}
		})
	}
}

func TestEveryPeerIsInEveryScenarioOfHits(t *testing.T) {
	for name, scene := range map[string]func(sizes) (*scenario, error){one: oneTenant, tenants: manyTenants, units: manyUnits} {
		s, err := scene(tiny)
		require.NoError(t, err)
		defer s.close()
		var names []string
		for _, c := range s.clients {
			names = append(names, c.Name())
		}
		want := append([]string{client.Tax}, peerNames(false)...)
		if name != one {
			want = append(want, client.PerAsk)
		}
		if name == units {
			want = append(want, ownDocuments)
		}
		assert.ElementsMatch(t, want, names, name)
	}
}

func TestAWrongAnswerIsFound(t *testing.T) {
	s, err := oneTenant(tiny)
	require.NoError(t, err)
	defer s.close()
	s.add(s.clients[0].(client.Client), 5, func(q int) world.Thousandths { return world.Rate(0, q) + world.Thousandths(q/4) })
	assert.ErrorContains(t, s.verify(), "answers question 4")
}

func TestAMissingEntryIsNoHit(t *testing.T) {
	for _, p := range client.Peers[int, int]() {
		c := p.New(8)
		require.NoError(t, client.Fill(c, 3, func(i int) int { return i }, func(i int) int { return 10 * i }))
		hits, last := c.Walk([]int{0, 1, 2, 3}, 0, 8)
		assert.Equal(t, 6, hits, p.Name)
		assert.Equal(t, 20, last, p.Name)
		_, ok := c.Get(3)
		assert.False(t, ok, p.Name)
		c.Close()
	}
}

func TestWorkingSetOfAllClients(t *testing.T) {
	w, err := newWorkingSet(tiny, steep)
	require.NoError(t, err)
	defer w.close()
	require.NoError(t, w.verify())
	into := result{}
	require.NoError(t, w.measure(into, steepTrace, tiny))
	assert.Zero(t, w.loads.Fails.Load())
	assert.Zero(t, w.here.Fails.Load())
	require.Len(t, w.clients, 2+len(peerNames(true))+3*2+1)

	exact, ok := into.get(on(steepTrace, 1)+" hit ratio", exactLRU)
	require.True(t, ok)
	assert.Greater(t, exact, 50.0)
	assert.Less(t, exact, 99.0)
	for _, miss := range []string{coordinated, inCaller, validated, nothing} {
		v, ok := into.get(on(steepTrace, 1)+" hit ratio", client.LRU+miss)
		require.True(t, ok)
		assert.InDelta(t, exact, v, 1e-9, "golang-lru%s is an exact LRU", miss)
	}
	for _, c := range w.clients {
		for _, cores := range []int{1, 2} {
			v, ok := into.get(on(steepTrace, cores)+" hit ratio", c.Name())
			require.True(t, ok)
			least := 30.0
			if strings.HasPrefix(c.Name(), "ristretto") {
				least = 0 // it admits in the background, late on a busy machine
			}
			assert.Greater(t, v, least, "%s on %s", c.Name(), onCores(cores))
			assert.Less(t, v, 100.0, "%s on %s", c.Name(), onCores(cores))
		}
	}
}

// Measures and goals share names, which must match.
func TestEveryGoalIsMeasured(t *testing.T) {
	if testing.Short() {
		t.Skip("measures everything once")
	}
	all := result{}
	for _, m := range measures {
		var b bytes.Buffer
		require.NoError(t, serve(m.name, tiny, &b), m.name)
		require.NoError(t, json.Unmarshal(b.Bytes(), &all), m.name)
	}
	rs := results{all}
	for _, g := range allGoals(settings{sizes: tiny}) {
		v, ok := g.value(rs)
		assert.True(t, ok, "%s: %s", g.group, g.of)
		assert.NotEqual(t, "not measured", first(g.outcome(rs)), "%s: %s is %v", g.group, g.of, v)
	}
	text := document(settings{sizes: tiny, quick: true, date: "2026-11-21"}, rs)
	for _, name := range append(peerNames(false), client.Tax, client.PerAsk, client.Local, ownLoader, exactLRU, byAll, placeRate, errorAlone,
		newClasses, missOf(newClasses, true), ownDocuments, combined, stored, alike, unshared, laterTenant, besideRegions(manyRegions)) {
		assert.Contains(t, text, "| "+name+" |")
	}
	sums := arithmeticDocument(settings{sizes: tiny, quick: true, date: "2026-11-21"}, rs)
	for _, name := range append(growing(), arithmetic.Tax, arithmetic.Shopspring, arithmetic.Govalues, arithmetic.Apd, arithmetic.Integers, arithmetic.OneDecimal) {
		assert.Contains(t, sums, "| "+name+" |")
	}
	for _, text := range []string{text, sums} {
		assert.Contains(t, text, "the numbers mean nothing")
		assert.NotContains(t, text, "not measured")
		assert.NotContains(t, text, "NaN")
	}
	assert.ErrorContains(t, serve("nonsense", tiny, &bytes.Buffer{}), "nonsense")
}

func first[A, B any](a A, _ B) A { return a }
