package mock_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"wicketkey.internal/mock"
)

// recordedScenarios are more of what is on record, one line each, that no other table holds.
func recordedScenarios() map[string][]step {
	create := step{"CreateSecret", `{"Name":"~a","SecretString":"1","ClientRequestToken":"` + token1 + `"}`, "ok"}
	badName := refusal("ValidationException", "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!")
	stages := func(n int) string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf(`"S%d"`, i))
		}
		return strings.Join(list, ",")
	}
	return map[string][]step{
		"the text allows an exclamation mark, the service does not": {
			{"CreateSecret", `{"Name":"~a!","SecretString":"x"}`, badName},
			{"CreateSecret", `{"Name":"~é","SecretString":"x"}`, badName},
		},
		"put without token or value": {
			create,
			{"PutSecretValue", `{"SecretId":"~a"}`, failure("InvalidRequestException", wantsToken)},
			{"PutSecretValue", `{"SecretId":"~a","ClientRequestToken":"` + token2 + `"}`, failure("InvalidRequestException", "You must provide either SecretString or SecretBinary.")},
		},
		"default key": {
			create,
			{"DescribeSecret", `{"SecretId":"~a"}`, `^(?:[^K]|K[^m])*$`},
			{"UpdateSecret", `{"SecretId":"~a","KmsKeyId":"alias/aws/secretsmanager","ClientRequestToken":"` + token2 + `"}`, "ok"},
			{"DescribeSecret", `{"SecretId":"~a"}`, `^(?:[^K]|K[^m])*$`},
			{"ListSecretVersionIds", `{"SecretId":"~a"}`, `"KmsKeyIds":\["DefaultEncryptionKey"\]`},
		},
		"twenty stages": {
			create,
			{"PutSecretValue", `{"SecretId":"~a","SecretString":"2","VersionStages":[` + stages(20) + `]}`, "ok"},
			{"PutSecretValue", `{"SecretId":"~a","SecretString":"3","VersionStages":[` + stages(21) + `]}`, `Member must have length less than or equal to 20`},
		},
		"a stage is on one version": {
			create,
			{"PutSecretValue", `{"SecretId":"~a","SecretString":"2","VersionStages":["MINE"],"ClientRequestToken":"` + token2 + `"}`, "ok"},
			{"PutSecretValue", `{"SecretId":"~a","SecretString":"3","VersionStages":["MINE"],"ClientRequestToken":"` + token3 + `"}`, "ok"},
			{"DescribeSecret", `{"SecretId":"~a"}`, `@VersionIdsToStages {"` + token1 + `":["AWSCURRENT"],"` + token3 + `":["MINE"]}`},
			{"GetSecretValue", `{"SecretId":"~a","VersionId":"` + token2 + `"}`, `"SecretString":"2"`},
		},
		"scheduled secrets are listed on demand": {
			create,
			{"DeleteSecret", `{"SecretId":"~a"}`, "ok"},
			{"ListSecrets", `{"Filters":[{"Key":"name","Values":["~a"]}]}`, `@SecretList []`},
			{"ListSecrets", `{"Filters":[{"Key":"name","Values":["~a"]}],"IncludePlannedDeletion":true}`, `"DeletedDate":`},
			{"RestoreSecret", `{"SecretId":"~a"}`, "ok"},
			{"ListSecrets", `{"Filters":[{"Key":"name","Values":["~a"]}]}`, `"SecretVersionsToStages":\{"` + token1 + `":\["AWSCURRENT"\]\}`},
		},
		"batches are small": {
			{"BatchGetSecretValue", `{"SecretIdList":[` + stages(21) + `]}`, `"__type":"ValidationException"`},
			{"BatchGetSecretValue", `{"Filters":[{"Key":"name","Values":["~"]}],"MaxResults":21}`, `"__type":"ValidationException"`},
		},
		"largest value": {
			{"CreateSecret", `{"Name":"~a","SecretString":"` + strings.Repeat("x", 65536) + `"}`, "ok"},
			{"PutSecretValue", `{"SecretId":"~a","SecretString":"` + strings.Repeat("x", 65537) + `"}`, `"__type":"ValidationException"`},
			{"PutSecretValue", `{"SecretId":"~a","SecretString":""}`, `"__type":"ValidationException"`},
		},
		"long policy": {
			create,
			{"PutResourcePolicy", `{"SecretId":"~a","ResourcePolicy":"` + strings.Repeat(" ", 20481) + `"}`, `"__type":"ValidationException"`},
		},
		"deleted and made again": {
			create,
			{"DeleteSecret", `{"SecretId":"~a","ForceDeleteWithoutRecovery":true}`, "ok"},
			{"GetSecretValue", `{"SecretId":"~a"}`, failure("ResourceNotFoundException", notFound)},
			{"GetSecretValue", `{"SecretId":"{arn:a}"}`, failure("ResourceNotFoundException", notFound)},
		},
		"several replicas": {
			{"CreateSecret", `{"Name":"~a","SecretString":"x","AddReplicaRegions":[{"Region":"eu-north-1"},{"Region":"eu-west-1"}]}`, "ok"},
			{"DeleteSecret", `{"SecretId":"~a"}`, failure("InvalidParameterException", "You can't delete secret {arn:a} that still has replica regions [eu-north-1, eu-west-1].")},
			{"RemoveRegionsFromReplication", `{"SecretId":"~a","RemoveReplicaRegions":["eu-north-1","eu-west-1"]}`, "ok"},
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
	}{
		"nothing allows":       {mock.AccessKey{Policies: []string{}}, "", " because no identity-based policy allows the secretsmanager:GetSecretValue action"},
		"an identity policy":   {mock.AccessKey{Policies: []string{document(allow("*", "*", ""), `{"Effect":"Deny","Action":"*","Resource":"*"}`)}}, "", " with an explicit deny in an identity-based policy"},
		"the secret's policy":  {mock.AccessKey{}, nobody, " with an explicit deny in a resource-based policy"},
		"the boundary is mute": {mock.AccessKey{Boundary: document(allow("s3:*", "*", ""))}, "", " because no permissions boundary allows the secretsmanager:GetSecretValue action"},
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
