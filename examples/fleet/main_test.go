package main

import (
	"bytes"
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/pgserver"
)

// The processes that follow are this test's program once more.
func TestMain(m *testing.M) {
	if place := os.Getenv(followsVariable); place != "" {
		if err := follow(context.Background(), place, os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func TestEveryProcessSeesEveryChange(t *testing.T) {
	for _, place := range []string{"postgres", "nats", "sqlite", "files"} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			drawn := filepath.Join(t.TempDir(), "times.svg")
			var out bytes.Buffer
			err := run(t.Context(), []string{"-store", place, "-processes", "3", "-changes", "2", "-svg", drawn}, &out)
			if err != nil && strings.HasPrefix(err.Error(), "cannot start PostgreSQL") && os.Getenv(pgserver.Required) == "" {
				t.Skip(err)
			}
			require.NoError(t, err)
			lines := strings.Split(out.String(), "\n")
			assert.Regexp(t, `^2 +2 `, lines[1])
			assert.Regexp(t, `^3 +2 `, lines[2])
			assert.Regexp(t, `^all +4 `, lines[3])
			assert.Equal(t, place == "postgres", strings.Contains(out.String(), "three round trips of SELECT 1"))
			assert.Equal(t, place == "nats", strings.Contains(out.String(), "three round trips of publish and subscribe"))
			assert.Contains(t, out.String(), "no answer ever went back")
			text, err := os.ReadFile(drawn)
			require.NoError(t, err)
			for d := xml.NewDecoder(bytes.NewReader(text)); ; {
				_, err := d.Token()
				if err == io.EOF {
					break
				}
				require.NoError(t, err)
			}
		})
	}
}

func TestWrongInputSaysWhatToDo(t *testing.T) {
	for args, want := range map[string]string{
		"-store mongo":                     `no store "mongo": pass postgres, postgres://…, nats, nats://…, sqlite, files or all`,
		"-processes 1":                     "pass at least 2 processes",
		"-changes 0":                       "and 1 change",
		"more":                             "nothing but flags",
		"-store postgres://127.0.0.1:1/no": "refused",
		"-store nats://127.0.0.1:1":        "no servers available",
	} {
		err := run(t.Context(), strings.Fields(args), io.Discard)
		assert.ErrorContains(t, err, want, args)
	}
}

func TestAnswersThatGoBackAreReported(t *testing.T) {
	times, now := newTimes(2), time.Unix(0, 0)
	see := func(process, change int, after time.Duration, back bool) bool {
		return times.add(sight{process: process, change: change, at: now.Add(after), wentBack: back}, 2, now)
	}
	assert.True(t, see(0, 2, time.Millisecond, false))
	assert.False(t, see(1, 1, time.Millisecond, false), "the change before")
	assert.True(t, see(1, 2, 3*time.Millisecond, false))
	assert.False(t, see(1, 1, 4*time.Millisecond, true))
	var out bytes.Buffer
	times.print(&out, "", 0)
	assert.Contains(t, out.String(), "ANSWERS THAT WENT BACK: 1\n")
	assert.Regexp(t, `all +2 +1ms +1ms +3ms`, out.String())
}

// Curves go up from left to right, to all of the changes, also if there is one time only.
func TestPlotsShowEveryCurve(t *testing.T) {
	const ms = time.Millisecond
	drawn := string(plot{{"a <b>", []time.Duration{ms, 2 * ms, 10 * ms}}, {"c", []time.Duration{100 * ms}}}.svg())
	assert.Contains(t, drawn, "a &lt;b></text>")
	assert.Contains(t, drawn, ">c</text>")
	assert.Contains(t, drawn, `d="M60.0 290.0H60.0V203.3H144.3V116.7H340.0V30.0"`)
	assert.Contains(t, drawn, `d="M620.0 290.0H620.0V30.0"`)
	for _, label := range []string{">1ms<", ">10ms<", ">100ms<"} {
		assert.Contains(t, drawn, label)
	}
	assert.Contains(t, string(plot{{"one", []time.Duration{ms}}}.svg()), `d="M60.0 290.0H60.0V30.0"`)
}
