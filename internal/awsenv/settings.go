package awsenv

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
)

// settings is what the SDK's clients ask of aws.Config.ConfigSources: one
// source with the environment laid over the profile. The methods below are
// those that the clients look for, by name.
type settings struct {
	getenv          func(string) string
	services        *section // the profile's services section, or nil
	ignoreEndpoints *bool
	fips            *bool
	dualStack       *bool
	imdsDisabled    bool
	imdsEndpoint    string
	imdsMode        imds.EndpointModeState
	imdsV1Disabled  *bool
}

func readSettings(e *environ, p *profile) *settings {
	s := &settings{
		getenv:          e.getenv,
		services:        p.services,
		ignoreEndpoints: either(e.bool("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), p.bool(keyIgnoreEndpoints)),
		fips:            either(e.bool("AWS_USE_FIPS_ENDPOINT"), p.bool(keyFIPS)),
		dualStack:       either(e.bool("AWS_USE_DUALSTACK_ENDPOINT"), p.bool(keyDualStack)),
		imdsDisabled:    strings.EqualFold(e.getenv("AWS_EC2_METADATA_DISABLED"), "true"),
		imdsV1Disabled:  either(e.bool("AWS_EC2_METADATA_V1_DISABLED"), p.bool(keyIMDSv1Disabled)),
		imdsEndpoint:    e.getenv("AWS_EC2_METADATA_SERVICE_ENDPOINT"),
		imdsMode:        e.imdsMode("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"),
	}
	if s.imdsEndpoint == "" {
		s.imdsEndpoint = p.get(keyIMDSEndpoint)
	}
	if s.imdsMode == imds.EndpointModeStateUnset {
		s.imdsMode = p.imdsMode
	}
	return s
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
	if url := s.getenv("AWS_ENDPOINT_URL_" + strings.ToUpper(name)); url != "" {
		return url, true, nil
	}
	if s.services == nil {
		return "", false, nil
	}
	url, ok := s.services.block[strings.ToLower(name)][keyEndpoint]
	return url, ok, nil
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

// GetEC2IMDSClientEnableState always decides, so that the metadata client does
// not read the process environment behind our back.
func (s *settings) GetEC2IMDSClientEnableState() (imds.ClientEnableState, bool, error) {
	if s.imdsDisabled {
		return imds.ClientDisabled, true, nil
	}
	return imds.ClientEnabled, true, nil
}

// GetEC2IMDSEndpoint returns the configured metadata endpoint.
func (s *settings) GetEC2IMDSEndpoint() (string, bool, error) {
	return s.imdsEndpoint, s.imdsEndpoint != "", nil
}

// GetEC2IMDSEndpointMode returns the configured address family.
func (s *settings) GetEC2IMDSEndpointMode() (imds.EndpointModeState, bool, error) {
	return s.imdsMode, s.imdsMode != imds.EndpointModeStateUnset, nil
}

// GetEC2IMDSV1FallbackDisabled reports whether IMDSv1 may not be used.
func (s *settings) GetEC2IMDSV1FallbackDisabled() (value, found bool) {
	return aws.ToBool(s.imdsV1Disabled), s.imdsV1Disabled != nil
}
