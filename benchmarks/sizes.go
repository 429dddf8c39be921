package main

// sizes say how much is put into memory, and how many questions are asked.
type sizes struct {
	// Stream is the number of questions in a stream, a power of two.
	Stream int
	// Ops is the number of lookups of a client in one round.
	Ops, Rounds int

	// Tenants is the number of tenants in memory, with all countries and classes.
	Tenants int
	// UnitTenants with UnitCountries each are in memory as whole countries; OwnTenants, if all
	// have documents of their own.
	UnitTenants, OwnTenants, UnitCountries int
	// WorkTenants with WorkCountries each are asked; a tenth of them fits.
	WorkTenants, WorkCountries int
	// WorkOps is the number of lookups of one client in one of their rounds.
	WorkOps, WorkRounds int
	// MemoryTenants with UnitCountries each fill the caches that are weighed; ManyTenants, in
	// the measure that takes minutes.
	MemoryTenants, ManyTenants int
	// Documents are created in one tenant, one by one.
	Documents int
	// Baskets is the number that one client prices in one round.
	Baskets int
	// Processes is the number of processes that take each measure, one after the
	// other; Heavy, for measures that take minutes.
	Processes, Heavy int
}

var full = sizes{
	Stream: 1 << 16, Ops: 400_000, Rounds: 11,
	Tenants:     40,
	UnitTenants: 20_000, OwnTenants: 10_000, UnitCountries: 25,
	WorkTenants: 100_000, WorkCountries: 30,
	WorkOps: 40_000, WorkRounds: 15,
	MemoryTenants: 4_000, ManyTenants: 40_000,
	Documents: 100_000,
	Baskets:   2_000,
	Processes: 5,
	Heavy:     3,
}

// quick shows that everything runs, not how fast.
var quick = sizes{
	Stream: 1 << 12, Ops: 4_096, Rounds: 3,
	Tenants:     4,
	UnitTenants: 200, OwnTenants: 100, UnitCountries: 25,
	WorkTenants: 100, WorkCountries: 30,
	WorkOps: 500, WorkRounds: 3,
	MemoryTenants: 100, ManyTenants: 200,
	Documents: 2_000,
	Baskets:   20,
	Processes: 2,
	Heavy:     2,
}
