package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// The media types of the OCI image specification.
const (
	typeIndex    = "application/vnd.oci.image.index.v1+json"
	typeManifest = "application/vnd.oci.image.manifest.v1+json"
	typeConfig   = "application/vnd.oci.image.config.v1+json"
	typeLayer    = "application/vnd.oci.image.layer.v1.tar+gzip"
)

// nobody is the user that the image runs as: any number that is not root's.
const nobody = "65532:65532"

type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int               `json:"size"`
	Platform    *ociPlatform      `json:"platform,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

type ociPlatform struct {
	Architecture string `json:"architecture"`
	OS           string `json:"os"`
}

type index struct {
	SchemaVersion int               `json:"schemaVersion"`
	MediaType     string            `json:"mediaType"`
	Manifests     []descriptor      `json:"manifests"`
	Annotations   map[string]string `json:"annotations,omitempty"`
}

type manifest struct {
	SchemaVersion int               `json:"schemaVersion"`
	MediaType     string            `json:"mediaType"`
	Config        descriptor        `json:"config"`
	Layers        []descriptor      `json:"layers"`
	Annotations   map[string]string `json:"annotations,omitempty"`
}

type imageConfig struct {
	Created string `json:"created"`
	ociPlatform
	Config struct {
		User       string
		Entrypoint []string
		WorkingDir string
		Labels     map[string]string
	} `json:"config"`
	RootFS struct {
		Type    string   `json:"type"`
		DiffIDs []string `json:"diff_ids"`
	} `json:"rootfs"`
	History []history `json:"history"`
}

type history struct {
	Created   string `json:"created"`
	CreatedBy string `json:"created_by"`
}

// store holds an archive's blobs by their paths.
type store map[string][]byte

func (s store) add(mediaType string, content []byte) descriptor {
	sum := hexSum(content)
	s["blobs/sha256/"+sum] = content
	return descriptor{MediaType: mediaType, Digest: "sha256:" + sum, Size: len(content)}
}

func addJSON[T any](s store, mediaType string, v T) (descriptor, error) {
	text, err := json.Marshal(v)
	return s.add(mediaType, text), err
}

func hexSum(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// writeImage packs the Linux binaries into an OCI archive.
func writeImage(out string, o origin, binaries []binary, licences []byte) error {
	blobs := store{}
	all := index{SchemaVersion: 2, MediaType: typeIndex}
	for _, b := range binaries {
		if b.os != "linux" {
			continue
		}
		d, err := blobs.image(o, b, licences)
		if err != nil {
			return err
		}
		all.Manifests = append(all.Manifests, d)
	}
	if len(all.Manifests) == 0 {
		return nil
	}
	whole, err := addJSON(blobs, typeIndex, all)
	if err != nil {
		return err
	}
	whole.Annotations = map[string]string{"org.opencontainers.image.ref.name": "latest"}
	entry, err := json.Marshal(index{SchemaVersion: 2, MediaType: typeIndex, Manifests: []descriptor{whole}})
	if err != nil {
		return err
	}
	blobs["index.json"] = entry
	blobs["oci-layout"] = []byte(`{"imageLayoutVersion":"1.0.0"}`)
	archive, err := packed(blobs, o.time, nil)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, "wicketkey-image.tar"), archive, 0o644)
}

// image adds the image of one platform.
func (s store) image(o origin, b binary, licences []byte) (descriptor, error) {
	content, err := os.ReadFile(b.path)
	if err != nil {
		return descriptor{}, err
	}
	layer, err := packed(store{"wicketkey": content, "LICENSES.txt": licences, "etc/ssl/certs/ca-certificates.crt": rootCertificates()}, o.time, []string{"wicketkey"})
	if err != nil {
		return descriptor{}, err
	}
	labels := map[string]string{
		"org.opencontainers.image.title":    "wicketkey",
		"org.opencontainers.image.version":  b.info.Main.Version,
		"org.opencontainers.image.revision": o.commit,
		"org.opencontainers.image.created":  o.time.Format(time.RFC3339),
		"org.opencontainers.image.licenses": "Apache-2.0",
	}
	cfg := imageConfig{Created: o.time.Format(time.RFC3339), ociPlatform: ociPlatform{b.arch, b.os}}
	cfg.Config.User, cfg.Config.Entrypoint, cfg.Config.WorkingDir, cfg.Config.Labels = nobody, []string{"/wicketkey"}, "/", labels
	cfg.RootFS.Type, cfg.RootFS.DiffIDs = "layers", []string{"sha256:" + hexSum(layer)}
	cfg.History = []history{{cfg.Created, "wicketkey's release program"}}
	config, err := addJSON(s, typeConfig, cfg)
	if err != nil {
		return descriptor{}, err
	}
	small, err := squeezed(layer)
	if err != nil {
		return descriptor{}, err
	}
	d, err := addJSON(s, typeManifest, manifest{SchemaVersion: 2, MediaType: typeManifest, Config: config, Layers: []descriptor{s.add(typeLayer, small)}, Annotations: labels})
	d.Platform = &cfg.ociPlatform
	return d, err
}

// packed is a tar of the files and their folders, in order, all of root's and of one time.
func packed(files store, at time.Time, programs []string) ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	made := map[string]bool{".": true}
	var folder func(name string) error
	folder = func(name string) error {
		if made[name] {
			return nil
		}
		made[name] = true
		if err := folder(path.Dir(name)); err != nil {
			return err
		}
		return w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: 0o755, ModTime: at})
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := folder(path.Dir(name)); err != nil {
			return nil, err
		}
		mode := int64(0o644)
		if slices.Contains(programs, name) {
			mode = 0o755
		}
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: int64(len(files[name])), ModTime: at}); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if _, err := w.Write(files[name]); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return b.Bytes(), err
}

func squeezed(content []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	err = w.Close()
	return b.Bytes(), err
}

// rootsLicence is that of what rootCertificates gives.
const rootsLicence = `==== etc/ssl/certs/ca-certificates.crt, in the image only ====

The root certificates are those of Mozilla's root program, as the Go module
golang.org/x/crypto/x509roots/fallback has them, under the Mozilla Public License
2.0 (https://www.mozilla.org/MPL/2.0/).
`

// rootCertificates are Mozilla's, but for those that it trusts in part: a file
// of certificates cannot say so.
func rootCertificates() []byte {
	var b bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint == nil {
			_ = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate})
		}
	}
	return b.Bytes()
}
