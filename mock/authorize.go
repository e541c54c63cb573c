package mock

import (
	"net"
	"strconv"
	"strings"
	"sync"

	"wicketkey.internal/mock/internal/awserr"
	"wicketkey.internal/mock/internal/policy"
	"wicketkey.internal/mock/internal/service"
)

// authorize decides the call by policy, before anything about the secret is revealed.
func (x *exchange) authorize() *awserr.Error {
	for _, action := range x.actions() {
		if err := x.may(action, x.resource()); err != nil {
			return err
		}
	}
	return nil
}

// actions are the permissions that the call as a whole needs.
func (x *exchange) actions() []string {
	out := []string{"secretsmanager:" + x.op.Name}
	add := func(needed bool, action string) {
		if needed {
			out = append(out, "secretsmanager:"+action)
		}
	}
	switch x.op.Name {
	case "CreateSecret":
		add(x.in.Has("Tags"), "TagResource")
		add(x.in.Has("AddReplicaRegions"), "ReplicateSecretToRegions")
	case "BatchGetSecretValue":
		add(x.in.Has("Filters"), "ListSecrets")
	case "ValidateResourcePolicy":
		add(true, "PutResourcePolicy")
	}
	return out
}

// resource is the secret that the call as a whole is about. A batch is about none: each read is decided by itself.
func (x *exchange) resource() service.Target {
	if len(x.about) == 0 || x.op.Name == "BatchGetSecretValue" {
		return service.Target{}
	}
	return x.about[0]
}

// may decides one action on one secret.
func (x *exchange) may(action string, t service.Target) *awserr.Error {
	if x.caller.key.unlimited && t.Policy == "" && (t.Account == "" || t.Account == x.caller.account) {
		return nil // the usual test: nothing to decide
	}
	r := &policy.Request{
		Principal: policy.Principal{ARN: x.caller.arn}, Action: action, Resource: x.resourceARN(t),
		ResourceAccount: t.Account, Time: x.now, Context: x.conditions(t),
	}
	granted := x.caller.key.policies()
	granted.Resource = x.s.parsed.get(t.Policy)
	decision := granted.Decide(r)
	if decision.Allowed() {
		return nil
	}
	return awserr.New("AccessDeniedException", "%s", decision.Message(r, x.named(t, decision)))
}

// resourceARN is what policies see: the secret's ARN, or the one without suffix that a missing secret would have.
func (x *exchange) resourceARN(t service.Target) string {
	switch {
	case t.ARN != "" || t.ID == "":
		return t.ARN
	case strings.HasPrefix(t.ID, "arn:"):
		return x.ofRegion(t.ID)
	}
	return service.ARN(t.Account, x.region, t.ID)
}

// named is what messages call the secret: its ARN, or the identifier as it was given if there is no such secret or
// if the secret's own policy denies.
func (x *exchange) named(t service.Target, d policy.Decision) string {
	if t.ARN != "" && !(d.Cause == policy.ExplicitDeny && d.Kind == policy.ResourcePolicy) {
		return t.ARN
	}
	return x.ofRegion(t.ID)
}

// ofRegion puts the endpoint's region into an ARN, for the endpoint knows no other.
func (x *exchange) ofRegion(id string) string {
	parts := strings.SplitN(id, ":", 5)
	if len(parts) == 5 && parts[0] == "arn" {
		parts[3] = x.region
	}
	return strings.Join(parts, ":")
}

// conditions are the keys that policies on secrets look at.
func (x *exchange) conditions(t service.Target) map[string][]string {
	out := map[string][]string{
		"aws:RequestedRegion": {x.region},
		"aws:SecureTransport": {strconv.FormatBool(x.r.TLS != nil)},
		"aws:UserAgent":       {x.r.UserAgent()},
	}
	if host, _, err := net.SplitHostPort(x.r.RemoteAddr); err == nil {
		out["aws:SourceIp"] = []string{host}
	}
	if t.ARN != "" {
		out["secretsmanager:SecretId"] = []string{t.ARN}
	}
	if t.Primary != "" {
		out["secretsmanager:SecretPrimaryRegion"] = []string{t.Primary}
	}
	if t.Function != "" {
		out["secretsmanager:resource/AllowRotationLambdaArn"] = []string{t.Function}
	}
	for _, tag := range t.Tags {
		out["secretsmanager:ResourceTag/"+tag.Key] = []string{tag.Value}
		out["aws:ResourceTag/"+tag.Key] = []string{tag.Value}
	}
	x.inputConditions(out)
	if x.in.Has("KmsKeyId") {
		arn, _ := keyARN(x.in.Text("KmsKeyId"), x.caller.account, x.region)
		out["secretsmanager:KmsKeyArn"] = []string{arn}
	}
	return out
}

// inputConditions adds the keys that come from the call's members.
func (x *exchange) inputConditions(out map[string][]string) {
	for _, name := range []string{"Name", "Description", "KmsKeyId", "VersionId", "VersionStage", "RotationLambdaARN", "Type"} {
		if x.in.Has(name) {
			out["secretsmanager:"+name] = []string{x.in.Text(name)}
		}
	}
	for _, name := range []string{"ForceDeleteWithoutRecovery", "BlockPublicPolicy", "ForceOverwriteReplicaSecret", "RotateImmediately"} {
		if x.in.Has(name) {
			out["secretsmanager:"+name] = []string{strconv.FormatBool(x.in.Flag(name, false))}
		}
	}
	if x.in.Has("RecoveryWindowInDays") {
		out["secretsmanager:RecoveryWindowInDays"] = []string{strconv.Itoa(x.in.Number("RecoveryWindowInDays", 0))}
	}
	if x.op.Name == "RotateSecret" {
		out["secretsmanager:ModifyRotationRules"] = []string{strconv.FormatBool(x.in.Has("RotationRules"))}
	}
	for _, r := range x.in.Structs("AddReplicaRegions") {
		out["secretsmanager:AddReplicaRegions"] = append(out["secretsmanager:AddReplicaRegions"], r.Text("Region"))
	}
	for _, tag := range x.in.Structs("Tags") {
		out["aws:RequestTag/"+tag.Text("Key")] = []string{tag.Text("Value")}
		out["aws:TagKeys"] = append(out["aws:TagKeys"], tag.Text("Key"))
	}
	out["aws:TagKeys"] = append(out["aws:TagKeys"], x.in.Texts("TagKeys")...)
}

// policyCache keeps resource policies parsed, since every read asks them.
type policyCache struct {
	mu     sync.Mutex // guards the rest
	parsed map[string]*policy.Document
	bytes  int // of the documents
}

// maxParsed bounds the cache, in bytes of documents; it starts anew when full.
const maxParsed = 1 << 20

// get returns the document parsed; "" is no policy. Only valid documents are ever stored with a secret.
func (c *policyCache) get(document string) *policy.Document {
	if document == "" {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if d, ok := c.parsed[document]; ok {
		return d
	}
	if c.parsed == nil || c.bytes >= maxParsed {
		c.parsed, c.bytes = make(map[string]*policy.Document), 0
	}
	d, err := policy.ParseResource(document, "secretsmanager")
	if err != nil {
		return nil
	}
	c.parsed[document] = d
	c.bytes += len(document)
	return d
}

func policyChecker() service.PolicyChecker {
	return service.PolicyChecker{
		Validate: func(document string) *awserr.Error {
			if _, err := policy.ParseResource(document, "secretsmanager"); err != nil {
				return awserr.New("MalformedPolicyDocumentException", "This policy has invalid syntax.")
			}
			return nil
		},
		Public: func(document string) bool {
			d, err := policy.ParseResource(document, "secretsmanager")
			return err == nil && d.Public()
		},
		Layout: policy.Layout,
	}
}
