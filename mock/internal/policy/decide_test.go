package policy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wicketkey.internal/mock/internal/policy"
)

const (
	secret  = "arn:aws:secretsmanager:us-east-1:123456789012:secret:keeperRotationGatewayConfig-Vwt7zX"
	session = "arn:aws:sts::123456789012:assumed-role/Gateway/i-0abc"
	user    = "arn:aws:iam::123456789012:user/ops/ann"
	foreign = "arn:aws:iam::999999999999:user/eve"
)

// gatewayPolicy is the policy of the guide that this project exists for: the
// one action, on the ARN with its six characters.
const gatewayPolicy = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "GatewayConfig",
      "Effect": "Allow",
      "Action": ["secretsmanager:GetSecretValue"],
      "Resource": ["arn:aws:secretsmanager:us-east-1:123456789012:secret:keeperRotationGatewayConfig-Vwt7zX"]
    }
  ]
}`

func parse(t testing.TB, doc string) *policy.Document {
	t.Helper()
	d, err := policy.Parse(doc)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// statement parses a policy of the newer version with these statements.
func statement(t testing.TB, s string) *policy.Document {
	t.Helper()
	return parse(t, `{"Version":"2012-10-17","Statement":[`+s+`]}`)
}

func get(arn string) *policy.Request {
	return &policy.Request{Principal: policy.Principal{ARN: arn}, Action: "secretsmanager:GetSecretValue", Resource: secret}
}

func TestTheGuidesPolicyWorksAsPrinted(t *testing.T) {
	ps := policy.Policies{Identity: []*policy.Document{parse(t, gatewayPolicy)}}
	if d := ps.Decide(get(session)); !d.Allowed() || d.Sid != "GatewayConfig" {
		t.Errorf("GetSecretValue: %+v, want allowed by GatewayConfig", d)
	}
	const tail = "because no identity-based policy allows the "
	for _, tc := range []struct{ action, arn, named, want string }{
		{"secretsmanager:DescribeSecret", secret, secret,
			"User: " + session + " is not authorized to perform: secretsmanager:DescribeSecret on resource: " + secret + " " + tail + "secretsmanager:DescribeSecret action"},
		{"secretsmanager:GetSecretValue", strings.TrimSuffix(secret, "-Vwt7zX"), "keeperRotationGatewayConfig",
			"User: " + session + " is not authorized to perform: secretsmanager:GetSecretValue on resource: keeperRotationGatewayConfig " + tail + "secretsmanager:GetSecretValue action"},
		{"secretsmanager:ListSecrets", "", "",
			"User: " + session + " is not authorized to perform: secretsmanager:ListSecrets " + tail + "secretsmanager:ListSecrets action"},
	} {
		r := get(session)
		r.Action, r.Resource = tc.action, tc.arn
		if got := ps.Decide(r).Message(r, tc.named); got != tc.want {
			t.Errorf("Message = %q\nwant      %q", got, tc.want)
		}
	}
}

const (
	allowAll = `{"Effect":"Allow","Action":"*","Resource":"*"}`
	denyGet  = `{"Sid":"No","Effect":"Deny","Action":"secretsmanager:Get*","Resource":"*"}`
)

func to(principal, effect string) string {
	return `{"Sid":"R","Effect":"` + effect + `","Principal":` + principal + `,"Action":"secretsmanager:GetSecretValue","Resource":"*"}`
}

func TestDecide(t *testing.T) {
	denied := func(k policy.Kind) policy.Decision { return policy.Decision{Kind: k} }
	explicit := func(k policy.Kind, sid string) policy.Decision {
		return policy.Decision{Cause: policy.ExplicitDeny, Kind: k, Sid: sid}
	}
	byIdentity := policy.Decision{Cause: policy.Allowed, Kind: policy.IdentityPolicy}
	byResource := policy.Decision{Cause: policy.Allowed, Kind: policy.ResourcePolicy, Sid: "R"}
	const listOnly = `{"Effect":"Allow","Action":"secretsmanager:ListSecrets","Resource":"*"}`
	for _, tc := range []struct {
		name, caller                 string
		identity, boundary, resource string // statements; empty: no such policy
		want                         policy.Decision
	}{
		{"nothing", user, "", "", "", denied(policy.IdentityPolicy)},
		{"identity", user, allowAll, "", "", byIdentity},
		{"deny wins", user, allowAll + "," + denyGet, "", "", explicit(policy.IdentityPolicy, "No")},
		{"boundary", user, allowAll, listOnly, "", denied(policy.BoundaryPolicy)},
		{"boundary denies", user, allowAll, allowAll + "," + denyGet, "", explicit(policy.BoundaryPolicy, "No")},
		{"boundary allows nothing by itself", user, "", allowAll, "", denied(policy.IdentityPolicy)},
		{"root", "arn:aws:iam::123456789012:root", "", "", "", byIdentity},

		{"resource names user", user, "", "", to(`{"AWS":"`+user+`"}`, "Allow"), byResource},
		{"past the boundary", user, "", listOnly, to(`{"AWS":["`+user+`"]}`, "Allow"), byResource},
		{"resource names role", session, "", "", to(`{"AWS":"arn:aws:iam::123456789012:role/Gateway"}`, "Allow"), byResource},
		{"role within boundary", session, "", listOnly, to(`{"AWS":"arn:aws:iam::123456789012:role/Gateway"}`, "Allow"), denied(policy.BoundaryPolicy)},
		{"session past boundary", session, "", listOnly, to(`{"AWS":"`+session+`"}`, "Allow"), byResource},
		{"everyone", user, "", "", to(`"*"`, "Allow"), byResource},
		{"account only delegates", user, "", "", to(`{"AWS":"123456789012"}`, "Allow"), denied(policy.IdentityPolicy)},
		{"resource denies account", user, allowAll, "", to(`{"AWS":"arn:aws:iam::123456789012:root"}`, "Deny"), explicit(policy.ResourcePolicy, "R")},
		{"resource denies another", user, allowAll, "", to(`{"AWS":"`+session+`"}`, "Deny"), byIdentity},

		{"other account, both", foreign, allowAll, "", to(`{"AWS":"999999999999"}`, "Allow"), byIdentity},
		{"other account, identity only", foreign, allowAll, "", "", denied(policy.ResourcePolicy)},
		{"other account, resource only", foreign, "", "", to(`{"AWS":"`+foreign+`"}`, "Allow"), denied(policy.IdentityPolicy)},
		{"other account, boundary", foreign, allowAll, listOnly, to(`{"AWS":"`+foreign+`"}`, "Allow"), denied(policy.BoundaryPolicy)},

		{"not principal spares all of it", session, allowAll, "", strings.Replace(to(`{"AWS":["`+session+`","arn:aws:iam::123456789012:role/Gateway","123456789012"]}`, "Deny"), "Principal", "NotPrincipal", 1), byIdentity},
		{"not principal forgot the account", session, allowAll, "", strings.Replace(to(`{"AWS":["`+session+`","arn:aws:iam::123456789012:role/Gateway"]}`, "Deny"), "Principal", "NotPrincipal", 1), explicit(policy.ResourcePolicy, "R")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var ps policy.Policies
			if tc.identity != "" {
				ps.Identity = []*policy.Document{statement(t, tc.identity)}
			}
			if tc.boundary != "" {
				ps.Boundary = statement(t, tc.boundary)
			}
			if tc.resource != "" {
				ps.Resource = statement(t, tc.resource)
			}
			if diff := cmp.Diff(tc.want, ps.Decide(get(tc.caller))); diff != "" {
				t.Error(diff)
			}
			// A session's policy is a limit of the same kind, under a name of its own.
			ps.Session, ps.Boundary = ps.Boundary, nil
			want := tc.want
			if want.Kind == policy.BoundaryPolicy {
				want.Kind = policy.SessionPolicy
			}
			if diff := cmp.Diff(want, ps.Decide(get(tc.caller))); diff != "" {
				t.Errorf("as a session's policy: %s", diff)
			}
		})
	}
}

func TestDecideAService(t *testing.T) {
	r := &policy.Request{Principal: policy.Principal{Service: "rds.amazonaws.com"}, Action: "secretsmanager:GetSecretValue", Resource: secret}
	ps := policy.Policies{Resource: statement(t, to(`{"Service":"rds.amazonaws.com"}`, "Allow"))}
	if d := ps.Decide(r); !d.Allowed() {
		t.Errorf("rds: %+v", d)
	}
	r.Principal.Service = "ecs.amazonaws.com"
	if d := ps.Decide(r); d.Allowed() {
		t.Errorf("ecs: %+v", d)
	}
}

func TestMessage(t *testing.T) {
	r := get(user)
	const head = "User: " + user + " is not authorized to perform: secretsmanager:GetSecretValue on resource: " + secret + " "
	const act = " allows the secretsmanager:GetSecretValue action"
	for _, tc := range []struct {
		d    policy.Decision
		want string
	}{
		{policy.Decision{Cause: policy.Allowed}, ""},
		{policy.Decision{Kind: policy.IdentityPolicy}, head + "because no identity-based policy" + act},
		{policy.Decision{Kind: policy.ResourcePolicy}, head + "because no resource-based policy" + act},
		{policy.Decision{Kind: policy.BoundaryPolicy}, head + "because no permissions boundary" + act},
		{policy.Decision{Cause: policy.ExplicitDeny, Kind: policy.IdentityPolicy}, head + "with an explicit deny in an identity-based policy"},
		{policy.Decision{Cause: policy.ExplicitDeny, Kind: policy.ResourcePolicy}, head + "with an explicit deny in a resource-based policy"},
		{policy.Decision{Cause: policy.ExplicitDeny, Kind: policy.BoundaryPolicy}, head + "with an explicit deny in a permissions boundary"},
		// As pasted into issues and pages: awslabs/mountpoint-s3's test of kms:GenerateDataKey, ec2:DescribeImages of a role.
		{policy.Decision{Kind: policy.SessionPolicy}, head + "because no session policy" + act},
		{policy.Decision{Cause: policy.ExplicitDeny, Kind: policy.SessionPolicy}, head + "with an explicit deny in a session policy"},
	} {
		if got := tc.d.Message(r, secret); got != tc.want {
			t.Errorf("%+v: %q, want %q", tc.d, got, tc.want)
		}
	}
}

func TestActionsAndResources(t *testing.T) {
	for _, tc := range []struct {
		elements string
		want     bool
	}{
		{`"Action":"secretsmanager:getsecretVALUE","Resource":"*"`, true},
		{`"Action":"secretsmanager:Get*","Resource":"*"`, true},
		{`"Action":"secretsmanager:GetSecretValu?","Resource":"*"`, true},
		{`"Action":"secretsmanager:GetSecret?","Resource":"*"`, false},
		{`"NotAction":"secretsmanager:Delete*","Resource":"*"`, true},
		{`"NotAction":["secretsmanager:Get*"],"Resource":"*"`, false},
		{`"Action":"*","Resource":"` + secret + `"`, true},
		{`"Action":"*","Resource":"arn:aws:secretsmanager:us-east-1:123456789012:secret:keeperRotationGatewayConfig-??????"`, true},
		{`"Action":"*","Resource":"arn:aws:secretsmanager:us-east-1:123456789012:secret:keeperRotationGatewayConfig"`, false},
		{`"Action":"*","Resource":"arn:aws:secretsmanager:us-east-1:123456789012:secret:KeeperRotationGatewayConfig-*"`, false},
		{`"Action":"*","Resource":"arn:aws:secretsmanager:*:*:secret:keeper*"`, true},
		{`"Action":"*","Resource":"arn:aws:secretsmanager:*:secret:keeper*"`, false}, // a wildcard stays in its field
		{`"Action":"*","Resource":"arn:*:secretsmanager:us-*-1:123456789012:*"`, true},
		{`"Action":"*","Resource":"arn:aws:secretsmanager"`, true}, // completed with wildcards
		{`"Action":"*","NotResource":"arn:aws:secretsmanager:*:*:secret:prod/*"`, true},
		{`"Action":"*","NotResource":"arn:aws:secretsmanager:*:*:secret:*"`, false},
		{`"Action":"*","Resource":"arn:aws:secretsmanager:*:*:secret:${aws:username, 'keeper'}*"`, true},
		{`"Action":"*","Resource":"arn:aws:secretsmanager:*:*:secret:${aws:PrincipalTag/team}*"`, false},
		{`"Action":"*","Resource":"arn:aws:secretsmanager:*:${aws:PrincipalAccount}:secret:*"`, true},
		{`"Action":"*","Resource":"arn:aws:secretsmanager:*:*:secret:${*}*"`, false},
	} {
		ps := policy.Policies{Identity: []*policy.Document{statement(t, `{"Effect":"Allow",`+tc.elements+`}`)}}
		if got := ps.Decide(get(session)).Allowed(); got != tc.want {
			t.Errorf("%s: allowed = %v, want %v", tc.elements, got, tc.want)
		}
	}
}

func TestConditions(t *testing.T) {
	context := map[string][]string{
		"secretsmanager:SecretId": {secret}, "secretsmanager:VersionStage": {"AWSCURRENT"},
		"secretsmanager:ResourceTag/Env": {"prod"}, "aws:TagKeys": {"Env", "Team"}, "secretsmanager:RecoveryWindowInDays": {"7"},
		"aws:SourceIp": {"203.0.113.7"}, "aws:SecureTransport": {"true"}, "secretsmanager:BlockPublicPolicy": {"false"},
		"aws:RequestedRegion": {"us-east-1"}, "aws:SourceVpce": {"vpce-1"}, "Star": {"*"}, "Empty": {},
	}
	for _, tc := range []struct {
		condition string
		want      bool
	}{
		{`"StringEquals":{"secretsmanager:VersionStage":"AWSCURRENT"}`, true},
		{`"StringEquals":{"SECRETSMANAGER:versionstage":["x","AWSCURRENT"]}`, true},
		{`"StringEquals":{"secretsmanager:VersionStage":"awscurrent"}`, false},
		{`"StringEqualsIgnoreCase":{"secretsmanager:VersionStage":"awsCURRENT"}`, true},
		{`"StringNotEqualsIgnoreCase":{"secretsmanager:VersionStage":"awsCURRENT"}`, false},
		{`"StringEquals":{"secretsmanager:VersionStage":"AWS*"}`, false},
		{`"StringLike":{"secretsmanager:VersionStage":"AWS*"}`, true},
		{`"StringNotLike":{"secretsmanager:VersionStage":["x*","AWS*"]}`, false},
		{`"StringNotEquals":{"secretsmanager:VersionStage":["AWSPREVIOUS","AWSPENDING"]}`, true},
		{`"StringEquals":{"secretsmanager:ResourceTag/Env":"prod","aws:RequestedRegion":"us-east-1"}`, true},
		{`"StringEquals":{"secretsmanager:ResourceTag/Env":"prod","aws:RequestedRegion":"eu-west-1"}`, false},
		{`"StringEquals":{"aws:ResourceTag/None":"x"}`, false},
		{`"StringNotEquals":{"aws:ResourceTag/None":"x"}`, true},
		{`"StringEqualsIfExists":{"aws:ResourceTag/None":"x"}`, true},
		{`"StringEqualsIfExists":{"secretsmanager:ResourceTag/Env":"x"}`, false},
		{`"StringEquals":{"Star":"${*}"}`, true},
		{`"StringLike":{"secretsmanager:VersionStage":"${*}"}`, false},
		{`"StringEquals":{"aws:SourceVpce":"${aws:none}"}`, false},
		{`"Null":{"aws:ResourceTag/None":"true"}`, true},
		{`"Null":{"aws:SourceVpce":true}`, false},
		{`"Null":{"aws:SourceVpce":"false"}`, true},
		{`"Null":{"Empty":"true"}`, true},
		{`"Bool":{"aws:SecureTransport":true}`, true},
		{`"Bool":{"aws:SecureTransport":"False"}`, false},
		{`"Bool":{"secretsmanager:BlockPublicPolicy":"true"}`, false},
		{`"Bool":{"aws:MultiFactorAuthPresent":"false"}`, false},
		{`"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}`, true},
		{`"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}`, true},
		{`"IpAddress":{"aws:SourceIp":["10.0.0.0/8","203.0.113.8"]}`, false},
		{`"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}`, false},
		{`"NotIpAddress":{"aws:VpcSourceIp":"203.0.113.0/24"}`, true},
		{`"ArnLike":{"secretsmanager:SecretId":"arn:aws:secretsmanager:*:*:secret:keeper*"}`, true},
		{`"ArnEquals":{"secretsmanager:SecretId":"arn:aws:secretsmanager:*:secret:keeper*"}`, false},
		{`"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/Gateway"}`, false},
		{`"ArnNotEquals":{"aws:PrincipalArn":"arn:aws:iam::*:role/Other"}`, true},
		{`"StringEquals":{"aws:PrincipalAccount":"123456789012","aws:PrincipalType":"AssumedRole"}`, true},
		{`"NumericLessThan":{"secretsmanager:RecoveryWindowInDays":30}`, true},
		{`"NumericGreaterThanEquals":{"secretsmanager:RecoveryWindowInDays":"8"}`, false},
		{`"NumericNotEquals":{"secretsmanager:RecoveryWindowInDays":"7"}`, false},
		{`"NumericEquals":{"aws:RequestedRegion":"7"}`, false},
		{`"DateLessThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"}`, true},
		{`"DateGreaterThan":{"aws:CurrentTime":"2026-01-01"}`, false},
		{`"DateGreaterThan":{"aws:EpochTime":"1700000000"}`, true},
		{`"ForAllValues:StringEquals":{"aws:TagKeys":["Env","Team","Owner"]}`, true},
		{`"ForAllValues:StringEquals":{"aws:TagKeys":["Env"]}`, false},
		{`"ForAllValues:StringEquals":{"aws:None":["Env"]}`, true},
		{`"ForAnyValue:StringEquals":{"aws:TagKeys":["Team"]}`, true},
		{`"ForAnyValue:StringLike":{"aws:TagKeys":["X*"]}`, false},
		{`"ForAnyValue:StringEquals":{"aws:None":["Team"]}`, false},
		{`"ForAnyValue:StringNotEquals":{"aws:TagKeys":["Team"]}`, true},
		{`"ForAllValues:StringNotEquals":{"aws:TagKeys":["Team"]}`, false},
	} {
		r := get(session)
		r.Context, r.Time = context, time.Date(2025, 11, 6, 0, 0, 0, 0, time.UTC)
		ps := policy.Policies{Identity: []*policy.Document{statement(t, `{"Effect":"Allow","Action":"*","Resource":"*","Condition":{`+tc.condition+`}}`)}}
		if got := ps.Decide(r).Allowed(); got != tc.want {
			t.Errorf("%s: holds = %v, want %v", tc.condition, got, tc.want)
		}
	}
}
