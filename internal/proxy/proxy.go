// Package proxy stands between a client and a server in tests, and does to their connections
// what networks do.
package proxy

import (
	"bytes"
	"io"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// TCP is a proxy of TCP connections. Its exported fields are for functions passed to Set; all
// methods are safe for concurrent use.
type TCP struct {
	listener net.Listener
	to       string

	mu    sync.Mutex
	conns map[net.Conn]bool
	lost  map[net.Conn]bool // what they say vanishes, and nobody is told

	Refusing bool          // new connections
	Delay    time.Duration // of each answer
	Rate     int           // bytes that get through in a second, each way; 0 for all
	Silent   bool          // nothing gets through, and nobody is told, until it does
	DropAt   string        // cut a connection instead of the answer to the next request with this text
	Leaving  bool          // refuse connections after that
	Dropped  int           // answers, because of DropAt
}

// Start starts a proxy to the address of a server, on a port of its own of this machine.
func Start(to string) (*TCP, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &TCP{listener: l, to: to, conns: make(map[net.Conn]bool), lost: make(map[net.Conn]bool)}
	go p.accept()
	return p, nil
}

// Addr returns the address that leads through the proxy.
func (p *TCP) Addr() string { return p.listener.Addr().String() }

// Stop ends the proxy and all its connections.
func (p *TCP) Stop() {
	p.listener.Close()
	p.Set(func() { p.Silent = false })
	p.Cut()
}

func (p *TCP) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		refusing := p.Refusing
		p.mu.Unlock()
		s, err := net.Dial("tcp", p.to)
		if refusing || err != nil {
			c.Close()
			if err == nil {
				s.Close()
			}
			continue
		}
		p.Set(func() { p.conns[c], p.conns[s] = true, true })
		drop := new(atomic.Bool)
		go p.pass(s, c, false, drop)
		go p.pass(c, s, true, drop)
	}
}

// Set changes what the proxy does.
func (p *TCP) Set(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
}

// pass copies what one side says to the other. drop is set when the next answer is not to
// be passed on: the server sends it when it has done what was asked.
func (p *TCP) pass(to, from net.Conn, answers bool, drop *atomic.Bool) {
	defer func() {
		p.Set(func() { delete(p.conns, to); delete(p.conns, from) })
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
		var rate int
		var lost, ends bool
		p.Set(func() {
			delay, rate, lost = p.Delay, p.Rate, p.lost[from]
			if !answers && p.DropAt != "" && bytes.Contains(buffer[:n], []byte(p.DropAt)) {
				p.DropAt = ""
				drop.Store(true)
			}
			if ends = answers && drop.Load(); ends {
				p.Dropped++
				p.Refusing = p.Refusing || p.Leaving
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
		if err := trickle(to, buffer[:n], rate); err != nil {
			return
		}
	}
}

// trickle writes so many bytes in a second, in pieces of a hundredth of that; all at once if the
// rate is 0.
func trickle(to io.Writer, text []byte, rate int) error {
	piece := len(text)
	if rate > 0 {
		piece = rate / 100
	}
	for some := range slices.Chunk(text, max(piece, 1)) {
		if rate > 0 {
			time.Sleep(time.Duration(len(some)) * time.Second / time.Duration(rate))
		}
		if _, err := to.Write(some); err != nil {
			return err
		}
	}
	return nil
}

func (p *TCP) isSilent() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.Silent
}

// Vanish lets everything vanish that the connections of now say, and says so to nobody: they
// stay half-open. Those that are made from now on work.
func (p *TCP) Vanish() {
	p.Set(func() {
		for c := range p.conns {
			p.lost[c] = true
		}
	})
}

// Cut ends all connections, and returns their number.
func (p *TCP) Cut() (count int) {
	p.Set(func() {
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
