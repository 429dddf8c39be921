package tax

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/testfile"
)

// TestGoldenPatches applies every patch of testdata/patches.txt. A block is the
// document, the patch, and the document after it or the error, as JSON.
func TestGoldenPatches(t *testing.T) {
	var document Configuration
	cases := 0
	for n, line := range testfile.Lines(t, "testdata/patches.txt") {
		if rest, ok := strings.CutPrefix(line, "document "); ok {
			document = Configuration{}
			require.NoError(t, json.Unmarshal([]byte(rest), &document), "line %d", n)
			require.NoError(t, document.Validate().Err(), "line %d", n)
			continue
		}
		cases++
		patch, want, ok := strings.Cut(line, " => ")
		require.True(t, ok, "line %d", n)
		p, err := ReadPatch(strings.NewReader(patch), nil)
		var after Configuration
		if err == nil {
			after, err = p.Apply(document)
		}
		if field, ok := strings.CutPrefix(want, "error "); ok {
			require.Error(t, err, "line %d", n)
			assert.Equal(t, Configuration{}, after, "line %d", n)
			var input *InputError
			if errors.As(err, &input) {
				assert.Equal(t, field, input.Field, "line %d: %v", n, err)
			} else {
				assert.ErrorIs(t, err, ErrConflict, "line %d", n)
				assert.Equal(t, field, "conflict", "line %d", n)
			}
			continue
		}
		require.NoError(t, err, "line %d", n)
		assert.JSONEq(t, want, marshalled(t, after), "line %d", n)
	}
	require.GreaterOrEqual(t, cases, 60, "lines were lost")
}

func marshalled(t *testing.T, c Configuration) string {
	t.Helper()
	data, err := c.MarshalJSON()
	require.NoError(t, err)
	return string(data)
}

// patchable has every field that a patch can name.
const patchable = `{"location":{"country":"ES","region":"CN"},"postalCodes":["35*"],"regionAliases":["GC"],"exclusive":true,
	"tax":{"code":"IGIC","name":{"es":"IGIC","en":"IGIC"}},"timeZone":"Atlantic/Canary",
	"taxClasses":[{"code":"STANDARD","name":{"es":"general","en":"standard"},"description":{"es":"d"},"order":3,"isDefault":true,"aliases":["A"],
	"rates":[{"from":"2020-01-01","percent":7},{"percent":6.5}]},{"code":"ZERO","order":4,"rates":[{"percent":0,"treatment":"zeroRated"}]}],
	"metadata":{"version":5,"createdAt":"2022-03-31T09:52:15.423Z","source":"s"}}`

func fullDocument(t testing.TB) (c Configuration) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(patchable), &c))
	return c
}

func TestAPatchChangesOnlyWhatItNames(t *testing.T) {
	before := fullDocument(t)
	text := marshalled(t, before)
	for _, field := range []string{
		`"postalCodes":null`, `"regionAliases":null`, `"exclusive":null`, `"tax":null`, `"timeZone":null`, `"taxClasses":null`,
		`"tax":{"name":null}`, `"tax":{"name":{"es":null}}`, `"tax":{"code":"X"}`, `"taxClasses":{"ZERO":null}`, `"taxClasses":{"STANDARD":{"name":null}}`,
		`"taxClasses":{"STANDARD":{"description":null}}`, `"taxClasses":{"STANDARD":{"order":null}}`, `"taxClasses":{"STANDARD":{"isDefault":null}}`,
		`"taxClasses":{"STANDARD":{"aliases":null}}`, `"taxClasses":{"STANDARD":{"rate":9}}`, `"taxClasses":{"STANDARD":{"rates":[]}}`,
	} {
		p, err := ReadPatch(strings.NewReader(`{"metadata":{"version":5},`+field+`}`), nil)
		require.NoError(t, err, field)
		require.EqualValues(t, 5, p.Version())
		after, err := p.Apply(before)
		require.NoError(t, err, field)
		assert.Equal(t, text, marshalled(t, before), "%s: the document itself was changed", field)
		assert.NotEqual(t, text, marshalled(t, after), field)

		// Without the field that the patch names, both are the same.
		var a, b map[string]any
		require.NoError(t, json.Unmarshal([]byte(text), &a))
		require.NoError(t, json.Unmarshal([]byte(marshalled(t, after)), &b))
		name := strings.Trim(strings.SplitN(field, ":", 2)[0], `"`)
		delete(a, name)
		delete(b, name)
		assert.Equal(t, a, b, field)
	}
}

func TestAnEmptyPatchChangesNothing(t *testing.T) {
	before := fullDocument(t)
	p, err := ReadPatch(strings.NewReader(`{"metadata":{"version":5},"taxClasses":{},"tax":{}}`), nil)
	require.NoError(t, err)
	after, err := p.Apply(before)
	require.NoError(t, err)
	assert.Equal(t, before, after)
	_, err = Patch{}.Apply(before)
	var conflict *StoreError
	require.ErrorAs(t, err, &conflict)
	assert.Equal(t, ErrConflict, conflict.Kind)
	assert.EqualValues(t, 5, conflict.Current)
	assert.EqualValues(t, 0, conflict.Given)
}

func TestAPatchIsNotSharedWithWhatItMade(t *testing.T) {
	p, err := ReadPatch(strings.NewReader(`{"metadata":{"version":5},"postalCodes":["36*"],"regionAliases":["TF"],
		"taxClasses":{"STANDARD":{"aliases":["B"],"rates":[{"percent":9,"components":[{"code":"X","percent":9}],"evidence":{"sources":["s"]}}]}}}`), nil)
	require.NoError(t, err)
	first, err := p.Apply(fullDocument(t))
	require.NoError(t, err)
	want := marshalled(t, first)
	first.PostalCodes[0].From, first.RegionAliases[0] = "1", "XX"
	class := &first.Classes[0]
	class.Aliases[0], class.Rates[0].Components[0].Code, class.Rates[0].Evidence.Sources[0] = "C", "Y", "t"
	class.Rates[0].Percent = MustPercent("1")
	second, err := p.Apply(fullDocument(t))
	require.NoError(t, err)
	assert.Equal(t, want, marshalled(t, second))
}

func TestPatchesKeepTheLimits(t *testing.T) {
	_, err := ReadPatch(strings.NewReader(`{"metadata":{"version":5},"taxClasses":{"A":null,"B":null}}`), &Limits{Classes: 1})
	assert.ErrorContains(t, err, "more than 1 classes")
	_, err = ReadPatch(strings.NewReader(`{"metadata":{"version":5}}`), &Limits{Bytes: 10})
	assert.ErrorContains(t, err, "larger than 10 bytes")
	_, err = ReadPatch(nil, nil)
	assert.ErrorIs(t, err, ErrInvalid)
}

// Patches that are small cannot make a document that is not.
func TestAPatchKeepsTheDocumentWithinItsLimits(t *testing.T) {
	limits := &Limits{Classes: 3, Entries: 5, Bytes: 2000}
	patch := func(class, content string) Patch {
		p, err := ReadPatch(strings.NewReader(`{"metadata":{"version":0},"taxClasses":{"`+class+`":`+content+`}}`), limits)
		require.NoError(t, err)
		return p
	}
	c := Configuration{Location: Location{Country: "FR"}}
	apply := func(p Patch) (err error) {
		after, err := p.Apply(c)
		if err == nil {
			c = after
		}
		return err
	}
	for _, class := range []string{"A", "B", "C"} {
		require.NoError(t, apply(patch(class, `{"rate":1}`)))
	}
	require.ErrorContains(t, apply(patch("D", `{"rate":1}`)), "more than 3 classes")
	const three = `{"rates":[{"from":"2020-01-01","percent":1},{"from":"2010-01-01","percent":1},{"percent":1}]}`
	require.NoError(t, apply(patch("A", three)))
	require.ErrorContains(t, apply(patch("B", three)), "more than 5 entries")
	long := strings.Repeat("x", 600)
	require.NoError(t, apply(patch("A", `{"name":{"de":"`+long+`"}}`)))
	require.NoError(t, apply(patch("A", `{"name":{"en":"`+long+`"}}`)))
	require.ErrorContains(t, apply(patch("A", `{"name":{"fr":"`+long+`"}}`)), "larger than 2000 bytes")
	require.NoError(t, apply(patch("A", `{"name":{"de":null,"fr":"`+long+`"}}`)))

	// A patch that was not read with limits has the defaults.
	var p Patch
	require.NoError(t, p.UnmarshalJSON([]byte(`{"metadata":{"version":0},"taxClasses":{"D":{"rate":1}}}`)))
	require.NoError(t, apply(p))
}

// What Check accepts can be read again with the same limits, and nothing else can.
func TestLimitsCheckWhatCanBeRead(t *testing.T) {
	c := countryOf(3, 2, 2)
	size := int64(len(marshalled(t, c)))
	for _, l := range []*Limits{
		nil, {}, {Classes: 3}, {Classes: 2}, {Entries: 6}, {Entries: 5}, {Bytes: size}, {Bytes: size - 1},
		{Bytes: -1}, {Classes: 3, Entries: 6, Bytes: size},
	} {
		_, err := ReadConfiguration(strings.NewReader(marshalled(t, c)), l)
		if err == nil {
			assert.NoError(t, l.Check(c), "%v", l)
			text, err := l.Encode(c)
			assert.NoError(t, err)
			assert.Equal(t, marshalled(t, c), string(text))
			continue
		}
		found := l.Check(c)
		require.ErrorIs(t, found, ErrInvalid, "%v", l)
		assert.Equal(t, refusalOf(err).Reason, refusalOf(found).Reason)
	}
	assert.ErrorIs(t, (&Limits{}).Check(Configuration{Location: Location{Country: "??"}}), ErrInvalid, "what has no JSON cannot be read")
}

// FuzzPatch: a patch that is read either changes a document into one that can be
// written and read back, or is refused and leaves it alone.
func FuzzPatch(f *testing.F) {
	for _, patch := range []string{
		`{"metadata":{"version":5}}`, `{"metadata":{"version":5},"tax":{"name":{"es":null,"fr":"x"}},"timeZone":null}`,
		`{"metadata":{"version":5},"taxClasses":{"STANDARD":{"name":{"iw":"x"},"rates":[{"from":"2027-01-01","percent":8}]},"ZERO":null,"NEW":{"rate":1}}}`,
		`{"metadata":{"version":5},"postalCodes":["35000-35999"],"regions":null,"exclusive":false}`, `{"metadata":{"version":1e9}}`, `{"taxClasses":null}`,
	} {
		f.Add([]byte(patch))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		before := fullDocument(t)
		text := marshalled(t, before)
		p, err := ReadPatch(strings.NewReader(string(data)), nil)
		if err != nil {
			var input *InputError
			require.ErrorAs(t, err, &input)
			return
		}
		after, err := p.Apply(before)
		require.Equal(t, text, marshalled(t, before))
		if err != nil {
			require.Equal(t, Configuration{}, after)
			return
		}
		require.Equal(t, before.Metadata, after.Metadata)
		require.Equal(t, before.Location, after.Location)
		again, err := p.Apply(before)
		require.NoError(t, err)
		require.Equal(t, marshalled(t, after), marshalled(t, again))
		var back Configuration
		require.NoError(t, json.Unmarshal([]byte(marshalled(t, after)), &back))
		require.Equal(t, marshalled(t, after), marshalled(t, back))
	})
}
