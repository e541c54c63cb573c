package mock

import (
	"strings"

	"wicketkey.internal/mock/internal/policy"
	"wicketkey.internal/mock/internal/service"
)

// mayUse decides a use of a KMS key, which Secrets Manager makes in the caller's name. A customer's key leaves the
// decision to the identity policies, as the key policy does that AWS gives to new keys; the policy of
// aws/secretsmanager admits the whole account, so that only an explicit deny stands against it.
func (x *exchange) mayUse(use service.KeyUse) bool {
	if x.caller.key.unlimited {
		return true
	}
	arn, alias := keyARN(use.Key, use.Account, use.Region)
	r := &policy.Request{
		Principal: policy.Principal{ARN: x.caller.arn}, Action: use.Action, Resource: arn, Time: x.now,
		ResourceAccount: x.caller.account, // so that identity policies decide alone, across accounts too
		Context:         x.keyConditions(use, arn, alias),
	}
	decision := x.caller.key.policies().Decide(r)
	if decision.Allowed() || use.Default() && decision.Cause != policy.ExplicitDeny {
		return true
	}
	x.kms = decision.Message(r, arn)
	return false
}

// keyConditions are the keys that policies on KMS keys look at.
func (x *exchange) keyConditions(use service.KeyUse, arn, alias string) map[string][]string {
	suffix := "amazonaws.com"
	if service.Partition(use.Region) == "aws-cn" {
		suffix = "amazonaws.com.cn"
	}
	out := map[string][]string{
		"aws:RequestedRegion":                   {use.Region},
		"aws:ResourceAccount":                   {accountOf(arn)},
		"aws:SecureTransport":                   {"true"},
		"aws:ViaAWSService":                     {"true"},
		"kms:CallerAccount":                     {x.caller.account},
		"kms:EncryptionContext:SecretARN":       {use.SecretARN},
		"kms:EncryptionContext:SecretVersionId": {use.VersionID},
		"kms:EncryptionContextKeys":             {"SecretARN", "SecretVersionId"},
		"kms:ViaService":                        {"secretsmanager." + use.Region + "." + suffix},
	}
	if alias != "" {
		out["kms:ResourceAliases"] = []string{alias}
	}
	return out
}

// keyARN returns the ARN of the key that a secret names by ARN, id or alias, and the alias if it is one. Since there
// are no keys here, the id behind alias/x is x, and that of the default key aws/secretsmanager.
func keyARN(name, account, region string) (arn, alias string) {
	if name == "" {
		name = service.DefaultKey
	}
	home := "arn:" + service.Partition(region) + ":kms:" + region + ":" + account + ":"
	resource := name
	if parts := strings.SplitN(name, ":", 6); len(parts) == 6 && parts[0] == "arn" {
		home, resource = strings.Join(parts[:5], ":")+":", parts[5]
	}
	if id, ok := strings.CutPrefix(resource, "alias/"); ok {
		return home + "key/" + id, resource
	}
	return home + "key/" + strings.TrimPrefix(resource, "key/"), ""
}
