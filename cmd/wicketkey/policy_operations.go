package main

// operation is one of the service's, with the least input that it takes.
type operation struct {
	name, input string
	onSecret    bool
}

func operations() []operation {
	const token = `"ClientRequestToken":"wicketkey-policy-check-0000000000000000"`
	return []operation{
		{"GetSecretValue", `{"SecretId":"%s"}`, true},
		{"DescribeSecret", `{"SecretId":"%s"}`, true},
		{"ListSecretVersionIds", `{"SecretId":"%s"}`, true},
		{"PutSecretValue", `{"SecretId":"%s","SecretString":"y",` + token + `}`, true},
		{"UpdateSecret", `{"SecretId":"%s","Description":"y",` + token + `}`, true},
		{"UpdateSecretVersionStage", `{"SecretId":"%s","VersionStage":"Y"}`, true},
		{"DeleteSecret", `{"SecretId":"%s"}`, true},
		{"RestoreSecret", `{"SecretId":"%s"}`, true},
		{"RotateSecret", `{"SecretId":"%s",` + token + `}`, true},
		{"CancelRotateSecret", `{"SecretId":"%s"}`, true},
		{"TagResource", `{"SecretId":"%s","Tags":[{"Key":"k","Value":"v"}]}`, true},
		{"UntagResource", `{"SecretId":"%s","TagKeys":["k"]}`, true},
		{"GetResourcePolicy", `{"SecretId":"%s"}`, true},
		{"PutResourcePolicy", `{"SecretId":"%s","ResourcePolicy":"{}"}`, true},
		{"DeleteResourcePolicy", `{"SecretId":"%s"}`, true},
		{"ReplicateSecretToRegions", `{"SecretId":"%s","AddReplicaRegions":[{"Region":"eu-north-1"}]}`, true},
		{"RemoveRegionsFromReplication", `{"SecretId":"%s","RemoveReplicaRegions":["eu-north-1"]}`, true},
		{"StopReplicationToReplica", `{"SecretId":"%s"}`, true},
		{"BatchGetSecretValue", `{"SecretIdList":["%s"]}`, false},
		{"ListSecrets", `{}`, false},
		{"GetRandomPassword", `{}`, false},
		{"CreateSecret", `{"Name":"wicketkey/new","SecretString":"y",` + token + `}`, false},
		{"ValidateResourcePolicy", `{"ResourcePolicy":"{}"}`, false},
	}
}

// reading and writing are the operations that use a key.
func reading() operation { return operations()[0] }
func writing() operation { return operations()[3] }
