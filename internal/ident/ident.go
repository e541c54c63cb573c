// Package ident reads what people write where a secret is to be named: a name,
// a full ARN, an ARN without its random suffix, each with what is wanted of the
// secret behind it.
//
//	ref, err := ident.Parse("arn:aws:secretsmanager:eu-west-1:123456789012:secret:gateway-Vwt7zX:hostname")
//	ref.ID.Region   // "eu-west-1"
//	ref.ID.Kind     // FullARN
//	ref.ID.Name()   // "gateway", until AWS has answered a guess
//	ref.ID.String() // the ARN: what goes to AWS, as it was given
//	ref.Key         // "hostname"
//
// # Guarantees
//
// What is accepted satisfies the constraints that AWS puts on SecretId,
// VersionStage and VersionId. What is refused is never shown: it may be the
// secret itself, pasted into the wrong place. An [Error] names the place, the
// cause and the remedy.
//
// [Answers] is the one rule by which an answer is held against its question.
//
// # Limits
//
// The text alone does not tell whether an ARN is whole: gateway-config ends like
// one that carries a random suffix. Only the ARN and Name of AWS's answer do. A
// colon cannot be part of a name, nor of a key, a stage or a version here.
package ident

import "strings"

// A Kind tells how an identifier names a secret.
type Kind uint8

const (
	// BareName is a name: a secret of the caller's account and region.
	BareName Kind = iota + 1
	// PartialARN is an ARN that certainly lacks the six random characters.
	PartialARN
	// FullARN is an ARN that ends like a full one, in a hyphen and six letters
	// or digits. AWS takes it for a full one, so that it does not find
	// gateway-config by its partial ARN.
	FullARN
)

// An ID is the identifier of a secret. It is immutable, comparable, and made by
// [ParseID] or [Parse] only.
type ID struct {
	Kind      Kind
	Partition string // such as "aws"; empty for a name
	Region    string // such as "us-east-1"; empty for a name
	Account   string // twelve digits; empty for a name
	Resource  string // the name, with the random suffix where an ARN has one
}

// String returns the identifier as it was given.
func (id ID) String() string {
	if id.Kind == BareName {
		return id.Resource
	}
	return "arn:" + id.Partition + ":secretsmanager:" + id.Region + ":" + id.Account + ":secret:" + id.Resource
}

// Name returns the name of the secret, without the random suffix of a full ARN.
// For a [FullARN] it is a guess until AWS has answered: the tail may belong to
// the name.
func (id ID) Name() string {
	if id.Kind != FullARN {
		return id.Resource
	}
	return id.Resource[:len(id.Resource)-suffixLen]
}

// StrippedName returns the name that a [BareName] would be if its tail were the
// random suffix of an ARN, pasted along with it. It reports false where there is
// no such tail, and for ARNs.
func (id ID) StrippedName() (string, bool) {
	if id.Kind != BareName || !hasSuffix(id.Resource) {
		return "", false
	}
	return id.Resource[:len(id.Resource)-suffixLen], true
}

// WithRegion returns the ARN of the secret's replica in another region, which
// differs in nothing else. A name is returned unchanged, and so is an ARN if
// region is not a region's name.
func (id ID) WithRegion(region string) ID {
	if id.Kind != BareName && IsRegion(region) {
		id.Region = region
	}
	return id
}

// TrimSuffix returns arn without its random suffix, given the secret's name as
// AWS answered it. It reports false where arn is not a full ARN of that name.
func TrimSuffix(arn, name string) (string, bool) {
	id, err := ParseID(arn)
	if err != nil || id.Kind != FullARN || id.Name() != name {
		return "", false
	}
	return arn[:len(arn)-suffixLen], true
}

// suffixLen is the length of what AWS adds to a name in an ARN: a hyphen and six
// letters or digits.
const suffixLen = len("-Vwt7zX")

// hasSuffix reports whether s is a name and something like the random suffix.
func hasSuffix(s string) bool {
	at := len(s) - suffixLen
	return at > 0 && s[at] == '-' && !strings.ContainsFunc(s[at+1:], notAlnum)
}
