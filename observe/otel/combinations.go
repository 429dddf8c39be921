package otel

import "github.com/taxresolve/tax"

// parts are what a store can consist of.
type parts struct {
	*observed
	lister
	tax.Notifier
	watcher
	bulkWriter
	historian
}

// combinations make a store of its parts, by the sum of 1 for a Lister, 2 for a Notifier,
// 4 for a Watcher, 8 for a BulkWriter and 16 for a Historian. What a store can do is found
// by assertion, so each set of abilities needs a type of its own, which has these methods
// and no others.
var combinations = [...]func(parts) tax.Store{
	func(p parts) tax.Store { return p.observed },
	func(p parts) tax.Store {
		return struct {
			*observed
			lister
		}{p.observed, p.lister}
	},
	func(p parts) tax.Store {
		return struct {
			*observed
			tax.Notifier
		}{p.observed, p.Notifier}
	},
	func(p parts) tax.Store {
		return struct {
			*observed
			lister
			tax.Notifier
		}{p.observed, p.lister, p.Notifier}
	},
	func(p parts) tax.Store {
		return struct {
			*observed
			watcher
		}{p.observed, p.watcher}
	},
	func(p parts) tax.Store {
		return struct {
			*observed
			lister
			watcher
		}{p.observed, p.lister, p.watcher}
	},
	func(p parts) tax.Store {
		return struct {
			*observed
			tax.Notifier
			watcher
		}{p.observed, p.Notifier, p.watcher}
	},
	func(p parts) tax.Store {
		return struct {
			*observed
			lister
			tax.Notifier
			watcher
		}{p.observed, p.lister, p.Notifier, p.watcher}
	},
	func(p parts) tax.Store {
		return struct {
			*observed
			bulkWriter
		}{p.observed, p.bulkWriter}
	},
	func(p parts) tax.Store {
		return struct {
			*observed
			lister
			bulkWriter
		}{p.observed, p.lister, p.bulkWriter}
	},
	func(p parts) tax.Store {
		return struct {
			*observed
			tax.Notifier
			bulkWriter
		}{p.observed, p.Notifier, p.bulkWriter}
	},
	func(p parts) tax.Store {
		return struct {
			*observed
			lister
			tax.Notifier
			bulkWriter
		}{p.observed, p.lister, p.Notifier, p.bulkWriter}
	},
	func(p parts) tax.Store {
		return struct {
			*observed
			watcher
			bulkWriter
		}{p.observed, p.watcher, p.bulkWriter}
	},
	func(p parts) tax.Store {
		return struct {
			*observed
			lister
			watcher
			bulkWriter
		}{p.observed, p.lister, p.watcher, p.bulkWriter}
	},
	func(p parts) tax.Store {
		return struct {
			*observed
			tax.Notifier
			watcher
			bulkWriter
		}{p.observed, p.Notifier, p.watcher, p.bulkWriter}
	},
	func(p parts) tax.Store {
		return struct {
			*observed
			lister
			tax.Notifier
			watcher
			bulkWriter
		}{p.observed, p.lister, p.Notifier, p.watcher, p.bulkWriter}
	},
	func(p parts) tax.Store {
		return struct {
			*observed
			historian
		}{p.observed, p.historian}
	},
	func(p parts) tax.Store {
		return struct {
			*observed
			lister
			historian
		}{p.observed, p.lister, p.historian}
	},
	func(p parts) tax.Store {
		return struct {
			*observed
			tax.Notifier
			historian
		}{p.observed, p.Notifier, p.historian}
	},
	func(p parts) tax.Store {
		return struct {
			*observed
			lister
			tax.Notifier
			historian
		}{p.observed, p.lister, p.Notifier, p.historian}
	},
	func(p parts) tax.Store {
		return struct {
			*observed
			watcher
			historian
		}{p.observed, p.watcher, p.historian}
	},
	func(p parts) tax.Store {
		return struct {
			*observed
			lister
			watcher
			historian
		}{p.observed, p.lister, p.watcher, p.historian}
	},
	func(p parts) tax.Store {
		return struct {
			*observed
			tax.Notifier
			watcher
			historian
		}{p.observed, p.Notifier, p.watcher, p.historian}
	},
	func(p parts) tax.Store {
		return struct {
			*observed
			lister
			tax.Notifier
			watcher
			historian
		}{p.observed, p.lister, p.Notifier, p.watcher, p.historian}
	},
	func(p parts) tax.Store {
		return struct {
			*observed
			bulkWriter
			historian
		}{p.observed, p.bulkWriter, p.historian}
	},
	func(p parts) tax.Store {
		return struct {
			*observed
			lister
			bulkWriter
			historian
		}{p.observed, p.lister, p.bulkWriter, p.historian}
	},
	func(p parts) tax.Store {
		return struct {
			*observed
			tax.Notifier
			bulkWriter
			historian
		}{p.observed, p.Notifier, p.bulkWriter, p.historian}
	},
	func(p parts) tax.Store {
		return struct {
			*observed
			lister
			tax.Notifier
			bulkWriter
			historian
		}{p.observed, p.lister, p.Notifier, p.bulkWriter, p.historian}
	},
	func(p parts) tax.Store {
		return struct {
			*observed
			watcher
			bulkWriter
			historian
		}{p.observed, p.watcher, p.bulkWriter, p.historian}
	},
	func(p parts) tax.Store {
		return struct {
			*observed
			lister
			watcher
			bulkWriter
			historian
		}{p.observed, p.lister, p.watcher, p.bulkWriter, p.historian}
	},
	func(p parts) tax.Store {
		return struct {
			*observed
			tax.Notifier
			watcher
			bulkWriter
			historian
		}{p.observed, p.Notifier, p.watcher, p.bulkWriter, p.historian}
	},
	func(p parts) tax.Store {
		return struct {
			*observed
			lister
			tax.Notifier
			watcher
			bulkWriter
			historian
		}{p.observed, p.lister, p.Notifier, p.watcher, p.bulkWriter, p.historian}
	},
}
