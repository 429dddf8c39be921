package main

import (
	"bytes"
	"context"
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
)

var today = tax.MustDate("2026-11-21")

func TestHistoryListsTheGermanStandardRate(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(context.Background(), nil, &out, today))
	assert.Equal(t, `STANDARD of DE, VAT
  1968-01-01   10 % VAT
  1968-07-01   11 % VAT
  1978-01-01   12 % VAT
  1979-07-01   13 % VAT
  1983-07-01   14 % VAT
  1993-01-01   15 % VAT
  1998-04-01   16 % VAT
  2007-01-01   19 % VAT
  2020-07-01   16 % VAT
  2021-01-01   19 % VAT
`, out.String())
}

func TestHistoryShowsGapsAndSums(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(context.Background(), []string{"-country", "HU", "-class", "INTERMEDIATE"}, &out, today))
	assert.Contains(t, out.String(), "2006-09-01   no rate\n  2009-07-01   18 % VAT\n")

	out.Reset()
	require.NoError(t, run(context.Background(), []string{"-country", "CA", "-region", "QC"}, &out, today))
	assert.Contains(t, out.String(), "2011-01-01   13.925 % GST+QST\n")
}

func TestHistoryDrawsEveryPeriod(t *testing.T) {
	file := filepath.Join(t.TempDir(), "quebec.svg")
	require.NoError(t, run(context.Background(), []string{"-country", "CA", "-region", "QC", "-svg", file}, io.Discard, today))
	svg, err := os.ReadFile(file)
	require.NoError(t, err)

	lines := 0
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "path" {
			lines++
		}
	}
	var out bytes.Buffer
	require.NoError(t, run(context.Background(), []string{"-country", "CA", "-region", "QC"}, &out, today))
	assert.Equal(t, strings.Count(out.String(), "%"), lines-1, "one path for each period, and one for the axes")
	assert.Contains(t, string(svg), "2012-01-01: 14.975 % GST+QST")
}

func TestHistoryRefusesWhatHasNoAnswer(t *testing.T) {
	err := run(context.Background(), []string{"-country", "US"}, io.Discard, today)
	assert.ErrorIs(t, err, tax.ErrRegionRequired)
}
