// Package roots finds Amazon's own root certificates in the system's bundle.
//
// Parsing every root that a distribution ships takes about 13 ms of the 21 ms
// of CPU that a cold start with the plain SDK takes: the bundle is parsed, then
// the same certificates again out of a directory. The handful of roots that
// Secrets Manager's certificates lead to takes 0.7 ms. What is found here is
// always a subset of what the system trusts; a chain that does not lead to it
// is for the caller to verify against all of the system's roots.
package roots

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"os"
)

// bundles are the files in which crypto/x509 looks on Linux, in its order; it
// reads the first that exists. Elsewhere none exists, or (macOS's
// /etc/ssl/cert.pem, the BSDs) it holds what the system trusts as well.
var bundles = [...]string{
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem",
	"/etc/pki/tls/cacert.pem",
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
	"/etc/ssl/cert.pem",
}

// Amazon returns the roots of Amazon Trust Services that the system trusts, or
// nil where there are none to be found. It reads SSL_CERT_FILE instead of the
// system's bundle where that is set, as crypto/x509 does.
func Amazon() *x509.CertPool {
	return fromPEM(readBundle(os.Getenv("SSL_CERT_FILE")))
}

func readBundle(override string) []byte {
	if override != "" {
		data, _ := os.ReadFile(override)
		return data
	}
	for _, file := range bundles {
		if data, err := os.ReadFile(file); err == nil {
			return data
		}
	}
	return nil
}

const (
	begin = "-----BEGIN CERTIFICATE-----"
	end   = "-----END CERTIFICATE-----"
)

// fromPEM decodes each certificate into one buffer: encoding/pem would make a
// copy of every one, a hundred and more, of which a handful is wanted, and search
// what follows for other kinds of block. What it would take and this does not is
// found among the system's roots.
func fromPEM(data []byte) *x509.CertPool {
	pool := x509.NewCertPool()
	found := false
	var der []byte
	for {
		_, rest, ok := bytes.Cut(data, []byte(begin))
		if !ok {
			break
		}
		var body []byte
		if body, data, ok = bytes.Cut(rest, []byte(end)); !ok {
			break
		}
		var err error
		if der, err = base64.StdEncoding.AppendDecode(der[:0], body); err != nil || !namesAmazon(der) {
			continue
		}
		// The parsed certificate keeps what it was parsed from.
		if cert, err := x509.ParseCertificate(bytes.Clone(der)); err == nil {
			pool.AddCert(cert)
			found = true
		}
	}
	if !found {
		return nil
	}
	return pool
}

// namesAmazon looks for the names in the raw certificate: parsing all to ask
// for their subjects is the cost that this package avoids. A wrong guess adds a
// root that the system trusts anyway.
func namesAmazon(der []byte) bool {
	return bytes.Contains(der, []byte("Amazon Root CA")) ||
		bytes.Contains(der, []byte("Starfield Services Root"))
}
