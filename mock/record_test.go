package mock_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"wicketkey.internal/mock"
)

// recordedScenarios are more of what is on record, one line each, that no other table holds.
func recordedScenarios() map[string][]line {
	create := line{"CreateSecret", `{"Name":"~a","SecretString":"1","ClientRequestToken":"` + token1 + `"}`, "ok", setup}
	stages := func(n int) string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf(`"S%d"`, i))
		}
		return strings.Join(list, ",")
	}
	return map[string][]line{
		"the text names an exclamation mark, the reference leaves it to managed secrets": {
			{"CreateSecret", `{"Name":"~a!","SecretString":"x"}`, refusal("ValidationException", badName), reference},
			{"CreateSecret", `{"Name":"~é","SecretString":"x"}`, refusal("ValidationException", badName), reference},
		},
		"put without token or value": {
			create,
			{"PutSecretValue", `{"SecretId":"~a"}`, failure("InvalidRequestException", wantsToken), lsNoToken},
			{"PutSecretValue", `{"SecretId":"~a","ClientRequestToken":"` + token2 + `"}`, failure("InvalidRequestException", "You must provide either SecretString or SecretBinary."), moto},
		},
		"default key": {
			create,
			{"DescribeSecret", `{"SecretId":"~a"}`, `^(?:[^K]|K[^m])*$`, c7nKey},
			{"UpdateSecret", `{"SecretId":"~a","KmsKeyId":"alias/aws/secretsmanager","ClientRequestToken":"` + token2 + `"}`, "ok", c7nKey},
			{"DescribeSecret", `{"SecretId":"~a"}`, `"KmsKeyId":"alias/aws/secretsmanager"`, c7nKey},
			{"ListSecretVersionIds", `{"SecretId":"~a"}`, `"KmsKeyIds":\["DefaultEncryptionKey"\]`, c7nKey},
		},
		"twenty stages": {
			create,
			{"PutSecretValue", `{"SecretId":"~a","SecretString":"2","VersionStages":[` + stages(20) + `]}`, "ok", model},
			{"PutSecretValue", `{"SecretId":"~a","SecretString":"3","VersionStages":[` + stages(21) + `]}`, `Member must have length less than or equal to 20`, model},
		},
		"a stage is on one version": {
			create,
			{"PutSecretValue", `{"SecretId":"~a","SecretString":"2","VersionStages":["MINE"],"ClientRequestToken":"` + token2 + `"}`, "ok", lsReplaced},
			{"PutSecretValue", `{"SecretId":"~a","SecretString":"3","VersionStages":["MINE"],"ClientRequestToken":"` + token3 + `"}`, "ok", lsReplaced},
			{"DescribeSecret", `{"SecretId":"~a"}`, `@VersionIdsToStages {"` + token1 + `":["AWSCURRENT"],"` + token3 + `":["MINE"]}`, lsReplaced},
			{"GetSecretValue", `{"SecretId":"~a","VersionId":"` + token2 + `"}`, `"SecretString":"2"`, lsReplaced},
		},
		"scheduled secrets are listed on demand": {
			create,
			{"DeleteSecret", `{"SecretId":"~a"}`, "ok", lsList},
			{"ListSecrets", `{"Filters":[{"Key":"name","Values":["~a"]}]}`, `@SecretList []`, lsList},
			{"ListSecrets", `{"Filters":[{"Key":"name","Values":["~a"]}],"IncludePlannedDeletion":true}`, `"DeletedDate":`, lsList},
			{"RestoreSecret", `{"SecretId":"~a"}`, "ok", setup},
			{"ListSecrets", `{"Filters":[{"Key":"name","Values":["~a"]}]}`, `"SecretVersionsToStages":\{"` + token1 + `":\["AWSCURRENT"\]\}`, lsList},
		},
		"batches are small": {
			{"BatchGetSecretValue", `{"SecretIdList":[` + stages(21) + `]}`, `"__type":"ValidationException"`, model},
			{"BatchGetSecretValue", `{"Filters":[{"Key":"name","Values":["~"]}],"MaxResults":21}`, `"__type":"ValidationException"`, model},
		},
		"largest value": {
			{"CreateSecret", `{"Name":"~a","SecretString":"` + strings.Repeat("x", 65536) + `"}`, "ok", setup},
			{"PutSecretValue", `{"SecretId":"~a","SecretString":"` + strings.Repeat("x", 65537) + `"}`, `"__type":"ValidationException"`, model},
			{"PutSecretValue", `{"SecretId":"~a","SecretString":""}`, `"__type":"ValidationException"`, model},
		},
		"long policy": {
			create,
			{"PutResourcePolicy", `{"SecretId":"~a","ResourcePolicy":"` + strings.Repeat(" ", 20481) + `"}`, `"__type":"ValidationException"`, model},
		},
		"deleted and made again": {
			create,
			{"DeleteSecret", `{"SecretId":"~a","ForceDeleteWithoutRecovery":true}`, "ok", lsRecreate},
			{"GetSecretValue", `{"SecretId":"~a"}`, failure("ResourceNotFoundException", notFound), lsRecreate},
			{"GetSecretValue", `{"SecretId":"{arn:a}"}`, failure("ResourceNotFoundException", notFound), lsRecreate},
		},
		"several replicas": {
			{"CreateSecret", `{"Name":"~a","SecretString":"x","AddReplicaRegions":[{"Region":"eu-north-1"},{"Region":"eu-west-1"}]}`, "ok", setup},
			{"DeleteSecret", `{"SecretId":"~a"}`, failure("InvalidParameterException", "You can't delete secret {arn:a} that still has replica regions [eu-north-1, eu-west-1]."), awsNuke},
			{"RemoveRegionsFromReplication", `{"SecretId":"~a","RemoveReplicaRegions":["eu-north-1","eu-west-1"]}`, "ok", setup},
		},
	}
}

// The header of every answer: a UUID, the protocol's content type, a date.
func TestHeaders(t *testing.T) {
	p := newPeer(t)
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	for _, in := range []string{`{"Filters":[]}`, `{"MaxResults":0}`} {
		got := p.post(t.Context(), "ListSecrets", in)
		id := got.header.Get("X-Amzn-Requestid")
		if !uuid.MatchString(id) {
			t.Errorf("request id %q", id)
		}
		if got.header.Get("Content-Type") != "application/x-amz-json-1.1" {
			t.Errorf("content type %q", got.header.Get("Content-Type"))
		}
		if _, err := http.ParseTime(got.header.Get("Date")); err != nil {
			t.Error(err)
		}
	}
}

// Denials in AWS's words, by what denies.
func TestDenials(t *testing.T) {
	const (
		user   = "arn:aws:sts::123456789012:assumed-role/Gateway/i-0abc"
		who    = "User: " + user + " is not authorized to perform: secretsmanager:GetSecretValue on resource: "
		nobody = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}`
	)
	for name, tt := range map[string]struct {
		key      mock.AccessKey
		resource string // the secret's policy
		want     string // after the resource
		byID     bool   // the secret is named as the caller named it
	}{
		"nothing allows":       {mock.AccessKey{Policies: []string{}}, "", " because no identity-based policy allows the secretsmanager:GetSecretValue action", false},
		"an identity policy":   {mock.AccessKey{Policies: []string{document(allow("*", "*", ""), `{"Effect":"Deny","Action":"*","Resource":"*"}`)}}, "", " with an explicit deny in an identity-based policy", false},
		"the secret's policy":  {mock.AccessKey{}, nobody, " with an explicit deny in a resource-based policy", true},
		"the boundary is mute": {mock.AccessKey{Boundary: document(allow("s3:*", "*", ""))}, "", " because no permissions boundary allows the secretsmanager:GetSecretValue action", false},
	} {
		t.Run(name, func(t *testing.T) {
			p := mockPeer(mock.Start(t))
			arn, _ := p.srv.Put("a", []byte("x"))
			if tt.resource != "" {
				if got := p.post(t.Context(), "PutResourcePolicy", `{"SecretId":"a","ResourcePolicy":`+quoted(tt.resource)+`}`); got.status != 200 {
					t.Fatalf("%d %s", got.status, got.body)
				}
			}
			tt.key.ID, tt.key.Secret, tt.key.Principal = "AKIAROLE", "s", user
			if err := p.srv.SetKey(tt.key); err != nil {
				t.Fatal(err)
			}
			key("AKIAROLE", "s", "")(p)
			got := p.post(t.Context(), "GetSecretValue", `{"SecretId":"a"}`)
			if tt.byID {
				arn = "a"
			}
			if want := failure("AccessDeniedException", who+arn+tt.want); got.body != want || got.status != 400 {
				t.Errorf("got %d %s\nwant %s", got.status, got.body, want)
			}
		})
	}
}

// A secret under the default key is not for other accounts, whatever its policy says.
func TestDefaultKeyAcrossAccounts(t *testing.T) {
	p := mockPeer(mock.Start(t))
	arn, _ := p.srv.Put("a", []byte("x"))
	open := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"999999999999"},"Action":"secretsmanager:GetSecretValue","Resource":"*"}]}`
	if got := p.post(t.Context(), "PutResourcePolicy", `{"SecretId":"a","ResourcePolicy":`+quoted(open)+`}`); got.status != 200 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if err := p.srv.SetKey(mock.AccessKey{ID: "AKIAOTHER", Secret: "s", Principal: "arn:aws:iam::999999999999:user/ann"}); err != nil {
		t.Fatal(err)
	}
	key("AKIAOTHER", "s", "")(p)
	want := failure("InvalidRequestException", "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.")
	if got := p.post(t.Context(), "GetSecretValue", `{"SecretId":"`+arn+`"}`); got.body != want {
		t.Errorf("got %s\nwant %s", got.body, want)
	}
}

// InternalServiceError is the service's fault and says so by its status; the rest are the caller's.
func TestStatusOfFailures(t *testing.T) {
	p := mockPeer(mock.Start(t))
	p.srv.Put("a", []byte("x"))
	for failure, want := range map[mock.Failure]int{
		mock.Throttling: 400, mock.AccessDenied: 400, mock.KMSDenied: 400, mock.DecryptionFailure: 400, mock.InternalError: 500,
		mock.ExpiredToken: 400, "ResourceNotFoundException": 400, "ServiceUnavailableException": 503,
	} {
		p.srv.FailNext(1, failure)
		if got := p.post(t.Context(), "GetSecretValue", `{"SecretId":"a"}`); got.status != want {
			t.Errorf("%s: %d %s, want %d", failure, got.status, got.body, want)
		}
	}
}

// A condition on secretsmanager:VersionStage fails where the request names no stage: aws/aws-cdk#5031, 2019-11;
// boto/boto3#2957, 2021-08-12; aws/secrets-store-csi-driver-provider-aws#28, 2021.
func TestConditionOnTheVersionStage(t *testing.T) {
	p := mockPeer(mock.Start(t))
	p.learn("CreateSecret", p.post(t.Context(), "CreateSecret", `{"Name":"`+p.prefix+`a","SecretString":"x","ClientRequestToken":"`+token1+`"}`))
	err := p.srv.SetKey(mock.AccessKey{Policies: []string{
		document(allow("secretsmanager:GetSecretValue", "*", `{"StringEquals":{"secretsmanager:VersionStage":"AWSCURRENT"}}`)),
	}})
	if err != nil {
		t.Fatal(err)
	}
	denied := failure("AccessDeniedException", "User: arn:aws:iam::123456789012:user/admin is not authorized to perform: secretsmanager:GetSecretValue on resource: "+
		p.arns["a"]+" because no identity-based policy allows the secretsmanager:GetSecretValue action")
	for in, want := range map[string]string{
		`,"VersionStage":"AWSCURRENT"`:  "ok",
		``:                              denied,
		`,"VersionId":"` + token1 + `"`: denied,
		`,"VersionStage":"AWSPREVIOUS"`: denied,
	} {
		if problem := judge(p.post(t.Context(), "GetSecretValue", `{"SecretId":"`+p.prefix+`a"`+in+`}`), want); problem != "" {
			t.Errorf("%s: want %s", in, problem)
		}
	}
}

// Names of managed secrets: cloud-custodian/cloud-custodian test_secrets_manager_kms_filter, 2022-08-30, with system
// tags; localstack/localstack test_connection_secrets, 2024-12-09.
func TestManagedSecrets(t *testing.T) {
	p := mockPeer(mock.Start(t))
	const name = "events!connection/test/fb5f86c9"
	err := p.srv.Restore([]byte(`{"secrets":[{"name":"` + name + `","owningService":"events","value":"x","tags":{"aws:secretsmanager:owningService":"events"}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	var described struct {
		ARN, OwningService string
		Tags               []struct{ Key, Value string }
	}
	if err := json.Unmarshal([]byte(p.post(t.Context(), "DescribeSecret", `{"SecretId":"`+name+`"}`).body), &described); err != nil {
		t.Fatal(err)
	}
	if described.OwningService != "events" || len(described.Tags) != 1 || described.Tags[0].Key != "aws:secretsmanager:owningService" {
		t.Errorf("got %+v", described)
	}
	for _, id := range []string{name, described.ARN, described.ARN[:len(described.ARN)-7]} {
		if got := p.post(t.Context(), "GetSecretValue", `{"SecretId":"`+id+`"}`); got.status != 200 {
			t.Errorf("%s: %s", id, got.body)
		}
	}
}
