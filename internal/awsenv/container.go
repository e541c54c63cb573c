package awsenv

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
)

const (
	containerDial   = 2 * time.Second
	containerAnswer = 5 * time.Second
	containerLimit  = 15 * time.Second

	// containerWindow is how long before their end the SDK renews these.
	containerWindow = 5 * time.Minute
)

// container returns nil outside a container.
func (c *chain) container() aws.CredentialsProvider {
	full := c.env.get("AWS_CONTAINER_CREDENTIALS_FULL_URI")
	if relative := c.env.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"); relative != "" {
		full = "http://" + ecsHost + relative
	} else if full == "" {
		return nil
	}
	c.passed("container", aws.CredentialSourceHTTP)
	at, err := containerAt(full)
	if err != nil {
		return refusing{err}
	}
	provider := &containerProvider{
		caller:    caller{http: c.containerClient(at), retryer: retry.NewStandard(), skew: new(atomic.Int64)},
		lookups:   c.loaded.lookups,
		at:        at,
		token:     c.env.get("AWS_CONTAINER_AUTHORIZATION_TOKEN"),
		tokenFile: c.env.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"),
		via:       c.sources(),
	}
	return aws.NewCredentialsCache(provider, func(o *aws.CredentialsCacheOptions) {
		o.ExpiryWindow = containerWindow
	})
}

// containerClient goes by the system's roots. As with the SDK, a CA bundle of
// the configuration does not count here.
func (c *chain) containerClient(at *url.URL) aws.HTTPClient {
	dial := dialWithin(containerDial, c.dial)
	if at.Scheme == "https" {
		return c.loaded.lookups.distant(nil, dial, containerAnswer)
	}
	return c.loaded.lookups.nearby(nil, onlyNearby(dial), containerAnswer)
}

// containerProvider asks ECS, or the agent of EKS Pod Identity.
type containerProvider struct {
	caller
	lookups          *lookups
	at               *url.URL
	token, tokenFile string
	via              []aws.CredentialSource
}

// ProviderSources tells the user agent how the credentials came about.
func (p *containerProvider) ProviderSources() []aws.CredentialSource { return p.via }

// Retrieve asks the container's endpoint.
func (p *containerProvider) Retrieve(ctx context.Context) (keys aws.Credentials, err error) {
	keys, err = p.lookups.retrieve(ctx, containerLimit, func(ctx context.Context) (aws.Credentials, error) {
		token, err := p.authorization()
		if err != nil {
			return keys, err
		}
		err = p.ask(ctx, func(ctx context.Context, _ time.Time) (*http.Request, error) {
			request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.at.String(), nil)
			if err == nil && token != "" {
				request.Header.Set("Authorization", token)
			}
			return request, err
		}, func(answer *http.Response, body []byte) (err error) {
			if !isOK(answer) {
				return refusedByContainer(answer, body)
			}
			var said keysOfContainer
			if err = decodeAnswer(body, &said); err == nil {
				keys, err = said.with(said.Token, said.AccountID, "CredentialsEndpointProvider")
			}
			return err
		})
		return keys, err
	})
	if err != nil {
		return aws.Credentials{}, p.explain(err)
	}
	return keys, nil
}

// authorization reads the token at every use: EKS replaces its file while we
// run.
func (p *containerProvider) authorization() (string, error) {
	token, where := p.token, "AWS_CONTAINER_AUTHORIZATION_TOKEN"
	if p.tokenFile != "" {
		where += "_FILE"
		content, err := os.ReadFile(p.tokenFile)
		if err != nil {
			return "", &Error{Kind: ErrCredentials, Err: err, Cause: where, Remedy: "is the token mounted there, and may this user read it?"}
		}
		token = string(content)
	}
	if strings.ContainsAny(token, "\r\n") {
		return "", &Error{Kind: ErrCredentials, Cause: where + " holds a line break", Remedy: "write the token without one"}
	}
	return token, nil
}

func refusedByContainer(answer *http.Response, body []byte) error {
	var said struct{ Code, Message string }
	_ = json.Unmarshal(body, &said) // not JSON: the status alone has to do
	return refused(answer, said.Code, said.Message)
}

func (p *containerProvider) explain(err error) error {
	if known := (*Error)(nil); errors.As(err, &known) {
		return known
	}
	e := &Error{Kind: ErrCredentials, Err: err, Cause: "container credentials endpoint " + p.at.Host}
	said := (*refusal)(nil)
	switch {
	case errors.Is(err, ErrClosed):
		return err
	case isUntrusted(err):
		e.Remedy = "have its root among the system's (AWS_CA_BUNDLE does not count for it, as with the SDK)"
	case !errors.As(err, &said):
		e.Remedy = "is AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI what ECS or EKS set, and does its agent run?"
	case said.HTTPStatusCode() == http.StatusUnauthorized || said.HTTPStatusCode() == http.StatusForbidden:
		e.Remedy = "check AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, and that the task or pod has a role"
	default:
		e.Remedy = "check that the task or pod has a role that its agent may hand out"
	}
	return e
}
