package awsenv

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// Where STS is called, and for which region a request is signed, must be what
// the SDK's own client makes of it, in every partition, and for regions that
// are none.
func TestEndpointsAreTheSDKs(t *testing.T) {
	regions := []string{"us-east-1", "eu-central-1", "ap-southeast-7", "cn-north-1", "us-gov-west-1", "eusc-de-east-1",
		"us-iso-east-1", "us-isob-east-1", "eu-isoe-west-1", "us-isof-south-1", "xx-nowhere-1", "",
		"aws-global", "aws-us-gov-global", "aws-cn-global", "fips-us-east-1", "us-east-1-fips", "us-fips-east-1", "fips-aws-global", "us-gov-west-1-fips",
		"evil.example#", "evil.example/", "evil.example/x?", "a@evil.example", "evil.example:1", "us-east-1 ", "-us-east-1", "us_east_1", "a.b", ".", "a..b", "\u00e9", strings.Repeat("a", 64)}
	for _, region := range regions {
		for _, flags := range []string{"", "fips", "dual", "fips dual", "custom", "custom slash", "custom fips", "custom dual"} {
			t.Run(region+"/"+flags, func(t *testing.T) {
				fips, dual, endpoint := strings.Contains(flags, "fips"), strings.Contains(flags, "dual"), ""
				if strings.Contains(flags, "custom") {
					endpoint = "http://custom.example:81/a"
				}
				if strings.Contains(flags, "slash") {
					endpoint += "/?q=1"
				}
				set := &settings{fips: &fips, dualStack: &dual}
				got := ""
				if at, err := set.stsAt(region, endpoint); err == nil {
					got = fmt.Sprint(at.url, " ", at.signer)
				}
				if want := sdkCalls(t, region, endpoint, fips, dual); got != want {
					t.Errorf("calls %q, the SDK %q", got, want)
				}
			})
		}
	}
}

type doFunc func(*http.Request) (*http.Response, error)

func (f doFunc) Do(r *http.Request) (*http.Response, error) { return f(r) }

// sdkCalls has the SDK assume a role, and returns the URL and the region of the
// signature; empty where nothing is sent.
func sdkCalls(t *testing.T, region, endpoint string, fips, dual bool) (sent string) {
	o := sts.Options{
		Region: region, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("AKIA", "s", ""),
		HTTPClient: doFunc(func(r *http.Request) (*http.Response, error) {
			_, scope, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=AKIA/")
			sent = fmt.Sprint(r.URL, " ", strings.Split(scope, "/")[1])
			return nil, net.ErrClosed
		}),
	}
	if endpoint != "" {
		o.BaseEndpoint = &endpoint
	}
	if fips {
		o.EndpointOptions.UseFIPSEndpoint = aws.FIPSEndpointStateEnabled
	}
	if dual {
		o.EndpointOptions.UseDualStackEndpoint = aws.DualStackEndpointStateEnabled
	}
	_, err := sts.New(o).AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: aws.String("arn:aws:iam::123456789012:role/r"), RoleSessionName: aws.String("session")})
	if err == nil {
		t.Fatal("a role without a connection")
	}
	return sent
}
