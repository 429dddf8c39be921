package store_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

// childFolder names the folder to which a child of this test writes.
const childFolder = "STORE_TEST_CHILD"

const writesOfAChild = 100

func TestMain(m *testing.M) {
	if dir := os.Getenv(childFolder); dir != "" {
		if err := updateAgain(dir, writesOfAChild); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// updateAgain updates a document again and again, with a new attempt after each conflict.
func updateAgain(dir string, times int) error {
	ctx := context.Background()
	s, err := store.OpenFile(dir, nil)
	for i := 0; i < times && err == nil; {
		var c tax.Configuration
		if c, err = s.Get(ctx, "", germany); err != nil {
			break
		}
		_, err = s.Update(ctx, "", c)
		switch {
		case err == nil:
			i++
		case strings.Contains(err.Error(), "conflict"):
			err = nil
		}
	}
	return err
}

func TestWritersOfSeveralProcessesLoseNothing(t *testing.T) {
	dir := t.TempDir()
	_, err := openFile(t, dir, nil).Create(t.Context(), "", german("19"))
	require.NoError(t, err)
	const processes = 3
	var all sync.WaitGroup
	for range processes {
		all.Go(func() {
			c := exec.Command(os.Args[0])
			c.Env = append(os.Environ(), childFolder+"="+dir)
			output, err := c.CombinedOutput()
			assert.NoError(t, err, string(output))
		})
	}
	all.Wait()
	c, err := openFile(t, dir, nil).Get(t.Context(), "", germany)
	require.NoError(t, err)
	assert.EqualValues(t, 1+processes*writesOfAChild, c.Metadata.Version)
}

func TestAWriteWaitsForTheLockNoLongerThanItsContext(t *testing.T) {
	dir := t.TempDir()
	s := openFile(t, dir, nil)
	_, err := s.Create(t.Context(), "", german("19"))
	require.NoError(t, err)
	release, err := store.LockFolder(dir)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	_, err = s.Create(ctx, "other", german("19"))
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	_, err = s.Get(t.Context(), "", germany)
	assert.NoError(t, err, "a read does not wait")
	release()
	_, err = s.Create(t.Context(), "other", german("19"))
	assert.NoError(t, err)
	require.NoError(t, os.Remove(filepath.Join(dir, ".lock")))
	_, err = s.Create(t.Context(), "third", german("19"))
	assert.NoError(t, err, "the file of the lock comes back")
}

func TestAFolderThatCannotBeWrittenIsRead(t *testing.T) {
	if runtime.GOOS == "windows" || os.Getuid() == 0 {
		t.Skip("every folder can be written by this user: the file system that fails shows the same")
	}
	s, dir := canadian(t, nil)
	folder := filepath.Join(dir, "_")
	require.NoError(t, os.Chmod(folder, 0o555))
	defer func() { _ = os.Chmod(folder, 0o755) }()
	_, err := s.Get(t.Context(), "", quebec)
	require.NoError(t, err)
	require.ErrorIs(t, s.Delete(t.Context(), "", quebec), tax.ErrUnavailable)
	require.NoError(t, os.Chmod(folder, 0o755))
	assert.NoError(t, s.Delete(t.Context(), "", quebec))
}

func TestAFullDiskKeepsWhatItHas(t *testing.T) {
	dir := smallDisk(t)
	s := openFile(t, dir, nil)
	var err error
	stored := 0
	for ; stored < 2000; stored++ {
		if _, err = s.Create(t.Context(), fmt.Sprint(stored), german("19")); err != nil {
			break
		}
	}
	require.ErrorIs(t, err, tax.ErrUnavailable)
	require.ErrorIs(t, err, syscall.ENOSPC)
	require.Greater(t, stored, 10)
	again := openFile(t, dir, nil)
	for i := range stored {
		_, err := again.Get(t.Context(), fmt.Sprint(i), germany)
		require.NoError(t, err)
	}
	_, err = again.Get(t.Context(), fmt.Sprint(stored), germany)
	require.ErrorIs(t, err, tax.ErrNotFound)
	require.NoError(t, os.RemoveAll(filepath.Join(dir, "0")))
	_, err = s.Create(t.Context(), fmt.Sprint(stored), german("19"))
	assert.NoError(t, err, "there is room again")
}
