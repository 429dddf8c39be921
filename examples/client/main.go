// Client asks a server for rates, and lets it price a basket, over HTTP: it uses nothing of
// the library. client.mjs does the same in JavaScript.
//
//	go run ./cmd/taxd
//	TAXD_URL=http://127.0.0.1:8080 TAXD_TOKEN=... go run ./examples/client
//	TAXD_URL=http://127.0.0.1:8080 TAXD_TOKEN=... node examples/client/client.mjs
//
// Without TAXD_URL it starts a server of its own.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

func main() {
	url, token := os.Getenv("TAXD_URL"), os.Getenv("TAXD_TOKEN")
	if url == "" {
		s, err := startOwn()
		if err != nil {
			fmt.Fprintln(os.Stderr, "client:", err)
			os.Exit(1)
		}
		defer s.Close()
		url = s.URL
	}
	c := client{base: url + "/v1/acme", token: token, http: &http.Client{Timeout: 10 * time.Second}}
	if err := shop(context.Background(), os.Stdout, c); err != nil {
		fmt.Fprintln(os.Stderr, "client:", err)
		os.Exit(1)
	}
}

// rate is a part of what the server answers to a lookup. Percentages are texts: no binary
// float can hold 9.975.
type rate struct {
	Location struct{ Country, Region string }
	Class    string
	Percent  string
	TaxName  string
}

// priced is a part of a priced basket, whose amounts are cents. Store all of it with the
// order: a refund is computed from it.
type priced struct {
	Total   struct{ Net, Tax, Gross int64 }
	Payable int64
}

// shop asks what a checkout asks.
func shop(ctx context.Context, out io.Writer, c client) error {
	var r rate
	if err := c.do(ctx, "GET", "/lookup?country=AT&postalCode=6991&class=STANDARD&date=2026-11-21", nil, &r); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s-%s %s: %s %s %%\n", r.Location.Country, r.Location.Region, r.Class, r.TaxName, r.Percent)

	basket := map[string]any{
		"place":  map[string]any{"country": "DE", "date": "2026-11-21"},
		"policy": map[string]any{"currency": "EUR", "level": "rate"},
		"basket": map[string]any{"lines": []any{
			map[string]any{"id": "book", "class": "REDUCED", "quantity": 2, "price": "9.99", "includesTax": true},
			map[string]any{"id": "pen", "class": "STANDARD", "quantity": 1, "price": "2.50", "includesTax": true},
		}},
	}
	var p priced
	if err := c.do(ctx, "POST", "/baskets/price", basket, &p); err != nil {
		return err
	}
	fmt.Fprintf(out, "2 books and a pen: net %d + tax %d = %d cents\n", p.Total.Net, p.Total.Tax, p.Payable)

	err := c.do(ctx, "GET", "/lookup?country=DE&class=REDUCE&date=2026-11-21", nil, &r)
	fmt.Fprintln(out, "a mistake:", err)
	return nil
}

// client sends requests with a token.
type client struct {
	base, token string
	http        *http.Client
}

// fault is how the server says that it has no answer. Programs compare the code.
type fault struct {
	Code, Message, Suggestion string
}

func (f *fault) Error() string {
	if f.Suggestion != "" {
		return f.Message + ", did you mean " + f.Suggestion + "?"
	}
	return f.Message
}

// do sends a request with a body, if it is not nil, and reads the answer into a value.
func (c client) do(ctx context.Context, method, path string, body, into any) error {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept-Language", "de-AT, en;q=0.5")
	answer, err := c.http.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode < http.StatusBadRequest {
		return json.NewDecoder(answer.Body).Decode(into)
	}
	var refused struct{ Error fault }
	if err := json.NewDecoder(answer.Body).Decode(&refused); err != nil {
		return fmt.Errorf("status %s: %w", answer.Status, err)
	}
	return &refused.Error
}
