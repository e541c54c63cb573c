// Command floor starts cold with nothing but crypto/tls and a signature made by
// hand, with credentials given and one root to trust: what no client can undercut.
package main

import (
	"bufio"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"wicketkey.internal/benchmarks/programs/tell"
)

func main() { tell.Secrets(fetch()) }

func fetch() (int, error) {
	endpoint, err := url.Parse(os.Getenv("AWS_ENDPOINT_URL_SECRETS_MANAGER"))
	if err != nil {
		return 0, err
	}
	raw, err := net.Dial("tcp", endpoint.Host)
	if err != nil {
		return 0, err
	}
	root, err := os.ReadFile(os.Getenv("FLOOR_ROOT"))
	if err != nil {
		return 0, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(root)
	conn := tls.Client(raw, &tls.Config{RootCAs: roots, ServerName: endpoint.Hostname(), MinVersion: tls.VersionTLS12})
	if _, err := io.WriteString(conn, request(endpoint.Host, time.Now().UTC())); err != nil {
		return 0, err
	}
	return length(conn)
}

func length(conn net.Conn) (int, error) {
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, err
	}
	if resp.StatusCode != http.StatusOK {
		return 0, errors.New(resp.Status)
	}
	var answer struct{ SecretString string }
	err = json.NewDecoder(resp.Body).Decode(&answer)
	return len(answer.SecretString), err
}

// request is GetSecretValue under AWS Signature Version 4.
func request(host string, now time.Time) string {
	const (
		target = "secretsmanager.GetSecretValue"
		kind   = "application/x-amz-json-1.1"
		signed = "content-type;host;x-amz-date;x-amz-target"
	)
	region, date, day := os.Getenv("AWS_REGION"), now.Format("20060102T150405Z"), now.Format("20060102")
	body := `{"SecretId":"` + tell.ID + `"}`
	canonical := "POST\n/\n\ncontent-type:" + kind + "\nhost:" + host + "\nx-amz-date:" + date + "\nx-amz-target:" + target + "\n\n" + signed + "\n" + digest(body)
	scope := day + "/" + region + "/secretsmanager/aws4_request"
	toSign := "AWS4-HMAC-SHA256\n" + date + "\n" + scope + "\n" + digest(canonical)
	key := []byte("AWS4" + os.Getenv("AWS_SECRET_ACCESS_KEY"))
	for _, part := range []string{day, region, "secretsmanager", "aws4_request", toSign} {
		key = mac(key, part)
	}
	return fmt.Sprintf("POST / HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nX-Amz-Date: %s\r\nX-Amz-Target: %s\r\n"+
		"Authorization: AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%x\r\nContent-Length: %d\r\n\r\n%s",
		host, kind, date, target, os.Getenv("AWS_ACCESS_KEY_ID"), scope, signed, key, len(body), body)
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

func mac(key []byte, s string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(s))
	return h.Sum(nil)
}
