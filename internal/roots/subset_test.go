package roots

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"
)

// The oracle is crypto/x509: whatever bundle it reads, we trust no certificate
// that it does not.

func made(tb testing.TB, name string) []byte {
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

func certificates(set *Set) (certs []*x509.Certificate) {
	for _, der := range set.roots {
		if cert, err := x509.ParseCertificate(der); err == nil {
			certs = append(certs, cert)
		}
	}
	return certs
}

// check compares and gives how many certificates of Amazon's both found.
func check(t *testing.T, bundle []byte) int {
	t.Helper()
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(bundle)
	set, err := amazons(bytes.NewReader(bundle))
	if err != nil {
		t.Fatal(err)
	}
	certs := certificates(set)
	for _, cert := range certs {
		union := trusted.Clone()
		union.AddCert(cert)
		if !union.Equal(trusted) {
			t.Fatalf("%s is not trusted by x509 in\n%q", cert.Subject, bundle)
		}
	}
	return len(certs)
}

func FuzzSubset(f *testing.F) {
	one, two, three := made(f, "Amazon Root CA 1"), made(f, "Some Root"), made(f, "Amazon Root CA 3")
	for _, seed := range mutants(one, two, three) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, bundle []byte) { check(t, bundle) })
}

// mutants are bundles as people and tools leave them behind.
func mutants(parts ...[]byte) (list [][]byte) {
	whole := string(bytes.Join(parts, nil))
	for _, m := range []struct{ from, to string }{
		{"", ""}, {"-----BEGIN", "#-----BEGIN"}, {"-----BEGIN", " -----BEGIN"}, {"-----BEGIN", "distrusted: -----BEGIN"},
		{"-----BEGIN", "-----BEGIN X-----\n-----BEGIN"}, {"-----END", " -----END"}, {"-----END", "#-----END"}, {"\n", ""}, {"\n", " "},
		{"\n", "\r\n"}, {"\n", "\r"}, {"\n", "\n\n"}, {"CERTIFICATE-----\n", "CERTIFICATE-----\nComment: x\n\n"},
		{"CERTIFICATE-----\n", "CERTIFICATE-----\nComment: x\n"}, {"CERTIFICATE-----\n", "CERTIFICATE----- \n"}, {"-----\n", "----- x\n"},
		{"BEGIN CERTIFICATE", "BEGIN TRUSTED CERTIFICATE"}, {"CERTIFICATE", "X509 CRL"}, {"END CERTIFICATE", "END"}, {"=", ""}, {"=", "=="},
	} {
		if m.from == "" {
			list = append(list, []byte(whole))
			continue
		}
		list = append(list, []byte(strings.ReplaceAll(whole, m.from, m.to)), []byte(strings.Replace(whole, m.from, m.to, 1)))
	}
	return list
}

// Each token that means something, at each place.
func TestSubsetOfWhatX509Trusts(t *testing.T) {
	other, one := made(t, "Some Root"), made(t, "Amazon Root CA 1")
	whole := bytes.Join([][]byte{other, one}, nil)
	found := 0
	for _, token := range []string{"", "#", " ", "\t", "\n", "\r", "-", ":", "=", "A", "\x00", "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----\n",
		"\n-----END CERTIFICATE-----\n", "\n-----BEGIN CERTIFICATE-----\n", "\n-----END X-----\n", "a: b\n", "\n\n"} {
		for at := range len(whole) {
			found += check(t, []byte(fmt.Sprintf("%s%s%s", whole[:at], token, whole[at:])))
			if len(token) == 1 {
				found += check(t, []byte(fmt.Sprintf("%s%s%s", whole[:at], token, whole[at+1:])))
			}
		}
	}
	for _, m := range mutants(one, other) {
		found += check(t, m)
	}
	if found < 5_000 {
		t.Errorf("%d certificates found in all: the test proves little", found)
	}
}

// The names are found in base64 wherever they stand.
func TestNamesInBase64(t *testing.T) {
	for _, name := range []string{"Amazon Root CA 1", "Starfield Services Root Certificate Authority - G2"} {
		for n := range 30 {
			block, _ := pem.Decode(made(t, strings.Repeat("x", n)+name))
			text := strings.ReplaceAll(strings.ReplaceAll(string(pem.EncodeToMemory(block)), "\n", ""), "-", "")
			if !mayNameAmazon([]byte(text)) || !namesAmazon(block.Bytes) {
				t.Errorf("%s after %d characters is not found", name, n)
			}
		}
	}
	if mayNameAmazon(bytes.ReplaceAll(made(t, "Some Root"), []byte("\n"), nil)) {
		t.Error("found in another root")
	}
}
