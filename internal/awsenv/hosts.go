package awsenv

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Every host that is asked for credentials comes from this file: keys and
// tokens go nowhere else.

const (
	globalRegion = "aws-global"
	globalHost   = "sts.amazonaws.com"
	globalSigner = "us-east-1"

	ecsHost = "169.254.170.2"
)

// place is where a service is called, and the region that a request is signed
// for.
type place struct {
	url    *url.URL
	signer string
}

// stsAt says where STS is called, as the SDK's client for it does. The SDK's
// resolver for Secrets Manager knows the partitions and what they support;
// stsHost knows in what STS differs from it.
func (s *settings) stsAt(region, endpoint string) (place, error) {
	if region != "" && !isHostLabels(region) {
		return place{}, &Error{Kind: ErrEnvironment, Cause: "no region: " + strconv.Quote(region), Remedy: "correct AWS_REGION or the profile's region"}
	}
	mapped, fips := mapFIPS(region)
	params := secretsmanager.EndpointParameters{
		UseFIPS:      aws.Bool(fips || aws.ToBool(s.fips)),
		UseDualStack: aws.Bool(aws.ToBool(s.dualStack)),
	}
	if region != "" {
		params.Region = &mapped
	}
	if endpoint != "" {
		params.Endpoint = &endpoint
	}
	found, err := secretsmanager.NewDefaultEndpointResolverV2().ResolveEndpoint(context.Background(), params)
	if err != nil {
		return place{}, &Error{Kind: ErrEnvironment, Err: err, Cause: "no endpoint of STS in region " + strconv.Quote(region),
			Remedy: "check the region, AWS_USE_FIPS_ENDPOINT, AWS_USE_DUALSTACK_ENDPOINT and AWS_ENDPOINT_URL_STS"}
	}
	if endpoint != "" {
		return customPlace(&found.URI, region)
	}
	if mapped == globalRegion && !*params.UseFIPS && !*params.UseDualStack {
		return place{&url.URL{Scheme: "https", Host: globalHost, Path: "/"}, globalSigner}, nil
	}
	host := stsHost(found.URI.Host, params)
	return place{&url.URL{Scheme: "https", Host: host, Path: "/"}, region}, nil
}

// customPlace takes scheme, host and path of a configured endpoint, as the SDK
// does, and refuses one without a host.
func customPlace(u *url.URL, region string) (place, error) {
	if u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" {
		return place{}, &Error{Kind: ErrEnvironment, Cause: "the endpoint of STS is not a URL",
			Remedy: "set AWS_ENDPOINT_URL_STS to https://host, or unset it"}
	}
	return place{&url.URL{Scheme: u.Scheme, Host: u.Host, Path: smithyhttp.JoinPath(u.Path, "/")}, region}, nil
}

// stsHost turns the host of Secrets Manager into that of STS. Secrets Manager's
// ordinary hosts are dual-stack, where STS has a domain for that; and GovCloud's
// ordinary hosts are FIPS for STS.
func stsHost(host string, p secretsmanager.EndpointParameters) string {
	host = strings.TrimPrefix(host, "secretsmanager")
	switch {
	case *p.UseDualStack:
		if bare, ok := strings.CutSuffix(host, ".amazonaws.com"); ok {
			host = bare + ".api.aws"
		} else if bare, ok := strings.CutSuffix(host, ".amazonaws.com.cn"); ok {
			host = bare + ".api.amazonwebservices.com.cn"
		}
	case *p.UseFIPS && strings.Contains(*p.Region, "us-gov-"):
		host = strings.TrimPrefix(host, "-fips")
	}
	return "sts" + host
}

// mapFIPS reads regions such as "fips-us-east-1", from before there was a
// setting for it.
func mapFIPS(region string) (mapped string, fips bool) {
	mapped = strings.ReplaceAll(region, "-fips-", "-")
	mapped = strings.ReplaceAll(strings.ReplaceAll(mapped, "fips-", ""), "-fips", "")
	return mapped, mapped != region
}

// isHostLabels holds that a region makes no host of its own out of the one that
// it is put into.
func isHostLabels(region string) bool {
	for label := range strings.SplitSeq(region, ".") {
		if !smithyhttp.ValidHostLabel(label) || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
	}
	return true
}

// imdsAt is scheme and host of the instance metadata service.
func (s *settings) imdsAt() (*url.URL, error) {
	endpoint := "http://169.254.169.254"
	switch {
	case s.imdsEndpoint != "":
		endpoint = s.imdsEndpoint
	case s.imdsIPv6:
		endpoint = "http://[fd00:ec2::254]"
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil, &Error{Kind: ErrEnvironment, Cause: "the endpoint of instance metadata is not a URL",
			Remedy: "set AWS_EC2_METADATA_SERVICE_ENDPOINT to http://address, or unset it"}
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

const remedyContainer = "AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, or http to loopback, 169.254.170.2, 169.254.170.23 or [fd00:ec2::23]"

// containerAt checks the form of a container's endpoint.
func containerAt(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil, &Error{Kind: ErrEnvironment, Cause: "the container's credentials endpoint is not a URL", Remedy: remedyContainer}
	}
	return u, nil
}

// onlyNearby keeps the authorization token from travelling in the clear: over
// plain HTTP only to this host or to the addresses of ECS and EKS. The addresses
// that were checked are those that are dialled.
func onlyNearby(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		host, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		if err != nil {
			return nil, &Error{Kind: ErrEnvironment, Err: err, Cause: "the host of the container's credentials endpoint", Remedy: remedyContainer}
		}
		for _, addr := range addrs {
			if !isNearby(addr) {
				return nil, &Error{Kind: ErrEnvironment, Cause: fmt.Sprintf("the container's credentials endpoint leads to %s", addr), Remedy: remedyContainer}
			}
		}
		// As net/http does, one after the other: an agent may listen at one of them.
		var lost error
		for _, addr := range addrs {
			conn, err := dial(ctx, network, net.JoinHostPort(addr.Unmap().String(), port))
			if err == nil {
				return conn, nil
			}
			lost = cmp.Or(lost, err)
		}
		return nil, lost
	}
}

func isNearby(addr netip.Addr) bool {
	addr = addr.Unmap()
	return addr.IsLoopback() ||
		addr == netip.AddrFrom4([4]byte{169, 254, 170, 2}) ||
		addr == netip.AddrFrom4([4]byte{169, 254, 170, 23}) ||
		addr == netip.AddrFrom16([16]byte{0xfd, 0x00, 0x0e, 0xc2, 15: 0x23})
}
