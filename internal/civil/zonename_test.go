package civil_test

import (
	"archive/zip"
	"go/build"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taxresolve/tax/internal/civil"
)

func TestZoneNamesAreThoseOfIANAInTheirCase(t *testing.T) {
	data, err := os.ReadFile("zones.txt")
	require.NoError(t, err)
	names := strings.Fields(string(data))
	assert.Greater(t, len(names), 590)
	assert.Equal(t, strings.Join(names, "\n")+"\n", string(data), "a line for each, and nothing else")
	assert.True(t, slices.IsSortedFunc(names, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) }))
	for _, name := range names {
		assert.True(t, civil.IsZoneName(name), name)
		lower, upper := strings.ToLower(name), strings.ToUpper(name)
		assert.False(t, civil.IsZoneName(lower), lower)
		assert.Equal(t, upper == name, civil.IsZoneName(upper), upper)
		swapped := name[:1] + strings.ToLower(name[1:2]) + strings.ToUpper(name[2:])
		assert.Equal(t, swapped == name, civil.IsZoneName(swapped), swapped)
	}
	for _, name := range []string{"", "UTC", "GMT+0", "Etc/GMT-14", "America/Argentina/Buenos_Aires", "America/Port-au-Prince", "EST5EDT", "Mars/Olympus_Mons", "Europe/Nowhere"} {
		assert.True(t, civil.IsZoneName(name), name)
	}
}

// None of these may depend on the machine: the files that are there, its own zone, the
// case that its file system ignores, and its path.
func TestZoneNamesDoNotDependOnTheMachine(t *testing.T) {
	for _, name := range []string{
		"Local", "local", "LOCAL", "localtime", "Localtime", "LOCALTIME", "posixrules", "Posixrules",
		"posix/Europe/Berlin", "Posix/Europe/Berlin", "POSIX/UTC", "right/Europe/Berlin", "Right/Europe/Berlin", "right/UTC",
		"europe/berlin", "EUROPE/BERLIN", "Europe/berlin", "eUrope/Berlin", "utc", "Utc", "gmt", "etc/UTC",
		"/UTC", "/usr/share/zoneinfo/UTC", "./UTC", "../UTC", "Europe/../UTC", "Europe//Berlin", "Europe/", "/", "Europe\\Berlin", "Europe/Berlin/",
		"tzdata.zi", "zone.tab", "leapseconds", "iso3166.tab", "UTC\x00", "Europe/Berlin ", " UTC", "Europe/Bérlin", "+01:00", "UTC+1:00", "<+03>-3", "CET-1CEST,M3.5.0",
		strings.Repeat("A", 65),
	} {
		assert.False(t, civil.IsZoneName(name), "%q", name)
		zone, err := civil.Zone(name)
		assert.Error(t, err, "%q", name)
		assert.Nil(t, zone, "%q", name)
	}
}

func TestZoneNamesAreThoseThatGoKnows(t *testing.T) {
	archive, err := zip.OpenReader(filepath.Join(build.Default.GOROOT, "lib", "time", "zoneinfo.zip"))
	if err != nil {
		t.Skip("Go is not installed with its zones: ", err)
	}
	defer archive.Close()
	require.NotEmpty(t, archive.File)
	data, err := os.ReadFile("zones.txt")
	require.NoError(t, err)
	names := strings.Fields(string(data))
	for _, f := range archive.File {
		if !strings.HasSuffix(f.Name, "/") {
			assert.Contains(t, names, f.Name, "add it to zones.txt")
		}
	}
}

func TestAskingForAZoneNameAllocatesNothing(t *testing.T) {
	civil.IsZoneName("UTC")
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		civil.IsZoneName("Europe/Berlin")
		civil.IsZoneName("America/Argentina/Buenos_Aires")
		civil.IsZoneName("")
	}))
}
