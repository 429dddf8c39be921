package page

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rates"
)

// raced reports that the race detector is on.
var raced bool

// large is a page with 200 countries of 10 classes, and what its templates are executed with.
func large(t testing.TB) (h http.Handler, execute func() int) {
	t.Helper()
	r, err := tax.NewResolver(tax.SourceFunc(func(_ context.Context, key tax.Key) ([]tax.Configuration, error) {
		c := tax.Configuration{Location: tax.Location{Country: key.Country}, TimeZone: "UTC", Tax: tax.Tax{Code: "VAT", Name: en("VAT")}}
		for i := range 10 {
			c.Classes = append(c.Classes, tax.Class{
				Code: fmt.Sprint("CLASS", i), Name: tax.MustLocalizedText(map[string]string{"en": fmt.Sprint("class ", i), "de": fmt.Sprint("Klasse ", i)}), Default: i == 0,
				Rates: []tax.Rate{{From: day("2899-01-01"), Percent: tax.MustPercent("20")}, {From: day("2007-01-01"), Percent: tax.MustPercent("19")}},
			})
		}
		return []tax.Configuration{c}, nil
	}), nil)
	require.NoError(t, err)
	t.Cleanup(r.Close)
	o := readOnly(r, rates.Countries()[:200])
	require.NoError(t, o.complete())
	h, err = New(o)
	require.NoError(t, err)
	s := &site{Options: o}
	request := &request{Request: httptest.NewRequest("GET", "/", nil)}
	request.Header.Set("Accept-Language", "de")
	request.reader, err = s.readerOf(nil, request.Request)
	require.NoError(t, err)
	v, err := s.countries(t.Context(), request)
	require.NoError(t, err)
	return h, func() int {
		var b bytes.Buffer
		if err := templates[v.template].ExecuteTemplate(&b, "frame", frame{Title: v.title, AsOf: rates.AsOf(), Data: v.data}); err != nil {
			return 0
		}
		return b.Len()
	}
}

func served(h http.Handler) int {
	w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Accept-Language", "de")
	h.ServeHTTP(w, r)
	return w.Body.Len()
}

// TestAPageCostsLittleMoreThanItsTemplates compares the quickest run of each, which other
// programs on the machine disturb least, and takes more runs while that seems too slow.
func TestAPageCostsLittleMoreThanItsTemplates(t *testing.T) {
	if raced || testing.Short() {
		t.Skip("the race detector does not slow all code down alike")
	}
	h, execute := large(t)
	require.Equal(t, execute(), served(h), "both make the same page")
	page, alone := time.Hour, time.Hour
	for i := 0; i < 100 && (i < 5 || float64(page)/float64(alone) > 1.5); i++ {
		began := time.Now()
		execute()
		alone = min(alone, time.Since(began))
		began = time.Now()
		served(h)
		page = min(page, time.Since(began))
	}
	assert.LessOrEqual(t, float64(page)/float64(alone), 1.5, "%v and %v", page, alone)
}

func BenchmarkAllCountries(b *testing.B) {
	h, execute := large(b)
	b.Run("page", func(b *testing.B) {
		for b.Loop() {
			served(h)
		}
	})
	b.Run("templates", func(b *testing.B) {
		for b.Loop() {
			execute()
		}
	})
}
