package page

// field is an entry of a form, with what is wrong with it.
type field struct {
	Name, Label, Value string
	Kind               string // an input type, "select" or "area"
	Options            []option
	Hint, Fault        string
	Required           bool
	Rows               int
}

// option is a choice of a field.
type option struct {
	Value, Text string
}

// Checked reports whether a checkbox is set.
func (f field) Checked() bool { return f.Value == "true" }

// Notes returns the ids of what a screen reader reads with the field.
func (f field) Notes() string {
	switch {
	case f.Hint != "" && f.Fault != "":
		return f.Name + "-hint " + f.Name + "-fault"
	case f.Hint != "":
		return f.Name + "-hint"
	case f.Fault != "":
		return f.Name + "-fault"
	}
	return ""
}

// fault is what is wrong with the field of a form; with one of another name, or of none,
// it is about the whole form.
type fault struct {
	Field, Text, Code, Suggestion string
}
