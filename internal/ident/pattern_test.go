package ident_test

import (
	"testing"

	"wicketkey.internal/internal/ident"
)

func TestPattern(t *testing.T) {
	for _, tt := range []struct{ id, region, account, want string }{
		{"gateway", "us-east-1", "123456789012", "arn:aws:secretsmanager:us-east-1:123456789012:secret:gateway-??????"},
		{"gateway", "", "", "arn:aws:secretsmanager:*:*:secret:gateway-??????"},
		{"gateway", "cn-north-1", "", "arn:aws-cn:secretsmanager:cn-north-1:*:secret:gateway-??????"},
		{"gateway-config", "us-gov-west-1", "", "arn:aws-us-gov:secretsmanager:us-gov-west-1:*:secret:gateway-config-??????"},
		{"arn:aws:secretsmanager:eu-west-1:123456789012:secret:gateway", "us-east-1", "", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:gateway-??????"},
		{"arn:aws:secretsmanager:eu-west-1:123456789012:secret:gateway-Vwt7zX", "us-east-1", "", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:gateway-Vwt7zX"},
	} {
		id, err := ident.ParseID(tt.id)
		if err != nil {
			t.Fatal(err)
		}
		if got := id.Pattern(tt.region, tt.account); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.id, got, tt.want)
		}
	}
}

// What people paste who are shown an ARN or the console is told for what it is.
func TestPastedPieces(t *testing.T) {
	for in, cause := range map[string]string{
		"https://us-east-1.console.aws.amazon.com/secretsmanager/secret?name=gateway&region=us-east-1": "the address of a page",
		"http://x":                              "the address of a page",
		"us-east-1:123456789012:secret:gateway": "the ARN lacks its beginning",
		"secretsmanager:us-east-1:123456789012:secret:gateway-Vwt7zX": "the ARN lacks its beginning",
		"123456789012:secret:gateway-Vwt7zX":                          "the ARN lacks its beginning",
	} {
		_, err := ident.Parse(in)
		e, ok := err.(*ident.Error)
		if !ok || e.Cause != cause || e.Remedy == "" {
			t.Errorf("%s: %v, want %s", in, err, cause)
		}
	}
	for _, in := range []string{"secret:gateway", "gateway:key:secret", "gateway:123456789012"} {
		if _, err := ident.Parse(in); err != nil {
			t.Errorf("%s: %v", in, err)
		}
	}
}
