package awsenv

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// chain finds the source of credentials, in the SDK's order.
type chain struct {
	env       *environ
	loaded    *Loaded
	settings  *settings
	sts       *stsClient // see roles
	dial      dialFunc
	fullChain func(profile string) (aws.CredentialsProvider, error)
	via       []aws.CredentialSource // what was passed through, for the user agent
	where     string                 // the same, for people
	hint      string                 // what was met on the way and looks like a mistake
	fallback  bool                   // nothing was configured: metadata is a guess
}

func (l *Loaded) setCredentials(env *environ, p *profile, o *Options, set *settings) error {
	c := &chain{env: env, loaded: l, settings: set, dial: o.DialContext, fullChain: o.FullChain}
	provider, err := c.resolve(p, o.Profile != "")
	if need := (*needsFullChain)(nil); errors.As(err, &need) {
		provider, err = c.unsupported(p, need)
	}
	if err != nil {
		return err
	}
	l.Config.Credentials, l.CredentialsSource = cached(provider), c.where
	return nil
}

// cached does not cache twice: some sources bring a cache with an expiry
// window of their own.
func cached(p aws.CredentialsProvider) aws.CredentialsProvider {
	if _, ok := p.(*aws.CredentialsCache); ok {
		return p
	}
	return aws.NewCredentialsCache(p)
}

func (c *chain) resolve(p *profile, explicit bool) (aws.CredentialsProvider, error) {
	if explicit {
		return c.fromProfile(p)
	}
	keys, err := c.environmentKeys()
	tokenFile := c.env.get("AWS_WEB_IDENTITY_TOKEN_FILE")
	switch {
	case err != nil:
		return nil, err
	case keys.HasKeys():
		c.passed("environment", aws.CredentialSourceEnvVars)
		return c.static(keys), nil
	case tokenFile != "":
		c.passed("web identity", aws.CredentialSourceEnvVarsSTSWebIDToken)
		return c.webIdentity(tokenFile, c.env.get("AWS_ROLE_ARN"), c.env.get("AWS_ROLE_SESSION_NAME"))
	}
	return c.fromProfile(p)
}

func (c *chain) environmentKeys() (aws.Credentials, error) {
	id, idName := c.env.first("AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY")
	secret, secretName := c.env.first("AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY")
	if id == "" || secret == "" {
		// As for the SDK, half a pair is none. Somebody may wonder why.
		if set := idName + secretName; set != "" {
			c.hint = " (" + set + " is set, but not the other half of the key pair)"
		}
		return aws.Credentials{}, nil
	}
	keys := aws.Credentials{
		AccessKeyID: id, SecretAccessKey: secret,
		SessionToken: c.env.get("AWS_SESSION_TOKEN"),
		AccountID:    c.env.get("AWS_ACCOUNT_ID"),
		Source:       "EnvConfigCredentials",
	}
	for _, part := range [...]struct{ name, value string }{{idName, id}, {secretName, secret}, {"AWS_SESSION_TOKEN", keys.SessionToken}} {
		if wrong := unlikeKey(part.value); wrong != "" {
			return keys, &Error{Kind: ErrEnvironment, Cause: part.name + " " + wrong, Remedy: "set it to the bare value"}
		}
	}
	return keys, nil
}

// unlikeKey says what no part of a key has, and what a careless hand or tool
// puts there. Such a key would fail as a broken header or a wrong signature.
func unlikeKey(value string) string {
	switch {
	case strings.ContainsAny(value, "\r\n"):
		return "holds a line break"
	case strings.ContainsAny(value, `"'`):
		return "holds quotes"
	case strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r > '~' }):
		return "holds a blank or another character that is part of no key"
	}
	return ""
}

func (c *chain) passed(where string, sources ...aws.CredentialSource) {
	c.where = where
	c.via = append(c.via, sources...)
}

func (c *chain) fromProfile(p *profile) (aws.CredentialsProvider, error) {
	inner, err := c.inner(p)
	// A web identity already is a session of the profile's role.
	if err != nil || p.get(keyRoleARN) == "" || c.isWebIdentity(p) {
		return inner, err
	}
	if p.get(keyMFASerial) != "" {
		return nil, &needsFullChain{"a role with an MFA code (" + keyMFASerial + ")"}
	}
	return c.assumeRole(p, inner), nil
}

func (c *chain) isWebIdentity(p *profile) bool {
	return p.source == nil && !p.keys.HasKeys() && p.get(keyCredentialSource) == "" && p.get(keyTokenFile) != ""
}

// inner finds the credentials of a profile before any role is assumed.
func (c *chain) inner(p *profile) (aws.CredentialsProvider, error) {
	named := fmt.Sprintf("profile %q", p.name)
	switch {
	case p.source != nil:
		c.passed(named, aws.CredentialSourceProfileSourceProfile)
		return c.fromProfile(p.source)
	case p.keys.HasKeys():
		c.passed(named, aws.CredentialSourceProfile)
		return c.static(p.keys), p.checkKeys()
	case p.get(keyCredentialSource) != "":
		c.passed(named, aws.CredentialSourceProfileNamedProvider)
		return c.named(p)
	case p.get(keyTokenFile) != "":
		c.passed("web identity of "+named, aws.CredentialSourceProfileSTSWebIDToken)
		return c.webIdentity(p.get(keyTokenFile), p.get(keyRoleARN), p.get(keySessionName))
	case p.hasSSO():
		return nil, &needsFullChain{"SSO"}
	case p.get(keyLoginSession) != "":
		return nil, &needsFullChain{`"aws login"`}
	case p.get(keyProcess) != "":
		c.passed("credential_process of "+named, aws.CredentialSourceProfileProcess, aws.CredentialSourceProcess)
		return c.process(p), nil
	}
	if provider := c.container(); provider != nil {
		return provider, nil
	}
	c.fallback = true
	return c.instance(), nil
}

// named serves credential_source.
func (c *chain) named(p *profile) (aws.CredentialsProvider, error) {
	const environment, container, instance = "Environment", "EcsContainer", "Ec2InstanceMetadata"
	bad := &Error{Kind: ErrProfile, Cause: fmt.Sprintf("profile %q: credential_source is %q", p.name, p.get(keyCredentialSource))}
	switch p.get(keyCredentialSource) {
	case environment:
		c.passed("environment", aws.CredentialSourceHTTP) // the SDK's own label
		if keys, err := c.environmentKeys(); err != nil || keys.HasKeys() {
			return c.static(keys), err
		}
		bad.Remedy = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
	case container:
		if provider := c.container(); provider != nil {
			return provider, nil
		}
		bad.Remedy = "set AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or AWS_CONTAINER_CREDENTIALS_FULL_URI, as ECS and EKS do"
	case instance:
		return c.instance(), nil
	default:
		bad.Remedy = "it must be " + environment + ", " + container + " or " + instance
	}
	return nil, bad
}

func (c *chain) static(keys aws.Credentials) aws.CredentialsProvider {
	return credentials.StaticCredentialsProvider{Value: keys, Source: c.sources()}
}

func (c *chain) sources() []aws.CredentialSource { return slices.Clone(c.via) }

// needsFullChain is why a profile's credentials are not found here.
type needsFullChain struct{ what string }

func (n *needsFullChain) Error() string { return "needs " + n.what }

// unsupported leaves to the full chain what needs a person, or a service that
// is not spoken here. Without it the first use tells what is missing: a program
// that only asks for the region does not fail.
func (c *chain) unsupported(p *profile, need *needsFullChain) (aws.CredentialsProvider, error) {
	c.where = fmt.Sprintf("%s of profile %q", need.what, p.name)
	if c.fullChain != nil {
		provider, err := c.fullChain(p.name)
		return cached(&person{provider, p.name, c.where}), err
	}
	return refusing{&Error{
		Kind:   ErrUnsupported,
		Cause:  fmt.Sprintf("profile %q needs %s", p.name, need.what),
		Remedy: "import wicketkey.internal/fetch/fullchain and give what its Load returns as Options.AWS",
	}}, nil
}

// person is a source that somebody has to log in to.
type person struct {
	aws.CredentialsProvider
	profile, where string
}

func (p *person) Retrieve(ctx context.Context) (aws.Credentials, error) {
	keys, err := p.CredentialsProvider.Retrieve(ctx)
	if err != nil {
		err = &Error{Kind: ErrCredentials, Err: err, Cause: p.where,
			Remedy: fmt.Sprintf("log in with \"aws sso login --profile %[1]s\" or \"aws login --profile %[1]s\"", p.profile)}
	}
	return keys, err
}

// ProviderSources tells the user agent how the credentials came about.
func (p *person) ProviderSources() []aws.CredentialSource {
	if s, ok := p.CredentialsProvider.(aws.CredentialProviderSource); ok {
		return s.ProviderSources()
	}
	return nil
}

// refusing is a source that cannot be.
type refusing struct{ err error }

func (r refusing) Retrieve(context.Context) (aws.Credentials, error) { return aws.Credentials{}, r.err }
