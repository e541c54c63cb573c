package sigv4_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"wicketkey.internal/mock/internal/sigv4"
)

// botocoreScript signs a set of requests with botocore's two signers and
// prints one JSON object a line.
const botocoreScript = `
import datetime, json, sys
import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

at = datetime.datetime(2025, 11, 6, 13, 21, 8, tzinfo=datetime.timezone.utc)
botocore.auth.get_current_datetime = lambda *a, **k: at.replace(tzinfo=None)
class Fixed(datetime.datetime):
    @classmethod
    def utcnow(cls): return at.replace(tzinfo=None)
    @classmethod
    def now(cls, tz=None): return at
if hasattr(botocore.auth, 'datetime'):
    try: botocore.auth.datetime.datetime = Fixed
    except (AttributeError, TypeError): botocore.auth.datetime = Fixed

keys = [Credentials(sys.argv[1], sys.argv[2]), Credentials(sys.argv[3], sys.argv[4], sys.argv[5])]
urls = ['https://secretsmanager.us-east-1.amazonaws.com/', 'http://127.0.0.1:8080/', 'http://localhost:5000/a%20b//c/../d/./?b=2&a=%2B%20x&a=1']
for key in keys:
    for url in urls:
        for body in ['', '{"SecretId":"caf\u00e9"}']:
            for signer in (botocore.auth.SigV4Auth, botocore.auth.SigV4QueryAuth):
                request = AWSRequest('POST', url, data=body.encode(), headers={
                    'Content-Type': 'application/x-amz-json-1.1', 'X-Amz-Target': 'secretsmanager.GetSecretValue',
                    'User-Agent': 'Boto3/1.0  md/x', 'amz-sdk-request': 'attempt=1'})
                signer(key, 'secretsmanager', 'us-east-1').add_auth(request)
                print(json.dumps({'signer': signer.__name__, 'url': request.url, 'headers': list(request.headers.items()),
                    'body': (request.data or b'').decode() if isinstance(request.data, bytes) else (request.data or ''), 'key': key.access_key}))
`

func TestVerifyAcceptsBotocore(t *testing.T) {
	if exec.Command("python3", "-c", "import botocore").Run() != nil {
		t.Skip("botocore is not installed for python3")
	}
	out, err := exec.Command("python3", "-c", botocoreScript, longKey, longSecret, sessionKey, sessionSecret, sessionToken).Output()
	if err != nil {
		t.Fatalf("botocore: %v", err)
	}
	count := 0
	dec := json.NewDecoder(bytes.NewReader(out))
	for dec.More() {
		var c struct {
			Signer, URL, Body, Key string
			Headers                [][2]string
		}
		if err := dec.Decode(&c); err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequest(http.MethodPost, c.URL, strings.NewReader(c.Body))
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range c.Headers {
			r.Header.Add(h[0], h[1])
		}
		if got, fault := sigv4.Verify(r, []byte(c.Body), config()); fault != nil || got != c.Key {
			t.Errorf("%s %s %q: Verify = %q, %v", c.Signer, c.URL, c.Body, got, fault)
		}
		count++
	}
	if count != 24 {
		t.Errorf("verified %d requests, want 24", count)
	}
}
