-- The countries of tenants. A row stays when all documents of its country are deleted: it
-- is what writers compare before they write, and what tells others that it has changed.
CREATE TABLE country (
	id       INTEGER PRIMARY KEY,
	tenant   BLOB    NOT NULL,
	code     TEXT    NOT NULL,
	revision INTEGER NOT NULL, -- counts the writes to the country
	retired  INTEGER NOT NULL, -- the highest version of what was deleted
	modified INTEGER NOT NULL, -- of the last write; like all instants, in ms since 1970
	removed  INTEGER,          -- when the last one ended of the versions that history lost
	sequence INTEGER NOT NULL, -- counts the writes to all countries
	writer   INTEGER NOT NULL, -- the opened store that wrote last, a random number
	UNIQUE (tenant, code)
) STRICT;

CREATE UNIQUE INDEX country_sequence ON country (sequence);

-- The documents that are in force.
CREATE TABLE configuration (
	id       INTEGER PRIMARY KEY,
	country  INTEGER NOT NULL REFERENCES country (id),
	region   TEXT    NOT NULL, -- '' is the country itself
	version  INTEGER NOT NULL,
	modified INTEGER,          -- NULL if the document has none
	since    INTEGER NOT NULL, -- in force from then on
	author   TEXT    NOT NULL, -- '' if the write did not say
	base     TEXT    NOT NULL, -- metadata of the document under it; '' without one
	document TEXT    NOT NULL,
	UNIQUE (country, region)
) STRICT;

-- The documents that were replaced or deleted, as far as they are kept.
CREATE TABLE history (
	id       INTEGER PRIMARY KEY,
	country  INTEGER NOT NULL REFERENCES country (id),
	region   TEXT    NOT NULL,
	ordinal  INTEGER NOT NULL, -- counts the versions of the region
	version  INTEGER NOT NULL,
	since    INTEGER NOT NULL, -- in force from then
	until    INTEGER NOT NULL, -- until then
	author   TEXT    NOT NULL,
	ended_by TEXT    NOT NULL,
	deleted  INTEGER NOT NULL, -- 1 if nothing took its place
	base     TEXT    NOT NULL,
	document TEXT    NOT NULL,
	UNIQUE (country, region, ordinal)
) STRICT;
