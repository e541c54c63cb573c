// Package policy parses IAM policy documents and decides requests by them as
// AWS does, as far as secrets need it.
//
//	identity, err := policy.Parse(`{"Version": "2012-10-17", "Statement": {
//		"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}}`)
//	...
//	decision := policy.Policies{Identity: []*policy.Document{identity}}.Decide(&policy.Request{
//		Principal: policy.Principal{ARN: "arn:aws:iam::123456789012:user/ann"},
//		Action:    "secretsmanager:DeleteSecret",
//		Resource:  secretARN,
//	})
//	if !decision.Allowed() {
//		deny(decision.Message(request, secretARN)) // "User: … is not authorized to perform: …"
//	}
//
// Guarantees: an explicit deny wins; the identity policies, the permissions
// boundary, the session's policy and the secret's resource policy combine by the
// rules of one account or of two; a decision carries why, so that AWS's exact message can be formed.
// A syntax error names line, column and element. No input makes it panic, and
// time and memory stay linear in the document's size (quadratic at worst for a
// pattern of many wildcards).
//
// Supported: Version, Id, Sid, Effect, Principal, NotPrincipal, Action,
// NotAction, Resource, NotResource and Condition; all of IAM's condition
// operators with IfExists, ForAllValues and ForAnyValue; any condition key
// that the request's context carries; policy variables with defaults.
//
// Not supported: organisations' control policies, VPC endpoint policies. [Document.Public] reasons about single statements; AWS
// proves it with a solver, which also sees that a Deny closes an Allow.
//
// Not on record: which kind is reported when policies of several kinds deny at
// once (here identity, resource, boundary, session).
package policy
