package fetch

import (
	"context"
	"errors"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"

	"wicketkey.internal/internal/awsenv"
)

// keys are the credentials of a service's client. They tell a failure to find
// credentials from every other failure of a call, which the SDK wraps alike, and
// can be fetched anew.
type keys struct{ aws.CredentialsProvider }

// keysFrom gives nil where requests are not signed.
func keysFrom(p aws.CredentialsProvider) *keys {
	if p == nil || aws.IsCredentialsProvider(p, (*aws.AnonymousCredentials)(nil)) {
		return nil
	}
	return &keys{p}
}

// Retrieve also notes for the call which keys it signs with.
func (k *keys) Retrieve(ctx context.Context) (aws.Credentials, error) {
	c, err := k.CredentialsProvider.Retrieve(ctx)
	if err != nil {
		return c, &credentialsError{err}
	}
	if tries := attemptsOf(ctx); tries != nil {
		tries.keys = c
	}
	return c, nil
}

// ProviderSources tells the SDK's user agent how the credentials came about.
func (k *keys) ProviderSources() []aws.CredentialSource {
	if p, ok := k.CredentialsProvider.(aws.CredentialProviderSource); ok {
		return p.ProviderSources()
	}
	return nil
}

// renew reports whether there are other keys than those that AWS has rejected:
// another call has found them meanwhile, or they are fetched now.
func (k *keys) renew(ctx context.Context, rejected aws.Credentials) bool {
	if k == nil {
		return false
	}
	if k.differ(ctx, rejected) {
		return true
	}
	switch p := k.CredentialsProvider.(type) {
	case *found:
		return p.renew(ctx, rejected)
	case interface{ Invalidate() }: // the SDK's cache
		p.Invalidate()
		return k.differ(ctx, rejected)
	}
	return false
}

func (k *keys) differ(ctx context.Context, rejected aws.Credentials) bool {
	return differ(ctx, k.CredentialsProvider, rejected)
}

func differ(ctx context.Context, p aws.CredentialsProvider, rejected aws.Credentials) bool {
	c, err := p.Retrieve(ctx)
	return err == nil && (c.AccessKeyID != rejected.AccessKeyID || c.SecretAccessKey != rejected.SecretAccessKey || c.SessionToken != rejected.SessionToken)
}

// rejected reports whether AWS refuses the keys for what time does to them.
func rejected(err error) bool {
	var creds *credentialsError
	var api smithy.APIError
	if !errors.As(err, &api) || errors.As(err, &creds) {
		return false
	}
	switch api.ErrorCode() {
	case "ExpiredToken", "ExpiredTokenException", "RequestExpired", "UnrecognizedClientException", "InvalidClientTokenId":
		return true
	}
	return false
}

// found are the credentials of the environment and the shared files, which may
// have changed since they were read.
type found struct {
	load func() (*awsenv.Loaded, error)

	mu     sync.Mutex // guards what follows
	now    *awsenv.Loaded
	closed bool
}

func (f *found) current() *awsenv.Loaded {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

// Retrieve gives the keys of what was read last, also where that was given up
// for something newer while it was asked.
func (f *found) Retrieve(ctx context.Context) (aws.Credentials, error) {
	for {
		now := f.current()
		c, err := now.Config.Credentials.Retrieve(ctx)
		if err == nil || now == f.current() {
			return c, err
		}
	}
}

// ProviderSources tells the SDK's user agent how the credentials came about.
func (f *found) ProviderSources() []aws.CredentialSource {
	if p, ok := f.current().Config.Credentials.(aws.CredentialProviderSource); ok {
		return p.ProviderSources()
	}
	return nil
}

// renew reads all anew, and fetches from there. Keys that are no others change
// nothing.
func (f *found) renew(ctx context.Context, rejected aws.Credentials) bool {
	fresh, err := f.load()
	if err != nil {
		return false
	}
	if !differ(ctx, fresh.Config.Credentials, rejected) {
		_ = fresh.Close()
		return false
	}
	f.mu.Lock()
	stale := f.now
	if f.closed {
		stale = fresh
	} else {
		f.now = fresh
	}
	f.mu.Unlock()
	_ = stale.Close()
	return true
}

func (f *found) close() {
	f.mu.Lock()
	f.closed = true
	now := f.now
	f.mu.Unlock()
	_ = now.Close()
}

// cached reports whether fetching credentials ahead of their use disturbs nobody.
func cached(p aws.CredentialsProvider) bool {
	switch p.(type) {
	case *aws.CredentialsCache, *found:
		return true
	}
	return false
}

// credentialsError is what a source of credentials said. Whatever it was, it was
// not Secrets Manager's answer.
type credentialsError struct{ err error }

func (e *credentialsError) Error() string { return e.err.Error() }
func (e *credentialsError) Unwrap() error { return e.err }

// passing reports whether the source may answer soon: it throttles, or fails by
// itself. What cannot be reached has been waited for already.
func (e *credentialsError) passing() bool {
	return throttled(e.err) || status(e.err) >= 500 ||
		retry.RetryableErrorCode{Codes: retry.DefaultRetryableErrorCodes}.IsErrorRetryable(e.err) == aws.TrueTernary
}

// explain hands on what awsenv found out: which sources were looked at, whether
// the instance metadata is unreachable, disabled, or a hop too far away.
func (e *credentialsError) explain() diagnosis {
	var detail *awsenv.Error
	if errors.As(e.err, &detail) {
		cause, remedy := detail.Explain()
		return diagnosis{ErrNoCredentials, cause, remedy}
	}
	var token *tokenError
	if errors.As(e.err, &token) {
		return diagnosis{ErrNoCredentials, e.err.Error(), "let the agent write that file, which it does when it starts, and this user read it; or correct Options.Agent.Token"}
	}
	return diagnosis{ErrNoCredentials, e.err.Error(), "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile, or attach a role to the instance (in a container on EC2: hop limit 2)"}
}
