package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"

	"wicketkey.internal/fetch/fullchain"
)

// fullChain serves operators, who log in: SSO, aws login, MFA.
func fullChain(profile string) (aws.CredentialsProvider, error) {
	cfg, err := fullchain.Load(context.Background(), &fullchain.Options{Profile: profile})
	if err != nil {
		return nil, err
	}
	return cfg.Credentials, nil
}
