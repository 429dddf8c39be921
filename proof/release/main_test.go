package main

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

const version = "v0.0.1-test"

// copied copies the sources of the repository.
func copied(t *testing.T) (tree string) {
	t.Helper()
	tree = t.TempDir()
	source := filepath.Join("..", "..")
	require.NoError(t, filepath.WalkDir(source, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		to := filepath.Join(tree, strings.TrimPrefix(name, source))
		switch {
		case d.Name() == ".git":
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			return os.MkdirAll(to, 0o755)
		case !d.Type().IsRegular():
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		return os.WriteFile(to, text, 0o644)
	}))
	return tree
}

func TestReleasedModulesRequireEachOtherAndReplaceNothing(t *testing.T) {
	tree := copied(t)
	tags, err := prepare(version, tree)
	require.NoError(t, err)
	assert.Subset(t, tags, []string{version, "cmd/taxd/" + version, "store/sqlite/" + version})
	assert.NotContains(t, tags, "proof/"+version)
	for _, tag := range tags {
		text, err := os.ReadFile(filepath.Join(tree, strings.TrimSuffix(tag, version), "go.mod"))
		require.NoError(t, err)
		assert.NotContains(t, string(text), "replace", tag)
		assert.NotContains(t, string(text), "github.com/taxresolve/tax v0.0.0\n", tag)
		checked, err := zip.CheckDir(filepath.Join(tree, strings.TrimSuffix(tag, version)))
		require.NoError(t, err)
		assert.NoError(t, checked.Err(), "a module with such files cannot be downloaded")
	}
	for _, wrong := range []string{"1.0.0", "v1", "v2.0.0", ""} {
		_, err := prepare(wrong, tree)
		assert.ErrorContains(t, err, "is no version", wrong)
	}
}

// With RELEASE_INSTALL=1 the commands are installed from a proxy of modules in a folder, as
// go install finds them at the address where they are published.
func TestReleasedCommandsCanBeInstalled(t *testing.T) {
	if os.Getenv("RELEASE_INSTALL") == "" {
		t.Skip("set RELEASE_INSTALL=1: it compiles every dependency anew, which takes some minutes")
	}
	tree, proxy, bin := copied(t), t.TempDir(), t.TempDir()
	tags, err := prepare(version, tree)
	require.NoError(t, err)
	for _, tag := range tags {
		publish(t, proxy, tree, strings.TrimSuffix(strings.TrimSuffix(tag, version), "/"))
	}
	cache, err := exec.Command("go", "env", "GOMODCACHE").Output()
	require.NoError(t, err)
	environment := append(os.Environ(), "GOWORK=off", "GOFLAGS=-modcacherw", "GOSUMDB=off", "GOBIN="+bin, "GOMODCACHE="+t.TempDir(),
		"GOPROXY=file://"+proxy+",file://"+strings.TrimSpace(string(cache))+"/cache/download")
	for _, name := range []string{"tax", "taxd"} {
		install := exec.Command("go", "install", root+"/cmd/"+name+"@"+version)
		install.Dir, install.Env = bin, environment
		out, err := install.CombinedOutput()
		require.NoError(t, err, "%s", out)
		help, err := exec.Command(filepath.Join(bin, name), "--help").CombinedOutput()
		require.NoError(t, err, "%s", help)
		assert.Contains(t, strings.ToLower(string(help)), "usage")
	}
}

// publish adds the module in a folder of a tree to a proxy.
func publish(t *testing.T, proxy, tree, dir string) {
	t.Helper()
	m := module.Version{Path: strings.TrimSuffix(root+"/"+dir, "/"), Version: version}
	to := filepath.Join(proxy, m.Path, "@v")
	require.NoError(t, os.MkdirAll(to, 0o755))
	text, err := os.ReadFile(filepath.Join(tree, dir, "go.mod"))
	require.NoError(t, err)
	info, err := json.Marshal(map[string]any{"Version": version, "Time": time.Now().UTC()})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(to, version+".mod"), text, 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(to, version+".info"), info, 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(to, "list"), []byte(version+"\n"), 0o644))
	f, err := os.Create(filepath.Join(to, version+".zip"))
	require.NoError(t, err)
	require.NoError(t, zip.CreateFromDir(f, m, filepath.Join(tree, dir)))
	require.NoError(t, f.Close())
}
