package sigv4_test

import (
	"bytes"
	"net/http"
	"net/url"
	"testing"

	"wicketkey.internal/mock/internal/sigv4"
)

// Whatever a stranger sends, it is refused and nothing panics.
func FuzzVerifyStranger(f *testing.F) {
	f.Add("POST", "/", "", "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20251106/us-east-1/secretsmanager/aws4_request, SignedHeaders=host;x-amz-date, Signature=00", "20251106T132108Z", "X-Odd", "v", []byte("{}"))
	f.Add("GET", "//a/../%2e", "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a%2Fb%2Fc%2Fd%2Fe&X-Amz-Signature=%zz&X-Amz-Expires=9&X-Amz-Date=1&X-Amz-SignedHeaders=host", "", "", "Host", "", []byte(nil))
	f.Add("", "..", "&&=&", "AWS4-HMAC-SHA256 =,,= Credential", "Thu, 06 Nov 2025 13:21:08 GMT", "x-amz-content-sha256", "UNSIGNED-PAYLOAD", []byte("x"))
	f.Fuzz(func(t *testing.T, method, path, query, auth, date, name, value string, body []byte) {
		r := &http.Request{Method: method, Host: "localhost", URL: &url.URL{Path: path, RawPath: path, RawQuery: query}, Header: http.Header{}}
		r.Header[name] = []string{value}
		r.Header["Authorization"] = []string{auth}
		r.Header["X-Amz-Date"] = []string{date}
		_, fault := sigv4.Verify(r, body, config())
		if fault == nil {
			t.Fatalf("accepted %+v", r)
		}
		if fault.Code == "" || fault.Status != http.StatusBadRequest || !bytes.HasPrefix(fault.Body(), []byte(`{"__type":"`)) {
			t.Fatalf("odd fault %+v, body %s", fault, fault.Body())
		}
	})
}

// A signed request of which one part was changed is refused.
func FuzzVerifyTampered(f *testing.F) {
	for part := range byte(9) {
		f.Add(part, "x")
	}
	f.Add(byte(0), `{"SecretId":"db/main"} `)
	f.Fuzz(func(t *testing.T, part byte, with string) {
		const body = `{"SecretId":"db/main"}`
		r, sent := signed(t, session(), body), body
		set := func(p *string) bool {
			same := *p == with
			*p = with
			return same
		}
		setHeader := func(name string) bool {
			v := r.Header.Get(name)
			same := set(&v)
			r.Header[name] = []string{v}
			return same
		}
		var same bool
		switch part % 9 {
		case 0:
			same = set(&sent)
		case 1:
			same = set(&r.Method)
		case 2: // "", "/", "//" and "/./" name one path
			same = set(&r.URL.Path)
			if p := r.URL.EscapedPath(); len(bytes.Trim([]byte(p), "/.")) == 0 {
				same = true
			}
		case 3:
			same = set(&r.URL.RawQuery) || len(bytes.Trim([]byte(with), "&")) == 0
		case 4:
			same = set(&r.Host) || with == ""
		case 5:
			same = setHeader("X-Amz-Target")
		case 6:
			same = setHeader("X-Amz-Date")
		case 7:
			same = setHeader("X-Amz-Security-Token")
		case 8:
			same = setHeader("Authorization")
		}
		if _, fault := sigv4.Verify(r, []byte(sent), config()); fault == nil && !same && !blanksOnly(part, with) {
			t.Fatalf("accepted with part %d changed to %q", part%9, with)
		}
	})
}

// blanksOnly reports whether a header's change may be no more than the blanks
// that canonicalisation evens out, or another spelling of the same header.
func blanksOnly(part byte, with string) bool {
	switch part % 9 {
	case 4:
		return bytes.Equal(bytes.TrimSpace([]byte(with)), []byte("secretsmanager.us-east-1.amazonaws.com"))
	case 5:
		return bytes.Equal(bytes.TrimSpace([]byte(with)), []byte("secretsmanager.GetSecretValue"))
	case 6:
		return with == "Thu, 06 Nov 2025 13:21:08 GMT"
	}
	return false
}
