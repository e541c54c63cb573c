package mock_test

// nameScenarios name a secret as none can be named, and as only a managed one is.
func nameScenarios() map[string][]line {
	bad := refusal("ValidationException", badName)
	policy := quoted(document(`{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"secretsmanager:GetSecretValue","Resource":"*"}`))
	of := func(id string) map[string]string {
		return map[string]string{
			"CancelRotateSecret": id, "DeleteResourcePolicy": id, "DeleteSecret": id, "DescribeSecret": id,
			"GetResourcePolicy": id, "GetSecretValue": id, "ListSecretVersionIds": id, "RestoreSecret": id,
			"StopReplicationToReplica":     id,
			"PutResourcePolicy":            id + `,"ResourcePolicy":` + policy,
			"ValidateResourcePolicy":       id + `,"ResourcePolicy":` + policy,
			"PutSecretValue":               id + `,"SecretString":"x","ClientRequestToken":"` + token1 + `"`,
			"UpdateSecret":                 id + `,"SecretString":"x","ClientRequestToken":"` + token1 + `"`,
			"RotateSecret":                 id + `,"ClientRequestToken":"` + token1 + `"`,
			"RemoveRegionsFromReplication": id + `,"RemoveReplicaRegions":["eu-north-1"]`,
			"ReplicateSecretToRegions":     id + `,"AddReplicaRegions":[{"Region":"eu-north-1"}]`,
			"TagResource":                  id + `,"Tags":[]`,
			"UntagResource":                id + `,"TagKeys":["k"]`,
			"UpdateSecretVersionStage":     id + `,"VersionStage":"S"`,
		}
	}
	out := map[string][]line{
		"forced deletion": {
			{"DeleteSecret", `{"SecretId":"~Inv Name","ForceDeleteWithoutRecovery":true}`, bad, lsBadName},
		},
		"create": {
			{"CreateSecret", `{"Name":" Inv *?!]Name\\-","SecretString":"x"}`, bad, lsBadName},
		},
	}
	for op, in := range of(`"SecretId":" Inv *?!]Name\\-"`) {
		out["bad name: "+op] = []line{{op, "{" + in + "}", bad, lsBadName}}
	}
	for op, in := range of(`"SecretId":"events!connection/~none"`) {
		out["managed name: "+op] = []line{{op, "{" + in + "}", failure("ResourceNotFoundException", notFound), lsEvents}}
	}
	return out
}

// detailScenarios are what recordings showed beyond the errors.
func detailScenarios() map[string][]line {
	create := line{"CreateSecret", `{"Name":"~a","SecretString":"1","ClientRequestToken":"` + token1 + `"}`, "ok", setup}
	pending := line{"PutSecretValue", `{"SecretId":"~a","SecretString":"2","VersionStages":["AWSPENDING","MINE"],"ClientRequestToken":"` + token2 + `"}`, "ok", setup}
	promote := line{"UpdateSecretVersionStage", `{"SecretId":"~a","VersionStage":"AWSCURRENT","MoveToVersionId":"` + token2 + `","RemoveFromVersionId":"` + token1 + `"}`, "ok", setup}
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"secretsmanager:*","Resource":"*"}]}`
	laidOut := "{\n  \"Version\" : \"2012-10-17\",\n  \"Statement\" : [ {\n    \"Effect\" : \"Allow\",\n    \"Principal\" : {\n      \"AWS\" : \"arn:aws:iam::123456789012:root\"\n    },\n    \"Action\" : \"secretsmanager:*\",\n    \"Resource\" : \"*\"\n  } ]\n}"
	noKey := func(why string) string {
		return failure("InvalidParameterException", "The operation failed because of an invalid KMS key: "+why)
	}
	ofKey := func(from source, why string, key string) []line {
		return []line{
			create,
			{"CreateSecret", `{"Name":"~b","KmsKeyId":"` + key + `","SecretString":"x"}`, noKey(why), from},
			{"CreateSecret", `{"Name":"~b","KmsKeyId":"` + key + `","ClientRequestToken":"` + token2 + `"}`, noKey(why), from},
			{"DescribeSecret", `{"SecretId":"~b"}`, failure("ResourceNotFoundException", notFound), from},
			{"UpdateSecret", `{"SecretId":"~a","KmsKeyId":"` + key + `","ClientRequestToken":"` + token2 + `"}`, noKey(why), from},
		}
	}
	const allTypes = `"ExcludeLowercase":true,"ExcludeUppercase":true,"ExcludeNumbers":true,"ExcludePunctuation":true`
	return map[string][]line{
		"the version that steps down keeps AWSPREVIOUS and labels of its own": {
			create, pending, promote,
			{"DescribeSecret", `{"SecretId":"~a"}`, `@VersionIdsToStages {"` + token1 + `":["AWSPREVIOUS"],"` + token2 + `":["AWSCURRENT","AWSPENDING","MINE"]}`, lsPending},
			{"PutSecretValue", `{"SecretId":"~a","SecretString":"3","ClientRequestToken":"` + token3 + `"}`, "ok", setup},
			{"DescribeSecret", `{"SecretId":"~a"}`, `@VersionIdsToStages {"` + token2 + `":["AWSPREVIOUS","MINE"],"` + token3 + `":["AWSCURRENT"]}`, lsPending},
		},
		"the policy of a scheduled secret": {
			create,
			{"DeleteSecret", `{"SecretId":"~a"}`, "ok", setup},
			{"GetResourcePolicy", `{"SecretId":"~a"}`, failure("InvalidRequestException", deleted), tfPolicy},
		},
		"policies are laid out anew": {
			create,
			{"PutResourcePolicy", `{"SecretId":"~a","ResourcePolicy":` + quoted(policy) + `}`, "ok", setup},
			{"GetResourcePolicy", `{"SecretId":"~a"}`, `@ResourcePolicy ` + quoted(laidOut), c7nPolicy},
		},
		"the token comes before the secret": {
			{"RotateSecret", `{"SecretId":"~none"}`, failure("InvalidParameterException", wantsToken), lsNoToken},
		},
		"the default key by its name": {
			{"CreateSecret", `{"Name":"~a","KmsKeyId":"alias/aws/secretsmanager","SecretString":"x"}`, "ok", setup},
			{"DescribeSecret", `{"SecretId":"~a"}`, `"KmsKeyId":"alias/aws/secretsmanager"`, c7nKey},
			{"ListSecrets", `{"Filters":[{"Key":"name","Values":["~a"]}]}`, `"KmsKeyId":"alias/aws/secretsmanager"`, c7nKey},
			{"UpdateSecret", `{"SecretId":"~a","KmsKeyId":"alias/aws/secretsmanager","ClientRequestToken":"` + token2 + `"}`, `^\{"ARN":"[^"]*","Name":"~a"\}$`, c7nKey},
		},
		"an alias without its prefix": ofKey(tfAlias, "Invalid keyId", "my-key"),
		"a key of another region":     ofKey(preflight, "Invalid arn xx-east-9", "arn:aws:kms:xx-east-9:123456789012:key/11111111-2222-3333-4444-555555555555"),
		"a version id that is too short": {
			{"GetSecretValue", `{"SecretId":"~none","VersionId":"AWSCURRENT"}`, refusal("ValidationException", "1 validation error detected: Value 'AWSCURRENT' at 'versionId' failed to satisfy constraint: Member must have length greater than or equal to 32"), tfVersion},
		},
		"system tags": {
			create,
			{"TagResource", `{"SecretId":"~a","Tags":[{"Key":"k","Value":"v"},{"Key":"aws:cloudformation:stack-name","Value":"v"}]}`, failure("InvalidParameterException", "You can't modify system tags. Tag key: 'aws:cloudformation:stack-name'."), c7nSystem},
			{"UntagResource", `{"SecretId":"~a","TagKeys":["aws:cloudformation:stack-name"]}`, failure("InvalidParameterException", "You can't modify system tags. Tag key: 'aws:cloudformation:stack-name'."), c7nSystem},
			{"CreateSecret", `{"Name":"~b","SecretString":"x","Tags":[{"Key":"aws:k","Value":"v"}]}`, failure("InvalidParameterException", "You can't modify system tags. Tag key: 'aws:k'."), c7nSystem},
		},
		"a replica's key fails the replica": {
			{"CreateSecret", `{"Name":"~a","SecretString":"x","AddReplicaRegions":[{"Region":"eu-north-1","KmsKeyId":"my-key"}]}`, `"KmsKeyId":"my-key","Region":"eu-north-1","Status":"Failed"`, cfnReplica},
			{"DescribeSecret", `{"SecretId":"~a"}`, `"Status":"Failed"`, cfnReplica},
			{"RemoveRegionsFromReplication", `{"SecretId":"~a","RemoveReplicaRegions":["eu-north-1"]}`, "ok", setup},
		},
		"passwords": {
			{"GetRandomPassword", `{"PasswordLength":4,"IncludeSpace":true}`, `^\{"RandomPassword":"(\\.|[^"\\]){4}"\}$`, cdkd},
			{"GetRandomPassword", `{"ExcludeCharacters":"0123456789"}`, failure("InvalidParameterException", "All characters of the desired type have been excluded"), cdkd},
			{"GetRandomPassword", `{"ExcludeCharacters":"0123456789","RequireEachIncludedType":false}`, `^\{"RandomPassword":"(\\.|[^"\\0-9]){32}"\}$`, unrecorded},
			{"GetRandomPassword", `{` + allTypes + `}`, failure("InvalidParameterException", "All characters have been excluded from selection"), cdkd},
			{"GetRandomPassword", `{` + allTypes + `,"IncludeSpace":true,"PasswordLength":3}`, `^\{"RandomPassword":"   "\}$`, unrecorded},
		},
	}
}
