package sigv4_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"wicketkey.internal/mock/internal/sigv4"
)

// TestSignedExpect: net/http's server takes the header out of a request over HTTP/2, and with it out of what was signed.
func TestSignedExpect(t *testing.T) {
	for proto, h2 := range map[int]bool{1: false, 2: true} {
		var fault *sigv4.Fault
		var got int
		srv := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			got = r.ProtoMajor
			_, fault = sigv4.Verify(r, body, config())
		}))
		srv.EnableHTTP2 = h2
		srv.StartTLS()
		r := request(t, http.MethodPost, srv.URL+"/", "{}")
		signExpect(r, "100-continue")
		resp, err := srv.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		srv.Close()
		if got != proto || fault != nil {
			t.Errorf("over HTTP/%d (want %d): %v", got, proto, fault)
		}
	}
}

// signExpect signs by hand: SDKs leave Expect out of what they sign.
func signExpect(r *http.Request, value string) {
	const scope = "20251106/us-east-1/secretsmanager/aws4_request"
	r.Header.Set("Expect", value)
	r.Header.Set("X-Amz-Date", "20251106T132108Z")
	canonical := "POST\n/\n\nexpect:" + value + "\nhost:" + r.URL.Host + "\nx-amz-date:20251106T132108Z\n" +
		"x-amz-target:secretsmanager.GetSecretValue\n\nexpect;host;x-amz-date;x-amz-target\n" + hash("{}")
	key := []byte("AWS4" + longSecret)
	for _, part := range append(strings.Split(scope, "/"), "AWS4-HMAC-SHA256\n20251106T132108Z\n"+scope+"\n"+hash(canonical)) {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(part))
		key = h.Sum(nil)
	}
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+longKey+"/"+scope+
		", SignedHeaders=expect;host;x-amz-date;x-amz-target, Signature="+hex.EncodeToString(key))
}

// TestAlgorithmPrefix: nothing but the algorithm may stand before the fields.
func TestAlgorithmPrefix(t *testing.T) {
	for _, kind := range []string{"", "Bearer ", "xAWS4-HMAC-SHA256 ", "aws4-hmac-sha256 ", "AWS4-HMAC-SHA512 ", "AWS4-HMAC-SHA256, ", "Foo AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256 AWS4-HMAC-SHA256 "} {
		r := signed(t, longTerm(), "{}")
		fields := strings.TrimPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ")
		r.Header.Set("Authorization", kind+fields)
		if _, fault := sigv4.Verify(r, []byte("{}"), config()); fault == nil || fault.Reason != sigv4.Incomplete {
			t.Errorf("%q before the fields: %v", kind, fault)
		}
	}
}
