package awsenv

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go"
)

const (
	stsAttempt = 5 * time.Second  // connecting, TLS and the exchange, each
	stsLimit   = 15 * time.Second // one session, with its retries

	// stsSession is how long an assumed role lasts unless the profile asks for
	// more: the shortest that STS grants, as in the SDK.
	stsSession = 15 * time.Minute
)

// stsClient calls STS: two operations, for which the SDK would link a client of
// half a megabyte.
type stsClient struct {
	*caller
	loaded   *Loaded
	settings *settings
}

func newSTS(l *Loaded, set *settings, dial dialFunc) *stsClient {
	var retryer aws.Retryer = retry.NewStandard()
	if l.Config.RetryMode == aws.RetryModeAdaptive {
		retryer = retry.NewAdaptiveMode()
	}
	if n := l.Config.RetryMaxAttempts; n != 0 {
		retryer = retry.AddWithMaxAttempts(retryer, n)
	}
	return &stsClient{
		loaded: l, settings: set,
		caller: &caller{
			http:    l.lookups.distant(l.roots(), dialWithin(stsAttempt, dial), stsAttempt),
			skew:    new(atomic.Int64),
			noSkew:  l.Config.DisableClockSkewCorrection,
			retryer: retry.AddWithErrorCodes(retryer, "IDPCommunicationError"),
		},
	}
}

// roles is the client for all roles of a chain; most chains have none.
func (c *chain) roles() *stsClient {
	if c.sts == nil {
		c.sts = newSTS(c.loaded, c.settings, c.dial)
	}
	return c.sts
}

// at says where STS is: in the configured region or the instance's. A service
// with an endpoint of its own can do without.
func (s *stsClient) at(ctx context.Context) (place, error) {
	region, endpoint := s.loaded.Config.Region, s.settings.credentialsEndpoint("STS")
	if region == "" && endpoint == "" {
		var err error
		if region, err = s.loaded.InstanceRegion(ctx); err != nil {
			return place{}, err
		}
	}
	return s.settings.stsAt(region, endpoint)
}

// stsProvider gets a session of a role from STS.
type stsProvider struct {
	sts    *stsClient
	name   string // for aws.Credentials.Source
	where  string // for errors
	result string // the element that holds the answer
	via    []aws.CredentialSource
	form   func() (url.Values, error)
	signed aws.CredentialsProvider // nil: the request is not signed
}

// ProviderSources tells the user agent how the credentials came about.
func (p *stsProvider) ProviderSources() []aws.CredentialSource { return p.via }

func (c *chain) assumeRole(p *profile, inner aws.CredentialsProvider) aws.CredentialsProvider {
	c.where += ", role " + p.get(keyRoleARN)
	return &stsProvider{
		sts:    c.roles(),
		name:   "AssumeRoleProvider",
		where:  fmt.Sprintf("assuming role %s of profile %q", p.get(keyRoleARN), p.name),
		result: "AssumeRoleResult",
		via:    append(c.sources(), aws.CredentialSourceSTSAssumeRole),
		form:   func() (url.Values, error) { return assumeRoleForm(p), nil },
		signed: cached(inner),
	}
}

func assumeRoleForm(p *profile) url.Values {
	duration := stsSession
	if p.duration > duration+time.Minute-1 {
		duration = p.duration
	}
	form := url.Values{
		"Action":          {"AssumeRole"},
		"RoleArn":         {p.get(keyRoleARN)},
		"RoleSessionName": {sessionName(p.get(keySessionName), "wicketkey-")},
		"DurationSeconds": {strconv.Itoa(int(duration / time.Second))},
	}
	if id := p.get(keyExternalID); id != "" {
		form.Set("ExternalId", id)
	}
	return form
}

func (c *chain) webIdentity(path, role, session string) (aws.CredentialsProvider, error) {
	if role == "" {
		return nil, &Error{Kind: ErrEnvironment, Cause: "a web identity token file without a role", Remedy: "set AWS_ROLE_ARN"}
	}
	c.where += ", role " + role
	sts := *c.roles()
	again := *sts.caller // STS may not know a new token yet
	again.retryer = retry.AddWithErrorCodes(again.retryer, "InvalidIdentityToken")
	sts.caller = &again
	return &stsProvider{
		sts:    &sts,
		name:   "WebIdentityCredentials",
		where:  "assuming role " + role + " with the token in " + path,
		result: "AssumeRoleWithWebIdentityResult",
		via:    c.sources(),
		form: func() (url.Values, error) {
			token, err := os.ReadFile(path) // at every use: EKS replaces it while we run
			return url.Values{
				"Action":           {"AssumeRoleWithWebIdentity"},
				"RoleArn":          {role},
				"RoleSessionName":  {sessionName(session, "")},
				"WebIdentityToken": {string(token)},
			}, err
		},
	}, nil
}

// sessionName is unique where none is given.
func sessionName(given, prefix string) string {
	if given != "" {
		return given
	}
	return prefix + strconv.FormatInt(time.Now().UnixNano(), 10)
}

// Retrieve asks STS for a session.
func (p *stsProvider) Retrieve(ctx context.Context) (aws.Credentials, error) {
	var at place
	keys, err := p.sts.loaded.lookups.retrieve(ctx, stsLimit, func(ctx context.Context) (keys aws.Credentials, err error) {
		if at, err = p.sts.at(ctx); err != nil {
			return keys, err
		}
		form, err := p.form()
		if err != nil {
			return keys, err
		}
		form.Set("Version", "2011-06-15")
		body := form.Encode()
		err = p.sts.ask(ctx, func(ctx context.Context, now time.Time) (*http.Request, error) {
			return p.request(ctx, at, body, now)
		}, func(answer *http.Response, body []byte) (err error) {
			keys, err = p.decode(answer, body)
			return err
		})
		return keys, err
	})
	if err != nil {
		return aws.Credentials{}, p.explain(at, err)
	}
	return keys, nil
}

func (p *stsProvider) request(ctx context.Context, at place, form string, now time.Time) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, at.url.String(), strings.NewReader(form))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if p.signed == nil {
		return request, nil
	}
	keys, err := p.signed.Retrieve(ctx)
	if err != nil {
		return nil, err
	}
	hash := sha256.Sum256([]byte(form))
	return request, v4.NewSigner().SignHTTP(ctx, keys, request, hex.EncodeToString(hash[:]), "sts", at.signer, now)
}

func (p *stsProvider) decode(answer *http.Response, body []byte) (aws.Credentials, error) {
	if !isOK(answer) {
		return aws.Credentials{}, refusedBySTS(answer, body)
	}
	said, err := sessionFrom(body, p.result)
	if err != nil {
		return aws.Credentials{}, err
	}
	keys := aws.Credentials{
		AccessKeyID: said.AccessKeyID, SecretAccessKey: said.SecretAccessKey, SessionToken: said.SessionToken,
		Source: p.name, CanExpire: true, Expires: said.expires,
	}
	if arn := strings.Split(said.arn, ":"); len(arn) > 4 {
		keys.AccountID = arn[4]
	}
	return keys, nil
}

func (p *stsProvider) explain(at place, err error) error {
	var (
		known   *Error
		said    *refusal
		missing *fs.PathError
	)
	switch e := (&Error{Kind: ErrCredentials, Cause: p.where, Err: err}); {
	case errors.As(err, &known):
		return known.within(ErrCredentials, p.where, "")
	case errors.Is(err, ErrClosed):
		return err
	case errors.As(err, &missing):
		e.Remedy = "is the token mounted there, and may this user read it (AWS_WEB_IDENTITY_TOKEN_FILE)?"
		return e
	case errors.As(err, &said) && said.said.Code != "":
		e.Err = said
		e.Remedy, e.Kind = refusalOfSTS(&said.said)
		return e
	default:
		e.Remedy = "can STS be reached from here (route, security group, VPC endpoint, proxy)?"
		if isUntrusted(err) {
			e.Remedy = "install the root certificates (package ca-certificates), or name the proxy's root in AWS_CA_BUNDLE"
		}
		if at.url != nil {
			e.Cause += " at " + at.url.Host
			if proxy := proxyOf(at.url); proxy != nil {
				e.Cause += " through proxy " + proxy.Host
			}
		}
		return e
	}
}

// refusalOfSTS is the remedy for what STS said, and of what kind that is.
func refusalOfSTS(said smithy.APIError) (remedy string, kind error) {
	code := said.ErrorCode()
	_, throttled := retry.DefaultThrottleErrorCodes[code]
	switch {
	case strings.HasPrefix(code, "ExpiredToken"):
		return "renew the credentials or the token that the role is assumed with", ErrExpired
	case throttled:
		return "wait and try again; if it lasts, spread the start of the fleet", ErrCredentials
	case code == "InvalidIdentityToken":
		return "is the cluster's OIDC provider known to IAM, with the token's issuer and audience?", ErrCredentials
	case code == "SignatureDoesNotMatch" || code == "InvalidClientTokenId":
		return "check the keys that the role is assumed with, and this machine's clock", ErrCredentials
	}
	return "check the role's name, its trust policy, and that who assumes it may sts:AssumeRole", ErrCredentials
}
