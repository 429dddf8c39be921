package canon_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/taxresolve/tax/internal/canon"
)

func TestReadersReadWhatWasWritten(t *testing.T) {
	texts := []string{"", "A", "\x00\xff", strings.Repeat("long", 1000)}
	numbers := []int64{0, 1, -1, 63, -64, 64, math.MaxInt64, math.MinInt64}
	var w canon.Writer
	for _, s := range texts {
		w.Text(s)
	}
	for _, n := range numbers {
		w.Number(n)
		w.Flag(n > 0)
	}
	r := canon.NewReader(w.Bytes())
	for _, s := range texts {
		assert.False(t, r.Done())
		assert.Equal(t, s, r.Text())
	}
	for _, n := range numbers {
		assert.False(t, r.Done())
		assert.Equal(t, n, r.Number())
		assert.Equal(t, n > 0, r.Flag())
	}
	assert.True(t, r.Done())
	assert.Equal(t, int64(0), r.Number(), "there is no more")
	assert.False(t, r.Done())
}

func TestReadersOfBytesThatNobodyWroteFailOnceAndForAll(t *testing.T) {
	number := func(r *canon.Reader) any { return r.Number() }
	text := func(r *canon.Reader) any { return r.Text() }
	flag := func(r *canon.Reader) any { return r.Flag() }
	for _, c := range []struct {
		content string
		read    func(*canon.Reader) any
	}{
		{"", number}, {"\x80", number}, {strings.Repeat("\xff", 11), number}, {strings.Repeat("\x80", 10) + "\x01", number},
		{"", text}, {"\x02", text}, {"\x04A", text}, {"\x01A", text}, {"\x80\x80\x01" + strings.Repeat("A", 8191), text},
		{"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01A", text}, {"\x80", text},
		{"", flag}, {"\x02", flag}, {"\xff", flag},
	} {
		r := canon.NewReader([]byte(c.content))
		assert.Zero(t, c.read(&r), "%.20q", c.content)
		assert.False(t, r.Done(), "%.20q", c.content)
		assert.Zero(t, r.Number())
		assert.Zero(t, r.Text())
		assert.Zero(t, r.Flag())
		assert.False(t, r.Done(), "%.20q", c.content)
	}
	r := canon.NewReader([]byte("\x02AB"))
	assert.Equal(t, "A", r.Text())
	assert.False(t, r.Done(), "a byte is left")
}
