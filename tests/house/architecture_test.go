package house_test

import (
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// architecture is what docs/architecture.md says.
type architecture struct {
	floors   map[string]int // by file
	internal string         // the line of packages below the floors
	table    string
}

func readArchitecture(t *testing.T) architecture {
	t.Helper()
	goToTop(t)
	text, err := os.ReadFile("docs/architecture.md")
	require.NoError(t, err)
	parts := strings.SplitN(string(text), "\n```\n", 3)
	require.Len(t, parts, 3, "there is no drawing")
	a := architecture{floors: map[string]int{}, table: parts[2]}
	floors, internal, ok := strings.Cut(parts[1], "   ---")
	require.True(t, ok, "no line lies between the floors and internal/")
	a.internal = internal

	const columns = len("7  asking        ")
	floor := 0
	for line := range strings.Lines(floors) {
		if line[0] != ' ' {
			floor, err = strconv.Atoi(line[:1])
			require.NoError(t, err, line)
		}
		for _, name := range strings.Fields(line[columns:]) {
			require.NotContains(t, a.floors, name+".go", "drawn twice")
			a.floors[name+".go"] = floor
		}
	}
	return a
}

func TestArchitectureDrawsEveryFileAndPackage(t *testing.T) {
	a := readArchitecture(t)
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, f := range files {
		if !strings.HasSuffix(f, "_test.go") {
			assert.Contains(t, a.floors, f)
			delete(a.floors, f)
		}
	}
	assert.Empty(t, a.floors, "there are no such files")

	sources, err := filepath.Glob("internal/*/*.go")
	require.NoError(t, err)
	packages := map[string]bool{}
	for _, f := range sources {
		packages[filepath.Base(filepath.Dir(f))] = true
	}
	for p := range packages {
		assert.Regexp(t, `\b`+p+`\b`, a.internal)
	}
}

// A file uses only its own floor and those below.
func TestArchitectureIsThatOfTheCode(t *testing.T) {
	floors := readArchitecture(t).floors
	root := libraryPackages(t)[0]
	root.require(t)
	fileOf := func(obj types.Object) string { return filepath.Base(root.fset.Position(obj.Pos()).Filename) }
	arrows := 0
	for id, obj := range root.info.Uses {
		if obj.Pkg() != root.types {
			continue
		}
		user, used := filepath.Base(root.fset.Position(id.Pos()).Filename), fileOf(obj)
		if user != used {
			arrows++
		}
		if floors[user] < floors[used] {
			t.Errorf("%s uses %s of %s, which is drawn above it", user, id.Name, used)
		}
	}
	assert.Greater(t, arrows, 1000, "uses of one file in another")
}

func TestArchitectureLeadsToFilesThatExist(t *testing.T) {
	path := regexp.MustCompile(`[\w/*.-]+\.(?:go|csv|txt|json)\b|\b(?:internal|tests|proof|rates|basket|store)/[\w/*-]+`)
	rows := 0
	for line := range strings.Lines(readArchitecture(t).table) {
		if !strings.HasPrefix(line, "| ") {
			continue
		}
		rows++
		for _, p := range path.FindAllString(line, -1) {
			found, err := filepath.Glob(strings.TrimSuffix(p, "/"))
			require.NoError(t, err)
			assert.NotEmpty(t, found, "%s is not there", p)
		}
	}
	assert.Greater(t, rows, 20, "rows that say where to go, and their head")
}
