package mock_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"wicketkey.internal/mock"
)

const wrongSignature = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."

// TestCredentials holds AWS's answers to credentials that are missing, wrong, old or meant for something else.
func TestCredentials(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*peer)         // before signing
		at     time.Duration       // the client's clock against the server's
		spoil  func(*http.Request) // after signing
		want   string
	}{
		"right":          {want: `"SecretString":"x"`},
		"none":           {spoil: func(r *http.Request) { r.Header.Del("Authorization") }, want: refusal("MissingAuthenticationTokenException", "Missing Authentication Token")},
		"unknown key":    {change: key("AKIANOBODY", "x", ""), want: refusal("UnrecognizedClientException", "The security token included in the request is invalid.")},
		"wrong secret":   {change: key("AKIAIOSFODNN7EXAMPLE", "x", ""), want: refusal("InvalidSignatureException", wrongSignature)},
		"no token":       {change: key("ASIASESSION", "s", ""), want: refusal("UnrecognizedClientException", "The security token included in the request is invalid.")},
		"wrong token":    {change: key("ASIASESSION", "s", "other"), want: refusal("UnrecognizedClientException", "The security token included in the request is invalid.")},
		"right token":    {change: key("ASIASESSION", "s", "token"), want: `"SecretString":"x"`},
		"expired":        {change: key("ASIAEXPIRED", "s", "token"), want: refusal("ExpiredTokenException", "The security token included in the request is expired")},
		"changed body":   {spoil: func(r *http.Request) { r.Header.Set("X-Amz-Target", "secretsmanager.DescribeSecret") }, want: refusal("InvalidSignatureException", wrongSignature)},
		"slow clock":     {at: -6 * time.Minute, want: `"InvalidSignatureException","message":"Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 5 min\.\)"`},
		"fast clock":     {at: 6 * time.Minute, want: `"InvalidSignatureException","message":"Signature not yet current: `},
		"within minutes": {at: -4 * time.Minute, want: `"SecretString":"x"`},
		"other region":   {change: func(p *peer) { p.cfg.Region = "eu-west-1" }, want: refusal("InvalidSignatureException", "Credential should be scoped to a valid region, not 'eu-west-1'. ")},
	} {
		t.Run(name, func(t *testing.T) {
			p := mockPeer(mock.Start(t, &mock.Options{Regions: []string{"us-east-1"}, Keys: []mock.AccessKey{
				{ID: "ASIASESSION", Secret: "s", SessionToken: "token"},
				{ID: "ASIAEXPIRED", Secret: "s", SessionToken: "token", Expires: time.Now().Add(-time.Minute)},
			}}))
			p.srv.Put("a", []byte("x"))
			if c.change != nil {
				c.change(p)
			}
			req, err := p.request(t.Context(), "GetSecretValue", `{"SecretId":"a"}`, time.Now().Add(c.at))
			if err != nil {
				t.Fatal(err)
			}
			if c.spoil != nil {
				c.spoil(req)
			}
			got := p.send(req)
			if problem := judge(got, c.want); problem != "" {
				t.Errorf("got %d %s\nwant %s", got.status, got.body, problem)
			}
		})
	}
}

func key(id, secret, token string) func(*peer) {
	return func(p *peer) {
		p.cfg.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: id, SecretAccessKey: secret, SessionToken: token}, nil
		})
	}
}

// TestPresigned signs in the query.
func TestPresigned(t *testing.T) {
	p := mockPeer(mock.Start(t))
	p.srv.Put("a", []byte("x"))
	const body = `{"SecretId":"a"}`
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/?X-Amz-Expires=60", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Amz-Target", "secretsmanager.GetSecretValue")
	creds, _ := p.cfg.Credentials.Retrieve(t.Context())
	url, headers, err := v4.NewSigner().PresignHTTP(t.Context(), creds, req, hashOf(body), "secretsmanager", "us-east-1", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	signed, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range headers {
		signed.Header[name] = values
	}
	if got := p.send(signed); got.status != http.StatusOK {
		t.Errorf("got %d %s", got.status, got.body)
	}
}

// TestServersShareNothing has one process run two.
func TestServersShareNothing(t *testing.T) {
	one, two := mock.Start(t), mock.Start(t)
	one.Put("a", []byte("x"))
	one.FailNext(1, mock.Throttling)
	_, err := secretsmanager.NewFromConfig(two.AWSConfig()).GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("a")})
	if codeOf(err) != "ResourceNotFoundException" || one.Calls("GetSecretValue") != 0 {
		t.Errorf("got %v", err)
	}
}
