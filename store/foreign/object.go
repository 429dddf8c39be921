package foreign

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"strconv"
	"strings"

	"github.com/taxresolve/tax"
)

// bounded is a reader that fails when too much is read since it was last reset.
type bounded struct {
	r    io.Reader
	most int64
	left int64
}

// ahead is what those who read from a bounded reader may read in advance.
const ahead = 1 << 16

func newBounded(r io.Reader, most int64) *bounded {
	if most <= 0 {
		most = 1 << 20
	}
	return &bounded{r: r, most: most, left: most + ahead}
}

func (b *bounded) reset() { b.left = b.most + ahead }

func (b *bounded) Read(p []byte) (int, error) {
	if b.r == nil {
		return 0, refused("reader", "nil", "nil: pass what the records are read from")
	}
	if b.left <= 0 {
		return 0, refused("document", "", "larger than "+strconv.FormatInt(b.most, 10)+" bytes in one record: pass a higher limit")
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// decoded reads over the byte order mark that some programs write, and refuses UTF-16.
func decoded(r io.Reader) (*bufio.Reader, error) {
	in := bufio.NewReaderSize(r, 1<<12)
	switch mark, _ := in.Peek(3); {
	case bytes.HasPrefix(mark, []byte("\xef\xbb\xbf")):
		in.Discard(3)
	case bytes.HasPrefix(mark, []byte("\xff\xfe")), bytes.HasPrefix(mark, []byte("\xfe\xff")):
		return nil, refused("document", "", "not valid UTF-8: it is UTF-16, save it as UTF-8")
	}
	return in, nil
}

// member is a member of a JSON object.
type member struct {
	name  string
	value json.RawMessage
}

// members yields the members of the object that the names lead to in a JSON document: of
// the document itself without any. One is in memory at a time.
func members(r io.Reader, recordBytes int64, names ...string) iter.Seq2[member, error] {
	return func(yield func(member, error) bool) {
		limit := newBounded(r, recordBytes)
		in, err := decoded(limit)
		if err != nil {
			yield(member{}, err)
			return
		}
		d := json.NewDecoder(in)
		found, err := walk(d, limit, names, yield)
		switch {
		case errors.Is(err, errStopped):
		case err != nil:
			yield(member{}, malformed(err))
		case !found:
			yield(member{}, refused(names[0], "", "missing: the document is no file of this format"))
		}
	}
}

// errStopped ends a walk because its caller wants no more.
var errStopped = errors.New("stopped")

// walk yields the members of an object in the object that comes next.
func walk(d *json.Decoder, limit *bounded, names []string, yield func(member, error) bool) (found bool, err error) {
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return false, cmpErr(err, refused("document", "", "not JSON of this format: want an object"))
	}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return found, err
		}
		name, _ := t.(string)
		switch {
		case len(names) > 0 && name == names[0]:
			if found {
				return found, refused(name, "", "given twice: keep one")
			}
			if _, err = walk(d, limit, names[1:], yield); err != nil {
				return true, err
			}
			found = true
			continue
		case len(names) > 0:
			var skipped json.RawMessage
			err = d.Decode(&skipped)
		default:
			m := member{name: name}
			if err = d.Decode(&m.value); err == nil && !yield(m, nil) {
				return true, errStopped
			}
		}
		if err != nil {
			return found, err
		}
		limit.reset()
	}
	_, err = d.Token()
	return found || len(names) == 0, err
}

func cmpErr(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// malformed returns the error for a document that cannot be read.
func malformed(err error) error {
	var input *tax.InputError
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &input):
		return err
	case errors.As(err, &syntax):
		return refused("document", "", "not valid JSON at byte "+strconv.FormatInt(syntax.Offset, 10)+": "+syntax.Error())
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return refused("document", "", "the document ends too early: it was cut off")
	}
	return err
}

// read reads a value strictly: a field that v does not have, and one that is given twice, is
// an error.
func read(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return refused("document", "", "not JSON of this format: "+err.Error())
	}
	again := json.NewDecoder(bytes.NewReader(data))
	again.UseNumber() // one may be larger than any of Go
	return once(again)
}

// once returns an error if an object in the value that comes next has a key twice. Upper and
// lower case make no other key, because they do not for encoding/json, which takes the last.
func once(d *json.Decoder) error {
	t, err := d.Token()
	if open, nested := t.(json.Delim); err == nil && nested {
		seen := make(map[string]bool)
		for d.More() {
			if open == '{' {
				t, err := d.Token()
				if err != nil {
					return err
				}
				name, _ := t.(string)
				if folded := strings.ToLower(name); seen[folded] {
					return refused(name, "", "given twice: keep one")
				} else {
					seen[folded] = true
				}
			}
			if err := once(d); err != nil {
				return err
			}
		}
		_, err = d.Token()
	}
	return err
}
