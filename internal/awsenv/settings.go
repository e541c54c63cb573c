package awsenv

import (
	"cmp"
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// settings is what the SDK's clients ask of aws.Config.ConfigSources: one
// source with the environment laid over the profile. The methods below are
// those that the clients look for, by name.
type settings struct {
	env             *environ
	services        *section // the profile's services section, or nil
	ignoreEndpoints *bool
	fips            *bool
	dualStack       *bool
	imdsDisabled    bool
	imdsEndpoint    string
	imdsIPv6        bool
	imdsV1Disabled  *bool
}

func readSettings(e *environ, p *profile) *settings {
	return &settings{
		env:             e,
		services:        p.services,
		ignoreEndpoints: either(e.bool("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), p.bool(keyIgnoreEndpoints)),
		fips:            either(e.bool("AWS_USE_FIPS_ENDPOINT"), p.bool(keyFIPS)),
		dualStack:       either(e.bool("AWS_USE_DUALSTACK_ENDPOINT"), p.bool(keyDualStack)),
		imdsDisabled:    strings.EqualFold(e.get("AWS_EC2_METADATA_DISABLED"), "true"),
		imdsV1Disabled:  either(e.bool("AWS_EC2_METADATA_V1_DISABLED"), p.bool(keyIMDSv1Disabled)),
		imdsEndpoint:    cmp.Or(e.get("AWS_EC2_METADATA_SERVICE_ENDPOINT"), p.get(keyIMDSEndpoint)),
		imdsIPv6:        aws.ToBool(either(e.ipv6("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"), p.imdsIPv6)),
	}
}

func either(first, second *bool) *bool {
	if first != nil {
		return first
	}
	return second
}

// GetServiceBaseEndpoint returns the endpoint configured for one service, by
// its SDK name, such as "Secrets Manager".
func (s *settings) GetServiceBaseEndpoint(_ context.Context, service string) (string, bool, error) {
	name := strings.ReplaceAll(service, " ", "_")
	if url := s.env.get("AWS_ENDPOINT_URL_" + strings.ToUpper(name)); url != "" {
		return url, true, nil
	}
	if s.services == nil {
		return "", false, nil
	}
	url, ok := s.services.block[strings.ToLower(name)][keyEndpoint]
	return url, ok, nil
}

// credentialsEndpoint returns an endpoint set for a service that gives
// credentials. A general AWS_ENDPOINT_URL does not reach these, but hides, though
// it be empty, those of a profile: so does the SDK while it loads.
func (s *settings) credentialsEndpoint(service string) string {
	if aws.ToBool(s.ignoreEndpoints) {
		return ""
	}
	_, general := s.env.lookup("AWS_ENDPOINT_URL")
	_, special := s.env.lookup("AWS_ENDPOINT_URL_" + strings.ToUpper(service))
	if general && !special {
		return ""
	}
	url, _, _ := s.GetServiceBaseEndpoint(context.Background(), service)
	return url
}

// GetIgnoreConfiguredEndpoints reports whether configured endpoints are to be
// ignored.
func (s *settings) GetIgnoreConfiguredEndpoints(context.Context) (value, found bool, err error) {
	return aws.ToBool(s.ignoreEndpoints), s.ignoreEndpoints != nil, nil
}

// GetUseFIPSEndpoint returns the FIPS setting.
func (s *settings) GetUseFIPSEndpoint(context.Context) (aws.FIPSEndpointState, bool, error) {
	switch {
	case s.fips == nil:
		return aws.FIPSEndpointStateUnset, false, nil
	case *s.fips:
		return aws.FIPSEndpointStateEnabled, true, nil
	}
	return aws.FIPSEndpointStateDisabled, true, nil
}

// GetUseDualStackEndpoint returns the dual-stack setting.
func (s *settings) GetUseDualStackEndpoint(context.Context) (aws.DualStackEndpointState, bool, error) {
	switch {
	case s.dualStack == nil:
		return aws.DualStackEndpointStateUnset, false, nil
	case *s.dualStack:
		return aws.DualStackEndpointStateEnabled, true, nil
	}
	return aws.DualStackEndpointStateDisabled, true, nil
}
