-- A country of a tenant: the lock of its writers, the number that they compare, and what
-- readers of changes look at. It stays when its last document is deleted.
CREATE TABLE {schema}.country (
	tenant   bytea  NOT NULL,
	country  text   COLLATE "C" NOT NULL,
	revision bigint NOT NULL CHECK (revision > 0),
	retired  bigint NOT NULL,
	modified timestamptz NOT NULL,
	removed  timestamptz,        -- the last end of a version that history lost
	changed  xid8   NOT NULL,    -- the transaction of the last write
	writer   bigint NOT NULL,    -- the opened store that wrote last
	tokens   bytea  NOT NULL,    -- 8 bytes for each of the last writes, the newest first
	PRIMARY KEY (tenant, country)
);

CREATE INDEX country_changed ON {schema}.country (changed);

-- The documents in force. Names of tenants and authors are any bytes, which text refuses.
CREATE TABLE {schema}.configuration (
	tenant   bytea  NOT NULL,
	country  text   COLLATE "C" NOT NULL,
	region   text   COLLATE "C" NOT NULL,
	version  bigint NOT NULL,
	since    timestamptz NOT NULL,
	author   bytea  NOT NULL,
	base     text,
	document text   NOT NULL,
	PRIMARY KEY (tenant, country, region)
);

-- The documents that were replaced or deleted, by the revision that did it.
CREATE TABLE {schema}.history (
	tenant   bytea  NOT NULL,
	country  text   COLLATE "C" NOT NULL,
	region   text   COLLATE "C" NOT NULL,
	revision bigint NOT NULL,
	version  bigint NOT NULL,
	since    timestamptz NOT NULL,
	until    timestamptz NOT NULL,
	author   bytea  NOT NULL,
	ended_by bytea  NOT NULL,
	deleted  boolean NOT NULL,
	base     text,
	document text   NOT NULL,
	PRIMARY KEY (tenant, country, region, revision) INCLUDE (until)
);
