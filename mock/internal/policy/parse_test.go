package policy_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wicketkey.internal/mock/internal/policy"
)

func TestParseErrorsSayWhere(t *testing.T) {
	for _, tc := range []struct {
		doc, element, problem string // problem: a part of it
		line, column          int
	}{
		{``, "", "ends too early", 1, 1},
		{`{`, "", "ends too early", 1, 2},
		{`[]`, "", "must be an object, not an array", 1, 1},
		{"{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [}\n", "Statement", "not JSON", 3, 17},
		{`{"Version":"2012-10-17"}`, "", "Statement element is missing", 1, 1},
		{"{\n\"Version\": \"2012-10-18\"}", "Version", "2012-10-17", 2, 12},
		{`{"Statement":[]}`, "Statement", "at least one", 1, 14},
		{`{"Statement":{"Effect":"Allow"}}`, "Statement", "Action", 1, 14},
		{`{"Statement":{"Action":"*"}}`, "Statement", "Effect element is missing", 1, 14},
		{`{"Statement":{"Effect":"allow"}}`, "Statement.Effect", `"Allow" or "Deny"`, 1, 24},
		{`{"Statement":[{"Effect":"Allow","Action":"GetSecretValue"}]}`, "Statement[0].Action", "service and an action", 1, 42},
		{`{"Statement":[{"Effect":"Allow","Action":["a:b","*:c"]}]}`, "Statement[0].Action", "service and an action", 1, 49},
		{`{"Statement":[{"Effect":"Allow","Action":[]}]}`, "Statement[0].Action", "empty", 1, 42},
		{`{"Statement":[{"Effect":"Allow","Action":"*","NotAction":"*"}]}`, "Statement[0].NotAction", "opposite", 1, 46},
		{`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"db/main"}]}`, "Statement[0].Resource", "ARN", 1, 57},
		{`{"Statement":[{"Effect":"Allow","Action":"*","Ressource":"*"}]}`, "Statement[0].Ressource", "unknown element", 1, 46},
		{`{"Statement":[{"Effect":"Allow","Effect":"Allow"}]}`, "Statement[0].Effect", "twice", 1, 33},
		{`{"Statement":[{"Sid":"A","Effect":"Allow","Action":"*"},{"Sid":"A","Effect":"Allow","Action":"*"}]}`, "Statement[1].Sid", "earlier", 1, 57},
		{`{"Statement":[{"Principal":"123456789012"}]}`, "Statement[0].Principal", "AWS", 1, 28},
		{`{"Statement":[{"Principal":{"AWS":"arn:aws:iam::123456789012:role/*"}}]}`, "Statement[0].Principal.AWS", "without wildcards", 1, 35},
		{`{"Statement":[{"Principal":{"Aws":"*"}}]}`, "Statement[0].Principal.Aws", "unknown kind", 1, 29},
		{`{"Statement":[{"Condition":{"StringEqual":{"a":"b"}}}]}`, "Statement[0].Condition.StringEqual", "unknown condition operator", 1, 29},
		{`{"Statement":[{"Condition":{"NumericNotLessThan":{"a":"b"}}}]}`, "Statement[0].Condition.NumericNotLessThan", "unknown condition operator", 1, 29},
		{`{"Statement":[{"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/99"}}}]}`, "Statement[0].Condition.IpAddress.aws:SourceIp", "CIDR", 1, 57},
		{`{"Statement":[{"Condition":{"StringEquals":{"a":{}}}}]}`, "Statement[0].Condition.StringEquals.a", "string", 1, 49},
		{`{"Statement":{"Effect":"Allow","Action":"*"}} x`, "", "after the end", 1, 47},
		{`{"Statement":` + strings.Repeat(`[`, 40), "Statement" + strings.Repeat("[0]", 16), "deep", 1, 30},
	} {
		_, err := policy.Parse(tc.doc)
		var syntax *policy.SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%s: error %v, want a SyntaxError", tc.doc, err)
			continue
		}
		if !strings.Contains(syntax.Problem, tc.problem) {
			t.Errorf("%s: problem %q, want something of %q", tc.doc, syntax.Problem, tc.problem)
		}
		got, want := *syntax, policy.SyntaxError{Line: tc.line, Column: tc.column, Element: tc.element, Problem: syntax.Problem}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", tc.doc, diff)
		}
	}
}

func TestCheckResource(t *testing.T) {
	ok := `{"Version":"2012-10-17","Statement":[` + to(`"*"`, "Allow") + `]}`
	if _, err := policy.ParseResource(ok, "secretsmanager"); err != nil {
		t.Error(err)
	}
	for name, doc := range map[string]string{
		"no principal":   strings.Replace(ok, `"Principal":"*",`, "", 1),
		"no resource":    strings.Replace(ok, `,"Resource":"*"`, "", 1),
		"other service":  strings.Replace(ok, "secretsmanager:", "s3:", 1),
		"not JSON":       "this is not a policy",
		"null principal": strings.Replace(ok, `"Principal":"*"`, `"Principal":null`, 1),
	} {
		if _, err := policy.ParseResource(doc, "secretsmanager"); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	long := ok + strings.Repeat(" ", policy.MaxResourcePolicy-len(ok))
	if _, err := policy.ParseResource(long, "secretsmanager"); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	if _, err := policy.ParseResource(long+" ", "secretsmanager"); !errors.Is(err, policy.ErrTooLong) {
		t.Errorf("over the limit: %v, want ErrTooLong", err)
	}
}

func TestCheckIdentity(t *testing.T) {
	if err := statement(t, allowAll).CheckIdentity(); err != nil {
		t.Error(err)
	}
	for _, s := range []string{to(`"*"`, "Allow"), `{"Effect":"Allow","Action":"*"}`} {
		if statement(t, s).CheckIdentity() == nil {
			t.Errorf("%s: accepted", s)
		}
	}
}

func TestPublic(t *testing.T) {
	with := func(condition string) string {
		return strings.Replace(to(`"*"`, "Allow"), `"Resource":"*"`, `"Resource":"*","Condition":{`+condition+`}`, 1)
	}
	for _, tc := range []struct {
		statement string
		want      bool
	}{
		{to(`"*"`, "Allow"), true},
		{to(`{"AWS":"*"}`, "Allow"), true},
		{to(`{"AWS":["123456789012","*"]}`, "Allow"), true},
		{to(`"*"`, "Deny"), false},
		{to(`{"AWS":"123456789012"}`, "Allow"), false},
		{to(`{"Service":"rds.amazonaws.com"}`, "Allow"), false},
		{strings.Replace(to(`{"AWS":"123456789012"}`, "Allow"), "Principal", "NotPrincipal", 1), true},
		{with(`"StringEquals":{"aws:PrincipalOrgID":"o-abc"}`), false},
		{with(`"StringEquals":{"aws:sourcevpce":["vpce-1","vpce-2"]}`), false},
		{with(`"StringLike":{"aws:SourceVpce":"vpce-*"}`), true},
		{with(`"StringEqualsIfExists":{"aws:SourceVpce":"vpce-1"}`), true},
		{with(`"ForAllValues:StringEquals":{"aws:SourceVpce":"vpce-1"}`), true},
		{with(`"StringNotEquals":{"aws:SourceVpce":"vpce-1"}`), true},
		{with(`"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}`), false},
		{with(`"IpAddress":{"aws:SourceIp":"0.0.0.0/1"}`), true},
		{with(`"IpAddress":{"aws:SourceIp":["203.0.113.0/24","::/0"]}`), true},
		{with(`"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::123456789012:role/*"}`), false},
		{with(`"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/Gateway"}`), true},
		{with(`"StringEquals":{"secretsmanager:VersionStage":"AWSCURRENT"}`), true},
		{with(`"Null":{"aws:SourceVpce":"false"}`), true},
	} {
		if got := statement(t, tc.statement).Public(); got != tc.want {
			t.Errorf("%s: public = %v, want %v", tc.statement, got, tc.want)
		}
	}
}

func TestExamine(t *testing.T) {
	doc := parse(t, gatewayPolicy)
	if f := doc.Examine("secretsmanager:GetSecretValue", secret); !f.Granted() || f.Sid != "GatewayConfig" {
		t.Errorf("GetSecretValue: %+v", f)
	}
	if f := doc.Examine("secretsmanager:DescribeSecret", secret); f.Possible() {
		t.Errorf("DescribeSecret: %+v", f)
	}
	conditional := statement(t, `{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}`)
	if f := conditional.Examine("secretsmanager:ListSecrets", ""); f.Granted() || !f.Possible() {
		t.Errorf("conditional: %+v", f)
	}
	if f := statement(t, allowAll+","+denyGet).Examine("secretsmanager:GetSecretValue", secret); f.Possible() {
		t.Errorf("denied: %+v", f)
	}
	var none *policy.Document
	if f := none.Examine("secretsmanager:GetSecretValue", secret); f != (policy.Finding{}) {
		t.Errorf("nil document: %+v", f)
	}
}
