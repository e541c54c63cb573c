package awsenv

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go"
)

// stsSession is how long an assumed role lasts unless the profile asks for
// more: the shortest that STS grants, as in the SDK.
const stsSession = 15 * time.Minute

// stsProvider gets a session of a role from STS.
type stsProvider struct {
	service *service
	name    string // for aws.Credentials.Source
	where   string // for errors
	via     []aws.CredentialSource
	form    func() (url.Values, error)
	signed  aws.CredentialsProvider // nil: the request is not signed
	again   []string
}

// ProviderSources tells the user agent how the credentials came about.
func (p *stsProvider) ProviderSources() []aws.CredentialSource { return p.via }

func (c *chain) assumeRole(p *profile, inner aws.CredentialsProvider) (aws.CredentialsProvider, error) {
	if p.get(keyMFASerial) != "" {
		return nil, unsupported(p, "an MFA code ("+keyMFASerial+")")
	}
	c.where += ", role " + p.get(keyRoleARN)
	return &stsProvider{
		service: c.service,
		name:    "AssumeRoleProvider",
		where:   fmt.Sprintf("assuming role %s of profile %q", p.get(keyRoleARN), p.name),
		via:     append(c.sources(), aws.CredentialSourceSTSAssumeRole),
		form:    func() (url.Values, error) { return assumeRoleForm(p), nil },
		signed:  cached(inner),
	}, nil
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
		return nil, &Error{Kind: ErrEnvironment, Cause: "a web identity token file without a role", Fix: "set AWS_ROLE_ARN"}
	}
	c.where += ", role " + role
	return &stsProvider{
		service: c.service,
		name:    "WebIdentityCredentials",
		where:   "assuming role " + role + " with the token in " + path,
		via:     c.sources(),
		again:   []string{"InvalidIdentityToken"}, // STS may not know a new token yet
		form: func() (url.Values, error) {
			token, err := os.ReadFile(path)
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
	keys, err := p.retrieve(ctx)
	if err != nil {
		return aws.Credentials{}, p.explain(err)
	}
	return keys, nil
}

func (p *stsProvider) retrieve(ctx context.Context) (aws.Credentials, error) {
	region, err := p.service.regionFor(ctx, "STS")
	if err != nil {
		return aws.Credentials{}, err
	}
	endpoint, err := p.service.endpoint(ctx, "STS", "sts", region)
	if err != nil {
		return aws.Credentials{}, err
	}
	form, err := p.form()
	if err != nil {
		return aws.Credentials{}, err
	}
	form.Set("Version", "2011-06-15")
	body, err := p.service.call(ctx, explainXML, func(ctx context.Context) (*http.Request, error) {
		return p.request(ctx, endpoint, region, form.Encode())
	}, p.again...)
	if err != nil {
		return aws.Credentials{}, err
	}
	return p.decode(body)
}

func (p *stsProvider) request(ctx context.Context, endpoint, region, form string) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form))
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
	return request, v4.NewSigner().SignHTTP(ctx, keys, request, hex.EncodeToString(hash[:]), "sts", region, p.service.clock.now())
}

func (p *stsProvider) decode(body []byte) (aws.Credentials, error) {
	values, ok := leaves(string(body))
	if !ok {
		return aws.Credentials{}, errors.New("the answer is not the XML that STS sends")
	}
	expires, err := time.Parse(time.RFC3339, values["Credentials/Expiration"])
	keys := aws.Credentials{
		AccessKeyID:     values["Credentials/AccessKeyId"],
		SecretAccessKey: values["Credentials/SecretAccessKey"],
		SessionToken:    values["Credentials/SessionToken"],
		Source:          p.name,
		CanExpire:       true,
		Expires:         expires,
	}
	if err != nil || !keys.HasKeys() {
		return aws.Credentials{}, errors.New("the answer holds no credentials")
	}
	if arn := strings.Split(values["AssumedRoleUser/Arn"], ":"); len(arn) > 4 {
		keys.AccountID = arn[4]
	}
	return keys, nil
}

func (p *stsProvider) explain(err error) error {
	if known, ok := errors.AsType[*Error](err); ok {
		return fmt.Errorf("%s: %w", p.where, known)
	}
	e := &Error{Kind: ErrCredentials, Cause: p.where, Err: err,
		Fix: "check the role's trust policy, its name, and that STS can be reached"}
	if said, ok := errors.AsType[smithy.APIError](err); ok && strings.HasPrefix(said.ErrorCode(), "ExpiredToken") {
		e.Kind, e.Fix = ErrExpired, "renew the credentials or the token that the role is assumed with"
	}
	return e
}

func explainXML(_ *http.Response, body []byte) (code, message string) {
	values, ok := leaves(string(body))
	if !ok {
		return "", "the answer is not XML"
	}
	return values["Error/Code"], values["Error/Message"]
}
