package mock_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/google/go-cmp/cmp"

	"wicketkey.internal/mock"
)

const (
	keyA = "arn:aws:kms:us-east-1:123456789012:key/11111111-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
	keyB = "arn:aws:kms:us-east-1:123456789012:key/22222222-bbbb-4bbb-8bbb-bbbbbbbbbbbb"
)

// allow is a statement; conditions is the JSON of its Condition, or "".
func allow(actions, resource, conditions string) string {
	st := `{"Effect":"Allow","Action":["` + strings.ReplaceAll(actions, " ", `","`) + `"],"Resource":"` + resource + `"`
	if conditions != "" {
		st += `,"Condition":` + conditions
	}
	return st + "}"
}

func document(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

// role returns a client of the server that may what the statements say and nothing else.
func role(t *testing.T, srv *mock.Server, statements ...string) *secretsmanager.Client {
	t.Helper()
	return as(t, srv, mock.AccessKey{Principal: "arn:aws:sts::123456789012:assumed-role/Gateway/i-0abc", Policies: []string{document(statements...)}})
}

// as returns a client of the server with that key, under an id of its own.
func as(t *testing.T, srv *mock.Server, key mock.AccessKey) *secretsmanager.Client {
	t.Helper()
	key.ID, key.Secret = "AKIAROLE", "s"
	if err := srv.SetKey(key); err != nil {
		t.Fatal(err)
	}
	cfg := srv.AWSConfig()
	cfg.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: key.ID, SecretAccessKey: key.Secret}, nil
	})
	return secretsmanager.NewFromConfig(cfg)
}

// outcome is "ok", or the error's code, or "kms" for AWS's answer to a key that the caller may not use.
func outcome(err error) string {
	switch {
	case err == nil:
		return "ok"
	case codeOf(err) == "AccessDeniedException" && strings.HasSuffix(err.Error(), "AccessDeniedException: Access to KMS is not allowed"):
		return "kms"
	}
	return codeOf(err)
}

// create makes a secret under a key, as the administrator.
func create(t *testing.T, c *secretsmanager.Client, name, key string) (arn string) {
	t.Helper()
	in := &secretsmanager.CreateSecretInput{Name: &name, SecretString: aws.String("1")}
	if key != "" {
		in.KmsKeyId = &key
	}
	out, err := c.CreateSecret(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return *out.ARN
}

func TestReadingNeedsTheKey(t *testing.T) {
	const (
		readSM = "secretsmanager:GetSecretValue secretsmanager:BatchGetSecretValue"
		via    = `"kms:ViaService":"secretsmanager.us-east-1.amazonaws.com"`
	)
	for name, tt := range map[string]struct {
		key       string // of the secret
		statement string // beside the one that allows reading it; %ARN% is the secret's
		want      string
	}{
		"default key":              {"", "", "ok"},
		"default key by alias":     {"alias/aws/secretsmanager", "", "ok"},
		"default key, denied":      {"", `{"Effect":"Deny","Action":"kms:Decrypt","Resource":"*"}`, "kms"},
		"no word of KMS":           {keyA, "", "kms"},
		"the key":                  {keyA, allow("kms:Decrypt", keyA, ""), "ok"},
		"the key by id":            {keyA[len(keyA)-36:], allow("kms:Decrypt", keyA, ""), "ok"},
		"another key":              {keyA, allow("kms:Decrypt", keyB, ""), "kms"},
		"another action":           {keyA, allow("kms:GenerateDataKey kms:Encrypt", keyA, ""), "kms"},
		"every key":                {keyA, allow("kms:*", "*", ""), "ok"},
		"the key, denied":          {keyA, allow("kms:*", "*", "") + `,{"Effect":"Deny","Action":"kms:*","Resource":"` + keyA + `"}`, "kms"},
		"via the service":          {keyA, allow("kms:Decrypt", keyA, `{"StringEquals":{`+via+`}}`), "ok"},
		"via another region":       {keyA, allow("kms:Decrypt", keyA, `{"StringEquals":{"kms:ViaService":"secretsmanager.eu-west-1.amazonaws.com"}}`), "kms"},
		"via another service":      {keyA, allow("kms:Decrypt", keyA, `{"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}}`), "kms"},
		"for the secret":           {keyA, allow("kms:Decrypt", keyA, `{"StringEquals":{"kms:EncryptionContext:SecretARN":"%ARN%"}}`), "ok"},
		"for another secret":       {keyA, allow("kms:Decrypt", keyA, `{"StringLike":{"kms:EncryptionContext:SecretARN":"*:secret:b-??????"}}`), "kms"},
		"for a version":            {keyA, allow("kms:Decrypt", keyA, `{"Null":{"kms:EncryptionContext:SecretVersionId":"false"}}`), "ok"},
		"for the caller's account": {keyA, allow("kms:Decrypt", "*", `{"StringEquals":{"kms:CallerAccount":"123456789012","aws:ResourceAccount":"123456789012"}}`), "ok"},
		"alias by its name":        {"alias/own", allow("kms:Decrypt", "arn:aws:kms:us-east-1:123456789012:key/own", ""), "ok"},
		"alias by condition":       {"alias/own", allow("kms:Decrypt", "*", `{"ForAnyValue:StringEquals":{"kms:ResourceAliases":"alias/own"}}`), "ok"},
		"alias by its ARN":         {"alias/own", allow("kms:Decrypt", "arn:aws:kms:us-east-1:123456789012:alias/own", ""), "kms"}, // which is no Resource of a key's use
		"another alias":            {"alias/own", allow("kms:Decrypt", "*", `{"ForAnyValue:StringEquals":{"kms:ResourceAliases":"alias/b"}}`), "kms"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, nil, func(t *testing.T, srv *mock.Server, admin *secretsmanager.Client) {
				arn := create(t, admin, "a", tt.key)
				statements := []string{allow(readSM, "*", "")}
				if tt.statement != "" {
					statements = append(statements, strings.ReplaceAll(tt.statement, "%ARN%", arn))
				}
				c := role(t, srv, statements...)
				if _, err := get(t.Context(), c, "a"); outcome(err) != tt.want {
					t.Errorf("got %v, want %s", err, tt.want)
				}
				batch, err := c.BatchGetSecretValue(t.Context(), &secretsmanager.BatchGetSecretValueInput{SecretIdList: []string{"a"}})
				if err != nil {
					t.Fatal(err)
				}
				if ok := len(batch.SecretValues) == 1; ok != (tt.want == "ok") {
					t.Errorf("in a batch: %+v", batch)
				}
				if _, err := get(t.Context(), admin, "a"); err != nil {
					t.Errorf("an administrator: %v", err)
				}
			})
		})
	}
}

func TestBoundaryHoldsForKeys(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *mock.Server, admin *secretsmanager.Client) {
		create(t, admin, "a", keyA)
		c := as(t, srv, mock.AccessKey{Boundary: document(allow("secretsmanager:*", "*", ""))})
		if _, err := get(t.Context(), c, "a"); outcome(err) != "kms" {
			t.Errorf("got %v", err)
		}
	})
}

// A key of another account is used under its own ARN, and across accounts the caller's policies count too.
func TestKeysAcrossAccounts(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *mock.Server, admin *secretsmanager.Client) {
		arn := create(t, admin, "a", keyA)
		open := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"999999999999"},"Action":"secretsmanager:GetSecretValue","Resource":"*"}]}`
		if _, err := admin.PutResourcePolicy(t.Context(), &secretsmanager.PutResourcePolicyInput{SecretId: &arn, ResourcePolicy: &open}); err != nil {
			t.Fatal(err)
		}
		for want, statement := range map[string]string{"ok": allow("kms:Decrypt", keyA, ""), "kms": allow("kms:Decrypt", keyB, "")} {
			c := as(t, srv, mock.AccessKey{Principal: "arn:aws:iam::999999999999:user/ann", Policies: []string{document(allow("secretsmanager:*", "*", ""), statement)}})
			if _, err := get(t.Context(), c, arn); outcome(err) != want {
				t.Errorf("got %v, want %s", err, want)
			}
		}
	})
}

func TestWritingNeedsTheKey(t *testing.T) {
	const writeSM = "secretsmanager:CreateSecret secretsmanager:PutSecretValue secretsmanager:UpdateSecret"
	for kms, want := range map[string][]string{ // create, put, the same put again, update to another key
		"kms:Nothing":                     {"kms", "kms", "kms", "kms"},
		"kms:Decrypt":                     {"kms", "kms", "kms", "kms"},
		"kms:GenerateDataKey":             {"kms", "ok", "kms", "kms"},
		"kms:GenerateDataKey kms:Decrypt": {"ok", "ok", "ok", "ok"},
	} {
		t.Run(kms, func(t *testing.T) {
			bubble(t, nil, func(t *testing.T, srv *mock.Server, admin *secretsmanager.Client) {
				create(t, admin, "a", keyA)
				c := role(t, srv, allow(writeSM, "*", ""), allow(kms, "*", ""))
				_, err := c.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String("b"), KmsKeyId: aws.String(keyA)})
				got := []string{outcome(err)}
				for range 2 {
					_, err := c.PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{SecretId: aws.String("a"), SecretString: aws.String("2"), ClientRequestToken: aws.String(token1)})
					got = append(got, outcome(err))
				}
				_, err = c.UpdateSecret(t.Context(), &secretsmanager.UpdateSecretInput{SecretId: aws.String("a"), KmsKeyId: aws.String(keyB)})
				got = append(got, outcome(err))
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				described, err := admin.DescribeSecret(t.Context(), &secretsmanager.DescribeSecretInput{SecretId: aws.String("a")})
				if changed := err == nil && aws.ToString(described.KmsKeyId) == keyB; changed != (want[3] == "ok") {
					t.Errorf("the key is %v, %v", described, err)
				}
			})
		})
	}
}

// After a change of key either key reads the versions in use, unless the caller may not encrypt them anew; older ones
// keep their key. A snapshot keeps all of it.
func TestChangeOfKey(t *testing.T) {
	const always = "kms:GenerateDataKey kms:Decrypt"
	for changer, want := range map[string]map[string][]string{
		always + " kms:Encrypt": {"first": {keyA}, "second": {keyB, keyA}, "third": {keyB, keyA}},
		always:                  {"first": {keyA}, "second": {keyA}, "third": {keyA}},
	} {
		bubble(t, nil, func(t *testing.T, srv *mock.Server, admin *secretsmanager.Client) {
			create(t, admin, "a", keyA)
			versions := map[string]string{}
			for _, value := range []string{"first", "second", "third"} { // deprecated, AWSPREVIOUS, AWSCURRENT
				out, err := admin.PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{SecretId: aws.String("a"), SecretString: &value})
				if err != nil {
					t.Fatal(err)
				}
				versions[*out.VersionId] = value
			}
			c := role(t, srv, allow("secretsmanager:*", "*", ""), allow(changer, "*", ""))
			if _, err := c.UpdateSecret(t.Context(), &secretsmanager.UpdateSecretInput{SecretId: aws.String("a"), KmsKeyId: aws.String(keyB)}); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				out, err := admin.ListSecretVersionIds(t.Context(), &secretsmanager.ListSecretVersionIdsInput{SecretId: aws.String("a"), IncludeDeprecated: aws.Bool(true)})
				if err != nil {
					t.Fatal(err)
				}
				got := map[string][]string{}
				for _, v := range out.Versions {
					if value := versions[*v.VersionId]; value != "" {
						got[value] = v.KmsKeyIds
					}
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", changer, diff)
				}
				for _, key := range []string{keyA, keyB} {
					_, err := get(t.Context(), role(t, srv, allow("secretsmanager:*", "*", ""), allow("kms:Decrypt", key, "")), "a")
					reads := strings.Contains(strings.Join(want["third"], " "), key)
					if (outcome(err) == "ok") != reads {
						t.Errorf("%s: with %s alone: %v", changer, key, err)
					}
				}
				if err := srv.Restore(srv.Snapshot()); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func TestReplicasHaveTheirOwnKey(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *mock.Server, admin *secretsmanager.Client) {
		there := strings.Replace(keyB, "us-east-1", "eu-west-1", 1)
		create(t, admin, "a", keyA)
		_, err := admin.ReplicateSecretToRegions(t.Context(), &secretsmanager.ReplicateSecretToRegionsInput{
			SecretId: aws.String("a"), AddReplicaRegions: []types.ReplicaRegionType{{Region: aws.String("eu-west-1"), KmsKeyId: &there}},
		})
		if err != nil {
			t.Fatal(err)
		}
		for want, key := range map[string]string{"ok": there, "kms": keyA} {
			c := role(t, srv, allow("secretsmanager:*", "*", ""), allow("kms:Decrypt", key, ""))
			_, err := c.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("a")},
				func(o *secretsmanager.Options) { o.Region = "eu-west-1" })
			if outcome(err) != want {
				t.Errorf("with %s: %v", key, err)
			}
		}
	})
}

func TestKeyInTheRequestIsACondition(t *testing.T) {
	bubble(t, nil, func(t *testing.T, srv *mock.Server, admin *secretsmanager.Client) {
		c := role(t, srv, allow("secretsmanager:CreateSecret", "*", `{"StringEquals":{"secretsmanager:KmsKeyArn":"`+keyA+`"}}`),
			allow("kms:*", "*", ""))
		for name, tt := range map[string]struct{ key, want string }{
			"by-arn": {keyA, "ok"}, "by-id": {keyA[len(keyA)-36:], "ok"}, "another": {keyB, "AccessDeniedException"},
		} {
			_, err := c.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: &name, KmsKeyId: &tt.key})
			if outcome(err) != tt.want {
				t.Errorf("%s: %v, want %s", name, err, tt.want)
			}
		}
	})
}

// AWS's answer says nothing of why; the log does.
func TestLogTellsWhyTheKeyWasDenied(t *testing.T) {
	var lines bytes.Buffer
	bubble(t, &mock.Options{Log: slog.New(slog.NewTextHandler(&lines, nil))}, func(t *testing.T, srv *mock.Server, admin *secretsmanager.Client) {
		create(t, admin, "a", keyA)
		_, err := get(t.Context(), role(t, srv, allow("secretsmanager:*", "*", "")), "a")
		if outcome(err) != "kms" {
			t.Errorf("got %v", err)
		}
	})
	want := "not authorized to perform: kms:Decrypt on resource: " + keyA + " because no identity-based policy allows the kms:Decrypt action"
	if got := lines.String(); strings.Count(got, "kms=") != 1 || !strings.Contains(got, want) {
		t.Errorf("the log is\n%swant %s", got, want)
	}
}
