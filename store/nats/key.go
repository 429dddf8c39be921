package nats

import (
	"encoding/base64"
	"strings"

	"github.com/taxresolve/tax"
)

// tenantMark begins the part of a subject that is a tenant, because no part may be empty.
const tenantMark = "t"

// subjectOf returns the subject of a country: that of its key in the bucket. Tenants are any
// bytes, which subjects are not, so they are in base64. ok is false for what is no country:
// it could be a wildcard.
func (b *backend) subjectOf(key tax.Key) (subject string, ok bool) {
	if len(key.Country) != 2 || !letter(key.Country[0]) || !letter(key.Country[1]) {
		return "", false
	}
	return b.tenantSubject(key.Tenant) + "." + key.Country, true
}

func letter(c byte) bool { return 'A' <= c && c <= 'Z' }

// tenantSubject returns what the subjects of a tenant begin with.
func (b *backend) tenantSubject(tenant string) string {
	return b.prefix + tenantMark + base64.RawURLEncoding.EncodeToString([]byte(tenant))
}

// taxesMark begins the part of a subject that is a tenant with flat taxes.
const taxesMark = "f"

// taxesSubject returns the subject of the flat taxes of a tenant.
func (b *backend) taxesSubject(tenant string) string {
	return b.prefix + taxesMark + base64.RawURLEncoding.EncodeToString([]byte(tenant))
}

// keyOf returns the country of a subject; ok is false if it is not one of this store.
func (b *backend) keyOf(subject string) (key tax.Key, ok bool) {
	rest, ok := strings.CutPrefix(subject, b.prefix+tenantMark)
	if !ok {
		return tax.Key{}, false
	}
	tenant, country, ok := strings.Cut(rest, ".")
	if !ok {
		return tax.Key{}, false
	}
	name, err := base64.RawURLEncoding.DecodeString(tenant)
	key = tax.Key{Tenant: string(name), Country: country}
	back, valid := b.subjectOf(key)
	return key, err == nil && valid && back == subject
}
