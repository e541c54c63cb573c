package ident

import "strings"

// isARN reports whether s means to be an ARN. Nothing else may begin so, in any
// case: otherwise a mistyped ARN would be a secret "ARN" and its key "aws".
func isARN(s string) bool { return len(s) >= 4 && strings.EqualFold(s[:4], "arn:") }

// parseARN reads the ARN of a secret.
func parseARN(s string) (ID, error) {
	parts := strings.SplitN(s, ":", arnParts)
	// An ARN of another service has a form of its own, so this comes first.
	if len(parts) > 2 && parts[2] != "secretsmanager" {
		return ID{}, &Error{
			Kind: ErrService, Offset: offset(parts, 2),
			Cause: "the ARN is not one of AWS Secrets Manager", Remedy: "give the ARN that the Secrets Manager console shows for the secret",
		}
	}
	if len(parts) < arnParts {
		return ID{}, arnError(len(s), "the ARN is cut short")
	}
	id := ID{Kind: PartialARN, Partition: parts[1], Region: parts[3], Account: parts[4], Resource: parts[6]}
	switch {
	case parts[0] != "arn":
		return ID{}, arnError(0, `"arn" is not in lower case`)
	case !isPartition(id.Partition):
		return ID{}, arnError(offset(parts, 1), "the partition is not one of AWS")
	case !IsRegion(id.Region):
		return ID{}, arnError(offset(parts, 3), "the region is not like us-east-1")
	case !isAccount(id.Account):
		return ID{}, arnError(offset(parts, 4), "the account is not twelve digits")
	case parts[5] != "secret":
		return ID{}, arnError(offset(parts, 5), `"secret" is missing`)
	}
	longest := maxName
	if hasSuffix(id.Resource) {
		id.Kind, longest = FullARN, maxName+suffixLen
	}
	if err := checkName(id.Resource, offset(parts, 6), longest); err != nil {
		return ID{}, err
	}
	return id, nil
}

// offset returns where the i-th part begins.
func offset(parts []string, i int) int {
	at := 0
	for _, p := range parts[:i] {
		at += len(p) + 1
	}
	return at
}

func arnError(at int, cause string) error {
	return &Error{
		Kind: ErrSyntax, Offset: at, Cause: cause,
		Remedy: "write arn:PARTITION:secretsmanager:REGION:ACCOUNT:secret:NAME-SUFFIX, as the console shows it",
	}
}

// isPartition accepts aws and names like aws-cn, those of partitions to come
// included.
func isPartition(s string) bool {
	first, rest, more := strings.Cut(s, "-")
	if first != "aws" || len(s) > maxRegion {
		return false
	}
	for more {
		var word string
		word, rest, more = strings.Cut(rest, "-")
		if word == "" || strings.ContainsFunc(word, notLower) {
			return false
		}
	}
	return true
}

// IsRegion reports whether s is the name of a region, by AWS's own model: words in lower case and at last a
// number, joined by hyphens.
func IsRegion(s string) bool {
	words := strings.Split(s, "-")
	last := len(words) - 1
	for _, w := range words[:last] {
		if w == "" || strings.ContainsFunc(w, notLower) {
			return false
		}
	}
	number := words[last]
	return last > 0 && len(s) <= maxRegion && number != "" && !strings.ContainsFunc(number, notDigit)
}

func isAccount(s string) bool { return len(s) == 12 && !strings.ContainsFunc(s, notDigit) }
