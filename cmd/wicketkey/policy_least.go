package main

import (
	"fmt"
	"slices"
	"strings"

	"wicketkey.internal/internal/ident"
)

// anySuffix stands for the six random characters of an ARN in a policy.
const anySuffix = ident.AnySuffix

// document is an IAM policy.
type document struct {
	Version   string
	Statement []statement
}

type statement struct {
	Sid       string
	Effect    string
	Action    string
	Resource  []string
	Condition map[string]map[string][]string `json:",omitempty"`
}

// leastPolicy gives the document, and in words why each line is there.
func leastPolicy(resources []resource) (document, []string) {
	read := statement{Sid: "ReadSecret", Effect: "Allow", Action: "secretsmanager:GetSecretValue"}
	d := document{Version: "2012-10-17"}
	reasons := []string{"ReadSecret: the one call that a start makes; no other action is needed"}
	for _, r := range resources {
		read.Resource = append(read.Resource, r.arn)
		why := "the exact ARN, random characters included, so that a secret of a similar name is not readable"
		if !r.exact {
			why = anySuffix + " stands for the six random characters of the ARN, which the name alone does not tell; without them nothing matches"
		}
		reasons = append(reasons, r.arn+": "+why)
	}
	d.Statement = append(d.Statement, read)
	for _, r := range resources {
		if st, ok := decryption(r); ok && !slices.ContainsFunc(d.Statement, func(s statement) bool { return same(s, st) }) {
			st.Sid += fmt.Sprint(len(d.Statement))
			d.Statement = append(d.Statement, st)
			reasons = append(reasons, st.Sid+": a customer-managed key encrypts the secret; only for this secret, and only through Secrets Manager. The key's own policy must let IAM decide, or name the role")
		}
	}
	return d, reasons
}

// decryption is what a customer-managed key asks for. The AWS-managed key
// aws/secretsmanager needs no permission in the secret's own account.
func decryption(r resource) (statement, bool) {
	if r.kmsKey == "" || strings.HasSuffix(r.kmsKey, "alias/"+defaultKey) {
		return statement{}, false
	}
	parts := strings.SplitN(r.arn, ":", 6)
	home := strings.Join([]string{parts[0], parts[1], "kms", r.region, parts[4]}, ":")
	suffix := "amazonaws.com"
	if parts[1] == "aws-cn" {
		suffix = "amazonaws.com.cn"
	}
	equals := map[string][]string{"kms:ViaService": {"secretsmanager." + r.region + "." + suffix}}
	st := statement{Sid: "DecryptSecret", Effect: "Allow", Action: "kms:Decrypt", Condition: map[string]map[string][]string{
		"StringLike": {"kms:EncryptionContext:SecretARN": {r.arn}},
	}}
	if r.region == "*" {
		st.Condition["StringLike"]["kms:ViaService"] = equals["kms:ViaService"]
	} else {
		st.Condition["StringEquals"] = equals
	}
	key := r.kmsKey
	if i := strings.Index(key, "alias/"); i >= 0 { // an alias is no Resource: IAM matches it by the key's aliases
		st.Condition["ForAnyValue:StringEquals"] = map[string][]string{"kms:ResourceAliases": {key[i:]}}
		st.Resource = []string{home + ":key/*"}
		return st, true
	}
	if !strings.HasPrefix(key, "arn:") {
		key = home + ":key/" + key
	}
	st.Resource = []string{key}
	return st, true
}

// defaultKey is the AWS-managed key of secrets that name none.
const defaultKey = "aws/secretsmanager"

// isAlias reports whether a key is named by one of its aliases, or by the ARN of one.
func isAlias(key string) bool {
	return strings.HasPrefix(key, "alias/") || strings.Contains(key, ":alias/")
}

// same tells statements that differ in no more than their Sid.
func same(a, b statement) bool {
	return a.Action == b.Action && slices.Equal(a.Resource, b.Resource) &&
		fmt.Sprint(a.Condition) == fmt.Sprint(b.Condition)
}
