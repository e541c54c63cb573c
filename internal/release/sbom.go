package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// bom is what we use of CycloneDX 1.5.
type bom struct {
	Format     string      `json:"bomFormat"`
	Spec       string      `json:"specVersion"`
	Serial     string      `json:"serialNumber,omitempty"`
	Version    int         `json:"version"`
	Metadata   metadata    `json:"metadata"`
	Components []component `json:"components"`
	Depends    []depends   `json:"dependencies"`
}

type metadata struct {
	Timestamp string    `json:"timestamp"`
	Component component `json:"component"`
}

type component struct {
	Ref      string     `json:"bom-ref"`
	Type     string     `json:"type"`
	Name     string     `json:"name"`
	Version  string     `json:"version"`
	PURL     string     `json:"purl"`
	Hashes   []hash     `json:"hashes,omitempty"`
	Licenses []licence  `json:"licenses,omitempty"`
	Notes    []property `json:"properties,omitempty"`
}

type hash struct {
	Algorithm string `json:"alg"`
	Content   string `json:"content"`
}

type licence struct {
	License struct {
		ID string `json:"id"`
	} `json:"license"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type depends struct {
	Ref string   `json:"ref"`
	On  []string `json:"dependsOn"`
}

// writeSBOM lists wicketkey, the Go release and all modules. Which of them needs
// which is not told: the binaries do not.
func writeSBOM(out string, o origin, p parts) error {
	self := newComponent("application", "wicketkey.internal", p.version)
	self.Licenses = make([]licence, 1)
	self.Licenses[0].License.ID = "Apache-2.0"
	self.Notes = []property{{"wicketkey:commit", o.commit}}
	b := bom{Format: "CycloneDX", Spec: "1.5", Version: 1, Metadata: metadata{o.time.Format(time.RFC3339), self}}
	b.Components = append(b.Components, newComponent("library", "std", strings.TrimPrefix(p.goes, "go")))
	for _, m := range p.modules {
		c := newComponent("library", m.path, m.version)
		sum, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(m.sum, "h1:"))
		if err != nil {
			return fmt.Errorf("the checksum of %s: %w", m.path, err)
		}
		c.Hashes = []hash{{"SHA-256", hex.EncodeToString(sum)}} // of the module's zip, as go.sum has it
		b.Components = append(b.Components, c)
	}
	on := make([]string, len(b.Components))
	for i, c := range b.Components {
		on[i] = c.Ref
	}
	b.Depends = []depends{{self.Ref, on}}
	text, err := encode(b)
	if err != nil {
		return err
	}
	b.Serial = serial(text)
	if text, err = encode(b); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, "sbom.cdx.json"), text, 0o644)
}

func newComponent(kind, path, version string) component {
	purl := "pkg:golang/" + path + "@" + strings.ReplaceAll(version, "+", "%2B")
	return component{Ref: purl, Type: kind, Name: path, Version: version, PURL: purl}
}

// serial is a UUID of the document's own content, for no two are to share one,
// and no two builds are to differ.
func serial(text []byte) string {
	s := sha256.Sum256(text)
	s[6], s[8] = s[6]&0x0f|0x80, s[8]&0x3f|0x80 // version 8: made by a rule of one's own
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", s[0:4], s[4:6], s[6:8], s[8:10], s[10:16])
}

func encode[T any](v T) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(v)
	return b.Bytes(), err
}
