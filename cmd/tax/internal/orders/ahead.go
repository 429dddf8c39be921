package orders

import "io"

// batch is orders that were read, in the order of the file.
type batch struct {
	orders []order
	room   []question // for those of the orders, if each has one of its own
	end    error      // what comes after the orders; nil for more of them
}

const (
	batchLines = 500
	maxBatches = 4
)

// ahead is a file that is read while earlier lines of it are priced.
type ahead struct {
	batches, free chan *batch
	stop          chan struct{} // closed when no more of them are wanted
}

// read begins to read a file. The last batch has an end.
func read(r io.Reader, currency string) ahead {
	a := ahead{make(chan *batch, maxBatches), make(chan *batch, maxBatches), make(chan struct{})}
	for range maxBatches {
		a.free <- &batch{orders: make([]order, 0, batchLines)}
	}
	go func() {
		f, err := open(r, currency)
		for {
			select {
			case <-a.stop:
				return
			case b := <-a.free:
				if err == nil {
					err = b.fill(f)
				}
				b.end = err
				a.batches <- b // which has room for all of them
				if err != nil {
					return
				}
			}
		}
	}()
	return a
}

// fill reads the next orders. Its error ends the file.
func (b *batch) fill(f *file) error {
	b.orders = b.orders[:0]
	if f.apart {
		if b.room == nil {
			b.room = make([]question, batchLines)
		}
		f.room = b.room
	}
	for len(b.orders) < batchLines {
		q, err := f.next()
		if err != nil && reason(err) == nil {
			return err
		}
		q.err = err
		b.orders = append(b.orders, q)
	}
	return nil
}
