-- Two tenants with flat taxes, of which one was deleted.
INSERT INTO flat_tax_last (tenant, id) VALUES (x'73686f70', 3), (x'61636d65', 1);
INSERT INTO flat_tax (tenant, id, revision, updated, document) VALUES
	(x'73686f70', 1, 1, 1796000000, '{"name":"VAT 20","percentage":20}'),
	(x'73686f70', 3, 4, 1796000001, '{"name":"VAT 7","percentage":7.0}'),
	(x'61636d65', 1, 1, 1796000000, '{"name":"x","percentage":1}');
