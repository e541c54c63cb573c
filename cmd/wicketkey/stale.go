package main

import (
	"context"
	"errors"
	"strings"

	"wicketkey.internal/fetch"
	"wicketkey.internal/internal/ident"
)

// fetchSecret fetches the secret, or says what may have been meant.
func fetchSecret(ctx context.Context, client *fetch.Client, ref fetch.Ref) (*fetch.Secret, error) {
	secret, err := client.GetRef(ctx, ref)
	return secret, meant(ctx, client, ref, err)
}

// meant looks, where AWS knows no secret under the identifier, for one that may
// have been meant.
func meant(ctx context.Context, client *fetch.Client, ref fetch.Ref, err error) error {
	e, ok := errors.AsType[*fetch.Error](err)
	if !ok || e.Kind != fetch.ErrNotFound && e.Kind != fetch.ErrDenied {
		return err
	}
	better := *e
	if ref.ID == "secret" && ref.Key != "" {
		better.Remedy = "is " + ref.ID + ":" + ref.Key + " the end of an ARN? Then the name is what stands behind the colon, without the six random characters"
		return &better
	}
	if name, arn := renamed(ctx, client, ref.ID); arn != "" {
		better.Cause = strings.TrimSuffix(better.Cause, ".") + "; " + name + " exists as " + arn
		better.Remedy = "give the name " + name + ", or that ARN: the six random characters that were given are another secret's, or those of one that was deleted and made anew"
		return &better
	}
	return err
}

// renamed asks whether the name that is left without the six random characters
// is a secret's, of which others are given. It costs a request, after a failure.
func renamed(ctx context.Context, client *fetch.Client, given string) (name, arn string) {
	id, err := ident.ParseID(given)
	if err != nil {
		return "", ""
	}
	name, ok := id.StrippedName()
	if id.Kind == ident.FullARN {
		name, ok = id.Name(), true
	}
	if !ok {
		return "", ""
	}
	secret, err := client.Get(ctx, name)
	if err != nil {
		return "", ""
	}
	defer secret.Close()
	found, err := ident.ParseID(secret.ARN())
	if err != nil || id.Kind == ident.FullARN && (found.Account != id.Account || found.Region != id.Region) {
		return "", "" // a namesake
	}
	return name, secret.ARN()
}
