package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/google/go-cmp/cmp"

	"wicketkey.internal/mock"
)

const (
	gatewayARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:gateway-Vwt7zX"
	ownKey     = "arn:aws:kms:us-east-1:123456789012:key/11111111-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
	readIt     = `{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"` + gatewayARN + `"}`
)

// checked runs policy -check without AWS on a policy of these statements, and returns the exit status and the findings
// in short: "-" and an action that is lacking, "+" and one that is too much, with the first word of what it is on.
func checked(t *testing.T, statements []string, args ...string) (code int, found []string, errs string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "policy.json")
	text := `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := try(t, nil, "", append([]string{"policy", "-offline", "-json", "-check", file}, args...)...)
	var f findings
	if err := json.Unmarshal([]byte(out), &f); err != nil {
		t.Fatalf("%v in %q, %s", err, out, errs)
	}
	note := func(sign string, list []decision) {
		for _, v := range list {
			what, _, _ := strings.Cut(v.Resource, " ")
			found = append(found, sign+v.Action+" "+what)
		}
	}
	note("-", f.Lacks)
	note("+", f.Excess)
	if f.OK != (len(found) == 0) || f.OK != (code == codeOK) {
		t.Errorf("ok %v, exit status %d, %v", f.OK, code, found)
	}
	return code, found, errs
}

func TestPolicyCheckOfKeys(t *testing.T) {
	decrypt := func(resource, conditions string) string {
		return `{"Effect":"Allow","Action":"kms:Decrypt","Resource":"` + resource + `","Condition":{` + conditions + `}}`
	}
	const (
		via  = `"StringEquals":{"kms:ViaService":"secretsmanager.us-east-1.amazonaws.com"}`
		only = `"StringLike":{"kms:EncryptionContext:SecretARN":"arn:aws:secretsmanager:us-east-1:123456789012:secret:gateway-??????"}`
	)
	for name, tt := range map[string]struct {
		key        string
		statements []string
		want       []string
	}{
		"no key":                {"", []string{readIt}, nil},
		"default key":           {"alias/aws/secretsmanager", []string{readIt}, nil},
		"nothing on the key":    {ownKey, []string{readIt}, []string{"-kms:Decrypt " + ownKey}},
		"least":                 {ownKey, []string{readIt, decrypt(ownKey, via+","+only)}, nil},
		"least, by id":          {ownKey[len(ownKey)-36:], []string{readIt, decrypt(ownKey, via+","+only)}, nil},
		"wrong key":             {ownKey, []string{readIt, decrypt(ownKey+"0", via+","+only)}, []string{"-kms:Decrypt " + ownKey}},
		"wrong service":         {ownKey, []string{readIt, decrypt(ownKey, `"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}`)}, []string{"-kms:Decrypt " + ownKey}},
		"any secret of the key": {ownKey, []string{readIt, decrypt(ownKey, via)}, []string{"+kms:Decrypt " + ownKey}},
		"any key":               {ownKey, []string{readIt, decrypt("*", via+","+only)}, nil}, // no other key has this secret's values
		"any key, any secret":   {ownKey, []string{readIt, decrypt("*", via)}, []string{"+kms:Decrypt other", "+kms:Decrypt " + ownKey}},
		"all of KMS": {ownKey, []string{readIt, `{"Effect":"Allow","Action":"kms:*","Resource":"*"}`}, []string{
			"+kms:Decrypt other", "+kms:GenerateDataKey other", "+kms:GenerateDataKey " + ownKey, "+kms:Decrypt " + ownKey,
		}},
		"all of KMS, no key": {"", []string{readIt, `{"Effect":"Allow","Action":"kms:*","Resource":"*"}`}, []string{
			"+kms:Decrypt other", "+kms:GenerateDataKey other",
		}},
		"neither":          {ownKey, []string{decrypt(ownKey+"0", via)}, []string{"-secretsmanager:GetSecretValue " + gatewayARN, "-kms:Decrypt " + ownKey}},
		"default key shut": {"", []string{readIt, `{"Effect":"Deny","Action":"kms:*","Resource":"*"}`}, []string{"-kms:Decrypt aws/secretsmanager"}},
		"alias":            {"alias/own", []string{readIt, decrypt("*", via+","+only+`,"ForAnyValue:StringEquals":{"kms:ResourceAliases":"alias/own"}`)}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			_, got, _ := checked(t, tt.statements, "-kms-key", tt.key, gatewayARN)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A key by alias is one that the mock cannot know, and the command says so.
func TestPolicyCheckOfAnAlias(t *testing.T) {
	byARN := `{"Effect":"Allow","Action":"kms:Decrypt","Resource":"` + ownKey + `"}`
	_, got, errs := checked(t, []string{readIt, byARN}, "-kms-key", "alias/own", gatewayARN)
	if len(got) != 1 || !strings.Contains(errs, "give that as -kms-key") {
		t.Errorf("got %v, %s", got, errs)
	}
}

// What the command prints passes its own check, whatever is known of secret and key.
func TestLeastPolicyPassesItsCheck(t *testing.T) {
	for _, args := range [][]string{
		{"gateway"},
		{"-region", "eu-west-1", "gateway", "tls"},
		{"-region", "cn-north-1", "-account", "123456789012", "-kms-key", "1234abcd-12ab-34cd-56ef-1234567890ab", "gateway"},
		{"-kms-key", "alias/own", gatewayARN},
		{"-kms-key", ownKey, gatewayARN},
		{"-kms-key", "mrk-1234abcd12ab34cd56ef1234567890ab", "gateway"},
	} {
		_, printed, errs := try(t, nil, "", append([]string{"policy", "-offline"}, args...)...)
		var least struct{ Statement []json.RawMessage }
		if err := json.Unmarshal([]byte(printed), &least); err != nil {
			t.Fatalf("%v: %v, %s", args, err, errs)
		}
		var statements []string
		for _, st := range least.Statement {
			statements = append(statements, string(st))
		}
		if code, got, _ := checked(t, statements, args...); code != codeOK {
			t.Errorf("%v: %v in %s", args, got, printed)
		}
	}
}

// Where AWS tells an alias only, the flag says which key it is.
func TestKeyFlagBeatsAnAlias(t *testing.T) {
	srv := mock.Start(t)
	in := &secretsmanager.CreateSecretInput{Name: aws.String("gateway"), SecretString: aws.String("x"), KmsKeyId: aws.String("alias/own")}
	if _, err := secretsmanager.NewFromConfig(srv.AWSConfig()).CreateSecret(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	env := environment(t, srv)
	if _, out, errs := try(t, env, "", "policy", "gateway"); !strings.Contains(out, `"alias/own"`) {
		t.Errorf("%s%s", out, errs)
	}
	if _, out, errs := try(t, env, "", "policy", "-kms-key", ownKey, "gateway"); !strings.Contains(out, ownKey) || strings.Contains(out, "alias/") {
		t.Errorf("%s%s", out, errs)
	}
}
