// Package fullchain finds region and credentials with the SDK's own config
// package. It is for programs that run where a person has logged in: SSO, "aws
// login", and roles that demand an MFA code, which package fetch leaves out.
//
//	cfg, err := fullchain.Load(ctx, nil)
//	if err != nil {
//		return err
//	}
//	client, err := fetch.New(ctx, &fetch.Options{AWS: cfg})
//
// A server needs none of this: package fetch itself reads the environment, the
// shared files, and asks processes, containers, the instance and STS. Importing
// this package links four more clients of AWS, 1.4 MB, and gives the program
// the SDK's time limits for the instance's metadata.
package fullchain

import (
	"context"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
)

// Options say which profile to use. A nil *Options and a zero field mean the
// stated default.
type Options struct {
	// Profile names a profile of the shared configuration. Default:
	// AWS_PROFILE, then "default".
	Profile string
	// Region beats that of the environment and the profile. Default: theirs.
	Region string
	// MFACode returns a code for a role that demands one. It may be called from
	// any goroutine, and again each time the role's session ends. Default: ask
	// at the terminal.
	MFACode func() (string, error)
}

// Load is config.LoadDefaultConfig for fetch.Options.AWS. It reads files; programs
// and services are left to the first use of the credentials. Only with the
// defaults mode "auto" is the instance asked for its region, until ctx ends.
// The configuration is safe for concurrent use as long as nobody writes to it.
func Load(ctx context.Context, o *Options) (*aws.Config, error) {
	if o == nil {
		o = &Options{}
	}
	code := o.MFACode
	if code == nil {
		code = askForCode
	}
	cfg, err := config.LoadDefaultConfig(ctx,
		config.WithSharedConfigProfile(o.Profile), config.WithRegion(o.Region),
		config.WithAssumeRoleCredentialOptions(func(a *stscreds.AssumeRoleOptions) { a.TokenProvider = code }))
	if err != nil {
		return nil, fmt.Errorf("shared AWS configuration: %w", err)
	}
	return &cfg, nil
}

// askForCode asks where a person sees it though the output is redirected.
func askForCode() (code string, err error) {
	fmt.Fprint(os.Stderr, "MFA code: ")
	_, err = fmt.Fscanln(os.Stdin, &code)
	return code, err
}
