package nats_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/ampeco"
	"github.com/taxresolve/tax/rates"
	"github.com/taxresolve/tax/store"
	"github.com/taxresolve/tax/store/nats"
)

func ExampleOpen() {
	url, stop := startServer()
	defer stop()
	ctx := context.Background()
	conn, err := natsgo.Connect(url)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer conn.Close()

	// The tenant's own rates lie on those of the world.
	s, err := nats.Open(ctx, conn, &nats.Options{Store: store.Options{Base: rates.World()}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	_, err = s.Create(store.WithAuthor(ctx, "anna"), "shop", tax.Configuration{
		Location: tax.Location{Country: "DE"},
		Classes: []tax.Class{
			{Code: "STANDARD", Rates: []tax.Rate{{From: tax.MustDate("2030-01-01"), Percent: tax.MustPercent("20")}}},
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	r, err := tax.NewResolver(s, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	for _, day := range []string{"2029-12-31", "2030-01-01"} {
		rate, err := r.Tenant("shop").Lookup(ctx, tax.Lookup{Country: "DE", Date: tax.MustDate(day)})
		fmt.Println(day, rate.Percent(), err)
	}
	versions, err := s.Versions(ctx, "shop", tax.Location{Country: "DE"})
	fmt.Println(len(versions), "version by", versions[0].Author, err)
	// Output:
	// 2029-12-31 19 <nil>
	// 2030-01-01 20 <nil>
	// 1 version by anna <nil>
}

func ExampleOpenTaxes() {
	url, stop := startServer()
	defer stop()
	ctx := context.Background()
	conn, err := natsgo.Connect(url)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer conn.Close()
	taxes, err := nats.OpenTaxes(ctx, conn, "acme", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer taxes.Close()
	created, err := taxes.Create(ctx, ampeco.Draft{Name: "VAT 20", Percentage: tax.MustPercent("20")})
	fmt.Println(created.ID, created.Name, err)
	// Output: 1 VAT 20 <nil>
}

// startServer starts a server for the example.
func startServer() (url string, stop func()) {
	folder, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: folder, NoSigs: true, NoLog: true})
	if err != nil {
		panic(err)
	}
	s.Start()
	s.ReadyForConnections(10 * time.Second)
	return s.ClientURL(), func() { s.Shutdown(); s.WaitForShutdown(); _ = os.RemoveAll(folder) }
}
