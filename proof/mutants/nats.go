package main

// inNATS are faults in the store in JetStream.
var inNATS = []mutant{
	{
		file: "store/nats/save.go", breaks: "NATS: a write takes any sequence",
		old:   "jetstream.WithExpectLastSequencePerSubject(sequence), jetstream.WithRetryAttempts(0)",
		new:   "jetstream.WithRetryAttempts(0)",
		in:    "store/nats",
		tests: []string{"TestContract"},
	},
	{
		file: "store/nats/key.go", breaks: "NATS: tenants are subjects as they are",
		old:   "return b.prefix + tenantMark + base64.RawURLEncoding.EncodeToString([]byte(tenant))",
		new:   "return b.prefix + tenantMark + base64.RawURLEncoding.EncodeToString([]byte(tenant))[:min(len(tenant), 3)]",
		in:    "store/nats",
		tests: []string{"TestSubjectsOfTenantsNeverMeet"},
	},
	{
		file: "store/nats/backend.go", breaks: "NATS: history that the stream has lost is not reported",
		old:   "removed = s.Modified // what it has replaced is not there",
		new:   "_ = s.Modified",
		in:    "store/nats",
		tests: []string{"TestBucketsThatWereMadeForSomethingElseAreRefused"},
	},
	{
		file: "store/nats/save.go", breaks: "NATS: what does not fit is sent all the same",
		old:   "len(text) > limit {",
		new:   "len(text) > 64*limit {",
		in:    "store/nats",
		tests: []string{"TestWhatDoesNotFitIntoAMessageIsRefused"},
	},
	{
		file: "store/nats/feed.go", breaks: "NATS: a store tells nobody of what others write",
		old:   "ok && m.Headers().Get(writerHeader) != b.id {",
		new:   "ok && m.Headers().Get(writerHeader) == \"\" {",
		in:    "store/nats",
		tests: []string{"TestContract"},
	},
	{
		file: "store/nats/save.go", breaks: "NATS: a refusal after a lost answer is said to be a failure",
		old:   "case !sent && certain(err):",
		new:   "case certain(err):",
		in:    "store/nats",
		tests: []string{"TestAWriteIsNotSaidToHaveFailedAfterItsAnswerWasLost"},
	},
	{
		file: "store/nats/save.go", breaks: "NATS: a later write is taken for the one that followed",
		old:   "case next.header.Get(revisionHeader) != m.Header.Get(revisionHeader):",
		new:   "case next.header.Get(revisionHeader) == \"\":",
		in:    "store/nats",
		tests: []string{"TestAWriteThatLeftNoTraceHasAnUnknownOutcome"},
	},
	{
		file: "store/nats/feed.go", breaks: "NATS: who follows leaves out the first change",
		old:   "DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: after + 1,",
		new:   "DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: after + 2,",
		in:    "store/nats",
		tests: []string{"TestWatchReportsWhatWasWrittenWhileTheLinkWasCut"},
	},
	{
		file: "store/nats/feed.go", breaks: "NATS: a stream that was made anew is taken for the old one",
		old:   "same := info.Created.Equal(s.created) && info.State.LastSeq >= received",
		new:   "same := received > 0 || info != nil",
		in:    "store/nats",
		tests: []string{"TestWatchBeginsAnewWithAStreamThatWasRestored"},
	},
	{
		file: "store/nats/list.go", breaks: "NATS: a list lacks what its server does not have yet",
		old:   "err == nil && reached >= newest.sequence {",
		new:   "err == nil && reached <= newest.sequence {",
		in:    "store/nats",
		tests: []string{"TestListsWaitForServersThatAreBehind"},
	},
	{
		file: "store/nats/message.go", breaks: "NATS: a load does not wait for a leader",
		old:   "if !leaderless(err) || !pause(ctx, attempt) {",
		new:   "if !pause(ctx, attempt) || attempt >= 0 {",
		in:    "store/nats",
		tests: []string{"TestReadsAndWritesWaitForALeader"},
	},
}
