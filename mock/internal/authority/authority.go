// Package authority is a certificate authority made for one server: it has a certificate for the server's own names,
// and makes one for each of AWS's names that a client asks for, whose regions are too many to list.
package authority

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"strings"
	"sync"
	"time"
)

// Authority makes certificates. It is safe for concurrent use.
type Authority struct {
	root    *x509.Certificate
	rootKey *ecdsa.PrivateKey
	key     *ecdsa.PrivateKey // of every certificate
	pem     []byte
	own     *tls.Certificate

	mu     sync.Mutex // guards the rest
	serial int64
	aws    map[string]*tls.Certificate // by name
}

// lifetime covers tests that advance the clock by years.
const lifetime = 100 * 365 * 24 * time.Hour

// New returns an authority whose own certificate is for these names and IP addresses.
func New(names []string) (*Authority, error) {
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := certificate(1, "Mock Secrets Manager CA")
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage = x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, &rootKey.PublicKey, rootKey)
	if err != nil {
		return nil, err
	}
	a := &Authority{rootKey: rootKey, key: key, serial: 1, pem: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}
	if a.root, err = x509.ParseCertificate(der); err != nil {
		return nil, err
	}
	a.own, err = a.issueLocked(names)
	return a, err
}

// PEM is the authority's certificate. It is not to be changed.
func (a *Authority) PEM() []byte { return a.pem }

// Pool holds the authority's certificate alone.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.root)
	return pool
}

// ServerConfig is for a server that shows the certificate that its client asks for.
func (a *Authority) ServerConfig() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		return a.certificate(strings.ToLower(hello.ServerName))
	}}
}

// mostNames bounds what is kept for clients that ask for ever other names.
const mostNames = 256

func (a *Authority) certificate(name string) (*tls.Certificate, error) {
	if !OfAWS(name) {
		return a.own, nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if made, ok := a.aws[name]; ok {
		return made, nil
	}
	made, err := a.issueLocked([]string{name})
	if err != nil {
		return nil, err
	}
	if len(a.aws) >= mostNames || a.aws == nil {
		a.aws = make(map[string]*tls.Certificate)
	}
	a.aws[name] = made
	return made, nil
}

func (a *Authority) issueLocked(names []string) (*tls.Certificate, error) {
	a.serial++
	template := certificate(a.serial, names[0])
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	der, err := x509.CreateCertificate(rand.Reader, template, a.root, &a.key.PublicKey, a.rootKey)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: a.key}, nil
}

func certificate(serial int64, name string) *x509.Certificate {
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name[:min(len(name), 64)]},
		NotBefore: now.Add(-24 * time.Hour), NotAfter: now.Add(lifetime),
		KeyUsage: x509.KeyUsageDigitalSignature,
	}
}

// OfAWS reports whether the host name is below one under which AWS has its endpoints, in any partition.
func OfAWS(name string) bool {
	for _, suffix := range []string{
		".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu", ".c2s.ic.gov", ".sc2s.sgov.gov", ".cloud.adc-e.uk",
		".csp.hci.ic.gov", ".api.aws", ".api.amazonwebservices.com.cn", ".api.amazonwebservices.eu",
	} {
		if len(name) <= 253 && len(name) > len(suffix) && strings.HasSuffix(strings.ToLower(name), suffix) {
			return true
		}
	}
	return false
}
