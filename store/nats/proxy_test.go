package nats

import (
	"bytes"
	"io"
	"net"
	"strings"
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
	lost     map[net.Conn]bool // what they say vanishes, and nobody is told
	refusing bool
	delay    time.Duration // of each answer
	silent   bool          // nothing gets through, until it does
	dropAt   string        // cut a connection instead of the answer to the next request with this text
	dropped  int
}

// newProxy returns a proxy to a server, and the URL that goes through it.
func newProxy(t testing.TB, url string) (*proxy, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &proxy{listener: l, to: strings.TrimPrefix(url, "nats://"), conns: make(map[net.Conn]bool), lost: make(map[net.Conn]bool)}
	go p.accept()
	t.Cleanup(func() { l.Close(); p.set(func() { p.silent = false }); p.cut() })
	return p, "nats://" + l.Addr().String()
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
		p.set(func() { p.conns[c], p.conns[s] = true, true })
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
// be passed on: the server sends it when it has stored a message.
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
		var delay time.Duration
		var lost, ends bool
		p.set(func() {
			delay, lost = p.delay, p.lost[from]
			if !answers && p.dropAt != "" && bytes.Contains(buffer[:n], []byte(p.dropAt)) {
				p.dropAt = ""
				drop.Store(true)
			}
			if ends = answers && drop.Load(); ends {
				p.dropped++
			}
		})
		if ends {
			return
		}
		if lost {
			continue
		}
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

// vanish lets everything vanish that the connections of now say, and says so to nobody: they
// stay half-open. Those that are made from now on work.
func (p *proxy) vanish() {
	p.set(func() {
		for c := range p.conns {
			p.lost[c] = true
		}
	})
}

// cut ends all connections, and returns their number.
func (p *proxy) cut() (count int) {
	p.set(func() {
		for c := range p.conns {
			if tcp, ok := c.(*net.TCPConn); ok {
				_ = tcp.SetLinger(0) // a reset
			}
			c.Close()
		}
		count = len(p.conns) / 2
	})
	return count
}
