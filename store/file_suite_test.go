package store_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
	"github.com/taxresolve/tax/store/storetest"
)

// Two stores on one folder are as two processes: the lock is that of an open file.
func TestFileStoreKeepsTheContract(t *testing.T) {
	root := t.TempDir()
	storetest.Run(t, storetest.Factory{
		Open: func(t *testing.T, place string, o *store.Options) tax.Store {
			files := &store.FileOptions{PollInterval: 5 * time.Millisecond}
			if o != nil {
				files.Options = *o
			}
			s, err := store.OpenFile(filepath.Join(root, place), files)
			require.NoError(t, err)
			return s
		},
		Shared: true,
		Break: func(t *testing.T, place string) func() {
			folder := filepath.Join(root, place)
			require.NoError(t, os.Rename(folder, folder+".away"))
			return func() { require.NoError(t, os.Rename(folder+".away", folder)) }
		},
		Effort: 25,
	})
}
