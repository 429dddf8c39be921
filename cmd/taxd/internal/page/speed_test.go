package page

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/rates"
)

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

// TestAPageCostsLittleMoreThanItsTemplates counts: the time of both depends on what else the
// machine does. BenchmarkAllCountries has it.
func TestAPageCostsLittleMoreThanItsTemplates(t *testing.T) {
	h, execute := large(t)
	require.Equal(t, execute(), served(h), "both make the same page")
	page := testing.AllocsPerRun(3, func() { served(h) })
	alone := testing.AllocsPerRun(3, func() { execute() })
	assert.LessOrEqual(t, page/alone, 1.3, "%v and %v allocations", page, alone)
}

// BenchmarkAllCountries takes turns, and compares the medians.
func BenchmarkAllCountries(b *testing.B) {
	h, execute := large(b)
	var page, alone []time.Duration
	for b.Loop() {
		began := time.Now()
		served(h)
		between := time.Now()
		execute()
		page, alone = append(page, between.Sub(began)), append(alone, time.Since(between))
	}
	slices.Sort(page)
	slices.Sort(alone)
	middle := len(page) / 2
	b.ReportMetric(float64(page[middle])/float64(alone[middle]), "page/templates")
	b.ReportMetric(float64(page[middle].Microseconds())/1000, "ms/page")
}
