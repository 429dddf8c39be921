package sqlite

import (
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
)

func TestDiskOfOneMebibyte(t *testing.T) {
	folder := t.TempDir()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=1m"); err != nil {
		t.Skip("a file system cannot be mounted here, so TestDiskFull has to do:", err)
	}
	t.Cleanup(func() { assert.NoError(t, syscall.Unmount(folder, 0), "Close leaves no file open") })
	s, b := inside(t, filepath.Join(folder, "tax.db"), nil)
	first, err := s.Create(t.Context(), "", doc("DE", "19"))
	require.NoError(t, err)
	stored := 0
	for i := range 10000 {
		if _, err = s.Create(t.Context(), strconv.Itoa(i), doc("DE", "19")); err != nil {
			break
		}
		stored++
	}
	assertFull(t, s, b, err, stored, first)
}

// asNobody calls a function with the rights of another user, for whom the file modes of
// this one hold. The system has them for each thread.
func asNobody(t *testing.T, do func()) {
	t.Helper()
	if syscall.Getuid() != 0 {
		do() // who is not root is nobody already
		return
	}
	const nobody = 65534
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	require.NoError(t, syscall.Setfsuid(nobody))
	defer func() { require.NoError(t, syscall.Setfsuid(0)) }()
	do()
}

func TestFileThatIsReadOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tax.db")
	s := opened(t, path, nil)
	_, err := s.Create(t.Context(), "", doc("DE", "19"))
	require.NoError(t, err)
	require.NoError(t, s.Close())
	require.NoError(t, syscall.Chmod(path, 0o444))
	require.NoError(t, syscall.Chmod(filepath.Dir(path), 0o777))
	require.NoError(t, syscall.Chmod(filepath.Dir(filepath.Dir(path)), 0o755))
	asNobody(t, func() {
		s, err := Open(path, nil)
		if !assert.NoError(t, err) {
			return
		}
		_, err = s.Get(t.Context(), "", germany)
		assert.NoError(t, err, "reading needs no right to write")
		_, err = s.Create(t.Context(), "", doc("FR", "20"))
		assert.ErrorIs(t, err, tax.ErrUnavailable)
		assert.ErrorIs(t, err, ErrReadOnly)
		assert.NoError(t, s.Close())
	})
}

func TestFolderThatIsReadOnly(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, syscall.Chmod(folder, 0o555))
	t.Cleanup(func() { assert.NoError(t, syscall.Chmod(folder, 0o755)) })
	asNobody(t, func() { refused(t, ErrCannotOpen, filepath.Join(folder, "tax.db")) })
}
