package ident

import (
	"encoding/base64"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The lengths that AWS's model allows, in bytes.
const (
	maxName    = 512
	maxRegion  = 128
	maxStage   = 256
	minVersion = 32
	maxVersion = 64

	// AWS sets no limit on keys, which are ours to look up; no key is longer.
	maxKey = 256
)

// checkName checks a name, or the tail of an ARN, that begins at the given
// offset.
func checkName(s string, at, longest int) error {
	if s == "" {
		return &Error{Kind: ErrEmpty, Offset: at, Cause: "the name is empty", Remedy: "give the secret's name or ARN"}
	}
	for i, r := range s {
		switch {
		case unicode.IsSpace(r):
			return &Error{Kind: ErrSpace, Offset: at + i, Cause: "a space or line break", Remedy: "remove it: a name has none, also not at its ends"}
		case notAlnum(r) && !strings.ContainsRune("/_+=.@-!", r):
			return &Error{Kind: ErrCharacter, Offset: at + i, Cause: "a character that no name can have", Remedy: "use letters, digits and /_+=.@-!, without quotes"}
		}
	}
	if len(s) > longest {
		return &Error{Kind: ErrTooLong, Offset: at + longest, Cause: "a name has 512 characters at most", Remedy: "give the secret's name, not its value"}
	}
	return nil
}

func checkKey(s string, at int) error {
	if len(s) > maxKey {
		return &Error{Kind: ErrTooLong, Offset: at + maxKey, Cause: "a JSON key of more than 256 bytes", Remedy: "give a key's name, not its value"}
	}
	for i, r := range s {
		if !unicode.IsPrint(r) || r == utf8.RuneError {
			return &Error{Kind: ErrCharacter, Offset: at + i, Cause: "a character that does not print in the JSON key", Remedy: "write the key as it stands in the value"}
		}
	}
	if s != strings.TrimSpace(s) {
		return &Error{Kind: ErrSpace, Offset: at, Cause: "the JSON key begins or ends with a space", Remedy: "remove it"}
	}
	return nil
}

func checkStage(s string, at int) error {
	if len(s) > maxStage {
		return &Error{Kind: ErrTooLong, Offset: at + maxStage, Cause: "a staging label has 256 characters at most", Remedy: "give a label such as AWSCURRENT or AWSPREVIOUS"}
	}
	return checkGraphic(s, at, "staging label")
}

func checkVersion(s string, at int) error {
	if s != "" && (len(s) < minVersion || len(s) > maxVersion) {
		return &Error{Kind: ErrSyntax, Offset: at, Cause: "a version's identifier has 32 to 64 characters", Remedy: "give it whole, as AWS shows it; a label such as AWSPREVIOUS stands one colon earlier"}
	}
	return checkGraphic(s, at, "version's identifier")
}

// checkGraphic wants visible ASCII characters, no space.
func checkGraphic(s string, at int, what string) error {
	i := strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
	if i < 0 {
		return nil
	}
	return &Error{Kind: ErrCharacter, Offset: at + i, Cause: "a space or unprintable character in the " + what, Remedy: "remove it"}
}

// shortestValue is the length from which text that reads as the beginning of a
// JSON object in base64 is taken for a configuration and not for a name.
const shortestValue = 32

// pasted reports whether s looks like the value of a secret: JSON, or the base64
// text of a JSON object. Base64 has no character that a name cannot have.
func pasted(s string) bool {
	s = strings.TrimLeftFunc(s, unicode.IsSpace)
	if strings.HasPrefix(s, "{") || strings.HasPrefix(s, "[") {
		return true
	}
	if len(s) < shortestValue {
		return false
	}
	var head [3]byte
	if _, err := base64.RawStdEncoding.Decode(head[:], []byte(s[:4])); err != nil || head[0] != '{' {
		return false
	}
	return strings.IndexByte("\" \t\r\n", head[1]) >= 0
}

func notDigit(r rune) bool { return r < '0' || r > '9' }
func notLower(r rune) bool { return r < 'a' || r > 'z' }
func notAlnum(r rune) bool { return notDigit(r) && notLower(r) && (r < 'A' || r > 'Z') }

// piece finds what is pasted by who sees the console or an ARN, and would
// otherwise read as a name with a key behind it.
func piece(s string) error {
	if strings.Contains(s, "://") && !pasted(s) {
		return &Error{Kind: ErrSyntax, Cause: "the address of a page", Remedy: "give the secret's name, which an address of the console holds behind name="}
	}
	before, _, found := strings.Cut(s, ":secret:")
	if account := before[max(0, len(before)-12):]; found && isAccount(account) && !isARN(s) {
		return &Error{Kind: ErrSyntax, Cause: "the ARN lacks its beginning", Remedy: "give it whole, from arn: on, or the name behind secret: alone"}
	}
	return nil
}
