package awsenv

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// Options says where to look. A nil *Options, and every zero field, means the
// default.
type Options struct {
	// Profile, where given, beats AWS_PROFILE and the keys in the environment.
	Profile string
	// Region, where given, beats AWS_REGION and the profile's region.
	Region string
	// LookupEnv reads a variable; os.LookupEnv if nil. Three things escape it
	// because the SDK or net/http read them by themselves: a service client lets
	// AWS_ENDPOINT_URL of the process beat an endpoint of the profile's services
	// section, a credential_process inherits the process environment, and the
	// proxy is that of the process.
	LookupEnv func(string) (string, bool)
	// FullChain gives the credentials of a profile that needs what this package
	// leaves out: SSO, "aws login", a role with an MFA code. Nil has their first
	// use fail with [ErrUnsupported]. fetch/fullchain is made for it.
	FullChain func(profile string) (aws.CredentialsProvider, error)
	// DialContext opens the connections on which credentials and the region
	// are fetched; a net.Dialer if nil. Config.HTTPClient does not use it.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
}

// Loaded is a configuration and where it came from. It is safe for concurrent
// use as long as nobody writes to its fields.
type Loaded struct {
	// Config is ready for secretsmanager.NewFromConfig. FIPS, dual-stack and
	// endpoints of single services are in its ConfigSources, where the client
	// looks for them. Region may be empty: see [Loaded.InstanceRegion].
	// HTTPClient is nil unless a CA bundle is configured.
	Config aws.Config
	// RegionSource names what Config.Region was taken from, such as
	// "AWS_REGION"; empty if there is no region.
	RegionSource string
	// CredentialsSource names where Config.Credentials will look, such as
	// "environment" or "instance metadata".
	CredentialsSource string

	lookups  *lookups
	metadata *metadata
}

// Load reads the environment and the shared files. It does not use the
// network and does not run a program; its errors are of type [*Error] with
// kind [ErrEnvironment] or [ErrProfile].
func Load(o *Options) (*Loaded, error) {
	if o == nil {
		o = &Options{}
	}
	env := &environ{lookup: o.LookupEnv}
	if env.lookup == nil {
		env.lookup = os.LookupEnv
	}
	files, err := readFiles(env)
	if err != nil {
		return nil, err
	}
	prof, err := files.profile(profileName(env, o.Profile))
	if err != nil {
		return nil, err
	}
	l := &Loaded{lookups: &lookups{cancels: map[*context.CancelFunc]struct{}{}}}
	set := readSettings(env, prof)
	if err := l.configure(env, prof, set); err != nil {
		return nil, err
	}
	l.setRegion(env, prof, o.Region)
	l.metadata = newMetadata(l, set, o.DialContext)
	return l, l.setCredentials(env, prof, o, set)
}

// Close ends the lookups of credentials and region that are under way, waits
// for them, and closes the connections that they used. What has been found
// stays valid; later lookups fail with [ErrClosed].
func (l *Loaded) Close() error {
	l.lookups.close()
	return nil
}

// profileName also says whether the profile must exist. One named only by the
// old AWS_DEFAULT_PROFILE need not.
func profileName(env *environ, explicit string) (name string, required bool) {
	name, variable := env.first("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
	name = cmp.Or(explicit, name, defaultProfile)
	return name, explicit != "" || variable == "AWS_PROFILE"
}

// configure fills in all but region and credentials.
func (l *Loaded) configure(env *environ, p *profile, set *settings) error {
	l.Config = aws.Config{
		AppID:                      cmp.Or(env.get("AWS_SDK_UA_APP_ID"), p.get(keyAppID)),
		RetryMaxAttempts:           cmp.Or(env.int("AWS_MAX_ATTEMPTS"), p.maxAttempts),
		RetryMode:                  cmp.Or(env.retryMode("AWS_RETRY_MODE"), p.retryMode),
		DefaultsMode:               cmp.Or(env.defaultsMode("AWS_DEFAULTS_MODE"), p.defaultsMode, aws.DefaultsModeLegacy),
		DisableClockSkewCorrection: aws.ToBool(either(env.bool("AWS_DISABLE_CLOCK_SKEW_CORRECTION"), p.noSkew)),
		ConfigSources:              []any{set},
	}
	if env.err != nil {
		return env.err
	}
	if l.Config.DefaultsMode == aws.DefaultsModeAuto {
		region, _ := env.first("AWS_REGION", "AWS_DEFAULT_REGION")
		l.Config.RuntimeEnvironment = aws.RuntimeEnvironment{
			EnvironmentIdentifier: aws.ExecutionEnvironmentID(env.get("AWS_EXECUTION_ENV")),
			Region:                region,
		}
	}
	endpoint := cmp.Or(env.get("AWS_ENDPOINT_URL"), p.get(keyEndpoint))
	if endpoint != "" && !aws.ToBool(set.ignoreEndpoints) {
		l.Config.BaseEndpoint = &endpoint
	}
	return l.trust(env, p)
}

// trust applies a CA bundle, which replaces the system's roots.
func (l *Loaded) trust(env *environ, p *profile) error {
	path, kind, name := env.get("AWS_CA_BUNDLE"), ErrEnvironment, "AWS_CA_BUNDLE"
	if path == "" {
		path, kind, name = p.get(keyCABundle), ErrProfile, fmt.Sprintf("ca_bundle of profile %q", p.name)
	}
	if path == "" {
		return nil
	}
	bad := &Error{Kind: kind, Cause: name + " is " + path, Remedy: "name a readable file of PEM certificates"}
	pem, err := os.ReadFile(path)
	if err != nil {
		bad.Err = err
		return bad
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		bad.Cause += ", which holds no certificate"
		return bad
	}
	l.Config.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		if t.TLSClientConfig == nil {
			t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		t.TLSClientConfig.RootCAs = roots
	})
	return nil
}

func (l *Loaded) setRegion(env *environ, p *profile, explicit string) {
	variable, name := env.first("AWS_REGION", "AWS_DEFAULT_REGION")
	switch {
	case explicit != "":
		l.Config.Region, l.RegionSource = explicit, "option"
	case variable != "":
		l.Config.Region, l.RegionSource = variable, name
	case p.get(keyRegion) != "":
		l.Config.Region, l.RegionSource = p.get(keyRegion), fmt.Sprintf("profile %q", p.name)
	}
}
