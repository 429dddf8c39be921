package natsaddress_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/taxresolve/tax/internal/natsaddress"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]natsaddress.Address{
		"nats://localhost": {Servers: []string{"nats://localhost"}},
		"tls://u:p@a:4222,b/rates?replicas=3&credentials=/x.creds": {
			Servers: []string{"tls://u:p@a:4222", "tls://u:p@b"}, Bucket: "rates", Replicas: 3, Credentials: "/x.creds",
		},
		"nats://u:p@ss@[::1]:4222/": {Servers: []string{"nats://u:p@ss@[::1]:4222"}},
	} {
		got, err := natsaddress.Parse(text)
		assert.NoError(t, err, text)
		assert.Equal(t, want, got, text)
	}
}

func TestErrorsSayWhatIsWrongWithoutThePassword(t *testing.T) {
	for text, want := range map[string]string{
		"nats:localhost":                       "//",
		"nats://":                              "name of a server",
		"nats://u:hidden-word@a,,b":            "name of a server",
		"nats://u:hidden-word@a/b?size=3":      `"size": there are replicas and credentials`,
		"nats://u:hidden-word@a/b?replicas=no": "1, 3 or 5",
		"nats://u:hidden-word@a/b?%zz":         "?replicas=3&credentials=FILE",
	} {
		_, err := natsaddress.Parse(text)
		assert.ErrorContains(t, err, want, text)
		assert.NotContains(t, err.Error(), "hidden-word")
	}
}
