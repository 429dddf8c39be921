-- The flat taxes of the contract of package ampeco.
CREATE TABLE {schema}.flat_tax (
	tenant   bytea  NOT NULL,
	id       bigint NOT NULL,
	revision bigint NOT NULL,    -- counts the writes to the tax
	updated  timestamptz NOT NULL,
	token    bytea  NOT NULL,    -- of the last write, so that none is done twice
	document text   NOT NULL,
	PRIMARY KEY (tenant, id),
	UNIQUE (tenant, token)
);

-- The last id of each tenant, because none is given again.
CREATE TABLE {schema}.flat_tax_last (
	tenant bytea  NOT NULL PRIMARY KEY,
	id     bigint NOT NULL
);
