package chart

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/taxresolve/tax/cmd/tax/internal/compare"
)

// picture returns the decoded PNG of spans.
func picture(t *testing.T, title string, spans []compare.Span) image.Image {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, PNG(&b, title, spans, today))
	p, err := png.Decode(&b)
	require.NoError(t, err)
	require.Equal(t, image.Rect(0, 0, 1280, 440), p.Bounds())
	return p
}

// count returns how many pixels of a part of a picture have a colour.
func count(p image.Image, part image.Rectangle, c color.Color) (n int) {
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			if r, g, b, a := p.At(x, y).RGBA(); [4]uint32{r, g, b, a} == rgba(c) {
				n++
			}
		}
	}
	return n
}

func rgba(c color.Color) [4]uint32 {
	r, g, b, a := c.RGBA()
	return [4]uint32{r, g, b, a}
}

// The picture has the line of the SVG, in twice as many pixels, and nothing else that is blue.
func TestAPictureHasTheLineOfTheDrawing(t *testing.T) {
	spans := []compare.Span{
		span("0001-01-01", "2010-01-01", ""), span("2010-01-01", "2015-01-01", "10"), span("2015-01-01", "2018-01-01", "20"),
		span("2018-01-01", "2020-01-01", ""), span("2020-01-01", "", "5.5"),
	}
	p := picture(t, "DE STANDARD", spans)
	path := regexp.MustCompile(`class="rate" d="([^"]*)"`).FindStringSubmatch(SVG("DE STANDARD", spans, today))
	require.NotNil(t, path)
	var lines []image.Rectangle
	at := image.Point{}
	for _, to := range regexp.MustCompile(`([ML])(\d+) (\d+)`).FindAllStringSubmatch(path[1], -1) {
		x, err := strconv.Atoi(to[2])
		require.NoError(t, err)
		y, err := strconv.Atoi(to[3])
		require.NoError(t, err)
		if next := image.Pt(2*x, 2*y); to[1] == "L" {
			lines = append(lines, image.Rectangle{at, next}.Canon())
			at = next
		} else {
			at = next
		}
	}
	require.Len(t, lines, 4)
	whole := 0
	for _, l := range lines { // each is 4 pixels wide
		thick := l
		if l.Dy() == 0 {
			thick.Min.Y, thick.Max.Y = l.Min.Y-2, l.Max.Y+2
		} else {
			thick.Min.X, thick.Max.X = l.Min.X-2, l.Max.X+2
		}
		n := thick.Dx() * thick.Dy()
		assert.Equal(t, n, count(p, thick, blue), "the line %v", l)
		whole += n
	}
	assert.InDelta(t, whole, count(p, p.Bounds(), blue), 8*4, "something else is blue")
	assert.Zero(t, count(p, image.Rect(2*334, 0, 2*390, 2*bottom), blue), "the time without a rate is a gap")
	assert.Equal(t, 2*(right-left), count(p, image.Rect(2*left, 2*bottom, 2*right, 2*bottom+1), grey), "the axis")
	assert.NotZero(t, count(p, image.Rect(2*left, 12, 2*left+200, 40), ink), "the title")
	assert.NotZero(t, count(p, image.Rect(2*101, 2*94, 2*146, 2*108), ink), "the label of the first rate")
	assert.Zero(t, count(p, image.Rect(2*150, 2*94, 2*246, 2*108), ink))
	assert.Equal(t, rgba(paper), rgba(p.At(0, 0)))
}

func TestAPictureHasRoomForAnyText(t *testing.T) {
	for _, title := range []string{"</title>\x00\x1b\u202e\xff", strings.Repeat("W", 1<<20), "漢字 ÄÖÜ", ""} {
		p := picture(t, title, []compare.Span{span("0001-01-01", "", "7"), {From: today, Answer: compare.Answer{Missing: title}}})
		assert.Equal(t, 4*2*(right-left), count(p, image.Rect(2*left, 2*top, 2*right, 2*bottom-4), blue))
	}
	assert.Zero(t, count(picture(t, "", nil), image.Rect(0, 0, 2*width, 2*height), blue))
}
