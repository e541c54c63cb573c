package awsenv_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"wicketkey.internal/internal/awsenv"
)

// judgeCase is a configuration. In its texts $URL is the AWS of startAWS and
// $DIR the directory that holds the files.
type judgeCase struct {
	env                 []string // NAME=value
	config, credentials []string // lines, with their ends
	profile, region     string   // explicit
}

func (c judgeCase) String() string {
	return fmt.Sprintf("environment %q\nconfig %q\ncredentials %q\nprofile %q, region %q", c.env, c.config, c.credentials, c.profile, c.region)
}

func (c judgeCase) has(texts ...string) bool {
	all := strings.Join(c.env, "\n") + "\n" + strings.Join(c.config, "") + strings.Join(c.credentials, "")
	return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(all, text) })
}

// difference is one that is wanted.
type difference struct {
	name, reason string
	wanted       func(c judgeCase, sdk, ours judgedOutcome, err error) bool
}

// refuses is a difference in which we fail with an error of the kind.
func refuses(kind error, texts ...string) func(judgeCase, judgedOutcome, judgedOutcome, error) bool {
	return func(c judgeCase, _, ours judgedOutcome, err error) bool {
		return ours.Outcome.Failed && errors.Is(err, kind) && c.has(texts...)
	}
}

var differences = []difference{
	{"spoilt key", "it would be a broken header or a wrong signature", func(c judgeCase, _, ours judgedOutcome, err error) bool {
		return ours.Outcome.Failed && err != nil && strings.Contains(err.Error(), " holds ") && c.has("AKIA'", "sec ret")
	}},
	{"directory", "a variable that names one is a mistake; the SDK goes on with other keys", refuses(awsenv.ErrEnvironment, "_FILE=$DIR\n", "_FILE=$DIR")},
	{"byte-order mark", "it hides the first section; the SDK goes on without", refuses(awsenv.ErrEnvironment, "\xef\xbb\xbf")},
	{"not read", "settings that Secrets Manager does not use are not read, so their values are not refused", func(c judgeCase, sdk, ours judgedOutcome, _ error) bool {
		return sdk.Outcome.Failed && c.has("AWS_REQUEST_CHECKSUM_CALCULATION=odd", "AWS_S3_USE_ARN_REGION=odd", "endpoint_discovery_enabled = odd", "request_checksum_calculation = odd")
	}},
	{"no region", "STS is asked in the instance's region, where the SDK asks nobody", func(_ judgeCase, sdk, ours judgedOutcome, _ error) bool {
		return sdk.Outcome.Failed && len(sdk.Asked) == 0 && slices.Equal(ours.Asked, []string{"sts.ap-northeast-1.amazonaws.com:443"})
	}},
	{"auto", "the instance is not asked for its region to resolve DefaultsMode auto", func(c judgeCase, sdk, ours judgedOutcome, _ error) bool {
		return c.has("AWS_DEFAULTS_MODE=auto", "defaults_mode = auto") && sdk.Outcome.Runtime != ours.Outcome.Runtime
	}},
}

// variables are the environments' pieces; each is present in about one case of
// its number.
var variables = []struct {
	one    int
	values []string
}{
	{2, []string{"AWS_REGION=eu-west-1", "AWS_REGION=us-east-1", "AWS_REGION=cn-north-1", "AWS_REGION=us-gov-west-1", "AWS_REGION=aws-global", "AWS_REGION=fips-us-east-1", "AWS_REGION=us-west-2-fips", "AWS_REGION=evil.example#", "AWS_REGION=a b", "AWS_REGION="}},
	{6, []string{"AWS_DEFAULT_REGION=eu-north-1", "AWS_DEFAULT_REGION="}},
	{3, []string{"AWS_ACCESS_KEY_ID=AKIAENV", "AWS_ACCESS_KEY=AKIAOLD", "AWS_ACCESS_KEY_ID=", "AWS_ACCESS_KEY_ID=AKIA'"}},
	{3, []string{"AWS_SECRET_ACCESS_KEY=env", "AWS_SECRET_KEY=old", "AWS_SECRET_ACCESS_KEY=sec ret"}},
	{6, []string{"AWS_SESSION_TOKEN=tok", "AWS_SESSION_TOKEN="}},
	{8, []string{"AWS_ACCOUNT_ID=123456789012"}},
	{3, []string{"AWS_PROFILE=default", "AWS_PROFILE=p", "AWS_PROFILE=q", "AWS_PROFILE=nobody", "AWS_PROFILE="}},
	{8, []string{"AWS_DEFAULT_PROFILE=p", "AWS_DEFAULT_PROFILE=nobody"}},
	{6, []string{"AWS_ENDPOINT_URL=", "AWS_ENDPOINT_URL=$URL/general", "AWS_ENDPOINT_URL=$URL/general/", "AWS_ENDPOINT_URL=nonsense"}},
	{2, []string{"AWS_ENDPOINT_URL_STS=$URL/sts", "AWS_ENDPOINT_URL_STS=$URL/sts/", "AWS_ENDPOINT_URL_STS=", "AWS_ENDPOINT_URL_STS=$URL"}},
	{8, []string{"AWS_ENDPOINT_URL_SECRETS_MANAGER=https://sm.example", "AWS_ENDPOINT_URL_SECRETS_MANAGER=https://sm.example/", "AWS_ENDPOINT_URL_SECRETS_MANAGER="}},
	{10, []string{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=false", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=odd"}},
	{4, []string{"AWS_WEB_IDENTITY_TOKEN_FILE=$DIR/token", "AWS_WEB_IDENTITY_TOKEN_FILE=$DIR/token", "AWS_WEB_IDENTITY_TOKEN_FILE=$DIR/absent", "AWS_WEB_IDENTITY_TOKEN_FILE=$DIR", "AWS_WEB_IDENTITY_TOKEN_FILE="}},
	{3, []string{"AWS_ROLE_ARN=" + role + "web", "AWS_ROLE_ARN=" + role + "denied", "AWS_ROLE_ARN="}},
	{8, []string{"AWS_ROLE_SESSION_NAME=session"}},
	{5, []string{"AWS_CONTAINER_CREDENTIALS_FULL_URI=$URL/container", "AWS_CONTAINER_CREDENTIALS_FULL_URI=$URL/container", "AWS_CONTAINER_CREDENTIALS_FULL_URI=$URL/nowhere", "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://192.0.2.1/x", "AWS_CONTAINER_CREDENTIALS_FULL_URI=http:///x", "AWS_CONTAINER_CREDENTIALS_FULL_URI=nonsense", "AWS_CONTAINER_CREDENTIALS_FULL_URI="}},
	{8, []string{"AWS_CONTAINER_AUTHORIZATION_TOKEN=Basic abc", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=$DIR/auth", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=$DIR/absent"}},
	{5, []string{"AWS_EC2_METADATA_DISABLED=true", "AWS_EC2_METADATA_DISABLED=TRUE", "AWS_EC2_METADATA_DISABLED=false", "AWS_EC2_METADATA_DISABLED=odd"}},
	{8, []string{"AWS_EC2_METADATA_SERVICE_ENDPOINT=$URL/", "AWS_EC2_METADATA_SERVICE_ENDPOINT=$URL/base", "AWS_EC2_METADATA_SERVICE_ENDPOINT=nonsense"}},
	{10, []string{"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE=IPv6", "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE=ipv4 ", "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE=odd", "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE= "}},
	{10, []string{"AWS_EC2_METADATA_V1_DISABLED=true", "AWS_EC2_METADATA_V1_DISABLED=False", "AWS_EC2_METADATA_V1_DISABLED=odd"}},
	{8, []string{"AWS_MAX_ATTEMPTS=2", "AWS_MAX_ATTEMPTS=+1", "AWS_MAX_ATTEMPTS=x", "AWS_MAX_ATTEMPTS=1.5", "AWS_MAX_ATTEMPTS=", "AWS_MAX_ATTEMPTS= 1"}},
	{8, []string{"AWS_RETRY_MODE=standard", "AWS_RETRY_MODE=Adaptive", "AWS_RETRY_MODE=legacy", "AWS_RETRY_MODE="}},
	{10, []string{"AWS_DEFAULTS_MODE=in-region", "AWS_DEFAULTS_MODE=Standard", "AWS_DEFAULTS_MODE=odd", "AWS_DEFAULTS_MODE=auto", "AWS_DEFAULTS_MODE=auto"}},
	{8, []string{"AWS_USE_FIPS_ENDPOINT=true", "AWS_USE_FIPS_ENDPOINT=False", "AWS_USE_FIPS_ENDPOINT=1"}},
	{8, []string{"AWS_USE_DUALSTACK_ENDPOINT=true", "AWS_USE_DUALSTACK_ENDPOINT=FALSE", "AWS_USE_DUALSTACK_ENDPOINT=yes"}},
	{10, []string{"AWS_CA_BUNDLE=$DIR/ca.pem", "AWS_CA_BUNDLE=$DIR/absent", "AWS_CA_BUNDLE=$DIR/token", "AWS_CA_BUNDLE=$DIR"}},
	{10, []string{"AWS_SDK_UA_APP_ID=gateway"}},
	{10, []string{"AWS_DISABLE_CLOCK_SKEW_CORRECTION=true", "AWS_DISABLE_CLOCK_SKEW_CORRECTION=odd"}},
	{25, []string{"AWS_REQUEST_CHECKSUM_CALCULATION=odd", "AWS_S3_USE_ARN_REGION=odd"}},
	{25, []string{"AWS_CONFIG_FILE=$DIR", "AWS_SHARED_CREDENTIALS_FILE=$DIR", "AWS_CONFIG_FILE=$DIR/absent", "AWS_SHARED_CREDENTIALS_FILE=$DIR/absent"}},
}

// lines are what both files are made of.
var lines = []string{
	"[default]\n", "[default]\n", "[profile default]\n", "[profile p]\n", "[profile p]\n", "[p]\n", "[profile q]\n", "[q]\n", "[services v]\n",
	"region = us-west-2\n", "region = nowhere#\n", "region =\n",
	"aws_access_key_id = AKIAFILE\n", "aws_secret_access_key = file\n", "aws_access_key_id = AKIAFILE\naws_secret_access_key = file\n",
	"aws_access_key_id = AKIAFILE\naws_secret_access_key = file\n", "aws_session_token = t\n", "aws_account_id = 1\n", "aws_access_key_id = AKIA'\naws_secret_access_key = x\n",
	"role_arn = " + role + "a\nsource_profile = p\n", "role_arn = " + role + "b\nsource_profile = q\n", "role_arn = " + role + "c\nsource_profile = default\n", "role_arn = " + role + "denied\n",
	"role_arn = " + role + "e\ncredential_source = Environment\n", "role_arn = " + role + "f\ncredential_source = EcsContainer\n", "role_arn = " + role + "g\ncredential_source = Ec2InstanceMetadata\n", "credential_source = odd\n",
	"role_arn = " + role + "h\nweb_identity_token_file = $DIR/token\n", "web_identity_token_file = $DIR/absent\n",
	"external_id = x&y\n", "role_session_name = s\n", "duration_seconds = 1800\n", "duration_seconds = odd\n", "duration_seconds = -1\n", "mfa_serial = arn:aws:iam::1:mfa/u\n",
	"credential_process = echo '{\"Version\":1,\"AccessKeyId\":\"AKIAP\",\"SecretAccessKey\":\"p\"}'\n", "credential_process = false\n", "credential_process =\n",
	"sso_account_id = 1\n", "sso_session = s\n", "login_session = x\n",
	"services = v\n", "sts =\n  endpoint_url = $URL/sts\n", "secrets_manager =\n  endpoint_url = https://sm.example\n", "endpoint_url = $URL/profile\n", "ignore_configured_endpoint_urls = true\n",
	"use_fips_endpoint = true\n", "use_dualstack_endpoint = odd\n", "max_attempts = 2\n", "max_attempts = odd\n", "retry_mode = adaptive\n", "retry_mode = odd\n",
	"defaults_mode = standard\n", "defaults_mode = odd\n", "ca_bundle = $DIR/ca.pem\n", "ca_bundle = $DIR/absent\n", "sdk_ua_app_id = gw\n", "disable_clock_skew_correction = true\n", "disable_clock_skew_correction = odd\n",
	"ec2_metadata_service_endpoint_mode = odd\n", "ec2_metadata_service_endpoint_mode = IPv4\n", "ec2_metadata_v1_disabled = true\n", "endpoint_discovery_enabled = odd\n", "request_checksum_calculation = odd\n",
	"# comment\n", "nonsense\n", "\n", "unknown = x\n",
}

func randomCase(random *rand.Rand) judgeCase {
	pick := func(from []string) string { return from[random.IntN(len(from))] }
	var c judgeCase
	for _, v := range variables {
		if random.IntN(v.one) == 0 {
			c.env = append(c.env, pick(v.values))
		}
	}
	for _, file := range []*[]string{&c.config, &c.credentials} {
		if random.IntN(20) == 0 {
			*file = append(*file, "\xef\xbb\xbf")
		}
		for range random.IntN(10) {
			*file = append(*file, pick(lines))
		}
	}
	if random.IntN(4) == 0 {
		c.profile = pick([]string{"default", "p", "q", "nobody"})
	}
	if random.IntN(8) == 0 {
		c.region = pick([]string{"sa-east-1", "evil.example#"})
	}
	return c
}

// quiet is a test that only tells of failures: thousands of cases tell too much.
type quiet struct{ testing.TB }

func (quiet) Logf(string, ...any) {}

func readAll(t *testing.T, r io.Reader) string {
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
