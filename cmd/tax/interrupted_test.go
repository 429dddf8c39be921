package main

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// waiting is standard input at which somebody presses Ctrl-C in place of writing.
type waiting struct {
	press func()
	over  chan struct{}
}

func (w waiting) Read([]byte) (int, error) {
	w.press()
	<-w.over
	return 0, io.EOF
}

func TestCommandsThatWaitForInputCanBeInterrupted(t *testing.T) {
	inExamples(t)
	for _, line := range []string{
		"price -", "refund -", "verify -", "lint -", "resolve -", "import - --store file:stored", "diff embedded -",
		"import - --store file:stored --format table", "simulate --orders - --currency EUR --then 2021-01-01",
	} {
		ctx, cancel := context.WithCancel(t.Context())
		over := make(chan struct{})
		var out, problems bytes.Buffer
		s := session{in: waiting{cancel, over}, out: &out, problems: &problems}
		code := make(chan int, 1)
		go func() { code <- s.run(ctx, strings.Fields(line)) }()
		select {
		case got := <-code:
			assert.Equal(t, exitInterrupted, got, "%s\n%s", line, problems.String())
			assert.Contains(t, problems.String(), "code: interrupted\n", line)
			assert.NotContains(t, problems.String(), "context canceled", line)
		case <-time.After(10 * time.Second):
			close(over)
			require.Fail(t, "is not interrupted", line)
		}
		close(over)
		cancel()
	}
}

func TestInputIsReadAsItIsWritten(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	in := interruptible{ctx: ctx, in: iotestChunks{strings.NewReader(strings.Repeat("0123456789", 30_000))}}
	text, err := io.ReadAll(&in)
	require.NoError(t, err)
	assert.Equal(t, strings.Repeat("0123456789", 30_000), string(text))
	n, err := in.Read(nil)
	assert.Equal(t, 0, n)
	assert.NoError(t, err)
}

// iotestChunks reads at most 7 bytes at a time, and the end with the last of them.
type iotestChunks struct{ in *strings.Reader }

func (c iotestChunks) Read(p []byte) (int, error) {
	n, err := c.in.Read(p[:min(7, len(p))])
	if err == nil && c.in.Len() == 0 {
		err = io.EOF
	}
	return n, err
}
