// Package kills proves that a store in files loses nothing when its process is killed.
// Child processes write to one folder and report every write that was acknowledged; they
// are killed with SIGKILL at random moments, again and again, and what they have left must
// be whole, with everything in it that they had reported.
//
//	go test ./kills                                    a few kills
//	PROOF_KILLS=20000 go test -timeout 0 -v ./kills    20,000, in about ten minutes
package kills

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"sync"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// keys are what the children write to. Canada has a region, which is always written
// together with it.
var keys = []tax.Key{{Country: "DE"}, {Country: "CA"}, {Tenant: "Shop", Country: "DE"}, {Tenant: "Shop", Country: "FR"}}

// Write writes to the store in a folder without end, and reports every write that was
// acknowledged on a line of its own: the number of the key, the version and the percentage.
func Write(ctx context.Context, dir string, reports io.Writer) error {
	s, err := store.OpenFile(dir, &store.FileOptions{Options: store.Options{Retention: store.Retention{Versions: 40}}})
	if err != nil {
		return err
	}
	var mu sync.Mutex
	failed := make(chan error)
	for n, key := range keys {
		go func() {
			for ctx.Err() == nil {
				percent := fmt.Sprintf("%d.%06d", rand.N(100), rand.N(1000000))
				out := s.Write(ctx, []store.Batch{{Key: key, Changes: changes(key, percent)}})[0]
				if out.Err != nil {
					failed <- out.Err
					return
				}
				c := out.Configurations[0]
				mu.Lock()
				fmt.Fprintln(reports, n, c.Metadata.Version, c.Classes[0].Rates[0].Percent)
				mu.Unlock()
			}
		}()
	}
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// changes puts a percentage into the country of a key, and into its region if it has one.
func changes(key tax.Key, percent string) []store.Change {
	classes := []tax.Class{{Code: "STANDARD", Default: true, Rates: []tax.Rate{{Percent: tax.MustPercent(percent)}}}}
	list := []store.Change{{Action: store.Put, Configuration: tax.Configuration{Location: tax.Location{Country: key.Country}, Tax: tax.Tax{Code: "VAT"}, Classes: classes}}}
	if key.Country == "CA" {
		list = append(list, store.Change{Action: store.Put, Configuration: tax.Configuration{Location: tax.Location{Country: "CA", Region: "QC"}, Classes: classes}})
	}
	return list
}

// child is the folder to which this process writes until it is killed, if it is a child.
func child() (dir string, ok bool) { return os.LookupEnv("PROOF_KILLS_CHILD") }
