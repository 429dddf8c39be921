// Package sqlite keeps tax configurations in an SQLite database, one file on a local disk.
// It needs no server and no C compiler.
//
//	s, err := sqlite.Open("tax.db", nil)
//	defer s.Close()
//	r, err := tax.NewResolver(s, nil)
//
// The store is a [store.Versioned] store: it validates, keeps versions and history, lists,
// and tells resolvers of writes. This package adds what follows from the file.
//
// # What is promised
//
// A write that has returned is on the disk, and takes effect as a whole or not at all,
// whatever happens to the process. Many documents of one country, and many countries, are
// written at once with Write.
//
// Several processes may have the file open. Each reads what another has written as soon as
// that write has returned. A resolver has it in memory for longer, so let it watch:
//
//	go r.Watch(ctx)
//
// It then sees the writes of others within Options.Poll.
//
// # What is in the file
//
// Each configuration is a row with its JSON document and the columns that are searched.
// Whoever edits a document with another program has to raise revision and sequence of its
// country as well, or nobody is told; a document that cannot be read any more is invalid
// alone, and reported as [tax.Damaged] is.
//
// Copy the file with "sqlite3 tax.db .backup copy.db" or VACUUM INTO, never file by file
// while it is in use.
//
// [tax.Damaged]: https://pkg.go.dev/github.com/taxresolve/tax#Damaged
package sqlite
