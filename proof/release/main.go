// Command release prepares a version of all modules that users import or install: their
// go.mod files require each other at that version, and replace nothing, because go install
// refuses a module that does.
//
//	go run ./release v1.2.0 ..
//
// It changes the go.mod files of the tree, and prints the commands that commit and tag it.
// Run it in a clone: the branch from which it was made keeps its replaces.
package main

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

const root = "github.com/taxresolve/tax"

// own are the folders of modules that are not released.
var own = []string{"benchmarks", "cmd/taxd/browser", "examples/fleet", "proof"}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: release VERSION TREE")
		os.Exit(2)
	}
	tags, err := prepare(os.Args[1], os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
	fmt.Printf("git commit -am %q\n", "Release "+os.Args[1])
	for _, tag := range tags {
		fmt.Println("git tag", tag)
	}
	fmt.Println("git push origin " + strings.Join(tags, " "))
}

// prepare changes the modules of a tree, and returns the tags that release them.
func prepare(version, tree string) (tags []string, err error) {
	if version == "" || semver.Canonical(version) != version || semver.Major(version) > "v1" {
		return nil, fmt.Errorf("%q is no version: write v1.2.0; v2 and later need other import paths", version)
	}
	dirs, err := released(tree)
	if err != nil {
		return nil, err
	}
	for _, dir := range dirs {
		if err := pin(filepath.Join(tree, dir, "go.mod"), version, dirs); err != nil {
			return nil, err
		}
		tags = append(tags, path.Join(dir, version))
	}
	return tags, nil
}

// released returns the folders of the modules that are released, as go.work names them.
func released(tree string) (dirs []string, err error) {
	text, err := os.ReadFile(filepath.Join(tree, "go.work"))
	if err != nil {
		return nil, err
	}
	work, err := modfile.ParseWork("go.work", text, nil)
	if err != nil {
		return nil, err
	}
	for _, use := range work.Use {
		if dir := path.Clean(use.Path); !slices.Contains(own, dir) {
			dirs = append(dirs, dir)
		}
	}
	slices.Sort(dirs)
	return dirs, nil
}

// pin makes a go.mod require the other modules at a version.
func pin(file, version string, dirs []string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	mod, err := modfile.Parse(file, text, nil)
	if err != nil {
		return err
	}
	for _, r := range slices.Clone(mod.Replace) {
		if err := mod.DropReplace(r.Old.Path, r.Old.Version); err != nil {
			return err
		}
	}
	for _, r := range slices.Clone(mod.Require) {
		dir, ours := strings.CutPrefix(r.Mod.Path, root)
		if dir = path.Clean("." + dir); ours && (dir == "." || strings.HasPrefix(r.Mod.Path, root+"/")) {
			if !slices.Contains(dirs, dir) {
				return fmt.Errorf("%s requires %s, which is not released", file, r.Mod.Path)
			}
			if err := mod.AddRequire(r.Mod.Path, version); err != nil {
				return err
			}
		}
	}
	mod.Cleanup()
	text, err = mod.Format()
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o644)
}
