package service

import "strings"

// ARN returns the ARN of a secret without its suffix.
func ARN(account, region, name string) string {
	return "arn:" + Partition(region) + ":secretsmanager:" + region + ":" + account + ":secret:" + name
}

// Partition returns the partition of a region.
func Partition(region string) string {
	for _, p := range [][2]string{
		{"cn-", "aws-cn"}, {"us-gov-", "aws-us-gov"}, {"us-isob-", "aws-iso-b"}, {"us-isof-", "aws-iso-f"},
		{"us-iso-", "aws-iso"}, {"eu-isoe-", "aws-iso-e"}, {"eusc-", "aws-eusc"},
	} {
		if strings.HasPrefix(region, p[0]) {
			return p[1]
		}
	}
	return "aws"
}
