package chart

import (
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/cmd/tax/internal/compare"
)

// scale is the number of pixels of a PNG for each unit of length, for screens that show two.
const scale = 2

// The colours are those of a light page.
var (
	paper = color.RGBA{0xff, 0xff, 0xff, 0xff}
	ink   = color.RGBA{0x33, 0x33, 0x33, 0xff}
	grey  = color.RGBA{0x99, 0x99, 0x99, 0xff}
	blue  = color.RGBA{0x0b, 0x62, 0xa4, 0xff}
)

// PNG writes the drawing of [SVG], in twice as many pixels and for a light page.
func PNG(w io.Writer, title string, spans []compare.Span, today tax.Date) error {
	d := draft(title, spans, today)
	c := canvas{image.NewRGBA(image.Rect(0, 0, scale*width, scale*height)), nil}
	parsed, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return err
	}
	if c.face, err = opentype.NewFace(parsed, &opentype.FaceOptions{Size: scale * fontSize, DPI: 72, Hinting: font.HintingFull}); err != nil {
		return err
	}
	defer c.face.Close()
	c.fill(c.Bounds(), paper)
	c.line(left, bottom, right, bottom, 1, grey)
	const dash = 4
	for y := top; y < bottom; y += 2 * dash {
		c.line(d.today, y, d.today, min(y+dash, bottom), 1, grey)
	}
	for i, s := range d.steps {
		if s.joined {
			c.line(s.from, min(s.y, d.steps[i-1].y), s.from, max(s.y, d.steps[i-1].y), 2, blue)
		}
		c.line(s.from, s.y, s.until, s.y, 2, blue)
	}
	for _, l := range d.labels {
		c.write(l)
	}
	return png.Encode(w, c)
}

// canvas is a picture that is being drawn.
type canvas struct {
	*image.RGBA
	face font.Face
}

func (c *canvas) fill(r image.Rectangle, with color.Color) {
	draw.Draw(c, r, image.NewUniform(with), image.Point{}, draw.Src)
}

// line draws a line to the right or downwards, half of whose width is on either side.
func (c *canvas) line(x1, y1, x2, y2, width int, with color.Color) {
	r := image.Rect(scale*x1, scale*y1, scale*x2, scale*y2)
	half := width * scale / 2
	if y1 == y2 {
		r.Min.Y, r.Max.Y = r.Min.Y-half, r.Max.Y+half
	} else {
		r.Min.X, r.Max.X = r.Min.X-half, r.Max.X+half
	}
	c.fill(r, with)
}

// write writes a text. What does not fit into the picture is left out.
func (c *canvas) write(l label) {
	text := []rune(l.text)
	text = text[:min(len(text), width)]
	d := font.Drawer{Dst: c, Src: image.NewUniform(ink), Face: c.face, Dot: fixed.P(scale*l.x, scale*l.y)}
	switch wide := d.MeasureString(string(text)); l.anchor {
	case middle:
		d.Dot.X -= wide / 2
	case end:
		d.Dot.X -= wide
	}
	d.DrawString(string(text))
}
