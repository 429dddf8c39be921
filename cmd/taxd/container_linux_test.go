package main

import (
	"archive/tar"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestProgramNeedsNothingBesideIt builds the program as the container file does, and runs it
// as its user in a folder that has nothing else: it serves, keeps what is written, and knows
// the time zones.
func TestProgramNeedsNothingBesideIt(t *testing.T) {
	if os.Getenv("TAXD_CONTAINER") == "" {
		t.Skip("set TAXD_CONTAINER=1: it builds the program without cgo, which takes a minute")
	}
	if os.Getuid() != 0 {
		t.Skip("only root may change the root of a process")
	}
	text, err := os.ReadFile("Containerfile")
	require.NoError(t, err)
	root := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(root, "data"), 0o700))
	require.NoError(t, os.Chown(filepath.Join(root, "data"), 65532, 65532))
	require.NoError(t, os.Chmod(root, 0o755))
	flags := regexp.MustCompile(`go build (.*) -ldflags "(.*)" -o`).FindStringSubmatch(string(text))
	require.NotNil(t, flags)
	build := exec.Command("go", "build", flags[1], "-ldflags", flags[2], "-o", filepath.Join(root, "taxd"), ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)

	environment := strings.Fields(regexp.MustCompile(`(?m)^ENV (.*)$`).FindStringSubmatch(string(text))[1])
	program := exec.Command("/taxd", "-listen", "127.0.0.1:0")
	program.Dir, program.Env = "/", environment
	program.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: 65532, Gid: 65532}}
	pipe, err := program.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, program.Start())
	defer program.Wait()
	defer program.Process.Kill()
	url, token, _ := announced(t, pipe, false)
	eventuallyReady(t, &running{url: url})
	status, answer := ask(t, "PUT", url+"/v1/acme/configurations/DE-X-A", token, region)
	assert.Equal(t, 201, status, answer)
	assert.FileExists(t, filepath.Join(root, "data", "taxd.db"))
	needs, err := exec.Command("go", "list", "-deps", ".").Output()
	require.NoError(t, err)
	assert.Contains(t, string(needs), "\ntime/tzdata\n", "without it, days are those of UTC")
	statesSizes(t, filepath.Join(root, "taxd"))
}

// statesSizes requires that the document states the size of the program, and of the image
// that the container file makes of it and of the certificates of authorities.
func statesSizes(t *testing.T, program string) {
	t.Helper()
	var layer countedBytes
	archive := tar.NewWriter(&layer)
	var sizes []float64
	for _, name := range []string{program, "/etc/ssl/certs/ca-certificates.crt"} {
		data, err := os.ReadFile(name)
		require.NoError(t, err)
		require.NoError(t, archive.WriteHeader(&tar.Header{Name: name[1:], Mode: 0o755, Size: int64(len(data))}))
		_, err = archive.Write(data)
		require.NoError(t, err)
		sizes = append(sizes, float64(len(data))/1e6)
	}
	require.NoError(t, archive.Close())
	image := float64(layer) / 1e6
	t.Logf("the program has %.1f MB, the certificates %.1f MB, the layers of the image %.1f MB", sizes[0], sizes[1], image)
	stated := regexp.MustCompile(`image on scratch of ([\d.]+) MB: the program \(([\d.]+) MB`).FindStringSubmatch(document(t))
	require.NotNil(t, stated)
	for i, size := range []float64{image, sizes[0]} {
		number, err := strconv.ParseFloat(stated[i+1], 64)
		require.NoError(t, err)
		assert.InEpsilon(t, size, number, 0.03, "docs/taxd.md states another size")
	}
}

// countedBytes counts what is written.
type countedBytes int64

func (n *countedBytes) Write(p []byte) (int, error) {
	*n += countedBytes(len(p))
	return len(p), nil
}
