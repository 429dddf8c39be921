-- A shop that has changed and deleted its German rates, and one with a region.
INSERT INTO country (id, tenant, code, revision, retired, modified, removed, sequence, writer) VALUES
	(1, x'73686f70', 'DE', 3, 2, 1796000000000, NULL, 4, 77),
	(2, x'', 'CA', 2, 0, 1795000000000, 1794000000000, 5, 78);
INSERT INTO configuration (country, region, version, modified, since, author, base, document) VALUES
	(2, '', 1, 1795000000000, 1795000000000, 'anna', '', '{"locationCode":"CA","location":{"country":"CA"},"timeZone":"America/Toronto","taxClasses":[{"code":"STANDARD","isDefault":true,"rates":[{"from":"2008-01-01","percent":5}]}],"metadata":{"version":1,"createdAt":"2026-11-18T11:06:40Z","modifiedAt":"2026-11-18T11:06:40Z"}}'),
	(2, 'QC', 1, 1795000000000, 1795000000000, '', '{"version":4,"source":"world"}', '{"locationCode":"CA-QC","location":{"country":"CA","region":"QC"},"taxClasses":[{"code":"STANDARD","rates":[{"from":"2013-01-01","percent":14.975}]}],"metadata":{"version":1,"createdAt":"2026-11-18T11:06:40Z","modifiedAt":"2026-11-18T11:06:40Z"}}');
INSERT INTO history (country, region, ordinal, version, since, until, author, ended_by, deleted, base, document) VALUES
	(1, '', 1, 1, 1794000000000, 1795500000000, 'anna', 'bert', 0, '', '{"locationCode":"DE","location":{"country":"DE"},"taxClasses":[{"code":"STANDARD","isDefault":true,"rate":16}],"metadata":{"version":1}}'),
	(1, '', 2, 2, 1795500000000, 1796000000000, 'bert', '', 1, '', '{"locationCode":"DE","location":{"country":"DE"},"taxClasses":[{"code":"STANDARD","isDefault":true,"rate":19}],"metadata":{"version":2}}');
