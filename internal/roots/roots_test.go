package roots_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"wicketkey.internal/internal/roots"
)

func root(tb testing.TB, name string) []byte {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour), IsCA: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		tb.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// bundle makes a file the system's.
func bundle(tb testing.TB, parts ...[]byte) {
	tb.Helper()
	file := filepath.Join(tb.TempDir(), "bundle.pem")
	if err := os.WriteFile(file, bytes.Join(parts, nil), 0o600); err != nil {
		tb.Fatal(err)
	}
	tb.Setenv("SSL_CERT_FILE", file)
}

func TestAmazon(t *testing.T) {
	one, other, three := root(t, "Amazon Root CA 1"), root(t, "Some Root"), root(t, "Starfield Services Root Certificate Authority - G2")
	want := x509.NewCertPool()
	want.AppendCertsFromPEM(one)
	want.AppendCertsFromPEM(three)
	crlf := bytes.ReplaceAll(three, []byte("\n"), []byte("\r\n"))
	for name, parts := range map[string][][]byte{
		"alone":             {one, three},
		"among others":      {other, one, other, three, other},
		"with comments":     {[]byte("# Amazon Root CA 1\n"), one, []byte("\nSubject: x\n"), three},
		"lines end in CRLF": {one, crlf},
		"beside rubbish":    {[]byte("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n"), one, three, []byte("-----BEGIN CERTIFICATE-----\nAAAA")},
		"beside other keys": {[]byte("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"), one, three},
	} {
		bundle(t, parts...)
		if got := roots.Amazon().Issuers(parsed(t, one, other, three)); got == nil || !got.Equal(want) {
			t.Errorf("%s: not the two roots of Amazon's", name)
		}
	}
}

func TestNoneOfAmazon(t *testing.T) {
	some := root(t, "Some Root")
	bundle(t, some)
	if roots.Amazon().Issuers(parsed(t, some)) != nil {
		t.Error("a pool out of nothing")
	}
	t.Setenv("SSL_CERT_FILE", filepath.Join(t.TempDir(), "missing"))
	if roots.Amazon() != nil {
		t.Error("roots out of a file that does not exist")
	}
}

func parsed(tb testing.TB, blocks ...[]byte) (chain []*x509.Certificate) {
	tb.Helper()
	for _, text := range blocks {
		block, _ := pem.Decode(text)
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			tb.Fatal(err)
		}
		chain = append(chain, cert)
	}
	return chain
}

// Only those roots are parsed that a chain may lead to: of one that is cross-signed
// there are two.
func TestIssuers(t *testing.T) {
	one, three, old := root(t, "Amazon Root CA 1"), root(t, "Amazon Root CA 3"), root(t, "Starfield Services Root Certificate Authority - G2")
	bundle(t, one, three, old)
	set, all := roots.Amazon(), parsed(t, one, three, old)
	issuedBy := func(root *x509.Certificate) *x509.Certificate { return &x509.Certificate{RawIssuer: root.RawSubject} }
	for name, tt := range map[string]struct{ chain, want []*x509.Certificate }{
		"one root":     {[]*x509.Certificate{issuedBy(all[1])}, all[1:2]},
		"cross-signed": {[]*x509.Certificate{issuedBy(all[0]), issuedBy(all[2])}, []*x509.Certificate{all[0], all[2]}},
		"of nobody's":  {parsed(t, root(t, "Amazon Root CA 10")), nil},
		"no chain":     {nil, nil},
	} {
		got, want := set.Issuers(tt.chain), x509.NewCertPool()
		for _, cert := range tt.want {
			want.AddCert(cert)
		}
		if (got != nil) != (tt.want != nil) || got != nil && !got.Equal(want) {
			t.Errorf("%s: not the %d roots expected", name, len(tt.want))
		}
	}
}

func BenchmarkAmazon(b *testing.B) {
	var parts [][]byte
	for range 140 {
		parts = append(parts, root(b, "Some Root"))
	}
	bundle(b, append(parts, root(b, "Amazon Root CA 1"))...)
	b.ReportAllocs()
	for b.Loop() {
		roots.Amazon()
	}
}

// Who forces the fallback roots of x509 wants nothing of the system's.
func TestForcedFallback(t *testing.T) {
	bundle(t, root(t, "Amazon Root CA 1"))
	if roots.Amazon() == nil {
		t.Fatal("no roots: the test proves nothing")
	}
	t.Setenv("GODEBUG", "x509usefallbackroots=1")
	if roots.Amazon() != nil {
		t.Error("the system's roots are trusted")
	}
}
