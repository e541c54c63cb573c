package awsenv

import (
	"context"
	"errors"
	"fmt"
	"os/exec"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/processcreds"
)

// process runs credential_process in a shell, for a minute at most.
func (c *chain) process(p *profile) aws.CredentialsProvider {
	return &processProvider{
		profile: p.name,
		Provider: processcreds.NewProvider(p.get(keyProcess), func(o *processcreds.Options) {
			o.CredentialSources = c.sources()
		}),
	}
}

// processProvider keeps the program's output out of errors: the SDK quotes
// what it cannot parse, and that may be half a key pair.
type processProvider struct {
	*processcreds.Provider
	profile string
}

func (p *processProvider) Retrieve(ctx context.Context) (aws.Credentials, error) {
	keys, err := p.Provider.Retrieve(ctx)
	if err == nil {
		return keys, nil
	}
	bad := &Error{
		Kind:  ErrCredentials,
		Cause: fmt.Sprintf("credential_process of profile %q printed no valid credentials", p.profile),
		Fix:   "run the command by hand; it must print JSON with Version 1, AccessKeyId and SecretAccessKey",
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		bad.Cause, bad.Err = fmt.Sprintf("credential_process of profile %q failed", p.profile), exit
	}
	return aws.Credentials{}, bad
}
