package store

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// The folder of a tenant has its name, with everything but a-z, 0-9 and "-" written as "_"
// and two hexadecimal digits, so that no two tenants share a folder on a file system that
// ignores case. The empty tenant has the folder "_". A name that would be too long ends in
// "__" and a SHA-256 digest instead.
const (
	emptyFolder = "_"
	digestMark  = "__"
	maxFolder   = 180
	keptFolder  = 100
)

// folderOf returns the name of the folder of a tenant.
func folderOf(tenant string) string {
	if tenant == "" {
		return emptyFolder
	}
	var b strings.Builder
	b.Grow(len(tenant))
	for i := range len(tenant) {
		c := tenant[i]
		if !plainByte(c) || i == 0 && deviceName(tenant) {
			const digits = "0123456789abcdef"
			b.Write([]byte{'_', digits[c>>4], digits[c&15]})
			continue
		}
		b.WriteByte(c)
	}
	if name := b.String(); len(name) <= maxFolder {
		return name
	}
	sum := sha256.Sum256([]byte(tenant))
	return b.String()[:keptFolder] + digestMark + hex.EncodeToString(sum[:])
}

// tenantOf returns the tenant of a folder. ok is false if the name does not tell.
func tenantOf(folder string) (tenant string, ok bool) {
	if folder == emptyFolder {
		return "", true
	}
	var b strings.Builder
	for i := 0; i < len(folder); i++ {
		if folder[i] != '_' {
			b.WriteByte(folder[i])
			continue
		}
		if i+2 >= len(folder) {
			return "", false
		}
		c, err := hex.DecodeString(folder[i+1 : i+3])
		if err != nil {
			return "", false
		}
		b.WriteByte(c[0])
		i += 2
	}
	tenant = b.String()
	return tenant, folderOf(tenant) == folder
}

func plainByte(c byte) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-'
}

// deviceName reports whether Windows takes a name for that of a device.
func deviceName(name string) bool {
	switch name {
	case "con", "prn", "aux", "nul":
		return true
	}
	return len(name) == 4 && (name[:3] == "com" || name[:3] == "lpt") && '0' <= name[3] && name[3] <= '9'
}

const (
	countrySuffix = ".json"
	historySuffix = ".history.jsonl"
	temporary     = ".tmp"
	lockName      = ".lock"
)

// countryOf returns the country of a file; empty if it is not the file of one.
func countryOf(file string) string {
	if code, ok := strings.CutSuffix(file, countrySuffix); ok && plainCountry(code) {
		return code
	}
	return ""
}

// plainCountry reports whether a country is two letters in upper case, as that of every
// valid document is.
func plainCountry(code string) bool {
	return len(code) == 2 && 'A' <= code[0] && code[0] <= 'Z' && 'A' <= code[1] && code[1] <= 'Z'
}
