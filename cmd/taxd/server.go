package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/ampeco"
	"github.com/taxresolve/tax/cmd/taxd/internal/page"
	"github.com/taxresolve/tax/observe"
	"github.com/taxresolve/tax/rates"
	"github.com/taxresolve/tax/rest"
)

// authorize is the type of rest.Options.Authorize.
type authorize = func(r *http.Request, tenant, scope string) error

// server answers requests.
type server struct {
	config   config
	backing  backing
	resolver *tax.Resolver
	world    *tax.Resolver // without anything of a tenant, for readers without a token
	log      *slog.Logger
	handler  http.Handler
	taxes    taxes // nil if they do not last
	metrics  metrics
	events   *observe.Log // what happens in the resolver
	warm     atomic.Bool  // the countries are in memory
	leaving  atomic.Bool  // the program is about to end
}

func newServer(ctx context.Context, c config, authorize authorize, b backing, log *slog.Logger) (*server, error) {
	s := &server{config: c, backing: b, log: log, events: &observe.Log{Logger: log}}
	var err error
	if s.metrics, err = newMetrics(ctx, c, log); err != nil {
		return nil, err
	}
	observer := s.events.Observer()
	if c.observed() {
		observer = observe.Join(s.metrics.Observer(), observer)
		s.backing.store = s.metrics.Store(b.store)
	}
	s.resolver, err = tax.NewResolver(s.backing.store, &tax.Options{
		CountHits: c.metrics != "", Observer: observer, OnWarning: s.events.Warning,
	})
	if err != nil {
		return nil, err
	}
	if _, err = s.metrics.Register(s.resolver); err != nil { // until the program ends
		s.resolver.Close()
		return nil, err
	}
	if s.world, err = tax.NewResolver(rates.World(), nil); err != nil {
		s.resolver.Close()
		return nil, err
	}
	routes, err := s.routes(authorize)
	if err != nil {
		s.close()
		return nil, err
	}
	s.handler = s.logged(unambiguous(routes))
	if c.observed() {
		s.handler = s.metrics.Handler(s.handler)
	}
	return s, nil
}

func (s *server) routes(authorize authorize) (http.Handler, error) {
	options := rest.Options{
		Authorize: authorize, Strict: s.config.strict, MaxBodyBytes: s.config.maxBodyBytes, Timeout: s.config.requestTimeout,
		BaseURL: s.config.baseURL, TrustedProxies: s.config.trustedProxies, Failed: s.failed,
	}
	own, err := rest.NewTax(s.backing.store, s.resolver, &rest.TaxOptions{Options: options})
	if err != nil {
		return nil, err
	}
	foreign, err := rest.NewEmporix(s.backing.store, s.resolver, &rest.EmporixOptions{Options: options})
	if err != nil {
		return nil, err
	}
	people, err := page.New(page.Options{
		Store: s.backing.store, Resolver: s.resolver, Base: rates.World(), Authorize: authorize, Public: s.world, Countries: rates.Countries(), Timeout: s.config.requestTimeout, Failed: s.failed,
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/", people)
	mux.Handle("/v1/", own)
	mux.Handle("/tax/", foreign)
	if s.config.ampecoTenant != "" {
		flat, err := s.ampeco(options)
		if err != nil {
			return nil, err
		}
		mux.Handle("/public-api/", flat)
	}
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", s.ready)
	return mux, nil
}

// ampeco serves the flat taxes of the tenant that has them.
func (s *server) ampeco(options rest.Options) (http.Handler, error) {
	var kept ampeco.Store = ampeco.NewMemory(nil)
	if s.backing.taxes != nil {
		lasting, err := s.backing.taxes(s.config.ampecoTenant)
		if err != nil {
			return nil, err
		}
		kept, s.taxes = lasting, lasting
	}
	return rest.NewAMPECO(kept, &rest.AMPECOOptions{Options: options, Tenant: s.config.ampecoTenant})
}

// failed logs the error behind an answer 5xx, without headers or body of the request.
func (s *server) failed(r *http.Request, err error) {
	s.log.LogAttrs(r.Context(), slog.LevelError, "request failed", slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.Any("error", err))
}

// ballast is memory that is counted and never used. Otherwise the few megabytes that live
// would be collected many times a second under load, for a tenth of the processors.
const ballast = 32 << 20

// serve answers requests until ctx ends, and then ends those under way. measured is nil if
// nobody asks for metrics.
func (s *server) serve(ctx context.Context, l, measured net.Listener, certificate *tls.Certificate) error {
	defer runtime.KeepAlive(make([]byte, ballast))
	h := &http.Server{
		Handler: s.handler, MaxHeaderBytes: 64 << 10,
		ReadHeaderTimeout: s.config.headerTimeout, ReadTimeout: s.config.readTimeout,
		WriteTimeout: s.config.writeTimeout, IdleTimeout: s.config.idleTimeout,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	if certificate != nil {
		h.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*certificate}, MinVersion: tls.VersionTLS12}
	}
	background, end := context.WithCancel(context.WithoutCancel(ctx)) // goes on during the shutdown
	var running sync.WaitGroup
	defer running.Wait()
	defer end()
	running.Go(func() { s.warmUp(background) })
	running.Go(func() { _ = s.resolver.Watch(background) }) // ends with its context
	running.Go(func() { _ = s.events.Report(background, s.resolver, time.Minute) })
	if measured != nil {
		running.Go(func() { s.serveMetrics(background, measured) })
	}
	served := make(chan error, 1)
	go func() {
		if certificate != nil {
			served <- h.ServeTLS(l, "", "")
		} else {
			served <- h.Serve(l)
		}
	}()
	select {
	case err := <-served:
		return fmt.Errorf("serving failed: %w", err)
	case <-ctx.Done():
	}
	return s.shutDown(h)
}

func (s *server) shutDown(h *http.Server) error {
	s.leaving.Store(true)
	s.log.Info("shutting down")
	time.Sleep(s.config.drainDelay)
	ctx, cancel := context.WithTimeout(context.Background(), s.config.shutdownTimeout)
	defer cancel()
	if err := h.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("requests were cut after -shutdown-timeout: %w", err), h.Close())
	}
	return nil
}

// close ends what newServer began. The store stays open.
func (s *server) close() {
	s.resolver.Close()
	s.world.Close()
	endTraces(s.metrics.traces)
	if s.taxes != nil {
		_ = s.taxes.Close()
	}
}
