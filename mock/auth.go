package mock

import (
	"net/http"
	"strings"

	"wicketkey.internal/mock/internal/awserr"
	"wicketkey.internal/mock/internal/service"
	"wicketkey.internal/mock/internal/sigv4"
)

// caller is who a signature proved to be calling.
type caller struct {
	key     credential
	arn     string
	account string
}

// authenticate verifies the signature as Secrets Manager does.
func (x *exchange) authenticate() *awserr.Error {
	if fault := x.verify("secretsmanager"); fault != nil {
		return &awserr.Error{Code: fault.Code, Message: fault.Message, Status: fault.Status}
	}
	return nil
}

// verify judges the signature and learns the region and the caller from it: one server stands for the endpoints of
// all its regions.
func (x *exchange) verify(service string) *sigv4.Fault {
	x.region = x.s.opts.Region
	if claimed := scopeRegion(x.r); x.s.serves(claimed) {
		x.region = claimed
	}
	id, fault := sigv4.Verify(x.r, x.body, &sigv4.Config{
		Region: x.region, Service: service, Now: x.now, Lookup: x.s.signingKey, Keys: &x.s.signing,
	})
	x.caller = x.s.callerOf(x.s.credential(id))
	return fault
}

// credential returns what the server knows of an access key: its own, one of a session, or one that an instance got.
func (s *Server) credential(id string) credential {
	if c := s.keys.get(id); c.ID != "" {
		return c
	}
	if c := s.sessions.get(id); c.ID != "" {
		return c
	}
	return s.instance.credential(id)
}

// signingKey is the verifier's view of the keys.
func (s *Server) signingKey(id string) (sigv4.Key, bool) {
	c := s.credential(id)
	return sigv4.Key{Secret: c.Secret, SessionToken: c.SessionToken, Expiry: c.Expires}, c.ID != ""
}

func (s *Server) callerOf(k credential) caller {
	c := caller{key: k, arn: k.Principal, account: accountOf(k.Principal)}
	if k.Principal == "" {
		c.account = s.opts.Account
		c.arn = "arn:" + service.Partition(s.opts.Region) + ":iam::" + c.account + ":user/admin"
	}
	return c
}

// scopeRegion reads the region out of a credential scope, in the header or the query, without judging it.
func scopeRegion(r *http.Request) string {
	_, credential, ok := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	if !ok {
		credential = r.URL.Query().Get("X-Amz-Credential")
	}
	parts := strings.SplitN(credential, "/", 5)
	if len(parts) != 5 {
		return ""
	}
	return parts[2]
}
