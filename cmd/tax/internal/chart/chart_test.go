package chart

import (
	"encoding/xml"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/cmd/tax/internal/compare"
)

func span(from, until, percent string) compare.Span {
	s := compare.Span{From: tax.MustDate(from), Answer: compare.Answer{Percent: percent, Treatment: "taxable"}}
	if until != "" {
		s.Until = tax.MustDate(until)
	}
	if percent == "" {
		s.Missing = "no_rate"
	}
	return s
}

var today = tax.MustDate("2026-11-21")

func TestEachRateIsAStepAndATimeWithoutOneIsAGap(t *testing.T) {
	drawn := SVG("DE STANDARD", []compare.Span{
		span("0001-01-01", "2010-01-01", ""), span("2010-01-01", "2015-01-01", "10"), span("2015-01-01", "2018-01-01", "20"),
		span("2018-01-01", "2020-01-01", ""), span("2020-01-01", "", "5.5"),
	}, today)
	path := regexp.MustCompile(`class="rate" d="([^"]*)"`).FindStringSubmatch(drawn)
	require.NotNil(t, path)
	assert.Equal(t, "M101 112L246 112L246 44L333 44M391 143L620 143", path[1])
	for _, label := range []string{">10 %<", ">20 %<", ">5.5 %<", ">0 %<", ">2012<", "no_rate from 2018-01-01 until 2020-01-01. ", "5.5 % from 2020-01-01. "} {
		assert.Contains(t, drawn, label)
	}
	assert.Contains(t, SVG("", []compare.Span{span("0001-01-01", "", "1000")}, today), ">1000 %<")
}

func TestADrawingIsXMLWithWholeNumbersWhateverTheNames(t *testing.T) {
	hostile := "</title><script>alert(1)</script>\"'&\x00\x1b\u202e\xff"
	for _, spans := range [][]compare.Span{nil, {span("0001-01-01", "", "")}, {span("0001-01-01", "", "0.12345")}, {span("9999-12-31", "", "7")},
		{{From: today, Answer: compare.Answer{Treatment: hostile, Percent: "0"}}, {From: today, Answer: compare.Answer{Missing: hostile}}}} {
		drawn := SVG(hostile, spans, today)
		decoder := xml.NewDecoder(strings.NewReader(drawn))
		for {
			token, err := decoder.Token()
			if err == io.EOF {
				break
			}
			require.NoError(t, err)
			element, ok := token.(xml.StartElement)
			if !ok {
				continue
			}
			assert.Contains(t, []string{"svg", "title", "desc", "style", "text", "path"}, element.Name.Local)
			for _, a := range element.Attr {
				if a.Name.Local != "xmlns" {
					assert.NotContains(t, a.Value, ".", "%s of %s", a.Name.Local, element.Name.Local)
				}
			}
		}
		assert.NotContains(t, drawn, "\u202e")
	}
}
