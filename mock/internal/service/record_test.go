package service_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/google/go-cmp/cmp"

	"wicketkey.internal/mock/internal/state"
	"wicketkey.internal/mock/internal/strict"
)

// load replaces everything by a state document.
func (r *rig) load(document string) {
	r.t.Helper()
	doc, err := strict.Decode([]byte(document), func(d *state.Document) *strict.Problem { return r.Check(d, home, r.region) })
	if err != nil {
		r.t.Fatal(err)
	}
	r.Load(doc, home, r.region, r.now)
}

// "Modified in any way" moves LastChangedDate, says the service's model, and recordings agree: of tags (2018-05-17),
// policies (2023-01-13), replication and deletion (2025-09-28) by cloud-custodian/cloud-custodian. Every operation of
// the SDK stands here, as a write or as none.
func TestLastChangedDate(t *testing.T) {
	writes := map[string]string{
		"CancelRotateSecret":           `{"SecretId":"a"}`,
		"DeleteResourcePolicy":         `{"SecretId":"a"}`,
		"DeleteSecret":                 `{"SecretId":"a"}`,
		"PutResourcePolicy":            `{"SecretId":"a","ResourcePolicy":"` + open + `"}`,
		"PutSecretValue":               `{"SecretId":"a","SecretString":"y","ClientRequestToken":"~"}`,
		"RemoveRegionsFromReplication": `{"SecretId":"a","RemoveReplicaRegions":["eu-west-1"]}`,
		"ReplicateSecretToRegions":     `{"SecretId":"a","AddReplicaRegions":[{"Region":"eu-north-1"}]}`,
		"RestoreSecret":                `{"SecretId":"gone"}`,
		"RotateSecret":                 `{"SecretId":"a","ClientRequestToken":"~"}`,
		"StopReplicationToReplica":     `{"SecretId":"b"}`,
		"TagResource":                  `{"SecretId":"a","Tags":[{"Key":"k","Value":"v"}]}`,
		"UntagResource":                `{"SecretId":"a","TagKeys":["k"]}`,
		"UpdateSecret":                 `{"SecretId":"a","Description":"d","ClientRequestToken":"~"}`,
		"UpdateSecretVersionStage":     `{"SecretId":"a","VersionStage":"S","MoveToVersionId":"` + token + `"}`,
	}
	reads := map[string]string{
		"BatchGetSecretValue":    `{"SecretIdList":["a"]}`,
		"DescribeSecret":         `{"SecretId":"a"}`,
		"GetRandomPassword":      `{}`,
		"GetResourcePolicy":      `{"SecretId":"a"}`,
		"GetSecretValue":         `{"SecretId":"a"}`,
		"ListSecretVersionIds":   `{"SecretId":"a"}`,
		"ListSecrets":            `{}`,
		"ValidateResourcePolicy": `{"SecretId":"a","ResourcePolicy":"` + open + `"}`,
		"PutSecretValue":         `{"SecretId":"a","SecretString":"x","ClientRequestToken":"` + token + `"}`, // the same once more
	}
	client := reflect.TypeFor[*secretsmanager.Client]()
	for i := range client.NumMethod() {
		op := client.Method(i).Name
		if op != "Options" && op != "CreateSecret" && writes[op] == "" && reads[op] == "" {
			t.Errorf("%s is neither", op)
		}
	}
	world := func(t *testing.T) *rig {
		r := newRig(t)
		create := `","SecretString":"x","ClientRequestToken":"` + token + `"`
		r.do("CreateSecret", `{"Name":"a`+create+`}`)
		r.do("CreateSecret", `{"Name":"gone`+create+`}`)
		r.do("DeleteSecret", `{"SecretId":"gone"}`)
		r.do("RotateSecret", `{"SecretId":"a","RotationLambdaARN":"fn","ClientRequestToken":"~","RotateImmediately":false}`)
		r.Ended(r.jobs[0], false, r.now)
		r.in(home, "eu-west-1").do("CreateSecret", `{"Name":"b`+create+`,"AddReplicaRegions":[{"Region":"us-east-1"}]}`)
		r.now = r.now.Add(time.Hour)
		return r
	}
	for _, op := range slices.Sorted(maps.Keys(writes)) {
		t.Run(op, func(t *testing.T) {
			r := world(t)
			r.do(op, writes[op])
			id := strings.Split(writes[op], `"`)[3]
			if got := date(r.describe(id), "LastChangedDate"); !got.Equal(r.now) {
				t.Errorf("changed %v, want %v", got, r.now)
			}
		})
	}
	for _, op := range slices.Sorted(maps.Keys(reads)) {
		t.Run(op+" reads", func(t *testing.T) {
			r := world(t)
			r.do(op, reads[op])
			if got := date(r.describe("a"), "LastChangedDate"); !got.Equal(start) {
				t.Errorf("changed %v, want %v", got, start)
			}
		})
	}
}

// cloud-custodian/cloud-custodian test_secrets_manager_delete, 2025-09-28.
func TestDeletedSecret(t *testing.T) {
	r := newRig(t)
	r.do("CreateSecret", `{"Name":"a","SecretString":"x","ClientRequestToken":"`+token+`"}`)
	r.do("RotateSecret", `{"SecretId":"a","RotationLambdaARN":"fn","ClientRequestToken":"~","RotationRules":{"AutomaticallyAfterDays":1}}`)
	r.now = r.now.Add(time.Hour)
	out := r.do("DeleteSecret", `{"SecretId":"a","RecoveryWindowInDays":7}`)
	if got := date(out, "DeletionDate"); !got.Equal(r.now.AddDate(0, 0, 7)) {
		t.Errorf("DeletionDate %v", got)
	}
	check := func(got map[string]any) {
		t.Helper()
		if !date(got, "DeletedDate").Equal(r.now) || !date(got, "LastChangedDate").Equal(r.now) || got["RotationEnabled"] != false ||
			got["NextRotationDate"] != nil || got["RotationLambdaARN"] != "fn" {
			t.Errorf("got %v", got)
		}
	}
	check(r.describe("a"))
	check(r.do("ListSecrets", `{"IncludePlannedDeletion":true}`)["SecretList"].([]any)[0].(map[string]any))
	before := r.Snapshot()
	r.Load(before, home, r.region, r.now)
	if diff := cmp.Diff(before, r.Snapshot()); diff != "" {
		t.Errorf("a state document (-before +after):\n%s", diff)
	}
	r.now = r.now.AddDate(0, 0, 7).Add(-time.Second)
	r.describe("a")
	r.now = r.now.Add(time.Second)
	r.fails("DescribeSecret", `{"SecretId":"a"}`, "ResourceNotFoundException", "")
}

// google/go-cloud runtimevar/awssecretsmanager/testdata, 2024-08-08, and hashicorp/terraform-provider-aws#10259.
func TestForcedDeletionLingers(t *testing.T) {
	r := newRig(t)
	r.DeleteLag = 5 * time.Second
	create := `{"Name":"a","SecretString":"x","ClientRequestToken":"` + token + `"}`
	r.do("CreateSecret", create)
	if got := date(r.do("DeleteSecret", `{"SecretId":"a","ForceDeleteWithoutRecovery":true}`), "DeletionDate"); !got.Equal(r.now) {
		t.Errorf("DeletionDate %v", got)
	}
	if got := date(r.describe("a"), "DeletedDate"); !got.Equal(r.now) {
		t.Errorf("DeletedDate %v", got)
	}
	r.fails("CreateSecret", create, "InvalidRequestException", "You can't create this secret because a secret with this name is already scheduled for deletion.")
	r.fails("GetSecretValue", `{"SecretId":"a"}`, "InvalidRequestException", "marked for deletion")
	r.now = r.now.Add(5 * time.Second)
	r.fails("DescribeSecret", `{"SecretId":"a"}`, "ResourceNotFoundException", "")
	r.do("CreateSecret", create)
}

// cloud-custodian/cloud-custodian test_secrets_manager_replica_attribute, 2025-09-28; that policies are replicated is
// terraform-aws-secrets-manager#188, 2026-07.
func TestReplicaMembers(t *testing.T) {
	r := newRig(t)
	r.do("CreateSecret", `{"Name":"a","SecretString":"x","Tags":[{"Key":"k","Value":"v"}],"ClientRequestToken":"`+token+`"}`)
	r.do("UntagResource", `{"SecretId":"a","TagKeys":["k"]}`)
	r.now = r.now.Add(time.Hour)
	r.do("ReplicateSecretToRegions", `{"SecretId":"a","AddReplicaRegions":[{"Region":"eu-west-1"}]}`)
	west := r.in(home, "eu-west-1")
	primary, replica := r.describe("a"), west.describe("a")
	for member, want := range map[string]any{
		"KmsKeyId": "alias/aws/secretsmanager", "PrimaryRegion": "us-east-1", "Tags": nil, "ReplicationStatus": nil,
		"VersionIdsToStages": primary["VersionIdsToStages"], "LastChangedDate": primary["LastChangedDate"], "LastAccessedDate": nil,
	} {
		if diff := cmp.Diff(want, replica[member]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", member, diff)
		}
	}
	created := r.now
	if !date(replica, "CreatedDate").Equal(created) || !date(primary, "CreatedDate").Equal(start) || !date(primary, "LastChangedDate").Equal(created) {
		t.Errorf("primary %v, replica %v", primary, replica)
	}
	if _, there := primary["KmsKeyId"]; there || !cmp.Equal(primary["Tags"], []any{}) {
		t.Errorf("primary %v", primary)
	}
	r.now = r.now.Add(time.Hour)
	r.do("PutResourcePolicy", `{"SecretId":"a","ResourcePolicy":"`+open+`"}`)
	if got := date(west.describe("a"), "CreatedDate"); !got.Equal(created) {
		t.Errorf("a change of the primary made the replica's date %v", got)
	}
	if got := west.do("GetResourcePolicy", `{"SecretId":"a"}`)["ResourcePolicy"]; got == nil {
		t.Error("the replica has no policy")
	}
}

// localstack/localstack test_cross_account_access and test_cross_account_access_non_default_key, 2024-06.
func TestAcrossAccounts(t *testing.T) {
	const refused = "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key."
	for key, code := range map[string]string{"": "InvalidRequestException", "alias/aws/secretsmanager": "InvalidRequestException", "alias/own": ""} {
		r := newRig(t)
		arn := fmt.Sprint(r.do("CreateSecret", `{"Name":"a","SecretString":"x","KmsKeyId":"`+key+`","ClientRequestToken":"`+token+`"}`)["ARN"])
		other := r.in(guest, "us-east-1")
		id := `{"SecretId":"` + arn + `"`
		for op, in := range map[string]string{
			"GetSecretValue": id + `}`,
			"PutSecretValue": id + `,"SecretString":"y","ClientRequestToken":"t1-` + token + `"}`,
			"UpdateSecret":   id + `,"SecretString":"z","ClientRequestToken":"t2-` + token + `"}`,
		} {
			if code == "" {
				other.do(op, in)
			} else {
				other.fails(op, in, code, refused)
			}
		}
		if code != "" {
			other.do("TagResource", id+`,"Tags":[{"Key":"k","Value":"v"}]}`)
			other.do("UpdateSecret", id+`,"Description":"d","ClientRequestToken":"`+token+`"}`)
			if n := len(r.do("ListSecretVersionIds", id+`}`)["Versions"].([]any)); n != 1 {
				t.Errorf("key %q: %d versions", key, n)
			}
		}
	}
}

// hashicorp/terraform-provider-aws#36607, 2024-03-27.
func TestVersionsThatWereCleanedUp(t *testing.T) {
	r := newRig(t)
	r.do("CreateSecret", `{"Name":"a","SecretString":"x","ClientRequestToken":"`+token+`"}`)
	for range 101 {
		r.now = r.now.AddDate(0, 0, 1)
		r.do("PutSecretValue", `{"SecretId":"a","SecretString":"x","ClientRequestToken":"~"}`)
	}
	r.Load(r.Snapshot(), home, r.region, r.now)
	r.fails("GetSecretValue", `{"SecretId":"a","VersionId":"`+token+`"}`, "InvalidRequestException",
		"You can't perform this operation on secret version "+token+" because it was deleted.")
	r.fails("GetSecretValue", `{"SecretId":"a","VersionId":"never`+token+`"}`, "ResourceNotFoundException", "VersionId: never"+token)
}

// The members that several operations show of one secret are the same in each.
func TestSharedMembers(t *testing.T) {
	r := newRig(t)
	r.do("CreateSecret", `{"Name":"a","SecretString":"x","Description":"d","KmsKeyId":"alias/own","Tags":[{"Key":"k","Value":"v"}],"AddReplicaRegions":[{"Region":"eu-west-1"}],"ClientRequestToken":"`+token+`"}`)
	r.do("RotateSecret", `{"SecretId":"a","RotationLambdaARN":"fn","ClientRequestToken":"~","RotationRules":{"ScheduleExpression":"rate(10 days)","Duration":"3h"}}`)
	r.Ended(r.jobs[0], false, r.now)
	value := r.do("GetSecretValue", `{"SecretId":"a"}`)
	batch := r.do("BatchGetSecretValue", `{"SecretIdList":["a"]}`)["SecretValues"].([]any)[0]
	if diff := cmp.Diff(any(value), batch); diff != "" {
		t.Errorf("GetSecretValue and BatchGetSecretValue:\n%s", diff)
	}
	described, listed := r.describe("a"), r.do("ListSecrets", `{}`)["SecretList"].([]any)[0].(map[string]any)
	described["SecretVersionsToStages"] = described["VersionIdsToStages"]
	delete(described, "VersionIdsToStages")
	delete(described, "ReplicationStatus") // which lists have not
	if diff := cmp.Diff(described, listed); diff != "" {
		t.Errorf("DescribeSecret and ListSecrets:\n%s", diff)
	}
	if len(listed) != 15 {
		t.Errorf("%d members: %v", len(listed), slices.Sorted(maps.Keys(listed)))
	}
}
