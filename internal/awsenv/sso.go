package awsenv

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
)

// ssoProvider exchanges the token of an "aws sso login" for credentials.
type ssoProvider struct {
	service         *service
	profile, region string
	account, role   string
	tokenPath       string
	refreshes       bool // sessions have tokens that can be renewed; legacy profiles do not
	via             []aws.CredentialSource
}

// ProviderSources tells the user agent how the credentials came about.
func (p *ssoProvider) ProviderSources() []aws.CredentialSource { return p.via }

func (c *chain) sso(p *profile) (aws.CredentialsProvider, error) {
	c.where = fmt.Sprintf("SSO of profile %q", p.name)
	region, tokenKey := p.get(keySSORegion), p.get(keySSOStartURL)
	if p.hasLegacySSO() {
		c.via = append(c.via, aws.CredentialSourceProfileSSOLegacy, aws.CredentialSourceSSOLegacy)
	} else {
		c.via = append(c.via, aws.CredentialSourceSSO)
	}
	if p.session != nil {
		c.via = append(c.via, aws.CredentialSourceProfileSSO)
		region, tokenKey = p.session.text[keySSORegion], p.get(keySSOSession)
	}
	if err := checkSSO(p); err != nil {
		return nil, err
	}
	sum := sha1.Sum([]byte(tokenKey))
	return &ssoProvider{
		service: c.service, profile: p.name, region: region, via: c.sources(),
		account: p.get(keySSOAccount), role: p.get(keySSORole), refreshes: p.session != nil,
		tokenPath: filepath.Join(homeDir(c.env.getenv), ".aws", "sso", "cache", hex.EncodeToString(sum[:])+".json"),
	}, nil
}

// checkSSO names every key that is missing, and those in which a profile
// contradicts its session.
func checkSSO(p *profile) error {
	var wrong []string
	for _, key := range []string{keySSORegion, keySSOStartURL} {
		own := p.get(key)
		value := own
		if p.session != nil {
			value = p.session.text[key]
		}
		if value == "" {
			wrong = append(wrong, key+" is missing")
		} else if own != "" && own != value {
			wrong = append(wrong, key+" differs from its sso-session")
		}
	}
	for _, key := range []string{keySSOAccount, keySSORole} {
		if p.get(key) == "" {
			wrong = append(wrong, key+" is missing")
		}
	}
	if wrong == nil {
		return nil
	}
	return &Error{Kind: ErrProfile, Fix: `run "aws configure sso"`,
		Cause: fmt.Sprintf("profile %q: %s", p.name, strings.Join(wrong, ", "))}
}

// Retrieve exchanges the token, renewing it first if it has expired.
func (p *ssoProvider) Retrieve(ctx context.Context) (aws.Credentials, error) {
	token, err := p.token(ctx)
	if err != nil {
		return aws.Credentials{}, p.expired(err)
	}
	keys, err := p.exchange(ctx, token)
	if err == nil {
		return keys, nil
	}
	if said, ok := errors.AsType[smithy.APIError](err); ok && said.ErrorCode() == "UnauthorizedException" {
		return aws.Credentials{}, p.expired(err)
	}
	return aws.Credentials{}, &Error{Kind: ErrCredentials, Err: err,
		Cause: fmt.Sprintf("SSO role %s in account %s", p.role, p.account),
		Fix:   "check that the role is assigned to you, and that SSO can be reached"}
}

func (p *ssoProvider) expired(err error) error {
	return &Error{Kind: ErrExpired, Err: err, Cause: fmt.Sprintf("SSO session of profile %q", p.profile),
		Fix: "run: aws sso login --profile " + p.profile}
}

func (p *ssoProvider) exchange(ctx context.Context, token string) (aws.Credentials, error) {
	endpoint, err := p.service.endpoint(ctx, "SSO", "portal.sso", p.region)
	if err != nil {
		return aws.Credentials{}, err
	}
	query := url.Values{"account_id": {p.account}, "role_name": {p.role}}
	body, err := p.service.call(ctx, explainJSON, func(ctx context.Context) (*http.Request, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet,
			endpoint+"/federation/credentials?"+query.Encode(), nil)
		if err == nil {
			request.Header.Set("X-Amz-Sso_bearer_token", token)
		}
		return request, err
	})
	if err != nil {
		return aws.Credentials{}, err
	}
	var answer struct {
		RoleCredentials struct {
			AccessKeyID     string `json:"accessKeyId"`
			SecretAccessKey string `json:"secretAccessKey"`
			SessionToken    string `json:"sessionToken"`
			Expiration      int64  `json:"expiration"` // milliseconds since 1970
		} `json:"roleCredentials"`
	}
	// A syntax error would quote the answer, so it is not passed on.
	if json.Unmarshal(body, &answer) != nil || answer.RoleCredentials.SecretAccessKey == "" {
		return aws.Credentials{}, errors.New("the answer holds no credentials")
	}
	got := answer.RoleCredentials
	return aws.Credentials{
		AccessKeyID: got.AccessKeyID, SecretAccessKey: got.SecretAccessKey, SessionToken: got.SessionToken,
		Source: "SSOProvider", AccountID: p.account,
		CanExpire: true, Expires: time.UnixMilli(got.Expiration).UTC(),
	}, nil
}

// renew gets a new token from SSO's OIDC service.
func (p *ssoProvider) renew(ctx context.Context, old *ssoToken) (*ssoToken, error) {
	endpoint, err := p.service.endpoint(ctx, "SSO OIDC", "oidc", p.region)
	if err != nil {
		return nil, err
	}
	form, err := json.Marshal(map[string]string{
		"clientId": old.text("clientId"), "clientSecret": old.text("clientSecret"),
		"refreshToken": old.text("refreshToken"), "grantType": "refresh_token",
	})
	if err != nil {
		return nil, err
	}
	body, err := p.service.call(ctx, explainJSON, func(ctx context.Context) (*http.Request, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint+"/token", bytes.NewReader(form))
		if err == nil {
			request.Header.Set("Content-Type", "application/json")
		}
		return request, err
	})
	if err != nil {
		return nil, err
	}
	var answer struct {
		AccessToken  string `json:"accessToken"`
		RefreshToken string `json:"refreshToken"`
		ExpiresIn    int    `json:"expiresIn"` // seconds
	}
	if json.Unmarshal(body, &answer) != nil || answer.AccessToken == "" {
		return nil, errors.New("the answer holds no token")
	}
	expires := time.Now().Add(time.Duration(answer.ExpiresIn) * time.Second)
	return old.with(answer.AccessToken, answer.RefreshToken, expires)
}

// explainJSON reads an error in the two shapes of SSO: AWS's, and OIDC's.
func explainJSON(answer *http.Response, body []byte) (code, message string) {
	var said struct {
		Type        string `json:"__type"`
		Message     string `json:"message"`
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	_ = json.Unmarshal(body, &said) // not JSON: the status alone has to do
	code = cmp.Or(answer.Header.Get("X-Amzn-Errortype"), said.Type, said.Error)
	code, _, _ = strings.Cut(code, ":")
	return code, cmp.Or(said.Message, said.Description)
}
