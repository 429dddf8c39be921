package strictjson

import (
	"strconv"
	"strings"
)

// Path leads from the document to a value in it. It is kept as steps, because its text
// is needed only in an error.
type Path []step

// step is a field, or, if index is not negative, an element of a list.
type step struct {
	name  string
	index int
}

// usualDepth is how deep documents are, so that most paths are allocated once.
const usualDepth = 8

// PushField extends the path by a field.
func (p *Path) PushField(name string) { p.push(step{name: name, index: -1}) }

// PushElement extends the path by an element of a list.
func (p *Path) PushElement(i int) { p.push(step{index: i}) }

func (p *Path) push(s step) {
	if *p == nil {
		*p = make(Path, 0, usualDepth)
	}
	*p = append(*p, s)
}

// Pop removes the last step.
func (p *Path) Pop() { *p = (*p)[:len(*p)-1] }

// String returns the path in the form taxClasses[2].name.en. A name that could be
// mistaken for something else is quoted. The path of the document itself is
// "document".
func (p Path) String() string {
	if len(p) == 0 {
		return "document"
	}
	var b strings.Builder
	for i, s := range p {
		switch {
		case s.index >= 0:
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
		case !plainName(s.name):
			b.WriteString("[" + strconv.Quote(Clip(s.name)) + "]")
		default:
			if i > 0 {
				b.WriteByte('.')
			}
			b.WriteString(s.name)
		}
	}
	return b.String()
}

func plainName(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return s != "" && len(s) <= 64
}
