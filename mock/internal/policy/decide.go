package policy

import "slices"

// Kind is a kind of policy. The zero value is none of them.
type Kind int

// The kinds of policy that take part in a decision.
const (
	IdentityPolicy Kind = iota + 1
	ResourcePolicy
	BoundaryPolicy
	SessionPolicy
)

// Cause is why a request was decided as it was. The zero value is
// [ImplicitDeny]: nobody is allowed what nobody granted.
type Cause int

// The causes.
const (
	ImplicitDeny Cause = iota // no policy of Decision.Kind allows it
	ExplicitDeny              // a statement of Decision.Kind denies it
	Allowed                   // a statement of Decision.Kind allows it, and nothing stands against it
)

// Decision is the outcome for one request.
type Decision struct {
	Cause Cause
	Kind  Kind
	Sid   string // of the statement that decided, if it has one
}

// Allowed reports whether the request may proceed.
func (d Decision) Allowed() bool { return d.Cause == Allowed }

// Policies are all the policies that apply to a request.
type Policies struct {
	Identity []*Document // attached to the caller
	Boundary *Document   // the caller's permissions boundary; nil is none
	Session  *Document   // the policy that the caller's session was limited with; nil is none
	Resource *Document   // the resource's own policy; nil is none
}

// Decide applies the policies to the request: a Deny anywhere wins; within one
// account an Allow of the identity policies (within the boundary and the
// session's policy) or of the resource policy is enough; across accounts it takes both. It does not block
// and changes nothing.
func (ps Policies) Decide(r *Request) Decision {
	if d, denied := ps.denied(r); denied {
		return d
	}
	own := ps.identity(r)
	granted, reach := ps.Resource.grant(r)
	if r.Principal.Service != "" {
		return pick(reach == direct, granted, ImplicitDeny, ResourcePolicy)
	}
	if r.Principal.Account() != r.resourceAccount() {
		if own.Cause == Allowed {
			return pick(reach > misses, own, ImplicitDeny, ResourcePolicy)
		}
		return own
	}
	switch {
	case own.Cause == Allowed, reach <= account:
		return own
	case reach == role:
		return ps.within(r, granted) // a role's own ARN in a resource policy does not reach past its limits
	}
	return granted
}

func pick(ok bool, allowed Decision, cause Cause, kind Kind) Decision {
	if ok {
		return allowed
	}
	return Decision{Cause: cause, Kind: kind}
}

func (ps Policies) denied(r *Request) (Decision, bool) {
	for _, doc := range ps.Identity {
		if s := doc.find(r, true, false); s != nil {
			return Decision{ExplicitDeny, IdentityPolicy, s.sid}, true
		}
	}
	if s := ps.Resource.find(r, true, true); s != nil {
		return Decision{ExplicitDeny, ResourcePolicy, s.sid}, true
	}
	if s := ps.Boundary.find(r, true, false); s != nil {
		return Decision{ExplicitDeny, BoundaryPolicy, s.sid}, true
	}
	if s := ps.Session.find(r, true, false); s != nil {
		return Decision{ExplicitDeny, SessionPolicy, s.sid}, true
	}
	return Decision{}, false
}

// identity decides by the caller's own policies and limits alone.
func (ps Policies) identity(r *Request) Decision {
	if r.Principal.kind() == "Account" { // an account's root user needs no policy
		return Decision{Allowed, IdentityPolicy, ""}
	}
	for _, doc := range ps.Identity {
		if s := doc.find(r, false, false); s != nil {
			return ps.within(r, Decision{Allowed, IdentityPolicy, s.sid})
		}
	}
	return Decision{ImplicitDeny, IdentityPolicy, ""}
}

// within is what was allowed, as far as the caller's limits allow it too.
func (ps Policies) within(r *Request, allowed Decision) Decision {
	switch {
	case ps.Boundary != nil && !ps.Boundary.allows(r):
		return Decision{ImplicitDeny, BoundaryPolicy, ""}
	case ps.Session != nil && !ps.Session.allows(r):
		return Decision{ImplicitDeny, SessionPolicy, ""}
	}
	return allowed
}

func (d *Document) allows(r *Request) bool { return d.find(r, false, false) != nil }

// find returns the first statement of that effect that applies. byName makes
// the Principal element count, as it does in a resource policy.
func (d *Document) find(r *Request, deny, byName bool) *statement {
	for _, s := range d.all() {
		if s.deny == deny && s.applies(r) && (!byName || s.names(r) > misses) {
			return s
		}
	}
	return nil
}

// grant returns the Allow of a resource policy that names the caller most
// directly.
func (d *Document) grant(r *Request) (best Decision, reach grasp) {
	for _, s := range d.all() {
		if g := s.names(r); g > reach && !s.deny && s.applies(r) {
			best, reach = Decision{Allowed, ResourcePolicy, s.sid}, g
		}
	}
	return best, reach
}

func (s *statement) names(r *Request) grasp {
	if s.principals == nil {
		return misses
	}
	return s.principals.grasp(r.Principal)
}

func (s *statement) applies(r *Request) bool {
	if !s.acts(r.Action) || !s.covers(r.resource(), r.variable) {
		return false
	}
	for i := range s.conditions {
		if !s.conditions[i].holds(r) {
			return false
		}
	}
	return true
}

func (s *statement) acts(action string) bool {
	match := func(pattern string) bool { return matchAction(pattern, action) }
	return slices.ContainsFunc(s.actions.list, match) != s.actions.not
}

// covers reports whether the statement is about the resource. Without the
// element, as in a trust policy, it is about whatever it is attached to.
func (s *statement) covers(resource string, vars variables) bool {
	if !s.resources.present {
		return true
	}
	if !s.resources.vars {
		vars = nil // which leaves ${…} as it is written
	}
	match := func(pattern string) bool {
		g, ok := compile(pattern, true, vars)
		return ok && g.matchARN(resource)
	}
	return slices.ContainsFunc(s.resources.list, match) != s.resources.not
}
