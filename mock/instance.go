package mock

import (
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"wicketkey.internal/mock/internal/imds"
	"wicketkey.internal/mock/internal/policy"
	"wicketkey.internal/mock/internal/service"
)

// Role is the role of a simulated EC2 instance or container.
type Role struct {
	Name     string        // "" means gateway-role
	Policies []string      // its identity policies; nil allows everything, an empty list nothing
	Boundary string        // its permissions boundary; "" is none
	Lifetime time.Duration // of the credentials that it gets; zero means six hours, as on EC2
}

// InstanceTrouble is what is wrong with the endpoints that hand out credentials. The zero value is nothing.
type InstanceTrouble struct {
	// HopLimit loses the answer to a token request, as a hop limit of 1 does for a client inside a container: the
	// client waits until it gives up.
	HopLimit bool
	// BlackHole takes every request and answers none.
	BlackHole bool
	// Disabled answers 403 to everything: the service is switched off.
	Disabled bool
	// NoRole answers 404 for credentials: no role is attached.
	NoRole bool
	// Status, if not zero, answers everything with this HTTP status.
	Status int
	// Delay comes before every answer.
	Delay time.Duration
	// Stale renews no credentials: the last ones are handed out even when they have expired.
	Stale bool
}

const (
	defaultRole     = "gateway-role"
	instanceID      = "i-0123456789abcdef0"
	metadataPath    = "/latest/"
	credentialsPath = "/v2/credentials/gateway"
)

// instance is where workloads get their credentials from: the instance metadata service (IMDSv2) and the
// container credentials endpoint, both served beside the API.
type instance struct {
	metadata  *imds.Instance
	container *imds.Container
	issuer    *imds.Issuer
	principal string
	identity  []*policy.Document
	boundary  *policy.Document
}

func newInstance(s *Server) (*instance, error) {
	role := s.opts.Role
	if role.Name == "" {
		role.Name = defaultRole
	}
	if role.Lifetime < 0 {
		return nil, errors.New("mock: Options.Role.Lifetime is negative")
	}
	identity, boundary, err := readPolicies(role.Policies, role.Boundary)
	if err != nil {
		return nil, fmt.Errorf("mock: Options.Role: %w", err)
	}
	issuer := imds.NewIssuer(&imds.IssuerOptions{Seed: s.opts.Seed, Lifetime: role.Lifetime})
	return &instance{
		metadata: imds.NewInstance(issuer, &imds.InstanceOptions{
			Now: s.clock.now, Role: role.Name, Account: s.opts.Account, Region: s.opts.Region, ID: instanceID,
		}),
		container: imds.NewContainer(issuer, &imds.ContainerOptions{
			Now: s.clock.now, Role: role.Name, Account: s.opts.Account, Path: credentialsPath, Token: rand.Text(),
		}),
		issuer: issuer, identity: identity, boundary: boundary,
		principal: "arn:" + service.Partition(s.opts.Region) + ":sts::" + s.opts.Account + ":assumed-role/" + role.Name + "/" + instanceID,
	}, nil
}

func (i *instance) close() {
	i.metadata.Close()
	i.container.Close()
}

// credential returns the credentials that were handed out under that access key.
func (i *instance) credential(id string) credential {
	c, ok := i.issuer.Lookup(id)
	if !ok {
		return credential{}
	}
	return credential{
		AccessKey: AccessKey{ID: c.AccessKey, Secret: c.Secret, SessionToken: c.Token, Expires: c.Expires, Principal: i.principal},
		identity:  i.identity, boundary: i.boundary,
	}
}

// InstanceEnv returns the environment that makes an SDK's default chain take the server for the EC2 instance it
// runs on, with IMDSv2 and [Options.Role]. The chain needs sockets: not [Options.InProcess].
func (s *Server) InstanceEnv() map[string]string { return s.instance.metadata.Env(s.URL()) }

// ContainerEnv is InstanceEnv for a container on ECS or EKS. The token in it is this server's own, and asked for.
func (s *Server) ContainerEnv() map[string]string { return s.instance.container.Env(s.URL()) }

// TroubleInstance replaces what is wrong with both credential endpoints, from the next request on.
func (s *Server) TroubleInstance(t InstanceTrouble) {
	s.instance.metadata.Set(imds.Trouble(t))
	s.instance.container.Set(imds.Trouble(t))
}
