package awsenv_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"wicketkey.internal/internal/awsenv"
)

func ExampleLoad() {
	variables := map[string]string{
		"AWS_REGION":            "eu-west-1",
		"AWS_ACCESS_KEY_ID":     "AKIAIOSFODNN7EXAMPLE",
		"AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
	}
	l, err := awsenv.Load(&awsenv.Options{LookupEnv: lookup(variables)})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(l.Config.Region, "from", l.RegionSource)
	fmt.Println("credentials from", l.CredentialsSource)
	// Output:
	// eu-west-1 from AWS_REGION
	// credentials from environment
}

func TestSourcesAreNamed(t *testing.T) {
	files := env("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "config"))
	writeFile(t, files["AWS_CONFIG_FILE"], "[default]\nregion = eu-west-1\n[profile base]\naws_access_key_id = a\naws_secret_access_key = b\n"+
		"[profile r]\nrole_arn = "+role+"x\nsource_profile = base\n"+
		"[profile p]\ncredential_process = true\n[profile w]\nrole_arn = "+role+"w\nweb_identity_token_file = t\n"+
		"[profile s]\nsso_region = a\nsso_start_url = b\nsso_account_id = c\nsso_role_name = d\n")
	container := env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x")
	tests := []struct {
		env                 map[string]string
		profile, region     string
		wantFrom, wantCreds string
	}{
		{env: vars(files, keys), wantFrom: `profile "default"`, wantCreds: "environment"},
		{env: vars(files, env("AWS_DEFAULT_REGION", "x")), wantFrom: "AWS_DEFAULT_REGION", wantCreds: "instance metadata"},
		{region: "x", wantFrom: "option", wantCreds: "instance metadata"},
		{env: vars(keys), wantCreds: "environment"},
		{env: vars(container, region), wantFrom: "AWS_REGION", wantCreds: "container"},
		{env: files, profile: "base", wantCreds: `profile "base"`},
		{env: files, profile: "r", wantCreds: `profile "base", role ` + role + "x"},
		{env: files, profile: "p", wantCreds: `credential_process of profile "p"`},
		{env: files, profile: "w", wantCreds: `web identity of profile "w", role ` + role + "w"},
		{env: files, profile: "s", wantCreds: `SSO of profile "s"`},
		{env: env("AWS_WEB_IDENTITY_TOKEN_FILE", "t", "AWS_ROLE_ARN", role+"w"), wantCreds: "web identity, role " + role + "w"},
	}
	for _, test := range tests {
		l := load(t, test.env, awsenv.Options{Profile: test.profile, Region: test.region})
		if l.RegionSource != test.wantFrom || l.CredentialsSource != test.wantCreds {
			t.Errorf("%v %q: region from %q, credentials from %q; want %q, %q",
				test.env, test.profile, l.RegionSource, l.CredentialsSource, test.wantFrom, test.wantCreds)
		}
	}
}

func TestLoadErrorsNameCauseAndRemedy(t *testing.T) {
	config := func(text string) map[string]string {
		path := filepath.Join(t.TempDir(), "config")
		writeFile(t, path, text)
		return env("AWS_CONFIG_FILE", path)
	}
	tests := []struct {
		env     map[string]string
		profile string
		kind    error
		says    []string
	}{
		{env("AWS_PROFILE", "nobody"), "", awsenv.ErrProfile, []string{"nobody", ".aws/config"}},
		{env("AWS_MAX_ATTEMPTS", "many"), "", awsenv.ErrEnvironment, []string{"AWS_MAX_ATTEMPTS", `"many"`, "whole number"}},
		{env("AWS_CA_BUNDLE", "/nowhere.pem"), "", awsenv.ErrEnvironment, []string{"AWS_CA_BUNDLE", "/nowhere.pem"}},
		{env("AWS_WEB_IDENTITY_TOKEN_FILE", "x"), "", awsenv.ErrEnvironment, []string{"AWS_ROLE_ARN"}},
		{config("[default]\nca_bundle = /nowhere.pem\n"), "", awsenv.ErrProfile, []string{"ca_bundle", "/nowhere.pem"}},
		{config("[profile a]\nrole_arn = r\nsource_profile = b\n[profile b]\nrole_arn = r\nsource_profile = a\n"), "a", awsenv.ErrProfile, []string{`"a"`, "cycle"}},
		{config("[profile h]\naws_secret_access_key = hush\n"), "h", awsenv.ErrProfile, []string{"half", "aws_access_key_id"}},
		{config("[profile h]\naws_secret_access_key = hush\naws_access_key_id = a\nretry_mode = wild\n"), "h", awsenv.ErrProfile, []string{"retry_mode", "wild"}},
		{config("[profile c]\nrole_arn = r\ncredential_source = Nothing\n"), "c", awsenv.ErrProfile, []string{"Nothing", "Ec2InstanceMetadata"}},
		{config("[profile c]\nrole_arn = r\ncredential_source = EcsContainer\n"), "c", awsenv.ErrProfile, []string{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"}},
	}
	for _, test := range tests {
		_, err := tryLoad(t, test.env, awsenv.Options{Profile: test.profile})
		detail, ok := errors.AsType[*awsenv.Error](err)
		if !ok || !errors.Is(err, test.kind) || detail.Remedy == "" {
			t.Errorf("%v: got %v, want %v with a remedy", test.env, err, test.kind)
			continue
		}
		for _, part := range test.says {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%q does not say %q", err, part)
			}
		}
		if strings.Contains(err.Error(), "hush") {
			t.Errorf("%q gives a key away", err)
		}
	}
}

// What only the full chain can do is told at the first use, and left to it where
// there is one.
func TestFullChain(t *testing.T) {
	for name, config := range map[string]string{
		"MFA":        "[profile x]\nrole_arn = r\nsource_profile = x\nmfa_serial = s\naws_access_key_id = AKIA\naws_secret_access_key = hush\n",
		"aws login":  "[profile x]\nlogin_session = s\n",
		"SSO":        "[profile x]\nsso_session = s\n[sso-session s]\n",
		"SSO for":    "[profile x]\nrole_arn = r\nsource_profile = y\n[profile y]\nsso_account_id = 1\n",
		"MFA before": "[profile x]\nrole_arn = r\nsource_profile = y\n[profile y]\nrole_arn = r\nsource_profile = z\nmfa_serial = s\n[profile z]\naws_access_key_id = AKIA\naws_secret_access_key = hush\n",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "config")
			writeFile(t, path, config)
			l := load(t, env("AWS_CONFIG_FILE", path), awsenv.Options{Profile: "x"})
			_, err := l.Config.Credentials.Retrieve(t.Context())
			what, _, _ := strings.Cut(name, " ")
			if !errors.Is(err, awsenv.ErrUnsupported) || !strings.Contains(err.Error(), "fetch/fullchain") || !strings.Contains(err.Error(), what) {
				t.Errorf("got %v", err)
			}
			asked := ""
			l = load(t, env("AWS_CONFIG_FILE", path), awsenv.Options{Profile: "x", FullChain: func(profile string) (aws.CredentialsProvider, error) {
				asked = profile
				return credentials.NewStaticCredentialsProvider("AKIAFULL", "s", ""), nil
			}})
			if keys, err := l.Config.Credentials.Retrieve(t.Context()); keys.AccessKeyID != "AKIAFULL" || asked != "x" {
				t.Errorf("got %q, %v from the full chain of %q", keys.AccessKeyID, err, asked)
			}
		})
	}
}

// The SDK quotes what a credentials process printed; that may be keys.
func TestProcessOutputStaysOutOfErrors(t *testing.T) {
	for _, command := range []string{
		`echo '{"Version":1,"AccessKeyId":"AKIA","SecretAccessKey":"hush"'`,
		`echo '{"Version":2,"AccessKeyId":"AKIA","SecretAccessKey":"hush"}'`,
		`echo hush; exit 7`,
	} {
		path := filepath.Join(t.TempDir(), "config")
		writeFile(t, path, "[default]\ncredential_process = "+command+"\n")
		_, err := load(t, env("AWS_CONFIG_FILE", path), awsenv.Options{}).Config.Credentials.Retrieve(t.Context())
		if !errors.Is(err, awsenv.ErrCredentials) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", command, err)
		}
		if strings.Contains(command, "exit 7") != strings.Contains(err.Error(), "exit status 7") {
			t.Errorf("%s: %v", command, err)
		}
	}
}

func lookup(variables map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, ok := variables[name]
		return value, ok
	}
}

func BenchmarkLoad(b *testing.B) {
	variables := vars(keys, region, env("HOME", b.TempDir()))
	o := &awsenv.Options{LookupEnv: lookup(variables)}
	for b.Loop() {
		if _, err := awsenv.Load(o); err != nil {
			b.Fatal(err)
		}
	}
}
