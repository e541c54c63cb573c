// Package roots finds Amazon's own root certificates in the system's bundle.
//
// Parsing every root that a distribution ships takes about 13 ms of the 21 ms
// of CPU that a cold start with the plain SDK takes: the bundle is parsed, then
// the same certificates again out of a directory. Here a handful of them is looked
// out by name, and parsed is the one or two that a peer's chain leads to. What is
// found is always a subset of what crypto/x509 trusts by itself; a chain that does
// not lead to it is for the caller to verify against all of the system's roots.
package roots

import (
	"bytes"
	"crypto/x509"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
)

// bundles are the files in which crypto/x509 looks on Linux, in its order; it
// reads the first that it can.
var bundles = []string{
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem",
	"/etc/pki/tls/cacert.pem",
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
	"/etc/ssl/cert.pem",
}

// A Set is roots that nobody has parsed yet, as DER. It never changes; nil is empty.
type Set struct{ roots [][]byte }

// Amazon returns the roots of Amazon Trust Services that the system trusts, or
// nil where there are none to be found, and where crypto/x509 does not go by a
// bundle: on other systems than Linux, and under GODEBUG=x509usefallbackroots=1.
// It reads SSL_CERT_FILE instead of the system's bundle where that is set, as
// crypto/x509 does.
func Amazon() *Set {
	if runtime.GOOS != "linux" || fallbackForced() {
		return nil
	}
	files := bundles
	if file := os.Getenv("SSL_CERT_FILE"); file != "" {
		files = []string{file}
	}
	for _, file := range files {
		if found, err := fromFile(file); err == nil {
			return found
		}
	}
	return nil
}

// Issuers returns those of the roots that may have issued a certificate of the
// chain, or nil where there are none. crypto/x509 goes by the issuer's name as
// well, byte by byte: with the other roots it would find no other way.
func (s *Set) Issuers(chain []*x509.Certificate) *x509.CertPool {
	if s == nil {
		return nil
	}
	var pool *x509.CertPool
	for _, der := range s.roots {
		if !issuedOneOf(chain, der) {
			continue
		}
		root, err := x509.ParseCertificate(der)
		if err != nil {
			continue
		}
		if pool == nil {
			pool = x509.NewCertPool()
		}
		pool.AddCert(root)
	}
	return pool
}

// issuedOneOf reports whether a root has the name that one of the chain gives for
// its issuer.
func issuedOneOf(chain []*x509.Certificate, der []byte) bool {
	for _, cert := range chain {
		if bytes.Contains(der, cert.RawIssuer) {
			return true
		}
	}
	return false
}

// fallbackForced reports whether a program that calls x509.SetFallbackRoots wants
// those in place of the system's: by its environment, or by a //go:debug line.
func fallbackForced() bool {
	const forced = "x509usefallbackroots=1"
	if strings.Contains(os.Getenv("GODEBUG"), forced) {
		return true
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return false
	}
	for _, s := range info.Settings {
		if s.Key == "DefaultGODEBUG" {
			return strings.Contains(s.Value, forced)
		}
	}
	return false
}

func fromFile(name string) (*Set, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return amazons(f)
}

// amazons reads a bundle to its end and keeps those certificates that name
// Amazon. An error of the reader's is returned: x509 does not take half a bundle.
func amazons(r io.Reader) (*Set, error) {
	var found Set
	err := eachBlock(r, func(text []byte) {
		if !mayNameAmazon(text) {
			return
		}
		if der := decode(text); namesAmazon(der) {
			found.roots = append(found.roots, der)
		}
	})
	if err != nil {
		return nil, err
	}
	return &found, nil
}
