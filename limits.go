package tax

import "fmt"

// Limits bound what [ReadConfiguration] reads. A field that is zero has its
// default; a negative one is an [InputError].
type Limits struct {
	// Bytes of the document. Defaults to 1,048,576.
	Bytes int64
	// Classes of the document. Defaults to 1,000.
	Classes int
	// Entries of all timelines of the document together. Defaults to 10,000.
	Entries int
}

func (l *Limits) orDefault() (Limits, error) {
	var given Limits
	if l != nil {
		given = *l
	}
	if given.Bytes < 0 || given.Classes < 0 || given.Entries < 0 {
		return given, inputError("limits", fmt.Sprint(given), "negative: use 0 for the default")
	}
	if given.Bytes == 0 {
		given.Bytes = 1 << 20
	}
	if given.Classes == 0 {
		given.Classes = 1000
	}
	if given.Entries == 0 {
		given.Entries = 10000
	}
	return given, nil
}
