package policy_test

import (
	"strings"
	"testing"

	"wicketkey.internal/mock/internal/policy"
)

// situation is who asks and what the policies say, in words.
type situation struct {
	caller, identity, boundary, resource string
}

const role = "arn:aws:iam::123456789012:role/Gateway"

// published is the evaluation logic as the IAM guide draws it (reference_policies_evaluation-logic, its chapters on
// requests within one account, on requests across accounts and on permissions boundaries), over words instead of
// policies. It shares nothing with the engine.
func (s situation) published() policy.Decision {
	for _, says := range []struct {
		text string
		kind policy.Kind
	}{{s.identity, policy.IdentityPolicy}, {s.resource, policy.ResourcePolicy}, {s.boundary, policy.BoundaryPolicy}} {
		if strings.Contains(says.text, "denies") { // an explicit deny anywhere ends it
			return policy.Decision{Cause: policy.ExplicitDeny, Kind: says.kind}
		}
	}
	implicit := func(k policy.Kind) policy.Decision { return policy.Decision{Kind: k} }
	allowed := policy.Decision{Cause: policy.Allowed}
	within := s.boundary == "" || s.boundary == "allows"
	if strings.HasPrefix(s.caller, "foreign") { // both accounts must allow
		switch {
		case s.identity != "allows":
			return implicit(policy.IdentityPolicy)
		case !within:
			return implicit(policy.BoundaryPolicy)
		case !strings.HasPrefix(s.resource, "allows") || s.resource == "allows another":
			return implicit(policy.ResourcePolicy)
		}
		return allowed
	}
	switch s.resource {
	case "allows the caller", "allows everyone": // users and sessions by their ARN: past any implicit deny
		return allowed
	case "allows the role": // a role by its ARN: within its boundary
		if !within {
			return implicit(policy.BoundaryPolicy)
		}
		return allowed
	}
	switch { // the account alone delegates to its identity policies
	case s.caller == "root":
		return allowed
	case s.identity != "allows":
		return implicit(policy.IdentityPolicy)
	case !within:
		return implicit(policy.BoundaryPolicy)
	}
	return allowed
}

// callers by the words of a situation.
var callers = map[string]string{
	"user": user, "session": session, "root": "arn:aws:iam::123456789012:root",
	"foreign user": foreign, "foreign session": "arn:aws:sts::999999999999:assumed-role/Reader/one",
}

func (s situation) decide(t *testing.T) policy.Decision {
	t.Helper()
	said := map[string]string{
		"allows": allowAll, "is silent": `{"Effect":"Allow","Action":"secretsmanager:ListSecrets","Resource":"*"}`,
		"denies": denyGet, "allows and denies": allowAll + "," + denyGet,
	}
	var ps policy.Policies
	if s.identity != "" {
		ps.Identity = []*policy.Document{statement(t, said[s.identity])}
	}
	if s.boundary != "" {
		ps.Boundary = statement(t, said[s.boundary])
	}
	arn := callers[s.caller]
	account := strings.Split(arn, ":")[4]
	who := map[string]string{
		"the caller": `{"AWS":"` + arn + `"}`, "the role": `{"AWS":["` + role + `"]}`, "everyone": `"*"`,
		"the account": `{"AWS":"` + account + `"}`, "another": `{"AWS":"arn:aws:iam::` + account + `:user/somebody"}`,
	}
	if verb, whom, ok := strings.Cut(s.resource, " "); ok {
		ps.Resource = statement(t, to(who[whom], map[string]string{"allows": "Allow", "denies": "Deny"}[verb]))
	}
	return ps.Decide(get(arn))
}

func TestPublishedLogic(t *testing.T) {
	n := 0
	for caller := range callers {
		for _, identity := range []string{"", "allows", "is silent", "denies", "allows and denies"} {
			for _, boundary := range []string{"", "allows", "is silent", "denies"} {
				for _, resource := range []string{"", "allows the caller", "allows the account", "allows everyone", "allows the role", "allows another", "denies the caller", "denies everyone", "denies the account"} {
					s := situation{caller, identity, boundary, resource}
					if caller == "root" && (boundary != "" || resource == "allows the account") || resource == "allows the role" && caller != "session" {
						continue // cannot be, or is the same as another
					}
					n++
					got, want := s.decide(t), s.published()
					if got.Cause != want.Cause || want.Cause != policy.Allowed && got.Kind != want.Kind {
						t.Errorf("%+v: %+v, want %+v", s, got, want)
					}
				}
			}
		}
	}
	t.Logf("%d decisions", n)
	if n < 300 {
		t.Errorf("only %d decisions", n)
	}
}

// Variables came with Version 2012-10-17; under 2008-10-17, which no Version means too, ${…} is text in every element
// that could hold one.
func TestVariablesByVersion(t *testing.T) {
	const arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:"
	for _, tc := range []struct {
		resource, element string
		newer, older      bool
	}{
		{arn + "ann-AbCdEf", `"Resource":"` + arn + `${aws:username}-*"`, true, false},
		{arn + "${aws:username}-AbCdEf", `"Resource":"` + arn + `${aws:username}-*"`, false, true},
		{arn + "ann-AbCdEf", `"NotResource":"` + arn + `${aws:username}-*"`, false, true},
		{arn + "${aws:username}-AbCdEf", `"NotResource":"` + arn + `${aws:username}-*"`, true, false},
		{arn + "x-AbCdEf", `"Resource":"` + arn + `${aws:none, 'x'}-*"`, true, false},
		{arn + "${aws:none, 'x'}-AbCdEf", `"Resource":"` + arn + `${aws:none, 'x'}-*"`, false, true},
		{arn + "*-AbCdEf", `"Resource":"` + arn + `${*}-AbCdEf"`, true, false},
		{arn + "${y}-AbCdEf", `"Resource":"` + arn + `${*}-AbCdEf"`, false, true}, // the star is wild within the text
		{arn + "$-AbCdEf", `"Resource":"` + arn + `${$}-AbCdEf"`, true, false},
		{arn + "ann-AbCdEf", `"Resource":"*","Condition":{"StringEquals":{"aws:username":"${aws:username}"}}`, true, false},
		{arn + "ann-AbCdEf", `"Resource":"*","Condition":{"StringNotEquals":{"aws:username":"${aws:username}"}}`, false, true},
		{arn + "ann-AbCdEf", `"Resource":"*","Condition":{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/ops/${aws:username}"}}`, true, false},
	} {
		for head, want := range map[string]bool{
			`{"Version":"2012-10-17",`: tc.newer, `{"Version":"2008-10-17",`: tc.older, `{`: tc.older,
		} {
			r := get(user)
			r.Resource = tc.resource
			doc := head + `"Statement":{"Effect":"Allow","Action":"*",` + tc.element + `}}`
			if got := (policy.Policies{Identity: []*policy.Document{parse(t, doc)}}).Decide(r).Allowed(); got != want {
				t.Errorf("%s of %s: %v, want %v", doc, tc.resource, got, want)
			}
			// The version counts wherever it stands.
			last := `{"Statement":{"Effect":"Allow","Action":"*",` + tc.element + `},` + strings.TrimSuffix(head[1:], ",") + `}`
			if got := (policy.Policies{Identity: []*policy.Document{parse(t, strings.Replace(last, ",}", "}", 1))}}).Decide(r).Allowed(); got != want {
				t.Errorf("%s of %s: %v, want %v", last, tc.resource, got, want)
			}
		}
	}
}
