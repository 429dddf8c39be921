package rest

import (
	"context"
	"encoding/json"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestARequestEndsAsWithATimer compares the context of a request with that of
// [context.WithTimeout] at each instant at which either could change.
func TestARequestEndsAsWithATimer(t *testing.T) {
	for name, c := range map[string]struct {
		before time.Duration // the end of the server's own context, 0 for none
		cancel time.Duration // when the client goes, 0 for never
		finish time.Duration // when it is answered, 0 for never
		late   bool          // whether somebody waits for the end only after it
	}{
		"nothing happens": {}, "nobody waits": {late: true},
		"the server ends earlier": {before: time.Second}, "the server ends later": {before: time.Minute},
		"the client goes": {cancel: time.Second}, "the client goes unseen": {cancel: time.Second, late: true},
		"answered": {finish: time.Second}, "answered unseen": {finish: time.Second, late: true},
		"the client goes after the end": {cancel: 20 * time.Second, late: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				type key struct{}
				parent, leave := context.WithCancel(context.WithValue(context.Background(), key{}, "value"))
				defer leave()
				if c.before > 0 {
					var end context.CancelFunc
					parent, end = context.WithTimeout(parent, c.before)
					defer end()
				}
				want, finish := context.WithTimeout(parent, 10*time.Second)
				defer finish()
				e := new(expiring)
				e.begin(parent, 10*time.Second)
				defer e.finish()
				end, _ := want.Deadline()
				got, ok := e.Deadline()
				assert.True(t, ok)
				assert.Equal(t, end, got)
				var child context.Context
				if !c.late {
					of, cancel := context.WithCancel(e)
					defer cancel()
					child = of
				}
				for second := time.Duration(0); second < 25*time.Second; second += time.Second {
					if second > 0 && second == c.cancel {
						leave()
					}
					if second > 0 && second == c.finish {
						finish()
						e.finish()
					}
					synctest.Wait()
					require.Equal(t, want.Err(), e.Err(), "%s", second)
					require.Equal(t, context.Cause(want), context.Cause(e), "%s", second)
					require.Equal(t, "value", e.Value(key{}))
					if child != nil {
						require.Equal(t, want.Err(), child.Err(), "%s", second)
						require.Equal(t, want.Err() != nil, closed(e.Done()), "%s", second)
					}
					time.Sleep(time.Second)
				}
				assert.Equal(t, want.Err() != nil, closed(e.Done()))
				assert.Equal(t, want.Err(), e.Err())
			})
		})
	}
}

func closed(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}

// TestNobodyWaitsForTheEndOfARequestInAGoroutine makes contexts as stores do.
func TestNobodyWaitsForTheEndOfARequestInAGoroutine(t *testing.T) {
	e := new(expiring)
	e.begin(t.Context(), time.Minute)
	defer e.finish()
	before := runtime.NumGoroutine()
	for range 100 {
		_, cancel := context.WithTimeout(e, time.Second)
		defer cancel()
	}
	assert.Less(t, runtime.NumGoroutine(), before+50)
}

// TestTextsAreThoseOfEncodingJSON writes each character that JSON or a page could read
// differently, and halves of characters.
func TestTextsAreThoseOfEncodingJSON(t *testing.T) {
	texts := []string{"", "Umsatzsteuer", "ΦΠΑ", "\xff", "a\xc3", "\xed\xa0\x80", "\ufffd", "a\u2028b\u2029", "😀<b>&amp;</b>"}
	for c := range rune(0x180) {
		texts = append(texts, "a"+string(c)+"b")
	}
	for _, text := range texts {
		var w rateWriter
		w.Open('{')
		w.text("name", text)
		w.Close('}')
		want, err := json.Marshal(map[string]string{"name": text})
		require.NoError(t, err)
		assert.Equal(t, string(want), string(w.Bytes()))
	}
}
