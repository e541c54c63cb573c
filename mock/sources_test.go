package mock_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// source is where a line of the conformance tables is on record: owner/repository with the test, file or issue, and
// the day of the recording.
type source string

const (
	setup      source = "a step on the way"
	unrecorded source = "not on record"
	model      source = "the service's published model, 2017-10-17"
	reference  source = "the service's API reference, read 2026-09"

	lsNotFound   source = "localstack/localstack test_secret_not_found, 2022-09-28"
	lsNoValue    source = "localstack/localstack test_secret_version_not_found, 2024-06-13"
	lsGetErrors  source = "localstack/localstack test_get_secret_value_errors, 2024-04-11"
	lsExists     source = "localstack/localstack test_secret_exists_snapshots, 2022-10-27"
	lsBadName    source = "localstack/localstack test_invalid_secret_name, 2022-09-28"
	lsNoToken    source = "localstack/localstack test_no_client_request_token, 2023-05-12"
	lsNoFunction source = "localstack/localstack test_first_rotate_secret_with_missing_lambda_arn, 2025-03-27"
	lsBadLambda  source = "localstack/localstack test_rotate_secret_invalid_lambda_arn, 2024-03-15"
	lsLookup     source = "localstack/localstack test_create_and_update_secret, 2022-09-28"
	lsBinary     source = "localstack/localstack test_get_secret_value, 2024-09-24"
	lsStages     source = "localstack/localstack test_update_secret_version_stages_*, 2022-09-28"
	lsPending    source = "localstack/localstack test_update_secret_version_stages_current_pending, 2022-09-28"
	lsCustom     source = "localstack/localstack test_update_secret_version_stages_current_pending_cycle_custom_stages_3, 2024-01-18"
	lsDeprecated source = "localstack/localstack test_deprecated_secret_version_stage, 2024-03-29"
	lsUpdate     source = "localstack/localstack test_update_secret_description, 2022-09-28"
	lsReplaced   source = "localstack/localstack test_non_versioning_version_stages_replacement, 2022-09-28"
	lsScheduled  source = "localstack/localstack test_exp_raised_on_creation_of_secret_scheduled_for_deletion, 2022-09-28"
	lsRestore    source = "localstack/localstack test_secret_restore, 2024-03-20"
	lsMarked     source = "localstack/localstack test_tag_untag_resource_on_deleted_secret, 2026-01-29"
	lsForced     source = "localstack/localstack test_force_delete_deleted_secret, 2024-10-11"
	lsRecreate   source = "localstack/localstack test_can_recreate_delete_secret, 2022-09-28"
	lsTags       source = "localstack/localstack test_secret_tags, 2024-04-05"
	lsPolicy     source = "localstack/localstack test_resource_policy, 2024-03-19"
	lsList       source = "localstack/localstack test_call_lists_secrets_multiple_times, 2022-08-09"
	lsEvents     source = "localstack/localstack test_connection_secrets, 2024-12-09"

	motoTokens source = "getmoto/moto test_put_same_secret_value_with_same_token and those like it, aws_verified, 2026-05-09"
	motoMove   source = "getmoto/moto test_update_secret_version_stage_dont_specify_current_stage, aws_verified, 2026-05-09"
	tfVersion  source = "hashicorp/terraform-provider-aws#35827, 2024-02-15"
	motoWindow source = "getmoto/moto#6461, 2023-06-30"
	moto       source = "not on record; as getmoto/moto, 2026-05-09"

	c7nSystem  source = "cloud-custodian/cloud-custodian#9093, 2023-10-18"
	cfnReplica source = "aws-cloudformation/cloudformation-coverage-roadmap#1459, 2022-12-21"
	c7nKey     source = "cloud-custodian/cloud-custodian test_secrets_manager_set_encryption_key, 2023-01-17"
	c7nPolicy  source = "cloud-custodian/cloud-custodian test_secretsmanager_remove_matched, 2023-01-13"

	cdkd      source = "go-to-k/cdkd#3086, 2026-09-14"
	kotlin    source = "a Kotlin mock that was checked against AWS; day unknown"
	cfnGuide  source = "awsdocs/aws-cloudformation-user-guide#623, 2020-03-13"
	tfPolicy  source = "hashicorp/terraform-provider-aws#23998, 2022"
	tfAlias   source = "hashicorp/terraform-provider-aws#13303, 2020-05-13"
	preflight source = "a preflight rule of a CDK project that quotes the service, 2026"
	cloudNuke source = "gruntwork-io/cloud-nuke#435, 2023"
	awsNuke   source = "ekristen/aws-nuke#1127, 2023"
)

// recorded reports whether the source is a recording of the real service, or an answer that somebody quoted.
func (s source) recorded() bool {
	return !strings.HasPrefix(string(s), string(unrecorded)) && s != setup && s != model && s != reference
}

// TestSources demands a source of every line of the tables, with a date, and tells what stands on record.
func TestSources(t *testing.T) {
	count := make(map[source]int)
	recorded := 0
	for table, scenarios := range conformance() {
		for name, lines := range scenarios {
			for i, l := range lines {
				if l.from == "" || l.from.recorded() && !strings.ContainsAny(string(l.from), "0123456789") && l.from != kotlin {
					t.Errorf("%s/%s, line %d: source %q", table, name, i+1, l.from)
				}
				count[l.from]++
				if l.from.recorded() {
					recorded++
				}
			}
		}
	}
	t.Logf("%d lines on record", recorded)
	for _, s := range slices.Sorted(maps.Keys(count)) {
		t.Logf("%4d %s", count[s], s)
	}
}
