package awsenv

import (
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/google/go-cmp/cmp"
)

// FuzzSharedFiles holds that any two files mean to us what they mean to the
// SDK. It stands inside the package to see values that reach no aws.Config.
func FuzzSharedFiles(f *testing.F) {
	f.Add("[default]\nregion = us-east-1\n", "[default]\naws_access_key_id=a\naws_secret_access_key=b\n")
	f.Add("[profile p]\r\nregion:x # c\n [ default ] ; c\n\trole_arn = 'q'\n", "[profile p]\n[p]\nregion=\"\n")
	f.Add("[default]\nservices=s\ns3 =\n  a = b\n  # c\n [services   s]\nsecrets_manager =\n  endpoint_url = 'u' # c\n", "")
	f.Add("[default]\nsso_session = ' '\n[sso-session s]\n", "[p]\nsso_session = s\n[sso-session  t]\n")
	f.Add("[default]\nsso_account_id = x\ncredential_process = a\n  b\n c = d\n", "[default]\naws_access_key_id=a\n")
	f.Add("[default]\nrole_arn=r\nsource_profile=q\nduration_seconds=0x10\n[profile q]\nrole_arn=s\nsource_profile=default\naws_access_key_id=a\naws_secret_access_key=b", "[q]\nuse_fips_endpoint=yes\nmax_attempts=7\nendpoint_url=e\n")
	f.Fuzz(func(t *testing.T, conf, creds string) { compareFiles(t, t.TempDir(), conf, creds) })
}

// TestSharedFilesAtRandom makes files of the pieces that matter, which plain
// fuzzing seldom puts together.
func TestSharedFilesAtRandom(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	dir := t.TempDir()
	for range 2000 {
		compareFiles(t, dir, randomFile(random), randomFile(random))
		if t.Failed() {
			return
		}
	}
}

func randomFile(random *rand.Rand) string {
	pick := func(from ...string) string { return from[random.IntN(len(from))] }
	var b strings.Builder
	for range 1 + random.IntN(12) {
		section := pick("default", "p", "q", "profile p", "profile p", "profile q", "profile default", "DEFAULT", "",
			"services v", "profile   p", "profile profile p")
		key := pick(keyRegion, keyExternalID, keyEndpoint, keyAppID, keyCABundle, keyFIPS, keyIgnoreEndpoints, keyTokenFile,
			keyCredentialSource, keyProcess, keySSORegion, keyDuration, keySessionToken, keyAccountID, "Region", keyAccessKey)
		value := pick("", "p", "q", "7", "True", "'quoted'", "\"half", "a # b", "a#b", "a ; b", "x=y:z", "r\tt", "\u00a0")
		eol := pick("\n", "\n", "\n", "\r\n", " # c\n", "\t;c\n", "\n\n")
		b.WriteString(pick(
			"["+section+"]", "["+section+"]", "["+section+"]", " [ "+section+" ] ", key+" = "+value, key+"="+value, key+":"+value,
			"  "+key+" = "+value, "\t"+value, "  # "+value, value, "s3 =", "s3 =\n  "+key+" = "+value,
			"aws_access_key_id = A"+eol+"aws_secret_access_key = S"+value, "aws_access_key_id = B"+eol+"aws_secret_access_key : S",
			"role_arn = r"+eol+"source_profile = "+pick("p", "q", "default"), "role_arn = r"+eol+"source_profile = "+pick("p", "q", "default"),
			"max_attempts = "+pick("7", "0x1f", "'8'", "x"), "retry_mode = "+pick("standard", "adaptive", "legacy"),
			"services = v", "[services v]"+eol+"secrets_manager ="+eol+"  endpoint_url = u"+value,
			"sso_account_id = s", "login_session = "+value, "sso_session = "+value, "[sso-session "+value+"]") + eol)
	}
	return pick("", "[default]\n", "[profile p]\n") + b.String()
}

// compareFiles fails unless both profiles that a case may have mean the same.
func compareFiles(t *testing.T, dir, conf, creds string) {
	t.Helper()
	if hasMark(conf) || hasMark(creds) {
		return // byte-order marks are refused
	}
	files := [2]string{filepath.Join(dir, "config"), filepath.Join(dir, "credentials")}
	for i, text := range []string{conf, creds} {
		if err := os.WriteFile(files[i], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"default", "p"} {
		want, wantErr, panicked := sdkProfile(t, name, files)
		got, gotErr := ourProfile(name, files)
		if panicked {
			continue // a lone quote is too much for the SDK; not failing is enough
		}
		if (wantErr == nil) != (gotErr == nil) {
			t.Fatalf("profile %q: SDK %v, ours %v\n%q\n%q", name, wantErr, gotErr, conf, creds)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("profile %q: SDK -, ours +\n%s\n%q\n%q", name, diff, conf, creds)
		}
	}
}

func hasMark(text string) bool {
	return strings.HasPrefix(text, "\xef\xbb\xbf") || strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff")
}

// flat is a profile and those it draws on, as text.
type flat struct {
	Text      map[string]string
	Keys      aws.Credentials
	Bools     map[string]*bool
	Attempts  int
	Endpoints map[string]string
	Source    *flat
}

func sdkProfile(t *testing.T, name string, files [2]string) (f *flat, err error, panicked bool) {
	defer func() { panicked = recover() != nil }()
	c, err := config.LoadSharedConfigProfile(t.Context(), name, func(o *config.LoadSharedConfigOptions) {
		o.ConfigFiles, o.CredentialsFiles = files[:1], files[1:]
	})
	if err != nil {
		return nil, err, false
	}
	return flatSDK(&c), nil, false
}

func flatSDK(c *config.SharedConfig) *flat {
	f := &flat{Keys: c.Credentials, Attempts: c.RetryMaxAttempts, Endpoints: map[string]string{}, Text: map[string]string{
		keyRoleARN: c.RoleARN, keySourceProfile: c.SourceProfileName, keyCredentialSource: c.CredentialSource,
		keyExternalID: c.ExternalID, keyMFASerial: c.MFASerial, keySessionName: c.RoleSessionName,
		keyProcess: c.CredentialProcess, keyTokenFile: c.WebIdentityTokenFile, keyLoginSession: c.LoginSession,
		keySSOSession: c.SSOSessionName, keySSORegion: c.SSORegion, keySSOStartURL: c.SSOStartURL,
		keySSOAccount: c.SSOAccountID, keySSORole: c.SSORoleName, keyRegion: c.Region, keyEndpoint: c.BaseEndpoint,
		keyCABundle: c.CustomCABundle, keyAppID: c.AppID, keyServices: c.ServicesSectionName, keyIMDSEndpoint: c.EC2IMDSEndpoint,
		keyRetryMode: string(c.RetryMode), keyDefaultsMode: string(c.DefaultsMode),
	}, Bools: map[string]*bool{keyIgnoreEndpoints: c.IgnoreConfiguredEndpoints, keyIMDSv1Disabled: c.EC2IMDSv1Disabled, keyNoSkew: c.DisableClockSkewCorrection}}
	for service, values := range c.Services.ServiceValues {
		if url, ok := values[keyEndpoint]; ok {
			f.Endpoints[service] = url
		}
	}
	if c.Source != nil {
		f.Source = flatSDK(c.Source)
	}
	maps.DeleteFunc(f.Text, func(_, v string) bool { return v == "" })
	maps.DeleteFunc(f.Bools, func(_ string, v *bool) bool { return v == nil })
	return f
}

func ourProfile(name string, files [2]string) (*flat, error) {
	paths := map[string]string{"AWS_CONFIG_FILE": files[0], "AWS_SHARED_CREDENTIALS_FILE": files[1]}
	read, err := readFiles(&environ{lookup: func(name string) (string, bool) { return paths[name], true }})
	if err != nil {
		return nil, err
	}
	p, err := read.profile(name, true)
	if err != nil {
		return nil, err
	}
	return flatOurs(p), nil
}

func flatOurs(p *profile) *flat {
	f := &flat{Keys: p.keys, Attempts: p.maxAttempts, Endpoints: map[string]string{}, Text: map[string]string{}, Bools: map[string]*bool{}}
	for _, key := range []string{keyRoleARN, keySourceProfile, keyCredentialSource, keyExternalID, keyMFASerial, keySessionName,
		keyProcess, keyTokenFile, keyLoginSession, keySSOSession, keySSORegion, keySSOStartURL, keySSOAccount, keySSORole,
		keyRegion, keyEndpoint, keyCABundle, keyAppID, keyServices, keyIMDSEndpoint} {
		f.Text[key] = p.get(key)
	}
	f.Text[keyRetryMode], f.Text[keyDefaultsMode] = string(p.retryMode), string(p.defaultsMode)
	for _, key := range []string{keyIgnoreEndpoints, keyIMDSv1Disabled} {
		f.Bools[key] = p.bool(key)
	}
	f.Bools[keyNoSkew] = p.noSkew
	if p.services != nil {
		for service, block := range p.services.block {
			if url, ok := block[keyEndpoint]; ok {
				f.Endpoints[service] = url
			}
		}
	}
	if p.source != nil {
		f.Source = flatOurs(p.source)
	}
	maps.DeleteFunc(f.Text, func(_, v string) bool { return v == "" })
	maps.DeleteFunc(f.Bools, func(_ string, v *bool) bool { return v == nil })
	return f
}
