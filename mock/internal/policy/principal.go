package policy

import (
	"slices"
	"strconv"
	"strings"
)

// Principal is who makes a request.
type Principal struct {
	// ARN is the caller as AWS's messages name it: a user, an assumed role's
	// session, or an account's root.
	ARN string
	// Role is the role's own ARN if the caller is a session of it; empty
	// means that it is derived from ARN, which loses a role's path.
	Role string
	// Service is set instead if an AWS service calls, for example
	// "rotation.secretsmanager.amazonaws.com".
	Service string
}

// Account returns the account that the caller belongs to, or "".
func (p Principal) Account() string { return arnField(p.ARN, 4) }

// role returns the ARN of the role whose session the caller is, or "".
func (p Principal) role() string {
	if p.Role != "" {
		return p.Role
	}
	rest, ok := strings.CutPrefix(arnField(p.ARN, 5), "assumed-role/")
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(rest, "/")
	return "arn:" + arnField(p.ARN, 1) + ":iam::" + p.Account() + ":role/" + name
}

// identities lists all that a policy may call the caller, the closest first.
func (p Principal) identities() []string {
	if p.ARN == "" {
		return nil
	}
	list := []string{p.ARN}
	if role := p.role(); role != "" {
		list = append(list, role)
	}
	return append(list, p.root())
}

func (p Principal) root() string {
	return "arn:" + arnField(p.ARN, 1) + ":iam::" + p.Account() + ":root"
}

func arnField(arn string, i int) string {
	fields := strings.SplitN(arn, ":", arnFields)
	if len(fields) < arnFields {
		return ""
	}
	return fields[i]
}

// principals is a Principal or NotPrincipal element.
type principals struct {
	not       bool
	anyone    bool     // "*"
	aws       []string // ARNs, and account numbers as their root's ARN
	services  []string
	elsewhere bool // someone whom no request here can be: Federated, CanonicalUser
}

func (p *parser) principals(n node, not bool, element string) (*principals, error) {
	out := &principals{not: not}
	if n.kind == text && n.text == "*" {
		out.anyone = true
		return out, nil
	}
	if n.kind != object || len(n.members) == 0 {
		return nil, p.fail(n.at, element, `must be "*" or an object, as in {"AWS": "123456789012"}`)
	}
	for _, m := range n.members {
		nodes, err := p.list(m.value, under(element, m.name))
		if err != nil {
			return nil, err
		}
		for _, v := range nodes {
			if err := p.principal(out, m, v, under(element, m.name)); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

func (p *parser) principal(to *principals, m member, n node, element string) error {
	if err := p.isText(n, element); err != nil {
		return err
	}
	switch {
	case m.name == "AWS" && n.text == "*":
		to.anyone = true
	case m.name == "AWS" && isAccount(n.text):
		to.aws = append(to.aws, n.text)
	case m.name == "AWS" && isPrincipalARN(n.text):
		to.aws = append(to.aws, n.text)
	case m.name == "AWS":
		return p.fail(n.at, element, strconv.Quote(n.text)+
			` must be "*", an account number, or the ARN of an account, user, role or session without wildcards`)
	case m.name == "Service" && strings.Contains(n.text, "."):
		to.services = append(to.services, n.text)
	case m.name == "Service":
		return p.fail(n.at, element, strconv.Quote(n.text)+` must be a service's name, as in "rds.amazonaws.com"`)
	case m.name == "Federated", m.name == "CanonicalUser":
		to.elsewhere = true
	default:
		return p.fail(m.at, element, "unknown kind of principal; there are AWS, Service, Federated and CanonicalUser")
	}
	return nil
}

func isAccount(s string) bool {
	return len(s) == 12 && strings.Trim(s, "0123456789") == ""
}

func isPrincipalARN(s string) bool {
	service := arnField(s, 2)
	return strings.HasPrefix(s, "arn:") && (service == "iam" || service == "sts") &&
		isAccount(arnField(s, 4)) && arnField(s, 5) != "" && !strings.ContainsAny(s, "*?")
}

// grasp is how directly an element names a caller; a closer one reaches past
// more of the caller's own limits.
type grasp int

const (
	misses  grasp = iota
	account       // the account: delegates to its administrators
	role          // the role's ARN: limited by its boundary
	direct        // the user, the session, or everyone
)

func (ps *principals) grasp(p Principal) grasp {
	switch {
	case ps.not:
		return ps.graspNot(p)
	case p.Service != "":
		return yes(slices.Contains(ps.services, p.Service))
	case ps.anyone:
		return direct
	}
	best := misses
	for _, name := range ps.aws {
		best = max(best, graspOf(name, p))
	}
	return best
}

func graspOf(name string, p Principal) grasp {
	switch name {
	case p.ARN:
		return direct
	case p.role():
		return role
	case p.Account(), p.root():
		return account
	}
	return misses
}

// graspNot lets a caller off only if everything that it is, its account and
// its role included, is listed; AWS's guide demands exactly that.
func (ps *principals) graspNot(p Principal) grasp {
	if ps.anyone {
		return misses
	}
	if p.Service != "" {
		return yes(!slices.Contains(ps.services, p.Service))
	}
	for _, name := range p.identities() {
		if !slices.Contains(ps.aws, name) && !(name == p.root() && slices.Contains(ps.aws, p.Account())) {
			return direct
		}
	}
	return misses
}

func yes(b bool) grasp {
	if b {
		return direct
	}
	return misses
}
