package policy_test

import (
	"errors"
	"testing"

	"wicketkey.internal/mock/internal/policy"
)

func FuzzParse(f *testing.F) {
	f.Add(gatewayPolicy)
	f.Add(`{"Version":"2012-10-17","Id":"x","Statement":[` + denyGet + `,` + to(`{"AWS":["*","123456789012"],"Service":"a.b"}`, "Allow") + `]}`)
	f.Add(`{"Statement":{"Effect":"Deny","NotAction":["a:*b*"],"NotResource":"arn:aws:x${aws:username, 'd'}${*}","NotPrincipal":{"Federated":"f"},
		"Condition":{"ForAnyValue:StringNotLikeIfExists":{"aws:TagKeys":["*",1,true]},"DateLessThan":{"aws:CurrentTime":"2026-01-01"},"Null":{"a":"true"},
		"NotIpAddress":{"aws:SourceIp":"::/0"},"NumericEquals":{"n":5},"ArnLike":{"aws:PrincipalArn":"arn:*"}}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		doc, err := policy.Parse(text)
		if err != nil {
			var syntax *policy.SyntaxError
			if !errors.As(err, &syntax) || syntax.Line < 1 || syntax.Column < 1 || syntax.Problem == "" {
				t.Fatalf("Parse(%q): %#v", text, err)
			}
			return
		}
		r := get(session)
		r.Context = map[string][]string{"aws:TagKeys": {"a", "b"}, "aws:SourceIp": {"::1"}, "n": {"5"}}
		ps := policy.Policies{Identity: []*policy.Document{doc}, Resource: doc, Boundary: doc}
		d := ps.Decide(r)
		if d.Allowed() != (d.Message(r, secret) == "") {
			t.Fatalf("%+v with message %q", d, d.Message(r, secret))
		}
		finding := doc.Examine(r.Action, r.Resource)
		if finding.Granted() && !(policy.Policies{Identity: []*policy.Document{doc}}).Decide(r).Allowed() {
			t.Fatalf("examined as granted, decided as %+v", d)
		}
		_, _, _ = doc.Public(), doc.CheckIdentity(), doc.CheckResource("secretsmanager")
	})
}
