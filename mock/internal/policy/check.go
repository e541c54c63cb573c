package policy

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// MaxResourcePolicy is the most characters that a secret's policy may have.
const MaxResourcePolicy = 20480

// ErrTooLong is what [ParseResource] returns for more than
// [MaxResourcePolicy].
var ErrTooLong = errors.New("policy: a resource policy has at most 20480 characters; shorten it or move statements to identity policies")

// ParseResource parses and checks a secret's resource policy. service is the
// actions' prefix, "secretsmanager". The error is [ErrTooLong], a
// [*SyntaxError], or one that names the statement.
func ParseResource(doc, service string) (*Document, error) {
	if len([]rune(doc)) > MaxResourcePolicy {
		return nil, ErrTooLong
	}
	d, err := Parse(doc)
	if err != nil {
		return nil, err
	}
	return d, d.CheckResource(service)
}

// CheckResource reports what keeps the document from being a resource policy
// of the service: every statement needs a principal and a resource, and only
// the service's actions.
func (d *Document) CheckResource(service string) error {
	for i, s := range d.all() {
		switch {
		case s.principals == nil:
			return fmt.Errorf("policy: statement %d: the Principal element is missing; a resource policy says whom it is about", i+1)
		case !s.resources.present:
			return fmt.Errorf(`policy: statement %d: the Resource element is missing; "*" stands for the secret`, i+1)
		}
		for _, action := range s.actions.list {
			if prefix, _, _ := strings.Cut(action, ":"); action != "*" && !strings.EqualFold(prefix, service) {
				return fmt.Errorf("policy: statement %d: action %q is not one of %s", i+1, action, service)
			}
		}
	}
	return nil
}

// CheckIdentity reports what keeps the document from being an identity policy
// or a permissions boundary: every statement needs a resource and no principal.
func (d *Document) CheckIdentity() error {
	for i, s := range d.all() {
		switch {
		case s.principals != nil:
			return fmt.Errorf("policy: statement %d: an identity policy cannot have a principal; remove it, or attach the policy to the secret", i+1)
		case !s.resources.present:
			return fmt.Errorf("policy: statement %d: the Resource element is missing", i+1)
		}
	}
	return nil
}

// Public reports whether a resource policy grants access to everyone: an
// Allow for "*" that no condition confines to known accounts, principals,
// networks or endpoints. Such a policy is refused under BlockPublicPolicy.
func (d *Document) Public() bool {
	for _, s := range d.all() {
		if !s.deny && s.principals != nil && (s.principals.anyone != s.principals.not) && !s.confined() {
			return true
		}
	}
	return false
}

func (s *statement) confined() bool {
	for i := range s.conditions {
		if s.conditions[i].confines() {
			return true
		}
	}
	return false
}

// confines reports whether the condition fails for a stranger: it must demand
// the key, and give values that only the owner hands out.
func (c *condition) confines() bool {
	if c.op.negated || c.ifExists || c.set == forAll || len(c.values) == 0 {
		return false
	}
	for _, v := range c.values {
		if !c.fixed(v) {
			return false
		}
	}
	return true
}

func (c *condition) fixed(value string) bool {
	wild := c.name == "StringLike" || strings.HasPrefix(c.name, "Arn")
	switch strings.ToLower(c.key) {
	case "aws:sourceip", "aws:vpcsourceip":
		prefix, ok := parsePrefix(value)
		return c.name == "IpAddress" && ok && !broad(prefix)
	case "aws:principalarn", "aws:sourcearn", "aws:userid":
		account := arnField(value, 4)
		return comparesText(c.name) && (!wild || !strings.ContainsAny(value, "*?") || isAccount(account))
	case "aws:principalaccount", "aws:principalorgid", "aws:sourceaccount", "aws:sourceowner",
		"aws:sourceorgid", "aws:sourcevpc", "aws:sourcevpce":
		return comparesText(c.name) && (!wild || !strings.ContainsAny(value, "*?"))
	case "aws:principalorgpaths", "aws:sourceorgpaths":
		return comparesText(c.name) && !strings.HasPrefix(value, "*")
	}
	return false
}

func comparesText(operator string) bool {
	return strings.HasPrefix(operator, "String") || strings.HasPrefix(operator, "Arn")
}

// broad calls a range public that no one organisation holds.
func broad(p netip.Prefix) bool {
	if p.Addr().Is4() {
		return p.Bits() < 8
	}
	return p.Bits() < 32
}
