package ident

import "strings"

// AnySuffix stands, in the Resource of a policy, for what AWS adds to a name in
// an ARN.
const AnySuffix = "-??????"

// Pattern returns the Resource of a policy that allows this secret and as little
// else as can be known without AWS. An empty region or account matches any. A
// [FullARN] is its own pattern; to everything else the random suffix is added as
// [AnySuffix], without which nothing matches.
func (id ID) Pattern(region, account string) string {
	switch id.Kind {
	case FullARN:
		return id.String()
	case PartialARN:
		return id.String() + AnySuffix
	}
	if region == "" {
		region = "*"
	}
	if account == "" {
		account = "*"
	}
	return "arn:" + partitionOf(region) + ":secretsmanager:" + region + ":" + account + ":secret:" + id.Resource + AnySuffix
}

// partitionOf is that of a region's ARNs.
func partitionOf(region string) string {
	for _, p := range []struct{ prefix, name string }{
		{"cn-", "aws-cn"}, {"us-gov-", "aws-us-gov"}, {"eusc-", "aws-eusc"}, {"us-iso-", "aws-iso"},
		{"us-isob-", "aws-iso-b"}, {"eu-isoe-", "aws-iso-e"}, {"us-isof-", "aws-iso-f"},
	} {
		if strings.HasPrefix(region, p.prefix) {
			return p.name
		}
	}
	return "aws"
}
