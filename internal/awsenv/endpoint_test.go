package awsenv_test

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"wicketkey.internal/internal/awsenv"
)

// Where STS, SSO and OIDC are called, in every partition, must be where the
// SDK's own clients for them would call.
func TestEndpointsAreTheSDKs(t *testing.T) {
	regions := []string{"us-east-1", "eu-central-1", "ap-southeast-7", "cn-north-1", "us-gov-west-1", "eusc-de-east-1",
		"us-iso-east-1", "us-isob-east-1", "eu-isoe-west-1", "us-isof-south-1", "xx-nowhere-1"}
	for _, region := range regions {
		for _, flags := range []string{"", "fips", "dual", "fips dual"} {
			fips, dual := flags == "fips" || flags == "fips dual", flags == "dual" || flags == "fips dual"
			for service, want := range sdkEndpoints(t, region, fips, dual) {
				t.Run(fmt.Sprintf("%s/%s/%s", service, region, flags), func(t *testing.T) {
					if got := called(t, service, region, fips, dual); got != want {
						t.Errorf("called %q, the SDK calls %q", got, want)
					}
				})
			}
		}
	}
}

// sdkEndpoints returns the address of each service, empty where there is none.
func sdkEndpoints(t *testing.T, region string, fips, dual bool) map[string]string {
	ctx, found := t.Context(), map[string]string{}
	put := func(service string, u url.URL, err error) {
		found[service] = ""
		if err == nil {
			found[service] = u.Host + ":443"
		}
	}
	e, err := sts.NewDefaultEndpointResolverV2().ResolveEndpoint(ctx, sts.EndpointParameters{Region: &region, UseFIPS: &fips, UseDualStack: &dual, UseGlobalEndpoint: aws.Bool(false)})
	put("sts", e.URI, err)
	e, err = sso.NewDefaultEndpointResolverV2().ResolveEndpoint(ctx, sso.EndpointParameters{Region: &region, UseFIPS: &fips, UseDualStack: &dual})
	put("sso", e.URI, err)
	e, err = ssooidc.NewDefaultEndpointResolverV2().ResolveEndpoint(ctx, ssooidc.EndpointParameters{Region: &region, UseFIPS: &fips, UseDualStack: &dual})
	put("oidc", e.URI, err)
	return found
}

// called returns the address that a host configured for the service dials.
func called(t *testing.T, service, region string, fips, dual bool) string {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "token"), "jwt")
	config := "[profile sts]\nrole_arn = " + role + "x\nweb_identity_token_file = " + filepath.Join(dir, "token") + "\n"
	for _, name := range []string{"sso", "oidc"} {
		config += fmt.Sprintf("[profile %s]\nsso_session = %[1]s\nsso_account_id = 1\nsso_role_name = r\n[sso-session %[1]s]\nsso_region = %s\nsso_start_url = u\n", name, region)
	}
	writeFile(t, filepath.Join(dir, "config"), config)
	writeToken(t, dir, "sso", `{"accessToken":"a","expiresAt":"2999-01-01T00:00:00Z"}`)
	writeToken(t, dir, "oidc", `{"accessToken":"a","expiresAt":"2000-01-01T00:00:00Z","clientId":"c","clientSecret":"s","refreshToken":"r"}`)
	address := ""
	l := load(t, env("HOME", dir, "AWS_CONFIG_FILE", filepath.Join(dir, "config"), "AWS_REGION", region, "AWS_MAX_ATTEMPTS", "1",
		"AWS_USE_FIPS_ENDPOINT", fmt.Sprint(fips), "AWS_USE_DUALSTACK_ENDPOINT", fmt.Sprint(dual)),
		awsenv.Options{Profile: service, DialContext: func(_ context.Context, _, to string) (net.Conn, error) {
			address = to
			return nil, net.ErrClosed
		}})
	if _, err := l.Config.Credentials.Retrieve(t.Context()); err == nil {
		t.Fatal("credentials without a connection")
	}
	return address
}
