package main

// inPostgres are faults in the store in PostgreSQL. They are noticed only where there is a
// server for the tests.
var inPostgres = []mutant{
	{
		"store/postgres/save.go", "a write to PostgreSQL takes any revision",
		"WHERE tenant = $1 AND country = $2 AND revision = $13",
		"WHERE tenant = $1 AND country = $2 AND revision > $13 - 9",
		"store/postgres", []string{"TestConflictingTransactionsAreRepeated"},
	},
	{
		"store/postgres/bulk.go", "documents without their country cannot be replaced in PostgreSQL",
		"u.arguments(b.id, token)\n\t\tcase contended",
		"args\n\t\tcase contended",
		"store/postgres", []string{"TestDocumentsWithoutTheirCountryAreReplaced"},
	},
	{
		"store/postgres/errors.go", "a deadlock in PostgreSQL is not repeated",
		`code == "40001" || code == "40P01"`,
		`code == "40001"`,
		"store/postgres", []string{"TestDeadlockIsRepeated"},
	},
	{
		"store/postgres/settle.go", "a write to PostgreSQL of which nothing is known counts as not stored",
		"Kind: store.ErrUnknownOutcome, Cause",
		"Kind: ErrUnreachable, Cause",
		"store/postgres", []string{"TestWriteOfWhichNothingIsKnownSaysSo"},
	},
	{
		"store/postgres/backend.go", "writes may have all connections to PostgreSQL",
		"return max(1, rest)",
		"return max(1, rest) + 9",
		"store/postgres", []string{"TestReadsDoNotWaitForWritesThatAreHeldUp"},
	},
	{
		"store/postgres/taxes.go", "a flat tax in PostgreSQL whose answer is lost is made twice",
		"WHERE NOT EXISTS (SELECT FROM known)",
		"WHERE true OR EXISTS (SELECT FROM known)",
		"store/postgres", []string{"TestWritesOfTaxesWhoseAnswerIsLostTakeEffectOnce"},
	},
	{
		"store/postgres/taxes.go", "a flat tax of PostgreSQL is replaced whatever its revision is",
		"WHERE tenant = $1 AND id = $2 AND revision = $3`",
		"WHERE tenant = $1 AND id = $2 AND revision >= $3`",
		"store/postgres", []string{"TestTaxesKeepTheContract"},
	},
	{
		"store/postgres/taxes.go", "a write of a flat tax that PostgreSQL did not answer counts as not done",
		"err != nil && sent {\n\t\treturn &Error{Kind: store.ErrUnknownOutcome",
		"err != nil && !sent {\n\t\treturn &Error{Kind: store.ErrUnknownOutcome",
		"store/postgres", []string{"TestWritesOfTaxesThatServersHoldUpAreUnknown"},
	},
	{
		"store/postgres/changes.go", "transactions under way are missed in PostgreSQL",
		"WHERE changed = ANY ($2::text[]::xid8[])",
		"WHERE changed = ANY ($2::text[]::xid8[]) AND false",
		"store/postgres", []string{"TestNoChangeIsMissedWhateverOrderTransactionsCommitIn"},
	},
	{
		"store/postgres/changes.go", "own writes to PostgreSQL are reported as those of others",
		"late || *writer != c.id {",
		"late || *writer != 0 {",
		"store/postgres", []string{"TestWritesOfOthersAreReportedOnceAndOwnOnesNot"},
	},
	{
		"store/postgres/settle.go", "a write to PostgreSQL whose answer is lost counts as not stored",
		"\t\t\treturn true, nil\n",
		"\t\t\treturn false, nil\n",
		"store/postgres", []string{"TestWriteWhoseAnswerIsLostTookEffectOnce"},
	},
	{
		"store/postgres/errors.go", "a terminated backend of PostgreSQL is not a lost connection",
		`strings.HasPrefix(code, "57P0")`,
		`strings.HasPrefix(code, "57P9")`,
		"store/postgres", []string{"TestReadsSurviveBackendsThatAreTerminated"},
	},
	{
		"store/postgres/backend.go", "a read from PostgreSQL is repeated on a dead connection",
		"lost(err) {\n\t\tpool.Reset()\n",
		"lost(err) {\n",
		"store/postgres", []string{"TestReadsSurviveConnectionsThatAreCut"},
	},
	{
		"store/postgres/replica.go", "a replica answers with an older state than was written",
		"revision < max(c.known[key], c.former[key])",
		"revision < c.former[key]",
		"store/postgres", []string{"TestReplicaIsAskedWhereItCanAnswer"},
	},
	{
		"store/postgres/document.go", "a row of PostgreSQL has another version than its document",
		"if c.Metadata.Version != *r.version {",
		"if *r.version < 1 {",
		"store/postgres", []string{"TestDocumentsThatWereDamagedBehindItsBackAreInvalidAlone"},
	},
	{
		"store/postgres/list.go", "a list from PostgreSQL is of several states",
		"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
		"BEGIN READ ONLY",
		"store/postgres", []string{"TestListsAreReadInPartsFromOneState"},
	},
	{
		"store/postgres/schema.go", "tables of a newer release of PostgreSQL's store are used",
		"if at > known {",
		"if at > known+1 {",
		"store/postgres", []string{"TestTablesOfANewerReleaseAreRefused"},
	},
	{
		"store/postgres/postgres.go", "a code with a NUL is sent to PostgreSQL",
		"utf8.ValidString(s) && strings.IndexByte(s, 0) < 0",
		"utf8.ValidString(s) && strings.IndexByte(s, 0) < 999",
		"store/postgres", []string{"TestCodesThatTextCannotHoldAreNotFound"},
	},
	{
		"store/postgres/late.go", "a write to PostgreSQL that takes effect later is not reported",
		"ok = ok && revision > after; ok {",
		"ok = ok && revision == after; ok {",
		"store/postgres", []string{"TestAWriteThatTakesEffectLaterIsReported"},
	},
}
