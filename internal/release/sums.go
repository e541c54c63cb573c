package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

// writeSums is for sha256sum -c.
func writeSums(out string) error {
	entries, err := os.ReadDir(out) // in order
	if err != nil {
		return err
	}
	var b bytes.Buffer
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(out, e.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%s  %s\n", hexSum(content), e.Name())
	}
	return os.WriteFile(filepath.Join(out, "SHA256SUMS"), b.Bytes(), 0o644)
}
