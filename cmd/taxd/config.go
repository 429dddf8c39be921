package main

import (
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// config is what flags, the environment and the file of settings say.
type config struct {
	from                     sources
	file                     string
	listen, store, tokenFile string
	oidcIssuer, oidcAudience string
	oidcTenantClaim          string
	oidcScopeClaim           string
	tlsCert, tlsKey          string
	ampecoTenant             string
	baseURL                  string
	trustedProxies           []netip.Prefix
	strict                   bool
	metrics                  string // address; empty for none
	traces                   string // URL; empty for none
	maxBodyBytes             int64
	headerTimeout            time.Duration
	readTimeout              time.Duration
	writeTimeout             time.Duration
	idleTimeout              time.Duration
	requestTimeout           time.Duration
	drainDelay               time.Duration
	shutdownTimeout          time.Duration
	logLevel                 slog.Level
}

// parseConfig reads flags, the environment and a file of settings: see set.
func parseConfig(args, environ []string, out io.Writer) (config, error) {
	var c config
	f := c.flags()
	var err error
	c.from, err = set(f, args, environ)
	if errors.Is(err, flag.ErrHelp) {
		f.SetOutput(out)
		fmt.Fprintln(out, "Usage: taxd [check] [flags]")
		f.PrintDefaults()
	}
	if err != nil {
		return c, err
	}
	if f.NArg() > 0 {
		return c, fmt.Errorf("unexpected argument %q; the only command is check, and it comes before the flags", f.Arg(0))
	}
	return c, c.check()
}

func (c *config) flags() *flag.FlagSet {
	f := flag.NewFlagSet("taxd", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.StringVar(&c.file, configFlag, "", "TOML `file` of settings, such as store = \"sqlite:taxd.db\"; flags and the environment win over it")
	f.StringVar(&c.listen, "listen", "127.0.0.1:8080", "`address` to listen on; port 0 takes a free one")
	f.StringVar(&c.store, "store", "sqlite:taxd.db", "`store` of the configurations: memory:, file:FOLDER, sqlite:FILE, postgres://... or nats://...")
	f.StringVar(&c.tokenFile, "token-file", "", "`file` of tokens; without it and -oidc-issuer, one token is generated and printed")
	f.StringVar(&c.oidcIssuer, "oidc-issuer", "", "`address` of a provider of OpenID Connect whose tokens are believed")
	f.StringVar(&c.oidcAudience, "oidc-audience", "", "`audience` that these tokens must have")
	f.StringVar(&c.oidcTenantClaim, "oidc-tenant-claim", "tenant", "`claim` with the tenants that a token is for, or *")
	f.StringVar(&c.oidcScopeClaim, "oidc-scope-claim", "scope", "`claim` with the scopes of a token: tax.tax_read, tax.tax_manage")
	f.StringVar(&c.tlsCert, "tls-cert", "", "PEM `file` of the certificate, for TLS")
	f.StringVar(&c.tlsKey, "tls-key", "", "PEM `file` of the key of -tls-cert")
	f.StringVar(&c.ampecoTenant, "ampeco-tenant", "", "`tenant` whose flat taxes are served by the contract of ampeco")
	f.StringVar(&c.baseURL, "base-url", "", "`URL` that begins links in answers, such as https://api.example.com")
	f.Func("trusted-proxies", "addresses of `proxies` whose X-Forwarded headers are believed, such as 10.0.0.0/8,192.0.2.1/32", c.setProxies)
	f.BoolVar(&c.strict, "strict", false, "refuse unknown fields of bodies in the contracts of emporix and ampeco")
	f.StringVar(&c.metrics, "metrics", "", "`address` to serve /metrics on, without a token, in the text format of Prometheus")
	f.StringVar(&c.traces, "traces", "", "`URL` of a collector that traces are sent to by OTLP over HTTP, such as http://127.0.0.1:4318")
	f.Int64Var(&c.maxBodyBytes, "max-body-bytes", 1<<20, "size of the largest body, at most 1 MiB")
	f.DurationVar(&c.headerTimeout, "header-timeout", 5*time.Second, "time for a client to send the headers")
	f.DurationVar(&c.readTimeout, "read-timeout", 15*time.Second, "time for a client to send headers and body")
	f.DurationVar(&c.requestTimeout, "request-timeout", 10*time.Second, "time in which a request is answered, or 503")
	f.DurationVar(&c.writeTimeout, "write-timeout", 45*time.Second, "time from the end of the headers to the end of the answer")
	f.DurationVar(&c.idleTimeout, "idle-timeout", time.Minute, "time that a connection may wait for its next request")
	f.DurationVar(&c.drainDelay, "drain-delay", 0, "time to go on serving after a signal, while /readyz says 503")
	f.DurationVar(&c.shutdownTimeout, "shutdown-timeout", 30*time.Second, "time for requests under way to end; then they are cut")
	f.TextVar(&c.logLevel, "log-level", slog.LevelInfo, "least `level` of logs: DEBUG (each request), INFO, WARN or ERROR")
	return f
}

func (c *config) setProxies(list string) error {
	c.trustedProxies = nil
	for part := range strings.SplitSeq(list, ",") {
		prefix, err := netip.ParsePrefix(strings.TrimSpace(part))
		if err != nil {
			return errors.New("write prefixes, such as 10.0.0.0/8,192.0.2.1/32")
		}
		c.trustedProxies = append(c.trustedProxies, prefix)
	}
	return nil
}

// check refuses what no flag can refuse alone.
func (c *config) check() error {
	for _, d := range []struct {
		flag     string
		duration time.Duration
	}{
		{"header-timeout", c.headerTimeout}, {"read-timeout", c.readTimeout}, {"write-timeout", c.writeTimeout},
		{"idle-timeout", c.idleTimeout}, {"request-timeout", c.requestTimeout}, {"shutdown-timeout", c.shutdownTimeout},
	} {
		if d.duration <= 0 {
			return fmt.Errorf("-%s is %s; pass a positive duration such as 10s", d.flag, d.duration)
		}
	}
	if c.drainDelay < 0 {
		return fmt.Errorf("-drain-delay is %s; pass 0 or a positive duration", c.drainDelay)
	}
	if c.maxBodyBytes < 1 || c.maxBodyBytes > 1<<20 {
		return fmt.Errorf("-max-body-bytes is %d; pass 1 to %d", c.maxBodyBytes, 1<<20)
	}
	if base, err := url.Parse(c.baseURL); c.baseURL != "" && (err != nil || base.Scheme != "https" && base.Scheme != "http" || base.Host == "" || strings.HasSuffix(c.baseURL, "/")) {
		return fmt.Errorf("-base-url %q is no address; pass one without a slash at the end, such as https://api.example.com", c.baseURL)
	}
	if to, err := url.Parse(c.traces); c.traces != "" && (err != nil || to.Scheme != "https" && to.Scheme != "http" || to.Host == "" || to.User != nil) {
		return errors.New("-traces is no address of a collector; pass one such as http://127.0.0.1:4318, and a token for it in OTEL_EXPORTER_OTLP_HEADERS")
	}
	host, _, err := net.SplitHostPort(c.listen)
	if err != nil {
		return fmt.Errorf("-listen %q is no address: %w; pass HOST:PORT, such as 127.0.0.1:8080", c.listen, err)
	}
	if _, _, err := net.SplitHostPort(c.metrics); c.metrics != "" && err != nil {
		return fmt.Errorf("-metrics %q is no address: %w; pass HOST:PORT, such as 127.0.0.1:9090", c.metrics, err)
	}
	if (c.tlsCert == "") != (c.tlsKey == "") {
		return errors.New("-tls-cert and -tls-key belong together; pass both, or neither")
	}
	if (c.oidcIssuer == "") != (c.oidcAudience == "") {
		return errors.New("-oidc-issuer and -oidc-audience belong together: a token for another audience is not for this server")
	}
	ip, err := netip.ParseAddr(host)
	if loopback := host == "localhost" || err == nil && ip.IsLoopback(); c.tokenFile == "" && c.oidcIssuer == "" && !loopback {
		return fmt.Errorf("-listen %s can be reached from other machines; pass the tokens with -token-file, or their issuer with -oidc-issuer", c.listen)
	}
	return nil
}

// certificate returns the certificate for TLS, nil for none.
func (c *config) certificate() (*tls.Certificate, error) {
	if c.tlsCert == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(c.tlsCert, c.tlsKey)
	if err != nil {
		return nil, fmt.Errorf("cannot use the certificate: %w; -tls-cert and -tls-key name PEM files that belong together", err)
	}
	return &pair, nil
}

func (c *config) scheme() string {
	if c.tlsCert != "" {
		return "https"
	}
	return "http"
}
