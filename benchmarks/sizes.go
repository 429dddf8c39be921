package main

// sizes are how much is put into memory and how often it is asked.
type sizes struct {
	// Stream is the number of questions in a stream, a power of two.
	Stream int
	// Ops is the number of lookups of a client in one round.
	Ops, Rounds int

	// Tenants that are resident with all countries and classes.
	Tenants int
	// UnitTenants with UnitCountries each are resident as whole countries.
	UnitTenants, UnitCountries int
	// WorkTenants with WorkCountries each are asked, of which a tenth fits.
	WorkTenants, WorkCountries int
	// WorkOps are the lookups of one client in one round of them.
	WorkOps, WorkRounds int
	// MemoryTenants with UnitCountries each are held by the caches that are
	// weighed.
	MemoryTenants int
	// Baskets are priced by one client in one round.
	Baskets int
	// Processes that measure the same, one after the other; of measures that
	// take minutes, Heavy of them.
	Processes, Heavy int
}

var full = sizes{
	Stream: 1 << 16, Ops: 400_000, Rounds: 11,
	Tenants:     40,
	UnitTenants: 20_000, UnitCountries: 25,
	WorkTenants: 100_000, WorkCountries: 30,
	WorkOps: 40_000, WorkRounds: 15,
	MemoryTenants: 40_000,
	Baskets:       2_000,
	Processes:     5,
	Heavy:         3,
}

// quick shows that everything runs, not how fast.
var quick = sizes{
	Stream: 1 << 12, Ops: 4_096, Rounds: 3,
	Tenants:     4,
	UnitTenants: 200, UnitCountries: 25,
	WorkTenants: 100, WorkCountries: 30,
	WorkOps: 500, WorkRounds: 3,
	MemoryTenants: 100,
	Baskets:       20,
	Processes:     2,
	Heavy:         2,
}
