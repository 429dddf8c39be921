package ampeco_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/taxresolve/tax/ampeco"
)

// FuzzPatch sends arbitrary bytes as an update. A refused update names fields
// and changes nothing. An accepted one is JSON, and its answer, sent back as an
// update, changes nothing more.
func FuzzPatch(f *testing.F) {
	f.Add([]byte(`{"name":"VAT","displayName":[{"locale":"de","translation":"MwSt"}],"percentage":7.70,"taxIdentificationNumberId":4}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		ctx := context.Background()
		s, _ := shop(t)
		before, err := s.Read(ctx, "7")
		if err != nil {
			t.Fatal(err)
		}
		kept := bytes.Clone(body)
		got, err := s.Update(ctx, "7", body)
		if !bytes.Equal(kept, body) {
			t.Fatal("the body was changed")
		}
		after, readErr := s.Read(ctx, "7")
		if readErr != nil {
			t.Fatal(readErr)
		}
		if err != nil {
			document := ampeco.ErrorFor(err)
			if document.Status != 422 || len(document.Errors) == 0 || !utf8.ValidString(err.Error()) || !bytes.Equal(before, after) {
				t.Fatalf("%+v for %v\n%s", document, err, after)
			}
			if out, err := json.Marshal(document); err != nil || bytes.Contains(out, []byte(`\ufffd`)) && !bytes.Contains(body, []byte(`fffd`)) && !bytes.Contains(body, []byte("\ufffd")) {
				t.Fatalf("%s %v", out, err)
			}
			return
		}
		if !json.Valid(body) || !json.Valid(got) || !utf8.Valid(got) || !bytes.Equal(got, after) {
			t.Fatalf("%q is answered with %q, then %q", body, got, after)
		}
		var answer struct {
			Data map[string]json.RawMessage `json:"data"`
		}
		if err := json.Unmarshal(got, &answer); err != nil {
			t.Fatal(err)
		}
		delete(answer.Data, "id")
		delete(answer.Data, "lastUpdatedAt")
		again, err := json.Marshal(answer.Data)
		if err != nil {
			t.Fatal(err)
		}
		repeated, err := s.Update(ctx, "7", again)
		if err != nil || !bytes.Equal(repeated, got) {
			t.Fatalf("%s\nthen %s: %v", got, repeated, err)
		}
	})
}

// FuzzParameters lists with arbitrary queries. An error names parameters. An
// answer keeps the bounds, and its links lead to answers.
func FuzzParameters(f *testing.F) {
	for _, query := range []string{"", "page=2&per_page=3", "cursor=&per_page=1", "page=1&cursor=", "page=0", "per_page=101&x=1"} {
		f.Add(query)
	}
	s, _ := numbered(f, 7, &ampeco.ServiceOptions{CursorKey: []byte("0123456789abcdef")})
	f.Fuzz(func(t *testing.T, query string) {
		values, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		body, err := s.List(context.Background(), values)
		if err != nil {
			document := ampeco.ErrorFor(err)
			if document.Status != 422 || len(document.Errors) == 0 || !utf8.ValidString(err.Error()) {
				t.Fatalf("%+v for %v", document, err)
			}
			return
		}
		var e envelope
		if err := json.Unmarshal(body, &e); err != nil {
			t.Fatalf("%s: %v", body, err)
		}
		if len(e.Data) > e.Meta.PerPage || e.Meta.PerPage > 100 || (values.Has("cursor") && !values.Has("page")) == (e.Meta.CurrentPage > 0) {
			t.Fatalf("%s", body)
		}
		for _, link := range []*string{e.Links.First, e.Links.Last, e.Links.Prev, e.Links.Next} {
			if link == nil {
				continue
			}
			_, query, _ := strings.Cut(*link, "?")
			if next := list(t, s, query); len(next.Data) == 0 || next.Meta.PerPage != e.Meta.PerPage {
				t.Fatalf("%s leads to %+v", *link, next)
			}
		}
	})
}
