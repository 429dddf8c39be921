package store_test

import (
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
)

// smallDisk mounts a file system of one MiB.
func smallDisk(t *testing.T) string {
	if os.Getuid() != 0 {
		t.Skip("only root may mount a small file system: the file system that fails shows the same")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skip("a small file system cannot be mounted here: the file system that fails shows the same:", err)
	}
	t.Cleanup(func() { assert.NoError(t, syscall.Unmount(dir, 0)) })
	return dir
}
