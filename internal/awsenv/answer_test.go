//go:build unix

package awsenv_test

import (
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"
	"github.com/aws/aws-sdk-go-v2/credentials/processcreds"
	sdkimds "github.com/aws/aws-sdk-go-v2/feature/ec2/imds"

	"wicketkey.internal/internal/awsenv"
)

// A field of another source's answer counts for nothing, whatever it holds: an
// agent that serves several clients gives the token under both names.
func TestAnswersHaveFieldsOfOthers(t *testing.T) {
	const keys = `"Code":"Success","AccessKeyId":"ASIA","SecretAccessKey":"s","Expiration":"2999-01-01T00:00:00Z"`
	for _, answer := range []string{
		`{` + keys + `,"Version":1,"Token":"t","SessionToken":"t"}`,
		`{` + keys + `,"Version":1,"Token":"t","SessionToken":"other"}`,
		`{` + keys + `,"Version":1,"Token":"t"}`,
		`{` + keys + `,"Version":1,"SessionToken":"t"}`,
		`{` + keys + `,"Version":"1","Token":"t"}`,
		`{` + keys + `,"Version":1,"Token":"t","SessionToken":{"of":"nobody"}}`,
		`{` + keys + `,"Version":1,"Token":["of nobody"],"SessionToken":"t"}`,
		`{` + keys + `,"Version":1,"Token":"t","Message":{"text":"m"}}`,
		`{` + keys + `,"Version":1,"Token":"t","AccountId":"123456789012"}`,
		`{` + keys + `,"Version":1,"Token":"t","AccountId":123456789012}`,
	} {
		synctest.Test(t, func(t *testing.T) {
			n := newNetwork(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body := answer
				switch {
				case r.Method == http.MethodPut:
					w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "300")
					body = "tok"
				case r.URL.Path == "/latest/meta-data/iam/security-credentials/":
					body = "role"
				}
				answering(200, body)(w, r)
			}))
			for source, side := range map[string]struct {
				sdk aws.CredentialsProvider
				env map[string]string
			}{
				"container": {endpointcreds.New("http://127.0.0.1:8080/keys", func(o *endpointcreds.Options) { o.HTTPClient = clientOn(t, n) }),
					env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:8080/keys")},
				"instance": {ec2rolecreds.New(func(o *ec2rolecreds.Options) { o.Client = sdkimds.New(sdkimds.Options{HTTPClient: clientOn(t, n)}) }), nil},
			} {
				sameKeys(t, source+": "+answer, side.sdk, load(t, side.env, awsenv.Options{DialContext: n.dial}))
			}
		})
		l, _ := runProcess(t, "echo '"+answer+"'")
		sameKeys(t, "process: "+answer, processcreds.NewProvider("echo '"+answer+"'"), l)
	}
}

func sameKeys(t *testing.T, what string, sdk aws.CredentialsProvider, l *awsenv.Loaded) {
	t.Helper()
	defer l.Close()
	want, wantErr := sdk.Retrieve(t.Context())
	got, err := l.Config.Credentials.Retrieve(t.Context())
	if (err == nil) != (wantErr == nil) || err == nil && (got.AccessKeyID != want.AccessKeyID || got.SessionToken != want.SessionToken || got.AccountID != want.AccountID) {
		t.Errorf("%s\nSDK:  token %q, account %q, %v\nours: token %q, account %q, %v", what, want.SessionToken, want.AccountID, wantErr, got.SessionToken, got.AccountID, err)
	}
}
