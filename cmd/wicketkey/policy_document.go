package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"wicketkey.internal/internal/ident"
)

// readStatement is one statement of a policy that somebody wrote.
type readStatement struct {
	Sid         string
	Effect      string
	Action      oneOrMore
	NotAction   oneOrMore
	Resource    oneOrMore
	NotResource oneOrMore
	Condition   map[string]map[string]oneOrMore

	number int
}

// policyText is a policy as it is written, for saying what about it is wrong.
// Whether it is, only the simulator tells.
type policyText []readStatement

// readPolicy reads as much as it understands; the simulator refuses the rest.
func readPolicy(text []byte) policyText {
	var document struct{ Statement list[readStatement] }
	_ = json.Unmarshal(text, &document)
	for i := range document.Statement {
		document.Statement[i].number = i + 1
	}
	return policyText(document.Statement)
}

// list is what IAM lets stand alone or in an array.
type list[T any] []T

type oneOrMore = list[string]

func (l *list[T]) UnmarshalJSON(text []byte) error {
	var many []T
	if json.Unmarshal(text, &many) == nil {
		*l = many
		return nil
	}
	var one T
	err := json.Unmarshal(text, &one)
	*l = []T{one}
	return err
}

// name is how people find the statement.
func (s readStatement) name() string {
	if s.Sid == "" {
		return fmt.Sprintf("statement %d", s.number)
	}
	return fmt.Sprintf("statement %d (%s)", s.number, s.Sid)
}

// matches reports whether an IAM pattern, with its * and ?, covers text.
func matches(pattern, text string) bool {
	star, from := -1, 0 // the last star, and where what follows it is tried
	p, t := 0, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			from++
			p, t = star+1, from
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// assume believes the policy where it says of the secret what only AWS knows,
// and says what it believed.
func (p policyText) assume(r resource) (resource, []string) {
	if r.exact {
		return r, nil
	}
	ours := strings.SplitN(strings.TrimSuffix(r.arn, anySuffix), ":", 7)
	for _, s := range p {
		if s.Effect != "Allow" {
			continue
		}
		for _, pattern := range s.Resource {
			theirs := strings.SplitN(pattern, ":", 7)
			if len(theirs) == 7 && theirs[2] == "secretsmanager" && sameButUnknown(ours, theirs) {
				return believe(r, ours, theirs, s)
			}
		}
	}
	return r, nil
}

// sameButUnknown reports whether an ARN of the policy may be that of our secret.
func sameButUnknown(ours, theirs []string) bool {
	for _, i := range []int{1, 3, 4} {
		if ours[i] != theirs[i] && ours[i] != "*" && !strings.ContainsAny(theirs[i], "*?") {
			return false
		}
	}
	name := theirs[6]
	return name == ours[6] || strings.HasPrefix(name, ours[6]+"-") && len(name) == len(ours[6])+len(anySuffix)
}

// believe takes over what is unknown of ours and plain in theirs.
func believe(r resource, ours, theirs []string, s readStatement) (resource, []string) {
	believed := slices.Clone(ours)
	var open []string
	for _, part := range []struct {
		at   int
		what string
		ok   func(string) bool
	}{{3, "is in region ", ident.IsRegion}, {4, "is of account ", isAccount}} {
		if plain := theirs[part.at]; ours[part.at] == "*" && part.ok(plain) {
			believed[part.at] = plain
			open = append(open, part.what+plain)
		}
	}
	r.exact = false
	if suffix := strings.TrimPrefix(theirs[6], ours[6]); suffix != "" && !strings.ContainsAny(suffix, "*?") {
		believed[6] = theirs[6]
		r.exact = true
		open = append(open, "has an ARN that ends in "+suffix)
	}
	if believed[3] != "*" {
		r.region = believed[3]
	}
	r.arn = strings.Join(believed, ":")
	if !r.exact {
		r.arn += anySuffix
	}
	if open == nil {
		return r, nil
	}
	return r, []string{fmt.Sprintf("whether %s %s, as %s says, only AWS knows: give its ARN, or leave it to AWS (without -offline)",
		ours[6], strings.Join(open, ", and "), s.name())}
}
