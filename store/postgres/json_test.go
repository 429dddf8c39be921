package postgres_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store/postgres"
)

func TestAStoreIsNoJSONAndShowsNoSecret(t *testing.T) {
	s := openStore(t, strings.Replace(server(t).database(t), "postgres@", "postgres:secret@", 1), nil)
	_, err := json.Marshal(s)
	require.ErrorIs(t, err, tax.ErrInvalid)
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("opened", "store", s)
	for _, text := range []string{s.String(), fmt.Sprint(s), fmt.Sprintf("%v", s), log.String()} {
		assert.NotContains(t, text, "secret")
		assert.Contains(t, text, "store")
	}
}

func TestErrorsSayTheirReasonAndUnwrap(t *testing.T) {
	cause := errors.New("cause")
	e := &postgres.Error{Kind: postgres.ErrTimeout, Cause: cause}
	require.ErrorIs(t, e, postgres.ErrTimeout)
	require.ErrorIs(t, e, cause)
	assert.Equal(t, "postgres: no answer in time: cause", e.Error())
	assert.Equal(t, "postgres: failed: cause", (&postgres.Error{Cause: cause}).Error())
	assert.Equal(t, "postgres: failed", (&postgres.Error{}).Error())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := postgres.Connect(ctx, "postgres://127.0.0.1:1/tax", nil)
	require.ErrorIs(t, err, context.Canceled)
}
