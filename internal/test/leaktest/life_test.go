package leaktest_test

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"wicketkey.internal/internal/test/memscan"
)

// Each deed has a secret of its own, so that what stays behind tells whose it is.
func TestNothingStaysOfADeed(t *testing.T) {
	each(t, func(t *testing.T) verdict {
		w := &deedWorld{secrets: map[string]payload{}}
		var needles []memscan.Needle
		for name := range deeds {
			secret := objectPayload(500)
			switch name {
			case "keys", "many":
				secret = keysPayload(300)
			case "panic":
				secret = gatewayPayload(500)
			case "escaped":
				secret = escapedPayload(500)
			}
			needles = append(needles, secret.needles(name)...)
			if name == "escaped" {
				secret = gatewayPayloadOf(secret)
			}
			w.secrets[name] = secret
		}
		srv := serve(t, tls.VersionTLS13, w.answer, func(string, int32) []byte { return nil })
		client := start(t, orders{Role: "life", URL: srv.URL, CA: srv.ca(), TLS: tls.VersionTLS13, Dir: t.TempDir()}, needles)
		return client.watch(map[string]copies{"closed": {}, "disconnected": {}, "collected": {}}, nil)
	})
}

// deedWorld answers for every name that begins with a deed's.
type deedWorld struct {
	secrets map[string]payload

	mu    sync.Mutex
	calls int
}

var scope = regexp.MustCompile(`/([a-z0-9-]+)/secretsmanager/`)

func (d *deedWorld) answer(s *service, w http.ResponseWriter, r *http.Request, _ []byte) {
	d.mu.Lock()
	d.calls++
	call := d.calls
	d.mu.Unlock()
	var asked struct {
		SecretId     string
		SecretIdList []string
	}
	data, _ := io.ReadAll(r.Body)
	_ = json.Unmarshal(data, &asked)
	region := scope.FindStringSubmatch(r.Header.Get("Authorization"))[1]
	if asked.SecretIdList != nil {
		var entries [][]byte
		for _, id := range asked.SecretIdList {
			if id != "missing" {
				entries = append(entries, d.entry(id, region, call))
			}
		}
		last := bytes.Replace(entries[len(entries)-1], []byte(`"SecretString":"`), []byte(`"SecretBinary":"`), 1)
		entries = append(entries, last)
		withLength(s, w, r, append(append([]byte(`{"Errors":[],"SecretValues":[`), bytes.Join(entries, []byte(","))...), "]}"...))
		return
	}
	switch {
	case asked.SecretId == "missing":
		withStatus(400)(s, w, r, []byte(`{"__type":"ResourceNotFoundException","Message":"Secrets Manager can't find the specified secret."}`))
	case asked.SecretId == "failover" && region == "us-east-1":
		withStatus(503)(s, w, r, d.entry(asked.SecretId, region, call))
	default:
		withLength(s, w, r, d.entry(asked.SecretId, region, call))
	}
}

// entry is AWS's for a secret in a region, each time another version.
func (d *deedWorld) entry(id, region string, call int) []byte {
	id = id[strings.LastIndexByte(id, ':')+1:] // of an ARN
	deed, _, _ := strings.Cut(id, "-")
	return bytes.Replace(d.secrets[deed].entry(id, call%16), []byte("us-east-1"), []byte(region), 1)
}

// keysPayload is an object with all kinds of values. What stands between the random parts
// is shorter than 14 bytes, or the program's own copy of it might be taken for a trace.
func keysPayload(n int) payload {
	p := payload{member: "SecretString", inner: textPayload(n).value}
	p.value = fmt.Appendf(nil, `{"s":"%[1]s","e\n":"%[3]s%[1]s","o":{"%[1]s":["%[1]s"]},"a":["%[1]s",{"k":"%[1]s"}],"n":%[2]s,"t":%[4]v,"":"%[1]s"}`,
		p.inner, digitsPayload(n).value, `\u0041`, true)
	return p.quoted()
}

// gatewayPayloadOf is a configuration, not encoded, with that private key.
func gatewayPayloadOf(key payload) payload {
	p := payload{member: "SecretString"}
	p.value = fmt.Appendf(nil, `{"hostname":"example.com","clientId":"%s","privateKey":"%s","serverPublicKeyId":"10","appKey":"YXBwLWtleQ=="}`,
		strings.Repeat("QUFB", 21)+"QQ==", key.wire)
	return p.quoted()
}

// quoted makes the text that the value travels as.
func (p payload) quoted() payload {
	p.wire = bytes.ReplaceAll(bytes.ReplaceAll(p.value, []byte(`\`), []byte(`\\`)), []byte(`"`), []byte(`\"`))
	return p
}
