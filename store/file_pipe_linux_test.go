package store

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
)

// Who opens a pipe to read waits until somebody writes to it, and what comes from a device may
// never end. A list that waits would hold the lock of the folder.
func TestWhatIsNoFileIsAnErrorAndHoldsUpNobody(t *testing.T) {
	pipe := func(name string) error { return syscall.Mkfifo(name, 0o644) }
	endless := func(name string) error { return os.Symlink("/dev/zero", name) }
	folder := func(name string) error { return os.Mkdir(name, 0o755) }
	for kind, place := range map[string]func(name string) error{"a pipe": pipe, "a device": endless, "a folder": folder} {
		for _, suffix := range []string{countrySuffix, historySuffix} {
			t.Run(kind+" in place of "+suffix, func(t *testing.T) {
				dir := t.TempDir()
				s, err := OpenFile(dir, nil)
				require.NoError(t, err)
				germany, err := s.Create(t.Context(), "shop", standard("19"))
				require.NoError(t, err)
				name := filepath.Join(dir, "shop", "DE"+suffix)
				require.NoError(t, os.Remove(name))
				require.NoError(t, place(name))
				// A store of its own: it remembers nothing.
				s, err = OpenFile(dir, nil)
				require.NoError(t, err)
				key := tax.Key{Tenant: "shop", Country: "DE"}
				calls := map[string]func() error{
					"Versions": func() error { _, err := s.Versions(t.Context(), "shop", germany.Location); return err },
					"Update":   func() error { _, err := s.Update(t.Context(), "shop", germany); return err },
				}
				if suffix == countrySuffix {
					calls["Configurations"] = func() error { _, err := s.Configurations(t.Context(), key); return err }
					calls["List"] = func() error { _, err := s.List(t.Context(), "shop", tax.Query{}); return err }
				}
				for call, run := range calls {
					assert.ErrorIs(t, returns(t, call, run), tax.ErrUnavailable, call)
				}
				austria := standard("20")
				austria.Location.Country = "AT"
				assert.NoError(t, returns(t, "Create", func() error { _, err := s.Create(t.Context(), "shop", austria); return err }))
				ctx, stop := context.WithCancel(t.Context())
				assert.ErrorIs(t, returns(t, "Watch", func() error { return s.Watch(ctx, func(tax.Key) { stop() }) }), context.Canceled)
			})
		}
	}
}

// returns gives up on a call that does not return.
func returns(t *testing.T, name string, call func() error) error {
	done := make(chan error, 1)
	go func() { done <- call() }()
	select {
	case err := <-done:
		return err
	case <-time.After(time.Minute):
		t.Fatal(name + " does not return")
		return nil
	}
}

// hugeFile has more bytes than an int can count: more than 2 GiB on a machine of 32 bits.
type hugeFile struct{ openFile }

func (hugeFile) info() (int64, time.Time, error) { return math.MaxInt, time.Time{}, nil }

func TestAFileThatIsTooLargeIsAnError(t *testing.T) {
	_, _, err := readAll(hugeFile{}, nil)
	assert.ErrorContains(t, err, "too large")
}
