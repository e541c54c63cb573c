package mock_test

// The tables of the conformance suite: what is on record of AWS's own answers, or written in its model.

func errorScenarios() map[string][]step {
	missing := failure("ResourceNotFoundException", notFound)
	out := map[string][]step{
		"missing secret": {
			{"GetSecretValue", `{"SecretId":"~none"}`, missing},
			{"DescribeSecret", `{"SecretId":"~none"}`, missing},
			{"PutSecretValue", `{"SecretId":"~none","SecretString":"x"}`, missing},
			{"UpdateSecret", `{"SecretId":"~none","SecretString":"x"}`, missing},
			{"DeleteSecret", `{"SecretId":"~none"}`, missing},
			{"RestoreSecret", `{"SecretId":"~none"}`, missing},
			{"TagResource", `{"SecretId":"~none","Tags":[]}`, missing},
			{"UntagResource", `{"SecretId":"~none","TagKeys":["a"]}`, missing},
			{"ListSecretVersionIds", `{"SecretId":"~none"}`, missing},
			{"GetResourcePolicy", `{"SecretId":"~none"}`, missing},
			{"CancelRotateSecret", `{"SecretId":"~none"}`, missing},
		},
		"no value": {
			{"CreateSecret", `{"Name":"~a","ClientRequestToken":"` + token1 + `"}`, "ok"},
			{"GetSecretValue", `{"SecretId":"~a"}`, failure("ResourceNotFoundException", "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT")},
			{"DescribeSecret", `{"SecretId":"~a"}`, `^\{"ARN":"[^}]*\}$`},
		},
		"unknown version and stage": {
			{"CreateSecret", `{"Name":"~a","SecretString":"x","ClientRequestToken":"` + token1 + `"}`, "ok"},
			{"GetSecretValue", `{"SecretId":"~a","VersionStage":"NOPE"}`, failure("ResourceNotFoundException", "Secrets Manager can't find the specified secret value for staging label: NOPE")},
			{"GetSecretValue", `{"SecretId":"~a","VersionId":"` + token2 + `"}`, failure("ResourceNotFoundException", "Secrets Manager can't find the specified secret value for VersionId: "+token2)},
			{"GetSecretValue", `{"SecretId":"~a","VersionId":"` + token1 + `","VersionStage":"AWSPREVIOUS"}`, failure("InvalidRequestException", "You provided a VersionStage that is not associated to the provided VersionId.")},
		},
		"name exists": {
			{"CreateSecret", `{"Name":"~a","SecretString":"x"}`, "ok"},
			{"CreateSecret", `{"Name":"~a","SecretString":"x"}`, failure("ResourceExistsException", "The operation failed because the secret ~a already exists.")},
		},
		"bad name": {
			{"CreateSecret", `{"Name":"~a b","SecretString":"x"}`, refusal("ValidationException", "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!")},
		},
		"string and binary": {
			{"CreateSecret", `{"Name":"~a","SecretString":"x","SecretBinary":"eA=="}`, failure("InvalidParameterException", "You can't specify both a binary secret value and a string secret value in the same secret.")},
		},
		"no token on the wire": {
			{"CreateSecret", `{"Name":"~a"}`, failure("InvalidRequestException", wantsToken)},
			{"CreateSecret", `{"Name":"~a","ClientRequestToken":"` + token1 + `"}`, "ok"},
			{"UpdateSecret", `{"SecretId":"~a","Description":"d"}`, failure("InvalidRequestException", wantsToken)},
			{"RotateSecret", `{"SecretId":"~a"}`, failure("InvalidParameterException", wantsToken)},
		},
		"rotation without function": {
			{"CreateSecret", `{"Name":"~a","SecretString":"x"}`, "ok"},
			{"RotateSecret", `{"SecretId":"~a","ClientRequestToken":"` + token1 + `"}`, failure("InvalidRequestException", "No Lambda rotation function ARN is associated with this secret.")},
		},
		"rotation by a function that is not there": {
			{"CreateSecret", `{"Name":"~a","SecretString":"x"}`, "ok"},
			{"RotateSecret", `{"SecretId":"~a","ClientRequestToken":"` + token1 + `","RotationLambdaARN":"arn:aws:lambda:us-east-1:123456789012:function:none"}`, failure("AccessDeniedException", "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.")},
			{"DescribeSecret", `{"SecretId":"~a"}`, `^[^R]*"ARN"(?:[^R]|R[^o])*$`},
		},
		"malformed policy": {
			{"CreateSecret", `{"Name":"~a","SecretString":"x"}`, "ok"},
			{"PutResourcePolicy", `{"SecretId":"~a","ResourcePolicy":"{\"Version\":"}`, failure("MalformedPolicyDocumentException", "This policy has invalid syntax.")},
		},
		"delete with replicas": {
			{"CreateSecret", `{"Name":"~a","SecretString":"x","AddReplicaRegions":[{"Region":"eu-north-1"}]}`, `"ReplicationStatus":\[\{"Region":"eu-north-1"`},
			{"DeleteSecret", `{"SecretId":"~a"}`, failure("InvalidParameterException", "You can't delete secret {arn:a} that still has replica regions [eu-north-1].")},
			{"RemoveRegionsFromReplication", `{"SecretId":"~a","RemoveReplicaRegions":["eu-north-1"]}`, "ok"},
		},
	}
	return out
}

func lookupScenarios() map[string][]step {
	missing := failure("ResourceNotFoundException", notFound)
	return map[string][]step{
		"name, ARN, ARN without suffix": {
			{"CreateSecret", `{"Name":"~plain","SecretString":"x"}`, "ok"},
			{"GetSecretValue", `{"SecretId":"~plain"}`, `"Name":"~plain"`},
			{"GetSecretValue", `{"SecretId":"{arn:plain}"}`, `"Name":"~plain"`},
			{"GetSecretValue", `{"SecretId":"{part:plain}"}`, `"Name":"~plain"`},
			{"GetSecretValue", `{"SecretId":"{part:plain}-aaaaaa"}`, missing},
			{"GetSecretValue", `{"SecretId":"~plain-aaaaaa"}`, missing},
		},
		"a name that ends like a suffix": {
			{"CreateSecret", `{"Name":"~I/_+=.@-Name-a1b2c3","SecretString":"x"}`, "ok"},
			{"GetSecretValue", `{"SecretId":"~I/_+=.@-Name-a1b2c3"}`, "ok"},
			{"GetSecretValue", `{"SecretId":"{arn:I/_+=.@-Name-a1b2c3}"}`, "ok"},
			{"GetSecretValue", `{"SecretId":"{part:I/_+=.@-Name-a1b2c3}"}`, missing},
		},
		"names that end nearly like a suffix": {
			{"CreateSecret", `{"Name":"~Name-a1b2","SecretString":"x"}`, "ok"},
			{"GetSecretValue", `{"SecretId":"{part:Name-a1b2}"}`, "ok"},
			{"CreateSecret", `{"Name":"~Name-a1b2c3-","SecretString":"x"}`, "ok"},
			{"GetSecretValue", `{"SecretId":"{part:Name-a1b2c3-}"}`, "ok"},
		},
	}
}

func versionScenarios() map[string][]step {
	taken := "You can't use ClientRequestToken " + token1 + " because that value is already in use for a version of secret {arn:a}."
	return map[string][]step{
		"binary": {
			{"CreateSecret", `{"Name":"~a","SecretBinary":"AAECAw=="}`, "ok"},
			{"GetSecretValue", `{"SecretId":"~a"}`, `^\{[^S]*"SecretBinary":"AAECAw=="(?:[^S]|S[^e]|Se[^c])*\}$|"SecretBinary":"AAECAw==","VersionStages"`},
		},
		"put twice with one token": {
			{"CreateSecret", `{"Name":"~a","SecretString":"x","ClientRequestToken":"` + token1 + `"}`, `"VersionId":"` + token1},
			{"PutSecretValue", `{"SecretId":"~a","SecretString":"x","ClientRequestToken":"` + token1 + `"}`, `"VersionId":"` + token1 + `","VersionStages":\["AWSCURRENT"\]`},
			{"PutSecretValue", `{"SecretId":"~a","SecretString":"y","ClientRequestToken":"` + token1 + `"}`, failure("ResourceExistsException", taken)},
			{"UpdateSecret", `{"SecretId":"~a","SecretString":"y","ClientRequestToken":"` + token1 + `"}`, failure("ResourceExistsException", taken)},
			{"CreateSecret", `{"Name":"~a","SecretString":"x","ClientRequestToken":"` + token1 + `"}`, `"VersionId":"` + token1},
			{"CreateSecret", `{"Name":"~a","SecretString":"y","ClientRequestToken":"` + token1 + `"}`, failure("ResourceExistsException", taken)},
		},
		"current moves, previous follows, the last label deprecates": {
			{"CreateSecret", `{"Name":"~a","SecretString":"1","ClientRequestToken":"` + token1 + `"}`, "ok"},
			{"PutSecretValue", `{"SecretId":"~a","SecretString":"2","ClientRequestToken":"` + token2 + `"}`, "ok"},
			{"DescribeSecret", `{"SecretId":"~a"}`, `@VersionIdsToStages {"` + token1 + `":["AWSPREVIOUS"],"` + token2 + `":["AWSCURRENT"]}`},
			{"PutSecretValue", `{"SecretId":"~a","SecretString":"3","ClientRequestToken":"` + token3 + `"}`, "ok"},
			{"DescribeSecret", `{"SecretId":"~a"}`, `@VersionIdsToStages {"` + token2 + `":["AWSPREVIOUS"],"` + token3 + `":["AWSCURRENT"]}`},
			{"GetSecretValue", `{"SecretId":"~a","VersionId":"` + token1 + `"}`, `"SecretString":"1"`},
			{"GetSecretValue", `{"SecretId":"~a","VersionStage":"AWSPREVIOUS"}`, `"SecretString":"2"`},
			{"ListSecretVersionIds", `{"SecretId":"~a"}`, `^(?:[^1]|1[^1]|11[^1])*$`},
			{"ListSecretVersionIds", `{"SecretId":"~a","IncludeDeprecated":true}`, `\{"VersionId":"` + token1 + `",("LastAccessedDate":[0-9.E]+,)?"CreatedDate":[0-9.E]+,"KmsKeyIds":\["DefaultEncryptionKey"\]\}`},
		},
		"a first version is always current": {
			{"CreateSecret", `{"Name":"~a","ClientRequestToken":"` + token1 + `"}`, "ok"},
			{"PutSecretValue", `{"SecretId":"~a","SecretString":"1","VersionStages":["MINE"]}`, `"VersionStages":\["(MINE","AWSCURRENT|AWSCURRENT","MINE)"\]`},
		},
		"a pending version leaves current alone": {
			{"CreateSecret", `{"Name":"~a","SecretString":"1","ClientRequestToken":"` + token1 + `"}`, "ok"},
			{"PutSecretValue", `{"SecretId":"~a","SecretString":"2","VersionStages":["AWSPENDING"],"ClientRequestToken":"` + token2 + `"}`, `"VersionStages":\["AWSPENDING"\]`},
			{"GetSecretValue", `{"SecretId":"~a"}`, `"SecretString":"1"`},
			{"GetSecretValue", `{"SecretId":"~a","VersionStage":"AWSPENDING"}`, `"SecretString":"2"`},
			{"UpdateSecretVersionStage", `{"SecretId":"~a","VersionStage":"AWSCURRENT","MoveToVersionId":"` + token2 + `"}`, failure("InvalidParameterException", "The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version "+token1+", so you must explicitly reference that version in RemoveFromVersionId.")},
			{"UpdateSecretVersionStage", `{"SecretId":"~a","VersionStage":"AWSCURRENT","MoveToVersionId":"` + token2 + `","RemoveFromVersionId":"` + token1 + `"}`, "ok"},
			{"GetSecretValue", `{"SecretId":"~a"}`, `"SecretString":"2"`},
			{"GetSecretValue", `{"SecretId":"~a","VersionStage":"AWSPREVIOUS"}`, `"SecretString":"1"`},
		},
		"a label of one's own moves and goes": {
			{"CreateSecret", `{"Name":"~a","SecretString":"1","ClientRequestToken":"` + token1 + `"}`, "ok"},
			{"UpdateSecretVersionStage", `{"SecretId":"~a","VersionStage":"MINE","MoveToVersionId":"` + token1 + `"}`, "ok"},
			{"GetSecretValue", `{"SecretId":"~a","VersionStage":"MINE"}`, `"SecretString":"1"`},
			{"UpdateSecretVersionStage", `{"SecretId":"~a","VersionStage":"MINE","RemoveFromVersionId":"` + token1 + `"}`, "ok"},
			{"GetSecretValue", `{"SecretId":"~a","VersionStage":"MINE"}`, `staging label: MINE`},
		},
		"update without a value makes no version": {
			{"CreateSecret", `{"Name":"~a","SecretString":"1","ClientRequestToken":"` + token1 + `"}`, "ok"},
			{"UpdateSecret", `{"SecretId":"~a","Description":"new","ClientRequestToken":"` + token2 + `"}`, `^\{"ARN":"[^"]*","Name":"~a"\}$`},
			{"DescribeSecret", `{"SecretId":"~a"}`, `@VersionIdsToStages {"` + token1 + `":["AWSCURRENT"]}`},
		},
	}
}

func deletionScenarios() map[string][]step {
	marked := failure("InvalidRequestException", deleted)
	return map[string][]step{
		"scheduled": {
			{"CreateSecret", `{"Name":"~a","SecretString":"1"}`, "ok"},
			{"DeleteSecret", `{"SecretId":"~a"}`, `"DeletionDate":`},
			{"GetSecretValue", `{"SecretId":"~a"}`, marked},
			{"PutSecretValue", `{"SecretId":"~a","SecretString":"2"}`, marked},
			{"UpdateSecret", `{"SecretId":"~a","SecretString":"2"}`, marked},
			{"RotateSecret", `{"SecretId":"~a","ClientRequestToken":"` + token1 + `"}`, marked},
			{"TagResource", `{"SecretId":"~a","Tags":[{"Key":"k","Value":"v"}]}`, marked},
			{"UntagResource", `{"SecretId":"~a","TagKeys":["k"]}`, marked},
			{"ListSecretVersionIds", `{"SecretId":"~a"}`, marked},
			{"CreateSecret", `{"Name":"~a","SecretString":"1"}`, failure("InvalidRequestException", "You can't create this secret because a secret with this name is already scheduled for deletion.")},
			{"DescribeSecret", `{"SecretId":"~a"}`, `"DeletedDate":`},
			{"RestoreSecret", `{"SecretId":"~a"}`, "ok"},
			{"GetSecretValue", `{"SecretId":"~a"}`, `"SecretString":"1"`},
		},
		"forced": {
			{"CreateSecret", `{"Name":"~a","SecretString":"1"}`, "ok"},
			{"DeleteSecret", `{"SecretId":"~a","ForceDeleteWithoutRecovery":true}`, "ok"},
			{"DeleteSecret", `{"SecretId":"~never","ForceDeleteWithoutRecovery":true}`, "ok"},
		},
		"forced after scheduled": {
			{"CreateSecret", `{"Name":"~a","SecretString":"1"}`, "ok"},
			{"DeleteSecret", `{"SecretId":"~a","RecoveryWindowInDays":7}`, "ok"},
			{"DeleteSecret", `{"SecretId":"~a","ForceDeleteWithoutRecovery":true}`, "ok"},
		},
		"window": {
			{"CreateSecret", `{"Name":"~a","SecretString":"1"}`, "ok"},
			{"DeleteSecret", `{"SecretId":"~a","RecoveryWindowInDays":6}`, `RecoveryWindowInDays value must be between 7 and 30 days \(inclusive\)`},
			{"DeleteSecret", `{"SecretId":"~a","RecoveryWindowInDays":31}`, `RecoveryWindowInDays value must be between 7 and 30 days \(inclusive\)`},
			{"DeleteSecret", `{"SecretId":"~a","RecoveryWindowInDays":7,"ForceDeleteWithoutRecovery":true}`, `InvalidParameterException`},
		},
	}
}

func metadataScenarios() map[string][]step {
	return map[string][]step{
		"tags": {
			{"CreateSecret", `{"Name":"~a","SecretString":"1"}`, "ok"},
			{"DescribeSecret", `{"SecretId":"~a"}`, `^(?:[^T]|T[^a])*$`},
			{"TagResource", `{"SecretId":"~a","Tags":[{"Key":"k","Value":"v"}]}`, "ok"},
			{"TagResource", `{"SecretId":"~a","Tags":[{"Key":"k","Value":"w"}]}`, "ok"},
			{"DescribeSecret", `{"SecretId":"~a"}`, `@Tags [{"Value":"w","Key":"k"}]`},
			{"UntagResource", `{"SecretId":"~a","TagKeys":["k","other"]}`, "ok"},
			{"DescribeSecret", `{"SecretId":"~a"}`, `@Tags []`},
		},
		"dates": {
			{"CreateSecret", `{"Name":"~a","SecretString":"1"}`, "ok"},
			{"DescribeSecret", `{"SecretId":"~a"}`, `^(?:[^A]|A[^c])*"CreatedDate":\d\.\d+E9`},
			{"GetSecretValue", `{"SecretId":"~a"}`, `"CreatedDate":\d\.\d+E9`},
			{"DescribeSecret", `{"SecretId":"~a"}`, `"LastAccessedDate":\d\.\d+E9`},
		},
		"resource policy": {
			{"CreateSecret", `{"Name":"~a","SecretString":"1"}`, "ok"},
			{"GetResourcePolicy", `{"SecretId":"~a"}`, `^\{"ARN":"[^"]*","Name":"~a"\}$`},
			{"PutResourcePolicy", `{"SecretId":"~a","ResourcePolicy":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"secretsmanager:GetSecretValue\",\"Resource\":\"*\"}]}","BlockPublicPolicy":true}`, `PublicPolicyException`},
			{"ValidateResourcePolicy", `{"ResourcePolicy":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"secretsmanager:GetSecretValue\",\"Resource\":\"*\"}]}"}`, `"PolicyValidationPassed":false`},
			{"DeleteResourcePolicy", `{"SecretId":"~a"}`, "ok"},
		},
		"random password": {
			{"GetRandomPassword", `{}`, `^\{"RandomPassword":"(\\.|[^"\\]){32}"\}$`},
			{"GetRandomPassword", `{"PasswordLength":8,"ExcludePunctuation":true,"ExcludeNumbers":true,"ExcludeUppercase":true}`, `^\{"RandomPassword":"[a-z]{8}"\}$`},
			{"GetRandomPassword", `{"PasswordLength":3}`, `InvalidParameterException`},
		},
	}
}

func listingScenarios() map[string][]step {
	return map[string][]step{
		"batch": {
			{"CreateSecret", `{"Name":"~a","SecretString":"1"}`, "ok"},
			{"BatchGetSecretValue", `{"SecretIdList":["~a","~none"]}`, `@Errors [{"SecretId":"~none","ErrorCode":"ResourceNotFoundException","Message":"Secrets Manager can't find the specified secret."}]`},
			{"BatchGetSecretValue", `{"SecretIdList":["~a"],"Filters":[{"Key":"name","Values":["~"]}]}`, `InvalidParameterException`},
			{"BatchGetSecretValue", `{"SecretIdList":["~a"],"MaxResults":2}`, `InvalidParameterException`},
			{"BatchGetSecretValue", `{}`, `InvalidParameterException`},
		},
		"a made-up token": {
			{"ListSecrets", `{"NextToken":"made-up"}`, `"__type":"InvalidNextTokenException"`},
		},
	}
}
