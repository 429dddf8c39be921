package main

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the generated files")

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"tax": main}) }

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/scripts", RequireExplicitExec: true})
}

// ran is what a run of the command printed.
type ran struct {
	code          int
	out, problems string
}

// runIn runs the command as if it were written in a shell, in this process. An argument
// "<" is followed by the file that is standard input.
func runIn(t *testing.T, line string, s session) ran {
	t.Helper()
	args := strings.Fields(line)
	require.Equal(t, "tax", args[0], line)
	args = args[1:]
	s.in = strings.NewReader("")
	if n := len(args); n > 2 && args[n-2] == "<" {
		text, err := os.ReadFile(args[n-1])
		require.NoError(t, err)
		s.in, args = bytes.NewReader(text), args[:n-2]
	}
	var out, problems bytes.Buffer
	s.out, s.problems = &out, &problems
	code := s.run(context.Background(), args)
	return ran{code, out.String(), problems.String()}
}

// inExamples makes a copy of the files of the examples the current folder.
func inExamples(t *testing.T) {
	t.Helper()
	folder := t.TempDir()
	require.NoError(t, os.CopyFS(folder, os.DirFS("testdata/examples")))
	t.Chdir(folder)
}

// commands returns the command and all below it.
func commands(c *cobra.Command) []*cobra.Command {
	list := []*cobra.Command{c}
	for _, below := range c.Commands() {
		list = append(list, commands(below)...)
	}
	return list
}

func TestHelpOfEachCommandHasExamplesThatRun(t *testing.T) {
	inExamples(t)
	for _, c := range commands(new(session).root()) {
		require.NotEmpty(t, c.Example, "%s has no example", c.CommandPath())
		for line := range strings.Lines(c.Example) {
			line, note, _ := strings.Cut(strings.TrimSpace(line), " # ")
			require.True(t, strings.HasPrefix(line, c.CommandPath()), "%q is no example of %s", line, c.CommandPath())
			got := runIn(t, line, session{})
			want := exitDone
			if strings.Contains(note, "exit code 1") {
				want = exitFound
			}
			assert.Equal(t, want, got.code, "%s\n%s", line, got.problems)
			if c.Name() != "man" {
				assert.NotEmpty(t, got.out, line)
			}
		}
	}
}

func manualText(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/command.md")
	require.NoError(t, err)
	return string(text)
}

// A line of docs/command.md that begins with "$ tax" prints what is below it,
// up to a line of three points.
func TestDocumentShowsWhatCommandsPrint(t *testing.T) {
	text := manualText(t)
	inExamples(t)
	blocks := regexp.MustCompile("(?s)```console\n(.*?)```").FindAllStringSubmatch(text, -1)
	require.NotEmpty(t, blocks)
	for _, block := range blocks {
		for _, example := range strings.Split("\n"+block[1], "\n$ ")[1:] {
			line, want, _ := strings.Cut(example, "\n")
			got := runIn(t, line, session{})
			printed := got.out + got.problems
			if begin, cut := strings.CutSuffix(strings.TrimRight(want, "\n"), "\n..."); cut {
				want, printed = begin+"\n", printed[:min(len(begin)+1, len(printed))]
			}
			assert.Equal(t, strings.TrimRight(want, "\n"), strings.TrimRight(printed, "\n"), line)
		}
	}
}

// The picture of docs/command.md is what its command draws. To write it:
// go test ./cmd/tax -run TestDocumentHasThePicture -update
func TestDocumentHasThePicture(t *testing.T) {
	const path = "../../docs/history.svg"
	got := runIn(t, "tax history CH STANDARD --format svg --date 2026-11-21", session{})
	require.Equal(t, exitDone, got.code, got.problems)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got.out), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), got.out)
	assert.Contains(t, manualText(t), "](history.svg)")
	refused := runIn(t, "tax history CH STANDARD --format png", session{terminal: true})
	assert.Equal(t, exitUsage, refused.code)
	assert.Empty(t, refused.out, "a terminal cannot show a picture")
}

func TestDocumentNamesEachCommandFlagAndExitCode(t *testing.T) {
	text := manualText(t)
	for _, c := range commands(new(session).root()) {
		assert.Contains(t, text, "`"+strings.TrimPrefix(c.CommandPath(), "tax "), c.CommandPath())
		for _, name := range flagNames(c) {
			assert.Contains(t, text, "`--"+name, "flag of %s", c.CommandPath())
		}
	}
	for _, code := range []string{"0", "1", "2", "3", "4", "5", "130"} {
		assert.Contains(t, text, "\n| "+code+" | ")
	}
}

func TestExitCodes(t *testing.T) {
	inExamples(t)
	for line, code := range map[string]int{
		"tax":                                  exitDone,
		"tax resolve DE":                       exitDone,
		"tax resolve":                          exitUsage,
		"tax resolve DE --colour":              exitUsage,
		"tax resolve DE --date today":          exitUsage,
		"tax resolve DE --lang english!":       exitUsage,
		"tax resolve CA-QC --region ON":        exitUsage,
		"tax resolve DE --store redis:x":       exitUsage,
		"tax seed --alone":                     exitUsage,
		"tax seed --store file:stored":         exitUsage,
		"tax migrate file:stored":              exitUsage,
		"tax migrate file:stored file:stored":  exitUsage,
		"tax migrate file:stored file:none":    exitStore,
		"tax resolve Germany":                  exitNoAnswer,
		"tax resolve DE REDUCD":                exitNoAnswer,
		"tax resolve US":                       exitNoAnswer,
		"tax resolve DE --date 1900-01-01":     exitNoAnswer,
		"tax resolve DE --postal-code !":       exitNoAnswer,
		"tax classes US":                       exitNoAnswer,
		"tax regions ZZ":                       exitNoAnswer,
		"tax resolve - < lines":                exitNoAnswer,
		"tax resolve - < wrong":                exitInput,
		"tax man lines/pages":                  exitInput,
		"tax countries --store sqlite:none.db": exitStore,
		"tax countries --store sqlite:lines":   exitStore,
		"tax countries --store file:none":      exitStore,
		"tax resolve DE --store postgres://u:secret@127.0.0.1:1/tax?connect_timeout=1": exitStore,
	} {
		require.NoError(t, os.WriteFile("lines", []byte("DE REDUCED\nDE REDUCD\n"), 0o600))
		require.NoError(t, os.WriteFile("wrong", []byte("DE REDUCED today please\n"), 0o600))
		for _, json := range []string{"", " --json"} {
			words := strings.SplitN(line, " < ", 2)
			words[0] += json
			got := runIn(t, strings.Join(words, " < "), session{})
			assert.Equal(t, code, got.code, "%s\n%s", line, got.problems)
			assert.Equal(t, code == exitDone, got.problems == "", "%s\n%s", line, got.problems)
			assert.NotContains(t, got.problems, "secret")
			for _, name := range []string{"Resolver", "Overlay", "FallbackToDefault", "time/tzdata"} {
				assert.NotContains(t, got.problems, name, "%s speaks to somebody who writes Go", line)
			}
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s := session{in: strings.NewReader(""), out: new(bytes.Buffer), problems: new(bytes.Buffer)}
	assert.Equal(t, exitInterrupted, s.run(ctx, []string{"resolve", "DE"}))
}

func TestOnlyTerminalsAreColoured(t *testing.T) {
	environment := map[string]string{}
	env := func(name string) (string, bool) { v, ok := environment[name]; return v, ok }
	escapes := func(s session) bool {
		s.env = env
		return strings.Contains(runIn(t, "tax resolve DE --explain", s).out+runIn(t, "tax classes DE", s).out, "\x1b")
	}
	assert.True(t, escapes(session{terminal: true}))
	assert.False(t, escapes(session{}))
	environment["NO_COLOR"] = "1"
	assert.False(t, escapes(session{terminal: true}))
	environment["NO_COLOR"] = "" // as if it were not set: no-color.org
	assert.True(t, escapes(session{terminal: true}))
	environment["TERM"] = "dumb"
	assert.False(t, escapes(session{terminal: true}))
}

func TestNamesCannotMoveTheCursor(t *testing.T) {
	assert.Equal(t, "a�[31mb�c�", printable("a\x1b[31mb\u202ec\n"))
}

// The pages and the completion of shells that are committed are those that the command
// makes. To write them: go test ./cmd/tax -run TestGenerated -update
func TestGeneratedFilesAreUpToDate(t *testing.T) {
	folder := t.TempDir()
	root := new(session).root()
	helpful(root)
	require.NoError(t, manual(root, filepath.Join(folder, "man")))
	require.NoError(t, os.Mkdir(filepath.Join(folder, "completion"), 0o755))
	for shell, name := range map[string]string{"bash": "tax.bash", "zsh": "_tax", "fish": "tax.fish", "powershell": "tax.ps1"} {
		got := runIn(t, "tax completion "+shell, session{})
		require.Equal(t, exitDone, got.code, got.problems)
		require.NoError(t, os.WriteFile(filepath.Join(folder, "completion", name), []byte(got.out), 0o600))
	}
	if *update {
		require.NoError(t, os.RemoveAll("share"))
		require.NoError(t, os.CopyFS("share", os.DirFS(folder)))
	}
	assert.Equal(t, files(t, folder), files(t, "share"))
}

// files returns the texts of the files below a folder.
func files(t *testing.T, folder string) map[string]string {
	t.Helper()
	texts := map[string]string{}
	paths, err := filepath.Glob(filepath.Join(folder, "*", "*"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		name, err := filepath.Rel(folder, path)
		require.NoError(t, err)
		texts[name] = string(text)
	}
	return texts
}
