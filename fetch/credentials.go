package fetch

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"

	"wicketkey.internal/internal/awsenv"
)

// markedCredentials tells a failure to find credentials from every other
// failure of a call; the SDK wraps both alike.
type markedCredentials struct{ aws.CredentialsProvider }

func (m markedCredentials) Retrieve(ctx context.Context) (aws.Credentials, error) {
	c, err := m.CredentialsProvider.Retrieve(ctx)
	if err != nil {
		return c, &credentialsError{err}
	}
	return c, nil
}

// ProviderSources tells the SDK's user agent how the credentials came about.
func (m markedCredentials) ProviderSources() []aws.CredentialSource {
	if p, ok := m.CredentialsProvider.(aws.CredentialProviderSource); ok {
		return p.ProviderSources()
	}
	return nil
}

type credentialsError struct{ err error }

func (e *credentialsError) Error() string { return e.err.Error() }
func (e *credentialsError) Unwrap() error { return e.err }

// explain hands on what awsenv found out: which sources were looked at, whether
// the instance metadata is unreachable, disabled, or a hop too far away.
func (e *credentialsError) explain() verdict {
	var found *awsenv.Error
	if errors.As(e.err, &found) {
		cause, remedy := found.Explain()
		return verdict{ErrNoCredentials, cause, remedy}
	}
	return verdict{ErrNoCredentials, e.err.Error(), "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile, or attach a role to the instance (in a container on EC2: hop limit 2)"}
}

func mark(p aws.CredentialsProvider) aws.CredentialsProvider {
	if p == nil || aws.IsCredentialsProvider(p, (*aws.AnonymousCredentials)(nil)) {
		return p
	}
	return markedCredentials{p}
}
