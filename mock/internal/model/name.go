package model

import (
	"strings"

	"wicketkey.internal/mock/internal/awserr"
)

// ValidName reports whether a secret can have that name. Secrets that other services manage have an exclamation mark
// in theirs, as in rds!cluster-1; the API reference leaves it to them.
func ValidName(name string) bool {
	for _, c := range []byte(name) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && strings.IndexByte("/_+=.@-!", c) < 0 {
			return false
		}
	}
	return true
}

// BadName is the answer to a name that no secret can have. Its text names the exclamation mark too.
func BadName() *awserr.Error {
	return awserr.Validation("Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!")
}

// checkName refuses what can be neither a name nor an ARN, whatever the operation. The published model leaves this
// rule out; it is applied like one of the model's, before anybody looks for the secret.
func (in Input) checkName() *awserr.Error {
	name, id := in.Text("Name"), in.Text("SecretId")
	if !ValidName(name) || strings.Contains(name, "!") || !ValidName(id) && !strings.HasPrefix(id, "arn:") {
		return BadName()
	}
	return nil
}
