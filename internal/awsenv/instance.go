package awsenv

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
)

const (
	// imdsLimit bounds the whole of a credentials or region lookup.
	imdsLimit     = 2 * time.Second
	imdsExtension = 5 * time.Minute
)

// InstanceRegion asks the instance for its region and remembers the answer. It
// waits for the network, two seconds at most. Errors are of kind [ErrNoRegion]
// and also of one of the ErrIMDS kinds.
func (l *Loaded) InstanceRegion(ctx context.Context) (string, error) {
	ctx, end, err := l.lookups.begin(ctx, imdsLimit)
	if err != nil {
		return "", err
	}
	defer end()
	region, err := l.metadata.findRegion(ctx)
	if err != nil {
		return "", l.metadata.explain(err).within(ErrNoRegion, "none configured, and the instance named none", "set AWS_REGION; as for the instance: ")
	}
	return region, nil
}

func (c *chain) instance() aws.CredentialsProvider {
	c.passed("instance metadata", aws.CredentialSourceIMDS)
	return &instanceProvider{lookups: c.loaded.lookups, metadata: c.loaded.metadata, fallback: c.fallback, hint: c.hint, via: c.sources()}
}

// instanceProvider gets the credentials of the instance's role.
type instanceProvider struct {
	lookups  *lookups
	metadata *metadata
	fallback bool
	hint     string
	via      []aws.CredentialSource
}

// ProviderSources tells the user agent how the credentials came about.
func (p *instanceProvider) ProviderSources() []aws.CredentialSource { return p.via }

// Retrieve asks for the role, and then for its credentials.
func (p *instanceProvider) Retrieve(ctx context.Context) (aws.Credentials, error) {
	keys, err := p.lookups.retrieve(ctx, imdsLimit, p.metadata.role)
	if err == nil || errors.Is(err, ErrClosed) {
		return keys, err
	}
	bad := p.metadata.explain(err)
	if p.fallback {
		bad = bad.within(ErrNoCredentials,
			"none in the environment"+p.hint+", web identity, the shared files or a container; then asked the instance",
			"configure one of these; as for the instance: ")
	}
	return aws.Credentials{}, bad
}

// HandleFailToRefresh has the SDK's cache live through an outage of the
// service: what was fetched once is used beyond its time, 5 to 15 minutes for
// each attempt to renew it, as by the SDK's own provider.
func (p *instanceProvider) HandleFailToRefresh(_ context.Context, last aws.Credentials, err error) (aws.Credentials, error) {
	if !last.CanExpire || errors.Is(err, ErrClosed) {
		return aws.Credentials{}, err
	}
	if time.Until(last.Expires) < imdsExtension {
		last.Expires = time.Now().Add(imdsExtension + rand.N(2*imdsExtension))
	}
	return last, nil
}

// role gives the credentials of the instance's first role. What lasts longer is
// renewed after an hour, as by the SDK's own provider.
func (m *metadata) role(ctx context.Context) (keys aws.Credentials, err error) {
	const path = pathMetadata + "/iam/security-credentials/"
	roles, err := m.get(ctx, path)
	if err != nil {
		return keys, err
	}
	name, _, _ := strings.Cut(string(roles), "\n")
	if name = strings.TrimSuffix(name, "\r"); name == "" {
		return keys, &Error{Kind: ErrNoCredentials, Cause: "the instance names no role", Remedy: "attach an IAM role (instance profile) to it"}
	}
	body, err := m.get(ctx, path+name)
	if err != nil {
		return keys, err
	}
	var said keysOfInstance
	if err := decodeAnswer(body, &said); err != nil {
		return keys, err
	}
	if !strings.EqualFold(said.Code, "Success") {
		return keys, &smithy.GenericAPIError{Code: said.Code, Message: said.Message}
	}
	if keys, err = said.with(said.Token, "", "EC2RoleProvider"); err != nil {
		return keys, err
	}
	keys.CanExpire = true
	if hour := time.Now().Add(time.Hour).UTC(); keys.Expires.After(hour) {
		keys.Expires = hour
	}
	return keys, nil
}

// explain tells the ways apart in which metadata can fail, from what was seen
// on the wire.
func (m *metadata) explain(err error) *Error {
	const hops = "in a container on EC2 set the instance's metadata hop limit to 2 (http-put-response-hop-limit)"
	if known := (*Error)(nil); errors.As(err, &known) {
		return known
	}
	status := 0
	if said := (*refusal)(nil); errors.As(err, &said) {
		status = said.HTTPStatusCode()
	}
	switch {
	case m.tokenLost():
		return &Error{Kind: ErrIMDSHopLimit, Err: err, Remedy: hops,
			Cause: "it accepts connections, but the request for a session token was not answered"}
	case isDial(err):
		return &Error{Kind: ErrIMDSUnreachable, Err: err, Cause: "no connection could be made",
			Remedy: "off EC2 use another source, and set AWS_EC2_METADATA_DISABLED=true to save the wait"}
	case status == http.StatusForbidden:
		return &Error{Kind: ErrIMDSDisabled, Err: err, Cause: "the instance refuses it",
			Remedy: "enable the instance's metadata endpoint (http-endpoint enabled)"}
	case status == http.StatusNotFound:
		return &Error{Kind: ErrNoCredentials, Err: err, Cause: "the instance has no role",
			Remedy: "attach an IAM role (instance profile) to it"}
	case isTimeout(err):
		return &Error{Kind: ErrIMDSUnreachable, Err: err, Cause: "it did not answer in time", Remedy: "try again"}
	}
	return &Error{Kind: ErrCredentials, Err: err, Cause: "instance metadata",
		Remedy: "check that the instance's role exists and trusts ec2.amazonaws.com"}
}

func isTimeout(err error) bool {
	timeout, ok := errors.AsType[net.Error](err)
	return ok && timeout.Timeout() || errors.Is(err, context.DeadlineExceeded)
}

// isDial reports whether no connection came about.
func isDial(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}
