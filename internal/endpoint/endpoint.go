// Package endpoint tells where a client of Secrets Manager connects.
//
//	at, err := endpoint.Of(secretsmanager.NewFromConfig(cfg).Options())
//
// The SDK's own resolver is asked; host names are never put together by hand.
package endpoint

import (
	"context"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// Of returns the endpoint of a client with these options, as
// [secretsmanager.Client.Options] gives them. A deprecated EndpointResolver, which
// the SDK would ask first, is not asked.
func Of(o secretsmanager.Options) (*url.URL, error) {
	found, err := o.EndpointResolverV2.ResolveEndpoint(context.Background(), secretsmanager.EndpointParameters{
		Region:       aws.String(o.Region),
		UseDualStack: aws.Bool(o.EndpointOptions.UseDualStackEndpoint == aws.DualStackEndpointStateEnabled),
		UseFIPS:      aws.Bool(o.EndpointOptions.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled),
		Endpoint:     o.BaseEndpoint,
	})
	if err != nil {
		return nil, err
	}
	return &found.URI, nil
}
