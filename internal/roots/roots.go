// Package roots finds Amazon's own root certificates in the system's bundle.
//
// Parsing every root that a distribution ships takes about 13 ms of the 21 ms
// of CPU that a cold start with the plain SDK takes: the bundle is parsed, then
// the same certificates again out of a directory. The handful of roots that
// Secrets Manager's certificates lead to takes 0.7 ms. What is found here is
// always a subset of what crypto/x509 trusts by itself; a chain that does not
// lead to it is for the caller to verify against all of the system's roots.
package roots

import (
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

// Amazon returns the roots of Amazon Trust Services that the system trusts, or
// nil where there are none to be found, and where crypto/x509 does not go by a
// bundle: on other systems than Linux, and under GODEBUG=x509usefallbackroots=1.
// It reads SSL_CERT_FILE instead of the system's bundle where that is set, as
// crypto/x509 does.
func Amazon() *x509.CertPool {
	if runtime.GOOS != "linux" || fallbackForced() {
		return nil
	}
	files := bundles
	if file := os.Getenv("SSL_CERT_FILE"); file != "" {
		files = []string{file}
	}
	for _, file := range files {
		if found, err := fromFile(file); err == nil {
			return pool(found)
		}
	}
	return nil
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

func fromFile(name string) ([]*x509.Certificate, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return amazons(f)
}

func pool(certs []*x509.Certificate) *x509.CertPool {
	if len(certs) == 0 {
		return nil
	}
	p := x509.NewCertPool()
	for _, c := range certs {
		p.AddCert(c)
	}
	return p
}

// amazons reads a bundle to its end and parses those certificates that name
// Amazon. An error of the reader's is returned: x509 does not take half a bundle.
func amazons(r io.Reader) ([]*x509.Certificate, error) {
	var found []*x509.Certificate
	err := eachBlock(r, func(text []byte) {
		if !mayNameAmazon(text) {
			return
		}
		der := decode(text)
		if der == nil || !namesAmazon(der) {
			return
		}
		if cert, err := x509.ParseCertificate(der); err == nil {
			found = append(found, cert)
		}
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}
