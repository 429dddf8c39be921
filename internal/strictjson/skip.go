package strictjson

import (
	"encoding/json"
	"strconv"
)

// maxNesting is the depth of the deepest value that [Reader.Skip] reads.
const maxNesting = 32

// Skip reads a value of any type and ignores it. It must be JSON, and its lists and
// objects nest at most 32 deep.
func (r *Reader) Skip() error { return r.skip(0) }

func (r *Reader) skip(depth int) error {
	inner := func() error { return r.skip(depth + 1) }
	switch c := r.Peek(); {
	case depth > maxNesting:
		return r.Refuse("", "nested more deeply than "+strconv.Itoa(maxNesting))
	case c == '{':
		return r.Members(func(string) error { return inner() })
	case c == '[':
		return r.List(func(int) error { return inner() })
	case c == '"':
		_, err := r.Text()
		return err
	}
	if !json.Valid([]byte(r.Number())) {
		return r.Refuse("", "not valid JSON: want a value")
	}
	return nil
}
