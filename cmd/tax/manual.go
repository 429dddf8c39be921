package main

import (
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

func manualCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:     "man FOLDER",
		Short:   "Write the manual pages into a folder",
		Long:    "man writes a manual page for each command, for man(1). The folder is made if it is not there.",
		Example: "  tax man pages",
		Args:    cobra.ExactArgs(1),
		RunE:    func(_ *cobra.Command, args []string) error { return manual(root, args[0]) },
	}
}

// manual writes the pages. Their date is that of the form of the command, so that the same
// command always writes the same pages.
func manual(root *cobra.Command, folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return &readingError{err}
	}
	day := time.Date(2026, time.November, 30, 0, 0, 0, 0, time.UTC)
	root.DisableAutoGenTag = true
	if err := doc.GenManTree(root, &doc.GenManHeader{Title: "TAX", Section: "1", Source: "taxresolve", Manual: "tax", Date: &day}, folder); err != nil {
		return &readingError{err}
	}
	return nil
}
