package browser

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

// The release of axe-core, and what npm calls its integrity. Its licence is MPL 2.0, so that
// it is not a part of this repository.
const (
	axeRelease = "axe-core@4.14.1"
	axeDigest  = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
)

// axe is the script that finds what keeps people from using a page.
var axe = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "axe-core")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	pack := exec.Command("npm", "pack", "--prefer-offline", "--no-update-notifier", "--silent", "--pack-destination", folder, axeRelease)
	if out, err := pack.CombinedOutput(); err != nil {
		return "", fmt.Errorf("npm pack %s: %w %s", axeRelease, err, out)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.tgz"))
	if err != nil || len(files) != 1 {
		return "", fmt.Errorf("npm pack %s wrote %v, %w", axeRelease, files, err)
	}
	packed, err := os.ReadFile(files[0])
	if err != nil {
		return "", err
	}
	if sum := sha512.Sum512(packed); base64.StdEncoding.EncodeToString(sum[:]) != axeDigest {
		return "", errors.New(axeRelease + " is another one than it was")
	}
	return unpacked(packed, "package/axe.min.js")
})

func unpacked(archive []byte, name string) (string, error) {
	z, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return "", err
	}
	for files := tar.NewReader(z); ; {
		header, err := files.Next()
		if err != nil {
			return "", err
		}
		if header.Name == name {
			text, err := io.ReadAll(files)
			return string(text), err
		}
	}
}
