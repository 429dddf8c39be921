//go:build !linux

package store_test

import "testing"

// smallDisk skips the test.
func smallDisk(t *testing.T) string {
	t.Skip("only Linux mounts a small file system for a test: the file system that fails shows the same")
	return ""
}
