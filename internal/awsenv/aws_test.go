package awsenv_test

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// soon is when everything that this AWS hands out ends: within the hour, since
// the SDK caps what instance metadata says at one hour from now.
var soon = time.Now().Add(40 * time.Minute).UTC().Truncate(time.Second)

// startAWS plays STS, a container endpoint and instance metadata.
// The keys that it gives out spell the request they answer, so that equal keys
// mean equal requests.
func startAWS(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /sts", serveSTS)
	mux.HandleFunc("POST /sts/{$}", serveSTS)
	mux.HandleFunc("POST /{$}", serveSTS)
	mux.HandleFunc("GET /container", serveContainer)
	mux.HandleFunc("PUT /latest/api/token", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", r.Header.Get("X-Aws-Ec2-Metadata-Token-Ttl-Seconds"))
		io.WriteString(w, "session-token")
	})
	mux.HandleFunc("GET /latest/meta-data/iam/security-credentials/{role...}", serveRole)
	mux.HandleFunc("GET /latest/dynamic/instance-identity/document", func(w http.ResponseWriter, r *http.Request) {
		writeJSON(w, map[string]any{"region": "ap-northeast-1"})
	})
	server := httptest.NewServer(mux)
	// The SDK's clients cannot be closed, and each would keep its connection.
	server.Config.SetKeepAlivesEnabled(false)
	t.Cleanup(server.Close)
	return server.URL
}

func serveSTS(w http.ResponseWriter, r *http.Request) {
	r.ParseForm()
	form := r.PostForm
	if form.Get("RoleArn") == "arn:aws:iam::123456789012:role/denied" {
		w.WriteHeader(http.StatusForbidden)
		io.WriteString(w, `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>`+
			`<Code>AccessDenied</Code><Message>not authorized &amp; not welcome</Message></Error></ErrorResponse>`)
		return
	}
	if strings.HasPrefix(form.Get("RoleSessionName"), "wicketkey-") ||
		strings.HasPrefix(form.Get("RoleSessionName"), "aws-go-sdk-") || isDigits(form.Get("RoleSessionName")) {
		form.Set("RoleSessionName", "generated")
	}
	said := fmt.Sprintf("%s signed=%s token=%s", form.Encode(), scope(r), r.Header.Get("X-Amz-Security-Token"))
	if form.Has("ExternalId") {
		said += " id=" + form.Get("ExternalId") // unescaped, so that the answer needs escaping
	}
	result := form.Get("Action") + "Result"
	fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?><!-- sts --><%sResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><%s>`+
		`<Audience/><AssumedRoleUser><AssumedRoleId>AROA:s</AssumedRoleId><Arn>arn:aws:sts::210987654321:assumed-role/r/s</Arn></AssumedRoleUser>`+
		"<Credentials>\n  <AccessKeyId>ASIASTS</AccessKeyId>\n<SecretAccessKey>%s</SecretAccessKey><SessionToken><![CDATA[t<o>k]]></SessionToken>"+
		`<Expiration>%s</Expiration></Credentials></%s><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></%sResponse>`,
		form.Get("Action"), result, escape(said), soon.Format(time.RFC3339), result, form.Get("Action"))
}

func serveContainer(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, map[string]any{"AccessKeyId": "ASIACONTAINER", "SecretAccessKey": "auth=" + r.Header.Get("Authorization"),
		"Token": "container-token", "Expiration": soon.Format(time.RFC3339), "AccountId": "123456789012"})
}

func serveRole(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("X-Aws-Ec2-Metadata-Token") != "session-token" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if r.PathValue("role") == "" {
		io.WriteString(w, "gateway-role")
		return
	}
	writeJSON(w, map[string]any{"Code": "Success", "AccessKeyId": "ASIAIMDS", "SecretAccessKey": "secret of " + r.PathValue("role"),
		"Token": "imds-token", "Expiration": soon.Format(time.RFC3339)})
}

// scope is key and region that signed a request; empty if unsigned.
func scope(r *http.Request) string {
	_, credential, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	parts := strings.Split(credential, "/")
	if len(parts) < 4 {
		return ""
	}
	return url.QueryEscape(strings.Join(parts[:1], "") + "@" + parts[2] + "/" + parts[3])
}

func isDigits(s string) bool {
	return s != "" && !slices.ContainsFunc([]byte(s), func(c byte) bool { return c < '0' || c > '9' })
}

func escape(s string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(s))
	return b.String()
}

func writeJSON(w http.ResponseWriter, v map[string]any) { json.NewEncoder(w).Encode(v) }
