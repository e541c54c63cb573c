package main

import (
	"archive/tar"
	"bytes"
	"crypto/x509"
	"debug/buildinfo"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/CycloneDX/cyclonedx-go"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// TestTwiceTheSame releases one commit from two folders. WICKETKEY_RELEASE=anew
// compiles everything anew the second time, in a cache of its own;
// WICKETKEY_RELEASE=all does so for all platforms, which takes long.
func TestTwiceTheSame(t *testing.T) {
	effort := os.Getenv("WICKETKEY_RELEASE")
	platforms := []string{"linux/" + runtime.GOARCH}
	if effort == "all" {
		platforms = strings.Split(allPlatforms, ",")
	}
	first := made(t, clone(t, "a"), platforms)
	t.Run("content", func(t *testing.T) { checkRelease(t, first, platforms) })
	if effort != "" {
		t.Setenv("GOCACHE", t.TempDir())
	}
	t.Setenv("TZ", "Asia/Tokyo")
	second := made(t, clone(t, "another-folder"), platforms)
	names := files(t, first)
	if got := files(t, second); !slices.Equal(got, names) {
		t.Errorf("%v and %v", names, got)
	}
	for _, name := range names {
		if !bytes.Equal(content(t, first, name), content(t, second, name)) {
			t.Errorf("%s differs", name)
		}
	}
}

func clone(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	if out, err := exec.Command("git", "clone", "-q", "../..", dir).CombinedOutput(); err != nil {
		t.Skipf("no repository to release from: %v %s", err, out)
	}
	return dir
}

func made(t *testing.T, source string, platforms []string) string {
	t.Helper()
	out := t.TempDir()
	if err := release(source, out, platforms); err != nil {
		t.Fatal(err)
	}
	return out
}

func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func content(t *testing.T, dir, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// checkRelease looks at each thing with a reader that is not ours.
func checkRelease(t *testing.T, dir string, platforms []string) {
	for _, name := range []string{"wicketkey.1", "wicketkey.bash", "_wicketkey", "wicketkey.fish"} {
		if !bytes.Contains(content(t, dir, name), []byte("policy")) {
			t.Errorf("%s is not about wicketkey", name)
		}
	}
	if _, err := exec.LookPath("sha256sum"); err == nil {
		sums := exec.Command("sha256sum", "-c", "--strict", "SHA256SUMS")
		sums.Dir = dir
		if out, err := sums.CombinedOutput(); err != nil || bytes.Count(out, []byte("\n")) != len(files(t, dir))-1 {
			t.Errorf("%v\n%s", err, out)
		}
	}
	checkBinaries(t, dir, platforms)
	checkSBOM(t, dir)
	checkImage(t, dir)
}

func checkBinaries(t *testing.T, dir string, platforms []string) {
	for _, platform := range platforms {
		name := "wicketkey-" + strings.Replace(platform, "/", "-", 1)
		if strings.HasPrefix(platform, "windows/") {
			name += ".exe"
		}
		info, err := buildinfo.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		settings := map[string]string{}
		for _, s := range info.Settings {
			settings[s.Key] = s.Value
		}
		if settings["CGO_ENABLED"] != "0" || settings["vcs.modified"] != "false" || settings["GOOS"]+"/"+settings["GOARCH"] != platform {
			t.Errorf("%s: %v", name, settings)
		}
		if text := content(t, dir, name); bytes.Contains(text, []byte(os.TempDir()+"/Test")) || bytes.Contains(text, []byte(os.Getenv("HOME")+"/")) {
			t.Errorf("%s tells where it was built", name)
		}
	}
	version, err := exec.Command(filepath.Join(dir, "wicketkey-linux-"+runtime.GOARCH), "version").Output()
	if runtime.GOOS == "linux" && (err != nil || !regexp.MustCompile(`^wicketkey \S+ [0-9a-f]{40} go1\.\d+`).Match(version)) {
		t.Errorf("%v: %s", err, version)
	}
}

// checkSBOM holds the document to its format, and to what go itself lists.
func checkSBOM(t *testing.T, dir string) {
	var b cyclonedx.BOM
	if err := cyclonedx.NewBOMDecoder(bytes.NewReader(content(t, dir, "sbom.cdx.json")), cyclonedx.BOMFileFormatJSON).Decode(&b); err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[1-9a-f][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(b.SerialNumber) {
		t.Errorf("serial number %s", b.SerialNumber)
	}
	cmd := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}@{{.Version}}{{end}}{{end}}", "./cmd/wicketkey")
	cmd.Dir, cmd.Env = "../..", append(os.Environ(), "GOOS=linux", "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	licences := content(t, dir, "LICENSES.txt")
	for _, module := range strings.Fields(string(out)) {
		if !slices.ContainsFunc(*b.Components, func(c cyclonedx.Component) bool { return c.PackageURL == "pkg:golang/"+module && c.Hashes != nil }) {
			t.Errorf("%s is in the binary and not in the SBOM", module)
		}
		if !bytes.Contains(licences, []byte("==== "+strings.Replace(module, "@", " ", 1)+": ")) {
			t.Errorf("%s comes without its licence", module)
		}
	}
}

// checkImage opens the archive as a client of registries does, and looks into it.
func checkImage(t *testing.T, dir string) {
	unpacked := t.TempDir()
	untar(t, bytes.NewReader(content(t, dir, "wicketkey-image.tar")), func(h *tar.Header, r io.Reader) {
		path := filepath.Join(unpacked, filepath.FromSlash(h.Name))
		if h.Typeflag == tar.TypeDir {
			_ = os.MkdirAll(path, 0o755)
			return
		}
		b, err := io.ReadAll(r)
		if err == nil {
			err = os.WriteFile(path, b, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	})
	top, err := layout.ImageIndexFromPath(unpacked)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(top); err != nil {
		t.Fatal(err)
	}
	list, err := top.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	images, err := top.ImageIndex(list.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	inner, err := images.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range inner.Manifests {
		image, err := images.Image(d.Digest)
		if err != nil {
			t.Fatal(err)
		}
		checkLayer(t, dir, d, image)
	}
}

func checkLayer(t *testing.T, dir string, d v1.Descriptor, image v1.Image) {
	cfg, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Config.User != nobody || !slices.Equal(cfg.Config.Entrypoint, []string{"/wicketkey"}) || cfg.Architecture != d.Platform.Architecture || cfg.OS != "linux" {
		t.Errorf("%+v", cfg)
	}
	layers, err := image.Layers()
	if err != nil || len(layers) != 1 {
		t.Fatalf("%d layers, %v", len(layers), err)
	}
	r, err := layers[0].Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	seen := map[string][]byte{}
	untar(t, r, func(h *tar.Header, r io.Reader) {
		if h.Uid != 0 || h.Gid != 0 || h.Mode&0o022 != 0 || (h.Name == "wicketkey") != (h.Typeflag == tar.TypeReg && h.Mode&0o111 != 0) {
			t.Errorf("%+v", h)
		}
		seen[h.Name], _ = io.ReadAll(r)
	})
	if !bytes.Equal(seen["wicketkey"], content(t, dir, "wicketkey-linux-"+cfg.Architecture)) {
		t.Error("the image's command is not the one beside it")
	}
	if pool := x509.NewCertPool(); !pool.AppendCertsFromPEM(seen["etc/ssl/certs/ca-certificates.crt"]) || bytes.Count(seen["etc/ssl/certs/ca-certificates.crt"], []byte("BEGIN CERTIFICATE")) < 100 {
		t.Error("the image trusts nobody")
	}
}

func untar(t *testing.T, r io.Reader, each func(*tar.Header, io.Reader)) {
	t.Helper()
	for archive := tar.NewReader(r); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		each(h, archive)
	}
}

// TestChangesAreRefused: nobody could build them again.
func TestChangesAreRefused(t *testing.T) {
	source := clone(t, "a")
	if err := os.WriteFile(filepath.Join(source, "go.mod.new"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := release(source, t.TempDir(), nil); err == nil || !strings.Contains(err.Error(), "not committed") {
		t.Errorf("got %v", err)
	}
	if err := release(source, source, nil); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("got %v", err)
	}
}
