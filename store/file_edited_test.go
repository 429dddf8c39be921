package store_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/internal/taxtest"
	"github.com/taxresolve/tax/rates"
	"github.com/taxresolve/tax/store"
)

var germany = tax.Location{Country: "DE"}

// replace edits a file of the empty tenant by hand.
func replace(t *testing.T, dir, file string, words ...string) {
	t.Helper()
	name := filepath.Join(dir, "_", file)
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	edited := strings.NewReplacer(words...).Replace(string(text))
	require.NotEqual(t, string(text), edited)
	require.NoError(t, os.WriteFile(name, []byte(edited), 0o644))
}

// canadian opens a store with Canada, Quebec and Ontario in it.
func canadian(t *testing.T, o *store.FileOptions) (*store.Versioned, string) {
	dir := t.TempDir()
	s := openFile(t, dir, o)
	for _, d := range []tax.Configuration{
		taxtest.Doc("CA", taxtest.Class("STANDARD*", "2000-01-01 5")),
		taxtest.Doc("CA-QC", taxtest.Class("REDUCED", "2000-01-01 2")),
		taxtest.Doc("CA-ON", taxtest.Class("STANDARD*", "2000-01-01 7")),
	} {
		_, err := s.Create(store.WithAuthor(t.Context(), "anna"), "", d)
		require.NoError(t, err)
	}
	return s, dir
}

func TestAnEditIsANewVersionByAnUnknownAuthor(t *testing.T) {
	s, dir := canadian(t, nil)
	before, err := s.Get(t.Context(), "", quebec)
	require.NoError(t, err)
	time.Sleep(2 * time.Millisecond)
	replace(t, dir, "CA.json", `"percent": 2`, `"percent": 2.5`)
	check := func(s *store.Versioned) {
		t.Helper()
		c, err := s.Get(t.Context(), "", quebec)
		require.NoError(t, err)
		assert.Equal(t, "2.5", c.Classes[0].Rates[0].Percent.String())
		assert.EqualValues(t, 2, c.Metadata.Version)
		assert.Equal(t, before.Metadata.Created, c.Metadata.Created)
		assert.True(t, c.Metadata.Modified.After(before.Metadata.Modified))
		canada, err := s.Get(t.Context(), "", canada)
		require.NoError(t, err)
		assert.EqualValues(t, 1, canada.Metadata.Version, "it was not edited")
		versions, err := s.Versions(t.Context(), "", quebec)
		require.NoError(t, err)
		require.Len(t, versions, 2)
		assert.Empty(t, versions[0].Author)
		assert.Equal(t, "anna", versions[1].Author)
		assert.Empty(t, versions[1].EndedBy)
		assert.Equal(t, versions[0].From, versions[1].Until)
	}
	check(s)
	check(openFile(t, dir, nil))

	// A write adopts it.
	ontario, err := s.Get(t.Context(), "", tax.Location{Country: "CA", Region: "ON"})
	require.NoError(t, err)
	_, err = s.Update(t.Context(), "", ontario)
	require.NoError(t, err)
	check(openFile(t, dir, nil))
	_, err = s.Update(t.Context(), "", before)
	assert.ErrorIs(t, err, tax.ErrConflict, "written on top of what nobody has read")
	text, err := os.ReadFile(filepath.Join(dir, "_", "CA.history.jsonl"))
	require.NoError(t, err)
	assert.Equal(t, 5, strings.Count(string(text), "\n"), "three creations, the edit, an update")
}

func TestAnotherLayoutIsNoNewVersion(t *testing.T) {
	s, dir := canadian(t, nil)
	for _, words := range [][]string{{"\n", "\r\n"}, {"\r\n", "\n", "  ", "\t"}} {
		replace(t, dir, "CA.json", words...)
		c, err := s.Get(t.Context(), "", quebec)
		require.NoError(t, err)
		assert.EqualValues(t, 1, c.Metadata.Version)
		versions, err := s.Versions(t.Context(), "", quebec)
		require.NoError(t, err)
		assert.Len(t, versions, 1)
	}
	c, err := s.Get(t.Context(), "", quebec)
	require.NoError(t, err)
	c, err = s.Update(t.Context(), "", c)
	require.NoError(t, err)
	assert.EqualValues(t, 2, c.Metadata.Version)
}

func TestDocumentsThatAreAddedAndRemovedByHand(t *testing.T) {
	s, dir := canadian(t, nil)
	name := filepath.Join(dir, "_", "CA.json")
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	begin := strings.Index(string(text), "    {\n      \"from\"")
	end := strings.Index(string(text), "\n    },\n") + len("\n    },\n")
	alberta := `    {"configuration": {"location": {"country": "CA", "region": "AB"}, "taxClasses": [{"code": "STANDARD", "rate": 6}]}},` + "\n"
	require.NoError(t, os.WriteFile(name, []byte(string(text[:begin])+alberta+string(text[begin:])), 0o644))
	c, err := s.Get(t.Context(), "", tax.Location{Country: "CA", Region: "AB"})
	require.NoError(t, err)
	assert.EqualValues(t, 1, c.Metadata.Version)

	// Quebec and Ontario stand without Canada, and Alberta is gone again.
	require.NoError(t, os.WriteFile(name, []byte(string(text[:begin])+string(text[end:])), 0o644))
	_, err = s.Get(t.Context(), "", canada)
	assert.ErrorIs(t, err, tax.ErrNotFound)
	versions, err := s.Versions(t.Context(), "", canada)
	require.NoError(t, err)
	require.Len(t, versions, 1)
	assert.True(t, versions[0].Deleted)
	c, err = s.Create(t.Context(), "", taxtest.Doc("CA", taxtest.Class("STANDARD*", "2000-01-01 5")))
	require.NoError(t, err)
	assert.EqualValues(t, 2, c.Metadata.Version, "no version comes twice")

	// So does a file that is deleted.
	require.NoError(t, os.Remove(name))
	_, err = s.Get(t.Context(), "", canada)
	assert.ErrorIs(t, err, tax.ErrNotFound)
	c, err = s.Create(t.Context(), "", taxtest.Doc("CA", taxtest.Class("STANDARD*", "2000-01-01 5")))
	require.NoError(t, err)
	assert.EqualValues(t, 3, c.Metadata.Version)
	versions, err = s.Versions(t.Context(), "", canada)
	require.NoError(t, err)
	assert.Len(t, versions, 3)
}

func TestAFileThatIsWrittenByHand(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "shop"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "shop", "DE.json"), []byte(`{"documents": [{"configuration": {"location": {"country": "DE"}, "taxClasses": [{"code": "STANDARD", "rate": 19}]}}]}`), 0o644))
	s := openFile(t, dir, nil)
	c, err := s.Get(t.Context(), "shop", germany)
	require.NoError(t, err)
	assert.EqualValues(t, 1, c.Metadata.Version)
	assert.NotZero(t, c.Metadata.Modified)
	c, err = s.Update(t.Context(), "shop", c)
	require.NoError(t, err)
	assert.EqualValues(t, 2, c.Metadata.Version)
	versions, err := s.Versions(t.Context(), "shop", germany)
	require.NoError(t, err)
	assert.Len(t, versions, 2)
}

func TestAnOlderFileThatIsPutBackIsANewVersion(t *testing.T) {
	dir := t.TempDir()
	s := openFile(t, dir, nil)
	c, err := s.Create(t.Context(), "", german("16"))
	require.NoError(t, err)
	name := filepath.Join(dir, "_", "DE.json")
	old, err := os.ReadFile(name)
	require.NoError(t, err)
	for _, percent := range []string{"17", "18", "19"} {
		c.Classes[0].Rates[0].Percent = tax.MustPercent(percent)
		c, err = s.Update(t.Context(), "", c)
		require.NoError(t, err)
	}
	require.NoError(t, os.WriteFile(name, old, 0o644))
	c, err = s.Get(t.Context(), "", germany)
	require.NoError(t, err)
	assert.Equal(t, "16", c.Classes[0].Rates[0].Percent.String())
	_, err = s.Update(t.Context(), "", c)
	require.ErrorIs(t, err, tax.ErrConflict, "it is version 5 by now")
	c, err = s.Get(t.Context(), "", germany)
	require.NoError(t, err)
	assert.EqualValues(t, 5, c.Metadata.Version)
	assert.Equal(t, "16", c.Classes[0].Rates[0].Percent.String())
	versions, err := s.Versions(t.Context(), "", germany)
	require.NoError(t, err)
	assert.Len(t, versions, 5)
}

func TestABrokenEditNamesItsPlace(t *testing.T) {
	for name, x := range map[string]struct {
		words []string
		says  string
	}{
		"no JSON":             {[]string{`"percent": 7`, `"percent": 7,,`}, `CA.json:52:30: `},
		"a rule of a value":   {[]string{`"percent": 7`, `"percent": -7`}, `CA.json:52:28: tax: taxClasses[0].rates[0].percent "-7": `},
		"an unknown field":    {[]string{`"percent": 7`, `"present": 7`}, `CA.json:52:`},
		"a rule of documents": {[]string{`"region": "ON"`, `"region": "ZZ"`, `"CA-ON"`, `"CA-ZZ"`}, `CA.json:43:21: `},
		"an unknown member":   {[]string{`"documents"`, `"documets"`}, `CA.json:5:15: tax: documets "": no such field`},
		"an object":           {[]string{`"revision": 3`, `"revision": {}`}, `CA.json:3:15: `},
		"given twice":         {[]string{`"revision": 3`, `"revision": 3, "revision": 4`}, `CA.json:3:`},
		"another country":     {[]string{`"CA-ON"`, `"DE"`, "\"country\": \"CA\",\n          \"region\": \"ON\"", `"country": "DE"`}, `CA.json:`},
		"the same twice":      {[]string{`"CA-ON"`, `"CA-QC"`, `"region": "ON"`, `"region": "QC"`}, `CA.json:`},
		"nothing":             {[]string{"{", "", "}", "", "[", "", "]", "", ":", "", ",", "", "\"", ""}, `CA.json:2:`},
		"conflict of git":     {[]string{`  "revision": 3`, "<<<<<<< HEAD\n  \"revision\": 3"}, `CA.json:3:1: `},
	} {
		t.Run(name, func(t *testing.T) {
			s, dir := canadian(t, nil)
			_, err := s.Get(t.Context(), "", canada)
			require.NoError(t, err)
			replace(t, dir, "CA.json", x.words...)
			set, err := s.Configurations(t.Context(), tax.Key{Country: "CA"})
			require.ErrorIs(t, err, tax.ErrInvalid)
			assert.Empty(t, set)
			assert.ErrorContains(t, err, filepath.Join(dir, "_", x.says))
			_, err = s.Create(t.Context(), "", taxtest.Doc("CA-AB"))
			assert.ErrorIs(t, err, tax.ErrInvalid, "a write keeps away")
		})
	}
}

func TestABrokenEditAnswersStaleAndIsInvalidThen(t *testing.T) {
	for name, words := range map[string][]string{
		"no JSON":           {`"percent": 5`, `"percent": 5,,`},
		"a rule of a value": {`"percent": 5`, `"percent": -5`},
		"a rule between":    {`"code": "STANDARD"`, `"code": "STANDARD", "aliases": ["STANDARD"]`},
	} {
		t.Run(name, func(t *testing.T) {
			s, dir := canadian(t, nil)
			r := taxtest.Open(t, s, &tax.Options{TTL: 50 * time.Millisecond, MaxStale: 300 * time.Millisecond})
			ask := func(r *tax.Resolver) (string, bool, error) {
				a, err := r.Lookup(t.Context(), tax.Lookup{Country: "CA", Class: "STANDARD"})
				return taxtest.Answer(a, err), a.Stale(), err
			}
			answer, stale, err := ask(r)
			require.NoError(t, err)
			assert.False(t, stale)
			replace(t, dir, "CA.json", words...)
			require.Eventually(t, func() bool { _, stale, _ := ask(r); return stale }, 5*time.Second, 5*time.Millisecond)
			again, _, err := ask(r)
			require.NoError(t, err)
			assert.Equal(t, answer, again, "the last good state")
			require.Eventually(t, func() bool { _, _, err := ask(r); return err != nil }, 5*time.Second, 5*time.Millisecond)
			_, _, err = ask(r)
			assert.ErrorIs(t, err, tax.ErrInvalid)
			assert.ErrorIs(t, err, tax.ErrStale)
			assert.ErrorContains(t, err, "CA.json:")

			restarted := taxtest.Open(t, openFile(t, dir, nil), nil)
			_, _, err = ask(restarted)
			assert.ErrorIs(t, err, tax.ErrInvalid, "at once")
		})
	}
}

func TestOneBrokenDocumentIsInvalidAloneAfterARestart(t *testing.T) {
	_, dir := canadian(t, nil)
	replace(t, dir, "CA.json", `"percent": 2`, `"percent": "two"`, `"percent": 7`, `"percent": "seven"`)
	s := openFile(t, dir, nil)
	r := taxtest.Open(t, s, nil)
	ask := func(region string) string {
		return taxtest.Answer(r.Lookup(t.Context(), tax.Lookup{Country: "CA", Region: region, Class: "STANDARD"}))
	}
	assert.Equal(t, []string{"5 VAT", "invalid", "invalid"}, []string{ask(""), ask("QC"), ask("ON")})
	_, err := s.Get(t.Context(), "", quebec)
	assert.ErrorIs(t, err, tax.ErrInvalid)
	assert.ErrorContains(t, err, "two")

	// A write repairs one of them, and keeps the other one as it is.
	out := s.Write(t.Context(), []store.Batch{{Key: tax.Key{Country: "CA"}, Changes: []store.Change{{Action: store.Put, Configuration: taxtest.Doc("CA-QC", taxtest.Class("REDUCED", "2000-01-01 3"))}}}})
	require.NoError(t, out[0].Err)
	text, err := os.ReadFile(filepath.Join(dir, "_", "CA.json"))
	require.NoError(t, err)
	assert.Contains(t, string(text), `"percent": "seven"`)
	assert.NotContains(t, string(text), `"percent": "two"`)
	s = openFile(t, dir, nil)
	c, err := s.Get(t.Context(), "", quebec)
	require.NoError(t, err)
	assert.Greater(t, c.Metadata.Version, int64(1))
	require.NoError(t, s.Delete(t.Context(), "", tax.Location{Country: "CA", Region: "ON"}))
	c, err = s.Create(t.Context(), "", taxtest.Doc("CA-ON", taxtest.Class("STANDARD*", "2000-01-01 8")))
	require.NoError(t, err)
	assert.EqualValues(t, 2, c.Metadata.Version)
}

func TestAFileThatIsNoJSONIsNotOverwritten(t *testing.T) {
	_, dir := canadian(t, nil)
	replace(t, dir, "CA.json", `"percent": 2`, `"percent": 2,,`)
	before, err := os.ReadFile(filepath.Join(dir, "_", "CA.json"))
	require.NoError(t, err)
	s := openFile(t, dir, nil)
	out := s.Write(t.Context(), []store.Batch{{Key: tax.Key{Country: "CA"}, Changes: []store.Change{{Action: store.Put, Configuration: taxtest.Doc("CA")}}}})
	assert.ErrorIs(t, out[0].Err, tax.ErrInvalid)
	after, err := os.ReadFile(filepath.Join(dir, "_", "CA.json"))
	require.NoError(t, err)
	assert.Equal(t, string(before), string(after))
}

func TestEditsOfOverridesAreCheckedOnTheirBase(t *testing.T) {
	dir := t.TempDir()
	s := openFile(t, dir, &store.FileOptions{Options: store.Options{Base: rates.World()}})
	_, err := s.Create(t.Context(), "", taxtest.Doc("DE", taxtest.Class("REDUCED", "2030-01-01 8")))
	require.NoError(t, err)
	replace(t, dir, "DE.json", `"percent": 8`, `"percent": 9`)
	c, err := s.Get(t.Context(), "", germany)
	require.NoError(t, err, "without its base it would be invalid")
	assert.EqualValues(t, 2, c.Metadata.Version)
	replace(t, dir, "DE.json", "\"from\": \"2030-01-01\",", "")
	_, err = s.Get(t.Context(), "", germany)
	assert.ErrorIs(t, err, tax.ErrInvalid)
	assert.ErrorContains(t, err, "DE.json:")
	assert.ErrorContains(t, err, "history of this rate")
}

func TestAnEditWithoutHistoryReplacesWhatNobodyKnows(t *testing.T) {
	s, dir := canadian(t, &store.FileOptions{Options: store.Options{Retention: store.Retention{Versions: -1}}})
	c, err := s.Get(t.Context(), "", quebec)
	require.NoError(t, err)
	time.Sleep(2 * time.Millisecond)
	replace(t, dir, "CA.json", `"percent": 2`, `"percent": 3`)
	for range 2 {
		_, err = s.AsOf(t.Context(), tax.Key{Country: "CA"}, c.Metadata.Modified)
		require.ErrorIs(t, err, store.ErrRemoved)
		_, err = s.Version(t.Context(), "", quebec, 1)
		require.ErrorIs(t, err, store.ErrRemoved)
		s = openFile(t, dir, nil)
		c, err := s.Get(t.Context(), "", quebec)
		require.NoError(t, err)
		assert.Greater(t, c.Metadata.Version, int64(1))
		_, err = s.Update(t.Context(), "", c)
		require.NoError(t, err)
	}
}

// overtaking is a source of a base that edits a file while a write is planned.
type overtaking struct{ edit func() }

func (o *overtaking) Configurations(context.Context, tax.Key) ([]tax.Configuration, error) {
	if edit := o.edit; edit != nil {
		o.edit = nil
		edit()
	}
	return nil, nil
}

func TestAWriteThatAnEditOvertakesIsPlannedAgain(t *testing.T) {
	base := &overtaking{}
	s, dir := canadian(t, &store.FileOptions{Options: store.Options{Base: base}})
	replace(t, dir, "CA.json", `"percent": 7`, `"percent": 8`)
	ontario, err := s.Get(t.Context(), "", tax.Location{Country: "CA", Region: "ON"})
	require.NoError(t, err)
	base.edit = func() { replace(t, dir, "CA.json", `"percent": 8`, `"percent": 9`, `"percent": 2`, `"percent": 3`) }
	// Both edits make revision 4, and version 2 of Ontario.
	out, err := s.Update(t.Context(), "", ontario)
	require.NoError(t, err)
	assert.Equal(t, "8", out.Classes[0].Rates[0].Percent.String())
	c, err := s.Get(t.Context(), "", quebec)
	require.NoError(t, err)
	assert.Equal(t, "3", c.Classes[0].Rates[0].Percent.String(), "the second edit is not lost")
}
