// Release builds everything that a version of wicketkey is shipped as:
//
//		go -C internal/release run . -out dist
//
//	  - a static binary for each platform,
//	  - wicketkey-image.tar, an OCI archive with the Linux binaries, for skopeo,
//	    podman and docker load; no engine is needed to make it,
//	  - the manual page and the completions of three shells,
//	  - sbom.cdx.json, what the binaries are made of, in CycloneDX,
//	  - LICENSES.txt, the licences of all that is in the binaries and the image,
//	  - SHA256SUMS of all of these.
//
// # Guarantees
//
// One commit and one Go release give the same bytes on every machine, in every
// folder, at every time: the only time in them is that of the commit. A folder
// with changes that are not committed is refused.
//
// # Limits
//
// Nothing is signed: that takes a key, and somebody who answers for it.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// allPlatforms are those that a version is built for.
const allPlatforms = "linux/amd64,linux/arm64,darwin/amd64,darwin/arm64,windows/amd64,windows/arm64"

func main() {
	source := flag.String("source", filepath.Join("..", ".."), "`folder` of the module, at the commit to be released")
	out := flag.String("out", "", "`folder` to write to; it is made, and must be empty")
	platforms := flag.String("platforms", allPlatforms, "`list` of what to build for")
	flag.Parse()
	if *out == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	// go -C has changed the folder; what was typed is meant from where it was typed.
	if err := release(*source, fromCaller(*out), strings.Split(*platforms, ",")); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// fromCaller reads a path as seen from where the command was typed.
func fromCaller(path string) string {
	if wd := os.Getenv("PWD"); !filepath.IsAbs(path) && filepath.IsAbs(wd) {
		return filepath.Join(wd, path)
	}
	return path
}

// release fills the folder out.
func release(source, out string, platforms []string) error {
	if err := makeEmpty(out); err != nil {
		return err
	}
	origin, err := originOf(source)
	if err != nil {
		return err
	}
	var made []binary
	for _, platform := range platforms {
		b, err := build(source, out, platform)
		if err != nil {
			return fmt.Errorf("%s: %w", platform, err)
		}
		made = append(made, b)
	}
	parts, err := partsOf(made)
	if err != nil {
		return err
	}
	licences, err := licencesOf(source, parts)
	if err != nil {
		return err
	}
	for _, write := range []func() error{
		func() error { return os.WriteFile(filepath.Join(out, "LICENSES.txt"), licences, 0o644) },
		func() error { return writePages(source, out) },
		func() error { return writeSBOM(out, origin, parts) },
		func() error { return writeImage(out, origin, made, licences) },
		func() error { return writeSums(out) },
	} {
		if err := write(); err != nil {
			return err
		}
	}
	return nil
}

func makeEmpty(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err == nil && len(entries) > 0 {
		return fmt.Errorf("%s is not empty", dir)
	}
	return err
}
