package store

import (
	"strconv"
	"strings"
	"time"

	"github.com/taxresolve/tax/internal/strictjson"
)

// members writes the members of an object as encoding/json does, in a fraction of the time:
// there are few, and each write has them.
type members struct {
	out []byte
	err error // the first one

	// What is written before the first member, between two, and after a name. Empty ones
	// stand for an object on one line.
	before, between, colon string
	begun                  bool
}

// name writes what comes before a value.
func (m *members) name(name string) {
	switch {
	case !m.begun:
		m.out = append(m.out, m.before...)
	case m.between == "":
		m.out = append(m.out, ',')
	default:
		m.out = append(m.out, m.between...)
	}
	m.begun = true
	m.out = append(append(append(m.out, '"'), name...), '"')
	if m.colon == "" {
		m.out = append(m.out, ':')
	}
	m.out = append(m.out, m.colon...)
}

func (m *members) number(name string, n int64) {
	m.name(name)
	m.out = strconv.AppendInt(m.out, n, 10)
}

// text writes a text, unless it is empty.
func (m *members) text(name, s string) {
	if s == "" {
		return
	}
	m.name(name)
	m.out = strictjson.AppendString(m.out, strings.ToValidUTF8(s, "\ufffd"))
}

// instant writes a time, unless it is zero.
func (m *members) instant(name string, at time.Time) {
	if !at.IsZero() {
		m.time(name, at)
	}
}

func (m *members) time(name string, at time.Time) {
	m.name(name)
	out, err := at.AppendText(append(m.out, '"'))
	m.out = append(out, '"')
	m.fail(err)
}

// json writes a value that is JSON.
func (m *members) json(name string, value func() ([]byte, error)) {
	m.name(name)
	text, err := value()
	m.out = append(m.out, text...)
	m.fail(err)
}

func (m *members) fail(err error) {
	if m.err == nil {
		m.err = err
	}
}

// list writes the elements of a list of n objects, unless it is empty.
func (m *members) list(name string, n int, element func(m *members, i int)) {
	if n == 0 {
		return
	}
	m.name(name)
	m.out = append(m.out, '[')
	for i := range n {
		if i > 0 {
			m.out = append(m.out, ',')
		}
		e := members{out: append(m.out, '{')}
		element(&e, i)
		m.out = append(e.out, '}')
		m.fail(e.err)
	}
	m.out = append(m.out, ']')
}
