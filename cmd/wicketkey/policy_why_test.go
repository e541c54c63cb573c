package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// simulated runs policy -check, offline, on a policy of these statements.
func simulated(t *testing.T, statements string, args ...string) (findings, int) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "policy.json")
	if err := os.WriteFile(file, []byte(`{"Version":"2012-10-17","Statement":[`+statements+`]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := try(t, nil, "", append([]string{"policy", "-offline", "-json", "-check", file}, args...)...)
	var f findings
	if err := json.Unmarshal([]byte(out), &f); err != nil {
		t.Fatalf("%v in %q, %s", err, out, errs)
	}
	return f, code
}

func read(resource string) string {
	return `{"Sid":"Read","Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"` + resource + `"}`
}

// TestPolicyCheckSaysWhy: the nearest statement, and what about it differs.
func TestPolicyCheckSaysWhy(t *testing.T) {
	const arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:"
	decoy := `{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*"},`
	for name, tt := range map[string]struct{ statements, want string }{
		"nothing":        {`{"Effect":"Deny","Action":"s3:*","Resource":"*"}`, "no statement allows anything"},
		"another thing":  {strings.TrimSuffix(decoy, ","), "statement 1: its Action is s3:GetObject, not secretsmanager:GetSecretValue"},
		"no suffix":      {decoy + read(arn+"gateway"), "statement 2 (Read): its Resource lacks the ARN's six random characters: end it in -Vwt7zX or -??????"},
		"stale suffix":   {decoy + read(arn+"gateway-AbCdEf"), "the random characters in its Resource are -AbCdEf, and those of the secret -Vwt7zX"},
		"suffix twice":   {read(arn + "gateway-Vwt7zX-??????"), "goes on behind the ARN's six random characters"},
		"five questions": {read(arn + "gateway-?????"), "ends in -?????, where a hyphen and six"},
		"no hyphen":      {read(arn + "gateway??????"), "ends in ??????, where a hyphen and six"},
		"region":         {read("arn:aws:secretsmanager:eu-west-1:123456789012:secret:gateway-Vwt7zX"), `the region in its Resource is "eu-west-1", and that of the resource "us-east-1"`},
		"account":        {read("arn:aws:secretsmanager:us-east-1:210987654321:secret:gateway-Vwt7zX"), `the account in its Resource is "210987654321"`},
		"partition":      {read("arn:aws-cn:secretsmanager:us-east-1:123456789012:secret:gateway-Vwt7zX"), `the partition in its Resource is "aws-cn"`},
		"two parts":      {read("arn:aws:secretsmanager:eu-west-1:123456789012:secret:gateway"), `"us-east-1", and its Resource lacks`},
		"brackets":       {read("arn:aws:secretsmanager:<REGION>:<ACCOUNT>:secret:gateway-Vwt7zX"), "a placeholder is left in its Resource arn:aws:secretsmanager:<REGION>"},
		"capitals":       {read("arn:aws:secretsmanager:us-east-1:ACCOUNT_ID:secret:gateway-Vwt7zX"), "a placeholder is left"},
		"shell variable": {read("arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:gateway-Vwt7zX"), "a placeholder is left"},
		"letters":        {read(arn + "Gateway-Vwt7zX"), "differs in capital and small letters"},
		"another":        {read(arn + "other-Vwt7zX"), "its Resource is another secret, other-Vwt7zX"},
		"other service":  {read("arn:aws:kms:us-east-1:123456789012:key/x"), "is of another kind"},
		"action":         {`{"Effect":"Allow","Action":["secretsmanager:DescribeSecret","secretsmanager:GetSecret"],"Resource":"` + gatewayARN + `"}`, "its Action is secretsmanager:DescribeSecret, secretsmanager:GetSecret, not secretsmanager:GetSecretValue"},
		"not action":     {`{"Effect":"Allow","NotAction":"secretsmanager:*","Resource":"*"}`, "its NotAction excludes secretsmanager:GetSecretValue"},
		"not resource":   {`{"Effect":"Allow","Action":"*","NotResource":"` + gatewayARN + `"}`, "its NotResource excludes it"},
		"condition": {`{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*","Condition":{"StringEquals":{"aws:SourceVpce":"vpce-1"}}}`,
			"statement 1 would allow it on the condition StringEquals aws:SourceVpce vpce-1, which the check's call does not meet"},
		"denied":  {readIt + `,{"Sid":"No","Effect":"Deny","Action":"secretsmanager:Get*","Resource":"*"}`, "statement 2 (No) denies it"},
		"nearest": {strings.ReplaceAll(read(arn+"other-AbCdEf")+","+read("arn:aws:secretsmanager:eu-west-1:210987654321:secret:gateway"), `"Sid":"Read",`, "") + "," + read(arn+"gateway"), "statement 3 (Read)"},
	} {
		t.Run(name, func(t *testing.T) {
			f, code := simulated(t, tt.statements, gatewayARN)
			if code != codePolicy || len(f.Lacks) == 0 {
				t.Fatalf("exit status %d, %+v", code, f)
			}
			if got := f.Lacks[0].Why; !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestPolicyCheckSaysWhyOfKeys(t *testing.T) {
	use := func(resource, more string) string {
		return readIt + `,{"Effect":"Allow","Action":"kms:Decrypt","Resource":"` + resource + `"` + more + `}`
	}
	for name, tt := range map[string]struct{ statements, want string }{
		"none":    {readIt, "its Action is secretsmanager:GetSecretValue, not kms:Decrypt"},
		"another": {use(ownKey+"0", ""), "its Resource is another key"},
		"alias":   {use("arn:aws:kms:us-east-1:123456789012:alias/own", ""), "its Resource is an alias, which IAM does not look up"},
		"service": {use(ownKey, `,"Condition":{"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}}`), "on the condition StringEquals kms:ViaService s3.us-east-1.amazonaws.com"},
	} {
		t.Run(name, func(t *testing.T) {
			f, _ := simulated(t, tt.statements, "-kms-key", ownKey, gatewayARN)
			if len(f.Lacks) != 1 || !strings.Contains(f.Lacks[0].Why, tt.want) {
				t.Errorf("%+v, want %q", f.Lacks, tt.want)
			}
		})
	}
}

// TestOfflineBelievesWhatOnlyAWSKnows, and says that it does: the guide's own
// policy has the real suffix, region and account.
func TestOfflineBelievesWhatOnlyAWSKnows(t *testing.T) {
	const guide = "arn:aws:secretsmanager:eu-west-1:210987654321:secret:keeperRotationGatewayConfig"
	for name, tt := range map[string]struct {
		resource string
		args     []string
		code     int
		open     string // in what is not decided
	}{
		"suffix, region, account": {guide + "-Vwt7zX", nil, codeOK, "is in region eu-west-1, and is of account 210987654321, and has an ARN that ends in -Vwt7zX"},
		"suffix":                  {guide + "-Vwt7zX", []string{"-region", "eu-west-1", "-account", "210987654321"}, codeOK, "whether keeperRotationGatewayConfig has an ARN that ends in -Vwt7zX"},
		"nothing":                 {guide + "-??????", []string{"-region", "eu-west-1", "-account", "210987654321"}, codeOK, ""},
		"everything is a pattern": {"arn:aws:secretsmanager:*:*:secret:keeperRotationGatewayConfig-??????", nil, codeOK, ""},
		"another region":          {guide + "-Vwt7zX", []string{"-region", "us-east-1"}, codePolicy, ""},
		"another account":         {guide + "-Vwt7zX", []string{"-account", "123456789012"}, codePolicy, ""},
		"no suffix":               {guide, nil, codePolicy, "is in region eu-west-1, and is of account 210987654321"},
		"a placeholder":           {"arn:aws:secretsmanager:REGION:ACCOUNT:secret:keeperRotationGatewayConfig-Vwt7zX", nil, codePolicy, "ends in -Vwt7zX"},
	} {
		t.Run(name, func(t *testing.T) {
			f, code := simulated(t, read(tt.resource), append(tt.args, "keeperRotationGatewayConfig")...)
			if got := strings.Join(f.Undecided, ""); code != tt.code || !strings.Contains(got, tt.open) || tt.open == "" && got != "" {
				t.Errorf("exit status %d, want %d; not decided: %q, want %q; %+v", code, tt.code, got, tt.open, f)
			}
			if shown := fmt.Sprint(f); strings.Contains(shown, someSuffix) {
				t.Errorf("a suffix that was made up is told as the secret's: %s", shown)
			}
		})
	}
}

// TestMatches compares with what is meant, spelled out.
func TestMatches(t *testing.T) {
	for _, tt := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true}, {"", "a", false}, {"*", "", true}, {"**", "abc", true}, {"a?c", "abc", true}, {"a?c", "ac", false},
		{"a*c", "abcbc", true}, {"a*b*c", "abc", true}, {"a*b*c", "acb", false}, {"*a", "ba", true}, {"*a", "ab", false},
		{strings.Repeat("*a", 40), strings.Repeat("a", 39) + "b", false},
	} {
		if got := matches(tt.pattern, tt.text); got != tt.want {
			t.Errorf("%q, %q: %t", tt.pattern, tt.text, got)
		}
	}
}
