package transport_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"wicketkey.internal/internal/test/emulator"
	"wicketkey.internal/internal/transport"
)

// In FIPS mode crypto/tls refuses chains with keys that the standard does not
// allow. Our shortcut through Amazon's roots must not be a way around that.
func TestFIPSModeRefusesWeakKeys(t *testing.T) {
	const inner = "WICKETKEY_TEST_FIPS_URL"
	if to := os.Getenv(inner); to != "" {
		tr := transport.New(transport.Options{TLSTimeout: time.Minute})
		defer tr.Close()
		resp, err := tr.Do(newRequest(t, t.Context(), to))
		if err == nil {
			resp.Body.Close()
		}
		var untrusted *tls.CertificateVerificationError
		if weak := os.Getenv("GODEBUG") == "fips140=on"; weak != errors.As(err, &untrusted) {
			t.Errorf("GODEBUG=%s: %v", os.Getenv("GODEBUG"), err)
		}
		return
	}
	srv, file := weakServer(t)
	for _, mode := range []string{"fips140=off", "fips140=on"} {
		cmd := emulator.Self(t.Context(), "-test.run=^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), inner+"="+srv.URL, "SSL_CERT_FILE="+file, "SSL_CERT_DIR="+t.TempDir(), "GODEBUG="+mode)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}
}

// weakServer has an RSA key of 1,536 bits, too few for FIPS 140-3; file holds
// its certificate.
func weakServer(t *testing.T) (srv *httptest.Server, file string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 1536)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	srv = httptest.NewUnstartedServer(http.HandlerFunc(echo))
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	file = filepath.Join(t.TempDir(), "root.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return srv, file
}
