package nats

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// compressor compresses what it has written into text.
type compressor struct {
	quick, usual *gzip.Writer
	text         []byte
}

// compressors are used again: each of them holds a megabyte. The client of NATS has this gzip
// as well, which takes a third of the time of that in the standard library.
var compressors = sync.Pool{New: func() any {
	quick, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is one
	return &compressor{quick: quick, usual: gzip.NewWriter(nil)}
}}

// mostQuick is the size of the largest text that is compressed quickly. That takes half the time,
// and usual documents become 5 % larger.
const mostQuick = 64 << 10

// decompressors are used again as well: each holds some ten kilobytes.
var decompressors = sync.Pool{New: func() any { return new(gzip.Reader) }}

// mostKept is the size of the largest text whose memory is used again.
const mostKept = 1 << 20

// mostText is the number of bytes that a text may have when it is no longer compressed:
// far more than the documents of any country have, and less than a process can hold.
const mostText = 256 << 20

// compressed returns what a function appends, as gzip. What takes more bytes than room is
// compressed again, as well as it can be: a bucket may have a lower limit.
func compressed(room int, write func(to []byte) ([]byte, error)) ([]byte, error) {
	w := compressors.Get().(*compressor)
	defer compressors.Put(w)
	text, err := write(w.text[:0])
	if err != nil {
		return nil, err
	}
	if cap(text) <= mostKept {
		w.text = text
	}
	zip := w.usual
	if len(text) <= mostQuick {
		zip = w.quick
	}
	if out, err := zipped(zip, text); err != nil || len(out) <= room {
		return out, err
	}
	thorough, err := gzip.NewWriterLevel(nil, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	return zipped(thorough, text)
}

func zipped(zip *gzip.Writer, text []byte) ([]byte, error) {
	var out bytes.Buffer
	zip.Reset(&out)
	_, err := zip.Write(text)
	err = errors.Join(err, zip.Close())
	return out.Bytes(), err
}

// decompressed returns the text of gzip.
func decompressed(data []byte) ([]byte, error) {
	r := decompressors.Get().(*gzip.Reader)
	defer decompressors.Put(r)
	if err := r.Reset(bytes.NewReader(data)); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(r, mostText+1))
	if err == nil && len(text) > mostText {
		err = fmt.Errorf("more than %d bytes", mostText)
	}
	return text, err
}
