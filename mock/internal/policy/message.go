package policy

// Message returns AWS's text for a denied request, that of an
// AccessDeniedException. resource is what AWS would name: the ARN if the
// secret exists, the identifier as it was given if it does not, and "" for an
// action without one, which leaves "on resource: …" out. The message of an
// allowed request is "".
func (d Decision) Message(r *Request, resource string) string {
	if d.Allowed() {
		return ""
	}
	text := "User: " + r.Principal.name() + " is not authorized to perform: " + r.Action
	if resource != "" {
		text += " on resource: " + resource
	}
	if d.Cause == ExplicitDeny {
		return text + " with an explicit deny in " + d.Kind.article() + " " + d.Kind.String()
	}
	return text + " because no " + d.Kind.String() + " allows the " + r.Action + " action"
}

func (p Principal) name() string {
	if p.ARN != "" {
		return p.ARN
	}
	return p.Service
}

// String returns AWS's name for the kind.
func (k Kind) String() string {
	switch k {
	case ResourcePolicy:
		return "resource-based policy"
	case BoundaryPolicy:
		return "permissions boundary"
	case SessionPolicy:
		return "session policy"
	default:
		return "identity-based policy"
	}
}

func (k Kind) article() string {
	if k == IdentityPolicy || k == 0 {
		return "an"
	}
	return "a"
}
