package postgres_test

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// proxy stands between a store and the server, and does to their connections what networks
// do.
type proxy struct {
	listener net.Listener
	to       string

	mu       sync.Mutex
	conns    map[net.Conn]bool
	refusing bool
	delay    time.Duration // of each answer
	silent   bool          // nothing gets through, and nobody is told
	dropping bool          // cut a connection instead of the answer to what has the mark
	leaving  bool          // refuse connections from then on
	mark     string        // what a write of configurations has, unless it is set
	dropped  int
}

// newProxy returns a proxy to a database, and the connection string that goes through it.
func newProxy(t testing.TB, dsn string) (*proxy, string) {
	t.Helper()
	u, err := url.Parse(dsn)
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &proxy{listener: l, to: u.Host, conns: make(map[net.Conn]bool)}
	go p.accept()
	t.Cleanup(func() { l.Close(); p.set(func() { p.silent = false }); p.cut() })
	u.Host = l.Addr().String()
	return p, u.String()
}

func (p *proxy) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		refusing := p.refusing
		p.mu.Unlock()
		s, err := net.Dial("tcp", p.to)
		if refusing || err != nil {
			c.Close()
			if err == nil {
				s.Close()
			}
			continue
		}
		p.mu.Lock()
		p.conns[c], p.conns[s] = true, true
		p.mu.Unlock()
		drop := new(atomic.Bool)
		go p.pass(s, c, false, drop)
		go p.pass(c, s, true, drop)
	}
}

// set changes what the proxy does.
func (p *proxy) set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

// pass copies what one side says to the other. drop is set when the next answer is not to
// be passed on: the server sends it when it has committed.
func (p *proxy) pass(to, from net.Conn, answers bool, drop *atomic.Bool) {
	defer func() {
		p.set(func() { delete(p.conns, to); delete(p.conns, from) })
		to.Close()
		from.Close()
	}()
	buffer := make([]byte, 1<<16)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		p.mu.Lock()
		delay := p.delay
		if !answers && p.dropping && bytes.Contains(buffer[:n], []byte(cmp.Or(p.mark, "locationCode"))) {
			p.dropping = false
			drop.Store(true)
		}
		if answers && drop.Load() {
			p.dropped++
			p.refusing = p.refusing || p.leaving
			p.mu.Unlock()
			return
		}
		p.mu.Unlock()
		if answers {
			time.Sleep(delay)
		}
		for p.isSilent() {
			time.Sleep(time.Millisecond)
		}
		if _, err := io.Copy(to, bytes.NewReader(buffer[:n])); err != nil {
			return
		}
	}
}

func (p *proxy) isSilent() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.silent
}

// cut ends all connections.
func (p *proxy) cut() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // a reset
		}
		c.Close()
	}
	return len(p.conns) / 2
}

func (p *proxy) String() string { return fmt.Sprintf("proxy to %s", p.to) }
