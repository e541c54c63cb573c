package model

// inputs is the model's table of operations, never changed after it is made. Source: the service's published
// API model of 2017-10-17.
var inputs = makeInputs()

func makeInputs() map[string]*shape {
	boolean := &shape{kind: kindBool}
	secretID := text(1, 2048)
	versionID := text(32, 64)
	token := may("ClientRequestToken", text(32, 64))
	stage := text(1, 256)
	description := may("Description", text(0, 2048))
	kmsKey := may("KmsKeyId", text(0, 2048))
	secretString := may("SecretString", secret(text(1, 65536)))
	secretBinary := may("SecretBinary", secret(&shape{kind: kindBlob, min: 1, max: 65536}))
	kind := may("Type", text(0, 256))
	policy := text(1, 20480)
	nextToken := may("NextToken", text(1, 4096))
	maxResults := may("MaxResults", number(1, 100))
	region := matching(1, 128, `^([a-z]+-)+\d+$`)
	tags := list(0, 0, structure(may("Key", text(1, 128)), may("Value", text(0, 256))))
	regions := list(1, 0, structure(may("Region", region), kmsKey))
	overwrite := may("ForceOverwriteReplicaSecret", boolean)
	filters := may("Filters", list(0, 10, structure(
		may("Key", oneOf("description", "name", "tag-key", "tag-value", "primary-region", "owning-service", "all")),
		may("Values", list(1, 10, matching(0, 512, `^\!?[a-zA-Z0-9 :_@\/\+\=\.\-\!]*$`))))))
	rules := structure(
		may("AutomaticallyAfterDays", long(1, 1000)),
		may("Duration", matching(2, 3, `[0-9]+h`)),
		may("ScheduleExpression", matching(1, 256, `[0-9A-Za-z\(\)#\?\*\-\/, ]+`)))
	external := list(0, 0, structure(must("Key", text(1, 256)), must("Value", text(1, 2048))))
	id := must("SecretId", secretID)

	return map[string]*shape{
		"BatchGetSecretValue": structure(may("SecretIdList", list(1, 20, secretID)), filters,
			may("MaxResults", number(1, 20)), nextToken),
		"CancelRotateSecret": structure(id),
		"CreateSecret": structure(must("Name", text(1, 512)), token, description, kmsKey, secretBinary, secretString,
			may("Tags", tags), may("AddReplicaRegions", regions), overwrite, kind),
		"DeleteResourcePolicy": structure(id),
		"DeleteSecret": structure(id, may("RecoveryWindowInDays", long(0, 0)),
			may("ForceDeleteWithoutRecovery", boolean)),
		"DescribeSecret": structure(id),
		"GetRandomPassword": structure(may("PasswordLength", long(1, 4096)), may("ExcludeCharacters", text(0, 4096)),
			may("ExcludeNumbers", boolean), may("ExcludePunctuation", boolean), may("ExcludeUppercase", boolean),
			may("ExcludeLowercase", boolean), may("IncludeSpace", boolean), may("RequireEachIncludedType", boolean)),
		"GetResourcePolicy":    structure(id),
		"GetSecretValue":       structure(id, may("VersionId", versionID), may("VersionStage", stage)),
		"ListSecretVersionIds": structure(id, maxResults, nextToken, may("IncludeDeprecated", boolean)),
		"ListSecrets": structure(may("IncludePlannedDeletion", boolean), maxResults, nextToken, filters,
			may("SortOrder", oneOf("asc", "desc")),
			may("SortBy", oneOf("created-date", "last-accessed-date", "last-changed-date", "name"))),
		"PutResourcePolicy": structure(id, must("ResourcePolicy", policy), may("BlockPublicPolicy", boolean)),
		"PutSecretValue": structure(id, token, secretBinary, secretString, may("VersionStages", list(1, 20, stage)),
			may("RotationToken", secret(matching(36, 256, `^[a-zA-Z0-9\-]+$`)))),
		"RemoveRegionsFromReplication": structure(id, must("RemoveReplicaRegions", list(1, 0, region))),
		"ReplicateSecretToRegions":     structure(id, must("AddReplicaRegions", regions), overwrite),
		"RestoreSecret":                structure(id),
		"RotateSecret": structure(id, token, may("RotationLambdaARN", text(0, 2048)), may("RotationRules", rules),
			may("ExternalSecretRotationMetadata", external), may("ExternalSecretRotationRoleArn", text(20, 2048)),
			may("RotateImmediately", boolean)),
		"StopReplicationToReplica": structure(id),
		"TagResource":              structure(id, must("Tags", tags)),
		"UntagResource":            structure(id, must("TagKeys", list(0, 0, text(1, 128)))),
		"UpdateSecret":             structure(id, token, description, kmsKey, secretBinary, secretString, kind),
		"UpdateSecretVersionStage": structure(id, must("VersionStage", stage), may("RemoveFromVersionId", versionID),
			may("MoveToVersionId", versionID)),
		"ValidateResourcePolicy": structure(may("SecretId", secretID), must("ResourcePolicy", policy)),
	}
}
