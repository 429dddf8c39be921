-- The flat taxes of the contract of package ampeco.
CREATE TABLE flat_tax (
	tenant   BLOB    NOT NULL,
	id       INTEGER NOT NULL,
	revision INTEGER NOT NULL, -- counts the writes to the tax
	updated  INTEGER NOT NULL, -- in seconds since 1970
	document TEXT    NOT NULL,
	PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

-- The last id of each tenant, because none is given again.
CREATE TABLE flat_tax_last (
	tenant BLOB    NOT NULL PRIMARY KEY,
	id     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
