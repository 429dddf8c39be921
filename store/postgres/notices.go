package postgres

import (
	"context"
	"strings"
	"sync"
)

// notices tell other processes that something was written. They are hints: whoever gets
// one, or none in time, looks for himself. They are sent after the write has committed,
// because a NOTIFY in its transaction would hold up all others, and one stands for all
// writes in the meantime.
type notices struct {
	*backend

	mu      sync.Mutex
	sending bool
	again   bool // something was written while one was sent
	ended   bool
	done    sync.WaitGroup
}

// channel is the name under which processes of the same schema notify each other.
func (b *backend) channel() string {
	const prefix = "tax_"
	name := prefix + b.options.Schema
	return strings.ToValidUTF8(name[:min(len(name), maxName)], "")
}

// send sends a notice in the background.
func (n *notices) send() {
	if n.options.NoNotifications {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ended {
		return
	}
	if n.sending {
		n.again = true
		return
	}
	n.sending = true
	n.done.Add(1)
	go n.work()
}

// work sends notices until there is nothing more to say.
func (n *notices) work() {
	defer n.done.Done()
	for {
		ctx, cancel := context.WithTimeout(context.Background(), n.options.Timeout)
		if leave, err := n.enter(ctx); err == nil {
			_, _ = n.pool.Exec(ctx, "SELECT pg_notify($1, '')", n.channel()) // if it fails, they look after Options.Poll
			leave()
		}
		cancel()
		n.mu.Lock()
		if !n.again {
			n.sending = false
			n.mu.Unlock()
			return
		}
		n.again = false
		n.mu.Unlock()
	}
}

// wait waits for the notices under way.
func (n *notices) wait() {
	n.mu.Lock()
	n.ended = true
	n.mu.Unlock()
	n.done.Wait()
}
