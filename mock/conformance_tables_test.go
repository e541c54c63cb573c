package mock_test

// The tables of the conformance suite: what is on record of AWS's own answers, or written in its model.

func errorScenarios() map[string][]line {
	missing := failure("ResourceNotFoundException", notFound)
	out := map[string][]line{
		"missing secret": {
			{"GetSecretValue", `{"SecretId":"~none"}`, missing, lsNotFound},
			{"DescribeSecret", `{"SecretId":"~none"}`, missing, lsNotFound},
			{"PutSecretValue", `{"SecretId":"~none","SecretString":"x"}`, missing, lsNotFound},
			{"UpdateSecret", `{"SecretId":"~none","SecretString":"x"}`, missing, lsNotFound},
			{"DeleteSecret", `{"SecretId":"~none"}`, missing, lsNotFound},
			{"RestoreSecret", `{"SecretId":"~none"}`, missing, lsNotFound},
			{"TagResource", `{"SecretId":"~none","Tags":[]}`, missing, lsNotFound},
			{"UntagResource", `{"SecretId":"~none","TagKeys":["a"]}`, missing, lsNotFound},
			{"ListSecretVersionIds", `{"SecretId":"~none"}`, missing, lsNotFound},
			{"GetResourcePolicy", `{"SecretId":"~none"}`, missing, lsNotFound},
			{"CancelRotateSecret", `{"SecretId":"~none"}`, missing, lsNotFound},
		},
		"no value": {
			{"CreateSecret", `{"Name":"~a","ClientRequestToken":"` + token1 + `"}`, "ok", setup},
			{"GetSecretValue", `{"SecretId":"~a"}`, failure("ResourceNotFoundException", "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT"), lsNoValue},
			{"DescribeSecret", `{"SecretId":"~a"}`, `^\{"ARN":"[^}]*\}$`, lsNoValue},
		},
		"unknown version and stage": {
			{"CreateSecret", `{"Name":"~a","SecretString":"x","ClientRequestToken":"` + token1 + `"}`, "ok", setup},
			{"GetSecretValue", `{"SecretId":"~a","VersionStage":"NOPE"}`, failure("ResourceNotFoundException", "Secrets Manager can't find the specified secret value for staging label: NOPE"), lsNoValue},
			{"GetSecretValue", `{"SecretId":"~a","VersionId":"` + token2 + `"}`, failure("ResourceNotFoundException", "Secrets Manager can't find the specified secret value for VersionId: "+token2), lsNoValue},
			{"GetSecretValue", `{"SecretId":"~a","VersionId":"` + token1 + `","VersionStage":"AWSPREVIOUS"}`, failure("InvalidRequestException", "You provided a VersionStage that is not associated to the provided VersionId."), lsGetErrors},
		},
		"name exists": {
			{"CreateSecret", `{"Name":"~a","SecretString":"x"}`, "ok", setup},
			{"CreateSecret", `{"Name":"~a","SecretString":"x"}`, failure("ResourceExistsException", "The operation failed because the secret ~a already exists."), lsExists},
		},
		"bad name": {
			{"CreateSecret", `{"Name":"~a b","SecretString":"x"}`, refusal("ValidationException", "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"), lsBadName},
		},
		"string and binary": {
			{"CreateSecret", `{"Name":"~a","SecretString":"x","SecretBinary":"eA=="}`, failure("InvalidParameterException", "You can't specify both a binary secret value and a string secret value in the same secret."), kotlin},
		},
		"no token on the wire": {
			{"CreateSecret", `{"Name":"~a"}`, failure("InvalidRequestException", wantsToken), lsNoToken},
			{"CreateSecret", `{"Name":"~a","ClientRequestToken":"` + token1 + `"}`, "ok", setup},
			{"UpdateSecret", `{"SecretId":"~a","Description":"d"}`, failure("InvalidRequestException", wantsToken), lsNoToken},
			{"RotateSecret", `{"SecretId":"~a"}`, failure("InvalidParameterException", wantsToken), lsNoToken},
		},
		"rotation without function": {
			{"CreateSecret", `{"Name":"~a","SecretString":"x"}`, "ok", setup},
			{"RotateSecret", `{"SecretId":"~a","ClientRequestToken":"` + token1 + `"}`, failure("InvalidRequestException", "No Lambda rotation function ARN is associated with this secret."), lsNoFunction},
		},
		"rotation by a function that is not there": {
			{"CreateSecret", `{"Name":"~a","SecretString":"x"}`, "ok", setup},
			{"RotateSecret", `{"SecretId":"~a","ClientRequestToken":"` + token1 + `","RotationLambdaARN":"arn:aws:lambda:us-east-1:123456789012:function:none"}`, failure("AccessDeniedException", "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com."), lsBadLambda},
			{"DescribeSecret", `{"SecretId":"~a"}`, `^[^R]*"ARN"(?:[^R]|R[^o])*$`, lsBadLambda},
		},
		"malformed policy": {
			{"CreateSecret", `{"Name":"~a","SecretString":"x"}`, "ok", setup},
			{"PutResourcePolicy", `{"SecretId":"~a","ResourcePolicy":"{\"Version\":"}`, failure("MalformedPolicyDocumentException", "This policy has invalid syntax."), cfnGuide},
		},
		"delete with replicas": {
			{"CreateSecret", `{"Name":"~a","SecretString":"x","AddReplicaRegions":[{"Region":"eu-north-1"}]}`, `"Region":"eu-north-1"`, cloudNuke},
			{"DeleteSecret", `{"SecretId":"~a"}`, failure("InvalidParameterException", "You can't delete secret {arn:a} that still has replica regions [eu-north-1]."), cloudNuke},
			{"RemoveRegionsFromReplication", `{"SecretId":"~a","RemoveReplicaRegions":["eu-north-1"]}`, "ok", setup},
		},
	}
	return out
}

func lookupScenarios() map[string][]line {
	missing := failure("ResourceNotFoundException", notFound)
	return map[string][]line{
		"name, ARN, ARN without suffix": {
			{"CreateSecret", `{"Name":"~plain","SecretString":"x"}`, "ok", setup},
			{"GetSecretValue", `{"SecretId":"~plain"}`, `"Name":"~plain"`, lsLookup},
			{"GetSecretValue", `{"SecretId":"{arn:plain}"}`, `"Name":"~plain"`, lsLookup},
			{"GetSecretValue", `{"SecretId":"{part:plain}"}`, `"Name":"~plain"`, lsLookup},
			{"GetSecretValue", `{"SecretId":"{part:plain}-aaaaaa"}`, missing, lsLookup},
			{"GetSecretValue", `{"SecretId":"~plain-aaaaaa"}`, missing, lsLookup},
		},
		"a name that ends like a suffix": {
			{"CreateSecret", `{"Name":"~I/_+=.@-Name-a1b2c3","SecretString":"x"}`, "ok", setup},
			{"GetSecretValue", `{"SecretId":"~I/_+=.@-Name-a1b2c3"}`, "ok", lsLookup},
			{"GetSecretValue", `{"SecretId":"{arn:I/_+=.@-Name-a1b2c3}"}`, "ok", lsLookup},
			{"GetSecretValue", `{"SecretId":"{part:I/_+=.@-Name-a1b2c3}"}`, missing, lsLookup},
		},
		"names that end nearly like a suffix": {
			{"CreateSecret", `{"Name":"~Name-a1b2","SecretString":"x"}`, "ok", setup},
			{"GetSecretValue", `{"SecretId":"{part:Name-a1b2}"}`, "ok", lsLookup},
			{"CreateSecret", `{"Name":"~Name-a1b2c3-","SecretString":"x"}`, "ok", setup},
			{"GetSecretValue", `{"SecretId":"{part:Name-a1b2c3-}"}`, "ok", lsLookup},
		},
	}
}

func versionScenarios() map[string][]line {
	taken := "You can't use ClientRequestToken " + token1 + " because that value is already in use for a version of secret {arn:a}."
	return map[string][]line{
		"binary": {
			{"CreateSecret", `{"Name":"~a","SecretBinary":"AAECAw=="}`, "ok", setup},
			{"GetSecretValue", `{"SecretId":"~a"}`, `^\{[^S]*"SecretBinary":"AAECAw=="(?:[^S]|S[^e]|Se[^c])*\}$|"SecretBinary":"AAECAw==","VersionStages"`, lsBinary},
		},
		"put twice with one token": {
			{"CreateSecret", `{"Name":"~a","SecretString":"x","ClientRequestToken":"` + token1 + `"}`, `"VersionId":"` + token1, motoTokens},
			{"PutSecretValue", `{"SecretId":"~a","SecretString":"x","ClientRequestToken":"` + token1 + `"}`, `"VersionId":"` + token1 + `","VersionStages":\["AWSCURRENT"\]`, motoTokens},
			{"PutSecretValue", `{"SecretId":"~a","SecretString":"y","ClientRequestToken":"` + token1 + `"}`, failure("ResourceExistsException", taken), motoTokens},
			{"UpdateSecret", `{"SecretId":"~a","SecretString":"y","ClientRequestToken":"` + token1 + `"}`, failure("ResourceExistsException", taken), motoTokens},
			{"CreateSecret", `{"Name":"~a","SecretString":"x","ClientRequestToken":"` + token1 + `"}`, `"VersionId":"` + token1, motoTokens},
			{"CreateSecret", `{"Name":"~a","SecretString":"y","ClientRequestToken":"` + token1 + `"}`, failure("ResourceExistsException", taken), motoTokens},
		},
		"current moves, previous follows, the last label deprecates": {
			{"CreateSecret", `{"Name":"~a","SecretString":"1","ClientRequestToken":"` + token1 + `"}`, "ok", setup},
			{"PutSecretValue", `{"SecretId":"~a","SecretString":"2","ClientRequestToken":"` + token2 + `"}`, "ok", lsDeprecated},
			{"DescribeSecret", `{"SecretId":"~a"}`, `@VersionIdsToStages {"` + token1 + `":["AWSPREVIOUS"],"` + token2 + `":["AWSCURRENT"]}`, lsDeprecated},
			{"PutSecretValue", `{"SecretId":"~a","SecretString":"3","ClientRequestToken":"` + token3 + `"}`, "ok", lsDeprecated},
			{"DescribeSecret", `{"SecretId":"~a"}`, `@VersionIdsToStages {"` + token2 + `":["AWSPREVIOUS"],"` + token3 + `":["AWSCURRENT"]}`, lsDeprecated},
			{"GetSecretValue", `{"SecretId":"~a","VersionId":"` + token1 + `"}`, `"SecretString":"1"`, lsDeprecated},
			{"GetSecretValue", `{"SecretId":"~a","VersionStage":"AWSPREVIOUS"}`, `"SecretString":"2"`, lsDeprecated},
			{"ListSecretVersionIds", `{"SecretId":"~a"}`, `^(?:[^1]|1[^1]|11[^1])*$`, lsDeprecated},
			{"ListSecretVersionIds", `{"SecretId":"~a","IncludeDeprecated":true}`, `\{"CreatedDate":[0-9.E]+,"KmsKeyIds":\["DefaultEncryptionKey"\],("LastAccessedDate":[0-9.E]+,)?"VersionId":"` + token1 + `"\}`, lsDeprecated},
		},
		"a first version is always current": {
			{"CreateSecret", `{"Name":"~a","ClientRequestToken":"` + token1 + `"}`, "ok", setup},
			{"PutSecretValue", `{"SecretId":"~a","SecretString":"1","VersionStages":["MINE"]}`, `"VersionStages":\["AWSCURRENT","MINE"\]`, model},
		},
		"a pending version leaves current alone": {
			{"CreateSecret", `{"Name":"~a","SecretString":"1","ClientRequestToken":"` + token1 + `"}`, "ok", setup},
			{"PutSecretValue", `{"SecretId":"~a","SecretString":"2","VersionStages":["AWSPENDING"],"ClientRequestToken":"` + token2 + `"}`, `"VersionStages":\["AWSPENDING"\]`, lsStages},
			{"GetSecretValue", `{"SecretId":"~a"}`, `"SecretString":"1"`, lsStages},
			{"GetSecretValue", `{"SecretId":"~a","VersionStage":"AWSPENDING"}`, `"SecretString":"2"`, lsStages},
			{"UpdateSecretVersionStage", `{"SecretId":"~a","VersionStage":"AWSCURRENT","MoveToVersionId":"` + token2 + `"}`, failure("InvalidParameterException", "The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version "+token1+", so you must explicitly reference that version in RemoveFromVersionId."), motoMove},
			{"UpdateSecretVersionStage", `{"SecretId":"~a","VersionStage":"AWSCURRENT","MoveToVersionId":"` + token2 + `","RemoveFromVersionId":"` + token1 + `"}`, "ok", lsStages},
			{"GetSecretValue", `{"SecretId":"~a"}`, `"SecretString":"2"`, lsStages},
			{"GetSecretValue", `{"SecretId":"~a","VersionStage":"AWSPREVIOUS"}`, `"SecretString":"1"`, lsStages},
		},
		"a label of one's own moves and goes": {
			{"CreateSecret", `{"Name":"~a","SecretString":"1","ClientRequestToken":"` + token1 + `"}`, "ok", setup},
			{"UpdateSecretVersionStage", `{"SecretId":"~a","VersionStage":"MINE","MoveToVersionId":"` + token1 + `"}`, "ok", lsCustom},
			{"GetSecretValue", `{"SecretId":"~a","VersionStage":"MINE"}`, `"SecretString":"1"`, lsCustom},
			{"UpdateSecretVersionStage", `{"SecretId":"~a","VersionStage":"MINE","RemoveFromVersionId":"` + token1 + `"}`, "ok", lsCustom},
			{"GetSecretValue", `{"SecretId":"~a","VersionStage":"MINE"}`, `staging label: MINE`, lsCustom},
		},
		"update without a value makes no version": {
			{"CreateSecret", `{"Name":"~a","SecretString":"1","ClientRequestToken":"` + token1 + `"}`, "ok", setup},
			{"UpdateSecret", `{"SecretId":"~a","Description":"new","ClientRequestToken":"` + token2 + `"}`, `^\{"ARN":"[^"]*","Name":"~a"\}$`, lsUpdate},
			{"DescribeSecret", `{"SecretId":"~a"}`, `@VersionIdsToStages {"` + token1 + `":["AWSCURRENT"]}`, lsUpdate},
		},
	}
}

func deletionScenarios() map[string][]line {
	marked := failure("InvalidRequestException", deleted)
	return map[string][]line{
		"scheduled": {
			{"CreateSecret", `{"Name":"~a","SecretString":"1"}`, "ok", setup},
			{"DeleteSecret", `{"SecretId":"~a"}`, `"DeletionDate":`, lsMarked},
			{"GetSecretValue", `{"SecretId":"~a"}`, marked, lsMarked},
			{"PutSecretValue", `{"SecretId":"~a","SecretString":"2"}`, marked, lsMarked},
			{"UpdateSecret", `{"SecretId":"~a","SecretString":"2"}`, marked, lsMarked},
			{"RotateSecret", `{"SecretId":"~a","ClientRequestToken":"` + token1 + `"}`, marked, lsMarked},
			{"TagResource", `{"SecretId":"~a","Tags":[{"Key":"k","Value":"v"}]}`, marked, lsMarked},
			{"UntagResource", `{"SecretId":"~a","TagKeys":["k"]}`, marked, lsMarked},
			{"ListSecretVersionIds", `{"SecretId":"~a"}`, marked, lsMarked},
			{"CreateSecret", `{"Name":"~a","SecretString":"1"}`, failure("InvalidRequestException", "You can't create this secret because a secret with this name is already scheduled for deletion."), lsScheduled},
			{"DescribeSecret", `{"SecretId":"~a"}`, `"DeletedDate":`, lsForced},
			{"RestoreSecret", `{"SecretId":"~a"}`, "ok", lsRestore},
			{"GetSecretValue", `{"SecretId":"~a"}`, `"SecretString":"1"`, lsMarked},
		},
		"forced": {
			{"CreateSecret", `{"Name":"~a","SecretString":"1"}`, "ok", setup},
			{"DeleteSecret", `{"SecretId":"~a","ForceDeleteWithoutRecovery":true}`, "ok", lsForced},
			{"DeleteSecret", `{"SecretId":"~never","ForceDeleteWithoutRecovery":true}`, "ok", lsForced},
		},
		"forced after scheduled": {
			{"CreateSecret", `{"Name":"~a","SecretString":"1"}`, "ok", setup},
			{"DeleteSecret", `{"SecretId":"~a","RecoveryWindowInDays":7}`, "ok", lsForced},
			{"DeleteSecret", `{"SecretId":"~a","ForceDeleteWithoutRecovery":true}`, "ok", lsForced},
		},
		"window": {
			{"CreateSecret", `{"Name":"~a","SecretString":"1"}`, "ok", setup},
			{"DeleteSecret", `{"SecretId":"~a","RecoveryWindowInDays":6}`, failure("InvalidParameterException", outOfWindow), motoWindow},
			{"DeleteSecret", `{"SecretId":"~a","RecoveryWindowInDays":31}`, failure("InvalidParameterException", outOfWindow), motoWindow},
			{"DeleteSecret", `{"SecretId":"~a","RecoveryWindowInDays":7,"ForceDeleteWithoutRecovery":true}`, `InvalidParameterException`, motoWindow},
			{"DeleteSecret", `{"SecretId":"~a","RecoveryWindowInDays":0,"ForceDeleteWithoutRecovery":true}`, failure("InvalidParameterException", outOfWindow), motoWindow},
		},
	}
}

func metadataScenarios() map[string][]line {
	return map[string][]line{
		"tags": {
			{"CreateSecret", `{"Name":"~a","SecretString":"1"}`, "ok", setup},
			{"DescribeSecret", `{"SecretId":"~a"}`, `^(?:[^T]|T[^a])*$`, lsTags},
			{"TagResource", `{"SecretId":"~a","Tags":[{"Key":"k","Value":"v"}]}`, "ok", lsTags},
			{"TagResource", `{"SecretId":"~a","Tags":[{"Key":"k","Value":"w"}]}`, "ok", lsTags},
			{"DescribeSecret", `{"SecretId":"~a"}`, `@Tags [{"Value":"w","Key":"k"}]`, lsTags},
			{"UntagResource", `{"SecretId":"~a","TagKeys":["k","other"]}`, "ok", lsTags},
			{"DescribeSecret", `{"SecretId":"~a"}`, `@Tags []`, lsTags},
		},
		"dates": {
			{"CreateSecret", `{"Name":"~a","SecretString":"1"}`, "ok", setup},
			{"DescribeSecret", `{"SecretId":"~a"}`, `^(?:[^A]|A[^c])*"CreatedDate":\d\.\d+E9`, lsLookup},
			{"GetSecretValue", `{"SecretId":"~a"}`, `"CreatedDate":\d\.\d+E9`, lsLookup},
			{"DescribeSecret", `{"SecretId":"~a"}`, `"LastAccessedDate":\d\.\d+E9`, lsLookup},
		},
		"resource policy": {
			{"CreateSecret", `{"Name":"~a","SecretString":"1"}`, "ok", setup},
			{"GetResourcePolicy", `{"SecretId":"~a"}`, `^\{"ARN":"[^"]*","Name":"~a"\}$`, lsPolicy},
			{"PutResourcePolicy", `{"SecretId":"~a","ResourcePolicy":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"secretsmanager:GetSecretValue\",\"Resource\":\"*\"}]}","BlockPublicPolicy":true}`, `PublicPolicyException`, unrecorded},
			{"ValidateResourcePolicy", `{"ResourcePolicy":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"secretsmanager:GetSecretValue\",\"Resource\":\"*\"}]}"}`, `"PolicyValidationPassed":false`, unrecorded},
			{"DeleteResourcePolicy", `{"SecretId":"~a"}`, "ok", lsPolicy},
		},
		"random password": {
			{"GetRandomPassword", `{}`, `^\{"RandomPassword":"(\\.|[^"\\]){32}"\}$`, model},
			{"GetRandomPassword", `{"PasswordLength":8,"ExcludePunctuation":true,"ExcludeNumbers":true,"ExcludeUppercase":true}`, `^\{"RandomPassword":"[a-z]{8}"\}$`, model},
			{"GetRandomPassword", `{"PasswordLength":3}`, `InvalidParameterException`, model},
		},
	}
}

func listingScenarios() map[string][]line {
	return map[string][]line{
		"batch": {
			{"CreateSecret", `{"Name":"~a","SecretString":"1"}`, "ok", setup},
			{"BatchGetSecretValue", `{"SecretIdList":["~a","~none"]}`, `@Errors [{"SecretId":"~none","ErrorCode":"ResourceNotFoundException","Message":"Secrets Manager can't find the specified secret."}]`, moto},
			{"BatchGetSecretValue", `{"SecretIdList":["~a"],"Filters":[{"Key":"name","Values":["~"]}]}`, `InvalidParameterException`, moto},
			{"BatchGetSecretValue", `{"SecretIdList":["~a"],"MaxResults":2}`, `InvalidParameterException`, moto},
			{"BatchGetSecretValue", `{}`, `InvalidParameterException`, moto},
		},
		"a made-up token": {
			{"ListSecrets", `{"NextToken":"made-up"}`, `"__type":"InvalidNextTokenException"`, moto},
		},
	}
}
