package observe_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/observe"
)

func ExampleLog() {
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey || a.Key == "duration" {
			return slog.Attr{} // they differ from run to run
		}
		return a
	}}))
	l := &observe.Log{Logger: logger}
	source := tax.SourceFunc(func(context.Context, tax.Key) ([]tax.Configuration, error) {
		return nil, errors.New("connection refused")
	})
	r, err := tax.NewResolver(source, &tax.Options{Observer: l.Observer(), OnWarning: l.Warning})
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 5 { // one line, because it is one failure
		_, err = r.Tenant("acme").Resolve(context.Background(), "DE", "STANDARD")
	}
	fmt.Println(errors.Is(err, tax.ErrUnavailable))
	r.Close()
	// Unordered output:
	// level=ERROR msg="load failed" tenant=acme country=DE background=false error="connection refused"
	// true
}

func ExampleJoin() {
	loads := &tax.Observer{LoadEnd: func(_ context.Context, e tax.LoadEvent) { fmt.Println("counted", e.Key.Country) }}
	audit := &tax.Observer{LoadEnd: func(_ context.Context, e tax.LoadEvent) { fmt.Println("written", e.Key.Country) }}
	both := observe.Join(loads, audit)
	both.LoadEnd(context.Background(), tax.LoadEvent{Key: tax.Key{Country: "DE"}})
	// Output:
	// counted DE
	// written DE
}
