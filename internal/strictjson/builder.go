package strictjson

import "strconv"

// Builder writes one JSON text on one line, value by value, and sets the commas. It
// trusts its caller: whatever is opened must be closed, and names and strings must be
// valid UTF-8. The zero Builder is empty.
type Builder struct{ out []byte }

// NewBuilder returns a builder that appends to out, which is empty or the beginning of
// a text.
func NewBuilder(out []byte) Builder { return Builder{out} }

// Bytes returns the text.
func (b *Builder) Bytes() []byte { return b.out }

// Open begins an object with '{', or a list with '['.
func (b *Builder) Open(bracket byte) { b.out = append(separate(b.out), bracket) }

// Close ends an object with '}', or a list with ']'.
func (b *Builder) Close(bracket byte) { b.out = append(b.out, bracket) }

// Name writes the name of a member. Its value must come next.
func (b *Builder) Name(name string) { b.out = append(AppendString(separate(b.out), name), ':') }

// Raw writes a value that is already JSON.
func (b *Builder) Raw(json string) { b.out = append(separate(b.out), json...) }

// Integer writes a number.
func (b *Builder) Integer(n int64) { b.out = strconv.AppendInt(separate(b.out), n, 10) }

// Text writes a string.
func (b *Builder) Text(s string) { b.out = AppendString(separate(b.out), s) }

// separate appends the comma before a value or the name of a member, unless it is the
// first one or the value of a member.
func separate(out []byte) []byte {
	if len(out) == 0 {
		return out
	}
	switch out[len(out)-1] {
	case '{', '[', ':':
		return out
	}
	return append(out, ',')
}
