package awsenv

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

const (
	attemptLimit = 5 * time.Second  // one request of STS or SSO
	serviceLimit = 15 * time.Second // with its retries
	answerLimit  = 256 << 10        // bytes; real answers have a few thousand
)

// service calls STS and SSO: three operations for which the SDK would link
// three clients.
type service struct {
	loaded      *Loaded
	settings    *settings
	dial        dialFunc
	http        aws.HTTPClient
	region      string // as configured; empty means ask the instance
	maxAttempts int
	clock       skew
}

func newService(l *Loaded, set *settings, dial dialFunc) *service {
	s := &service{loaded: l, settings: set, dial: dialer(dial), region: l.Config.Region, maxAttempts: l.Config.RetryMaxAttempts}
	s.clock.off = l.Config.DisableClockSkewCorrection
	client, ok := l.Config.HTTPClient.(*awshttp.BuildableClient)
	if !ok {
		client = awshttp.NewBuildableClient()
	}
	s.http = client
	if dial != nil {
		s.http = client.WithTransportOptions(func(t *http.Transport) { t.DialContext = dial })
	}
	return s
}

// regionFor is where a service is asked: the configured region, or the
// instance's. A service with an endpoint of its own can do without.
func (s *service) regionFor(ctx context.Context, name string) (string, error) {
	if s.region != "" || s.configured(ctx, name) != "" {
		return s.region, nil
	}
	return s.loaded.InstanceRegion(ctx)
}

// endpoint returns the base URL of a service by its SDK name and its host
// prefix. The SDK's resolver for Secrets Manager knows the partitions and what
// they support; siblingHost knows in what the services here differ from it.
func (s *service) endpoint(ctx context.Context, name, prefix, region string) (string, error) {
	params := secretsmanager.EndpointParameters{Region: &region,
		UseFIPS:      aws.Bool(aws.ToBool(s.settings.fips)),
		UseDualStack: aws.Bool(aws.ToBool(s.settings.dualStack)),
	}
	if url := s.configured(ctx, name); url != "" {
		params.Endpoint = &url
	}
	found, err := secretsmanager.NewDefaultEndpointResolverV2().ResolveEndpoint(ctx, params)
	if err != nil {
		return "", &Error{Kind: ErrCredentials, Err: err, Cause: "no endpoint of " + name + " in region " + region,
			Fix: "check the region, AWS_USE_FIPS_ENDPOINT, AWS_USE_DUALSTACK_ENDPOINT and AWS_ENDPOINT_URL_*"}
	}
	if params.Endpoint != nil {
		return strings.TrimSuffix(found.URI.String(), "/"), nil
	}
	return "https://" + siblingHost(found.URI.Host, prefix, params), nil
}

// siblingHost turns the host of Secrets Manager into another service's.
// Secrets Manager's ordinary hosts are dual-stack, where others have a domain
// for that; and GovCloud's ordinary hosts are FIPS for the others.
func siblingHost(host, prefix string, p secretsmanager.EndpointParameters) string {
	host = strings.TrimPrefix(host, "secretsmanager")
	switch {
	case *p.UseDualStack:
		if bare, ok := strings.CutSuffix(host, ".amazonaws.com"); ok {
			host = bare + ".api.aws"
		} else if bare, ok := strings.CutSuffix(host, ".amazonaws.com.cn"); ok {
			host = bare + ".api.amazonwebservices.com.cn"
		}
	case *p.UseFIPS && strings.HasPrefix(*p.Region, "us-gov-"):
		host = strings.TrimPrefix(host, "-fips")
	}
	return prefix + host
}

// configured returns an endpoint set for this one service. A general
// AWS_ENDPOINT_URL does not reach the services that give credentials, but
// hides those of a profile: so does the SDK while it loads.
func (s *service) configured(ctx context.Context, name string) string {
	if aws.ToBool(s.settings.ignoreEndpoints) {
		return ""
	}
	variable := "AWS_ENDPOINT_URL_" + strings.ToUpper(strings.ReplaceAll(name, " ", "_"))
	if s.settings.getenv("AWS_ENDPOINT_URL") != "" && s.settings.getenv(variable) == "" {
		return ""
	}
	url, _, _ := s.settings.GetServiceBaseEndpoint(ctx, name)
	return url
}

// call sends what build makes until it is answered, with the SDK's judgement of
// what is worth another attempt, and also for the error codes in again.
func (s *service) call(ctx context.Context, explain func(*http.Response, []byte) (code, message string),
	build func(context.Context) (*http.Request, error), again ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, serviceLimit)
	defer cancel()
	var retryer aws.Retryer = retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = cmp.Or(s.maxAttempts, o.MaxAttempts)
	})
	retryer = retry.AddWithErrorCodes(retryer, again...)
	for attempt := 1; ; attempt++ {
		body, err := s.attempt(ctx, explain, build)
		if err == nil || attempt >= retryer.MaxAttempts() || !retryer.IsErrorRetryable(err) {
			return body, err
		}
		delay, delayErr := retryer.RetryDelay(attempt, err)
		if delayErr != nil || !sleep(ctx, delay) {
			return nil, err
		}
	}
}

func (s *service) attempt(ctx context.Context, explain func(*http.Response, []byte) (code, message string),
	build func(context.Context) (*http.Request, error)) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, attemptLimit)
	defer cancel()
	request, err := build(ctx)
	if err != nil {
		return nil, err
	}
	// The SDK repeats what fails on the wire, and knows it by this type.
	answer, err := s.http.Do(request)
	if err != nil {
		return nil, &smithyhttp.RequestSendError{Err: err}
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, answerLimit+1))
	if err != nil {
		return nil, &smithyhttp.RequestSendError{Err: err}
	}
	if len(body) > answerLimit {
		return nil, fmt.Errorf("answer of more than %d bytes", answerLimit)
	}
	if answer.StatusCode != http.StatusOK {
		refusal := &refusal{status: answer.StatusCode}
		refusal.Code, refusal.Message = explain(answer, body)
		if s.clock.learn(answer, refusal.Code) {
			return nil, skewed{refusal}
		}
		return nil, refusal
	}
	return body, nil
}

// sleep reports false if the context ended before the delay did.
func sleep(ctx context.Context, delay time.Duration) bool {
	select {
	case <-time.After(delay):
		return true
	case <-ctx.Done():
		return false
	}
}

// refusal is an answer that says no.
type refusal struct {
	smithy.GenericAPIError
	status int
}

func (r *refusal) Error() string {
	return fmt.Sprintf("HTTP %d %s: %s", r.status, r.Code, r.Message)
}

// HTTPStatusCode is what the SDK's retryer asks for.
func (r *refusal) HTTPStatusCode() int { return r.status }
