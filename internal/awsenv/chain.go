package awsenv

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// chain finds the source of credentials, in the SDK's order.
type chain struct {
	env      *environ
	service  *service
	metadata *metadata
	via      []aws.CredentialSource // what was passed through, for the user agent
	where    string                 // the same, for people
	fallback bool                   // nothing was configured: metadata is a guess
}

func (l *Loaded) setCredentials(env *environ, p *profile, o *Options, set *settings) error {
	c := &chain{env: env, metadata: l.metadata, service: newService(l, set, o.DialContext)}
	provider, err := c.resolve(p, o.Profile != "")
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
	tokenFile := c.env.getenv("AWS_WEB_IDENTITY_TOKEN_FILE")
	keys := c.environmentKeys()
	switch {
	case explicit:
		return c.fromProfile(p)
	case keys.HasKeys():
		c.passed("environment", aws.CredentialSourceEnvVars)
		return c.static(keys), nil
	case tokenFile != "":
		c.passed("web identity", aws.CredentialSourceEnvVarsSTSWebIDToken)
		return c.webIdentity(tokenFile, c.env.getenv("AWS_ROLE_ARN"), c.env.getenv("AWS_ROLE_SESSION_NAME"))
	}
	return c.fromProfile(p)
}

func (c *chain) environmentKeys() aws.Credentials {
	id, _ := c.env.first("AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY")
	secret, _ := c.env.first("AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY")
	if id == "" || secret == "" {
		return aws.Credentials{}
	}
	return aws.Credentials{
		AccessKeyID: id, SecretAccessKey: secret,
		SessionToken: c.env.getenv("AWS_SESSION_TOKEN"),
		AccountID:    c.env.getenv("AWS_ACCOUNT_ID"),
		Source:       "EnvConfigCredentials",
	}
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
	return c.assumeRole(p, inner)
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
		return c.static(p.keys), nil
	case p.get(keyCredentialSource) != "":
		c.passed(named, aws.CredentialSourceProfileNamedProvider)
		return c.named(p)
	case p.get(keyTokenFile) != "":
		c.passed("web identity of "+named, aws.CredentialSourceProfileSTSWebIDToken)
		return c.webIdentity(p.get(keyTokenFile), p.get(keyRoleARN), p.get(keySessionName))
	case p.hasSSO():
		return c.sso(p)
	case p.get(keyLoginSession) != "":
		return nil, unsupported(p, `an "aws login" session`)
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
		if keys := c.environmentKeys(); keys.HasKeys() {
			return c.static(keys), nil
		}
		bad.Fix = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
	case container:
		if provider := c.container(); provider != nil {
			return provider, nil
		}
		bad.Fix = "set AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or AWS_CONTAINER_CREDENTIALS_FULL_URI, as ECS and EKS do"
	case instance:
		return c.instance(), nil
	default:
		bad.Fix = "it must be " + environment + ", " + container + " or " + instance
	}
	return nil, bad
}

func (c *chain) static(keys aws.Credentials) aws.CredentialsProvider {
	return credentials.StaticCredentialsProvider{Value: keys, Source: c.sources()}
}

func (c *chain) sources() []aws.CredentialSource { return slices.Clone(c.via) }

// unsupported refuses what needs a person at a terminal.
func unsupported(p *profile, what string) error {
	return &Error{
		Kind:  ErrProfile,
		Cause: fmt.Sprintf("profile %q needs %s, which is not supported here", p.name, what),
		Fix:   "pass an aws.Config from config.LoadDefaultConfig as Options.AWS",
	}
}

// bounded calls retrieve with a limit of its own: the SDK's credentials cache
// hides the caller's deadline from its provider.
func bounded(ctx context.Context, limit time.Duration,
	retrieve func(context.Context) (aws.Credentials, error)) (aws.Credentials, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return retrieve(ctx)
}
