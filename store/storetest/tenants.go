package storetest

import (
	"context"
	"strings"

	"github.com/taxresolve/tax"
	"github.com/taxresolve/tax/store"
)

var tenantTests = []test{
	{"Apart", "any string is a tenant, and no tenant sees or changes the documents of another one", testTenantsApart},
	{"TooLong", "a store may refuse a tenant that is longer than 1,024 bytes with ErrInvalid; one that does not keeps it apart", testTenantTooLong},
}

func testTenantsApart(c *check) {
	s, place := c.open(nil)
	tenants := hostileTenants()
	for i, tenant := range tenants {
		if _, err := s.Get(c.Context(), tenant, canada); err == nil {
			c.stop("tenant %q has a document before it wrote one", clip(tenant))
		}
		_, err := s.Create(c.Context(), tenant, at("CA", i))
		c.ok(err, "Create of tenant %q (%d bytes)", clip(tenant), len(tenant))
	}
	c.remove(s, "a", canada)
	readers := []tax.Store{s}
	if c.factory.Shared {
		readers = append(readers, c.at(place, nil))
	}
	for _, s := range readers {
		for i, tenant := range tenants {
			set := c.read(s, tenant, "CA")
			switch {
			case tenant == "a" && len(set) != 0:
				c.broken("tenant %q has %v after it deleted all", tenant, set)
			case tenant != "a" && (len(set) != 1 || percent(set[0]) != i):
				c.broken("tenant %q has %v, not its own document with %d %%", clip(tenant), set, i)
			}
			lister, ok := s.(tax.Lister)
			if !ok {
				continue
			}
			page, err := lister.List(c.Context(), tenant, tax.Query{})
			c.ok(err, "List of tenant %q", clip(tenant))
			if page.Len() != len(set) || len(set) == 1 && percent(page.Configurations()[0]) != i {
				c.broken("List of tenant %q has %v", clip(tenant), page.Configurations())
			}
		}
	}
}

func testTenantTooLong(c *check) {
	s := c.store()
	long, longer := strings.Repeat("x", 1025), strings.Repeat("x", 1026)
	if _, err := s.Create(c.Context(), long, at("CA", 5)); err == nil {
		if _, err := s.Get(c.Context(), longer, canada); err == nil {
			c.broken("a tenant of 1,026 bytes has the document of one of 1,025")
		}
		if _, err := s.Get(c.Context(), long[:1024], canada); err == nil {
			c.broken("a tenant of 1,024 bytes has the document of one of 1,025")
		}
		return
	}
	for name, call := range map[string]func(ctx context.Context) error{
		"Create": func(ctx context.Context) error { _, err := s.Create(ctx, long, at("CA", 5)); return err },
		"Get":    func(ctx context.Context) error { _, err := s.Get(ctx, long, canada); return err },
		"Update": func(ctx context.Context) error { _, err := s.Update(ctx, long, at("CA", 5)); return err },
		"Delete": func(ctx context.Context) error { return s.Delete(ctx, long, canada) },
		"Configurations": func(ctx context.Context) error {
			_, err := s.Configurations(ctx, tax.Key{Tenant: long, Country: "CA"})
			return err
		},
		"List": func(ctx context.Context) error {
			if l, ok := s.(tax.Lister); ok {
				_, err := l.List(ctx, long, tax.Query{})
				return err
			}
			return tax.ErrInvalid
		},
		"Versions": func(ctx context.Context) error {
			if h, ok := s.(store.Historian); ok {
				_, err := h.Versions(ctx, long, canada)
				return err
			}
			return tax.ErrInvalid
		},
	} {
		c.refused(call(c.Context()), tax.ErrInvalid, "%s of a tenant of 1,025 bytes", name)
	}
}
