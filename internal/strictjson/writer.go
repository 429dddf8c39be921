package strictjson

import "unicode/utf8"

// Writer writes one JSON text on one line. It keeps the first error, with the path of
// its value, and continues, so that callers check for an error only at the end.
type Writer struct {
	out   []byte
	path  Path
	fault Fault
	err   error
}

// NewWriter returns a writer that appends to out.
func NewWriter(out []byte, fault Fault) Writer { return Writer{out: out, fault: fault} }

// Bytes returns the text, or the first error.
func (w *Writer) Bytes() ([]byte, error) {
	if w.err != nil {
		return nil, w.err
	}
	return w.out, nil
}

// Object writes an object. members must write its members.
func (w *Writer) Object(members func()) {
	w.out = append(w.out, '{')
	members()
	w.out = append(w.out, '}')
}

// List writes a list of n elements. element must write the i-th.
func (w *Writer) List(n int, element func(i int)) {
	w.out = append(w.out, '[')
	for i := range n {
		w.out = separate(w.out)
		w.path.PushElement(i)
		element(i)
		w.path.Pop()
	}
	w.out = append(w.out, ']')
}

// Member writes a member of an object. value must write its value.
func (w *Writer) Member(name string, value func()) {
	w.out = separate(w.out)
	w.path.PushField(name)
	w.Quoted(name)
	w.out = append(w.out, ':')
	value()
	w.path.Pop()
}

// ListOf writes a member with a list, unless the list is empty.
func (w *Writer) ListOf(name string, n int, element func(i int)) {
	if n > 0 {
		w.Member(name, func() { w.List(n, element) })
	}
}

// Text writes a member with a string, unless the string is empty.
func (w *Writer) Text(name, s string) {
	if s != "" {
		w.Member(name, func() { w.Quoted(s) })
	}
}

// Texts writes a member with a list of strings, unless the list is empty.
func (w *Writer) Texts(name string, list []string) {
	w.ListOf(name, len(list), func(i int) { w.Quoted(list[i]) })
}

// Flag writes a member with the value true, or nothing.
func (w *Writer) Flag(name string, set bool) {
	if set {
		w.Member(name, func() { w.Raw("true") })
	}
}

// Raw writes a value that is already JSON.
func (w *Writer) Raw(json string) { w.out = append(w.out, json...) }

// Quoted writes a string. It refuses a text that is not UTF-8.
func (w *Writer) Quoted(s string) {
	if !utf8.ValidString(s) {
		w.Refuse(s, "not valid UTF-8")
		return
	}
	w.out = AppendString(w.out, s)
}

// Refuse refuses the value that is being written.
func (w *Writer) Refuse(value, reason string) {
	if w.err == nil {
		w.err = w.fault(w.path.String(), value, reason)
	}
}
