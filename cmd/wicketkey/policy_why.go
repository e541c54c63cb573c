package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// why names the statement that comes nearest to allowing what is needed, and
// where it differs.
func (p policyText) why(d decision) string {
	var nearest readStatement
	var least difference
	for _, s := range p {
		differs := s.differs(d)
		switch {
		case s.Effect == "Deny" && differs.weight == 0:
			return s.name() + " denies it" + s.under()
		case s.Effect == "Allow" && (nearest.number == 0 || differs.weight < least.weight):
			nearest, least = s, differs
		}
	}
	switch {
	case nearest.number == 0:
		return "no statement allows anything"
	case least.weight > 0:
		return "the nearest is " + nearest.name() + ": " + least.text
	case len(nearest.Condition) > 0:
		return nearest.name() + " would allow it" + nearest.under() + ", which the check's call does not meet"
	}
	return nearest.name() + " would allow it, and another denies it"
}

// difference is what keeps a statement from speaking of something.
type difference struct {
	weight int // zero: nothing
	text   string
}

// Differences of this weight make a statement one about something else.
const farOff = 10

func (d difference) and(weight int, format string, args ...any) difference {
	text := fmt.Sprintf(format, args...)
	if d.weight > 0 {
		text = d.text + ", and " + text
	}
	return difference{d.weight + weight, text}
}

// under tells on what conditions a statement speaks.
func (s readStatement) under() string {
	if len(s.Condition) == 0 {
		return ""
	}
	var all []string
	for _, operator := range slices.Sorted(maps.Keys(s.Condition)) {
		for _, key := range slices.Sorted(maps.Keys(s.Condition[operator])) {
			all = append(all, fmt.Sprintf("%s %s %s", operator, key, strings.Join(s.Condition[operator][key], ", ")))
		}
	}
	return " on the condition " + strings.Join(all, "; ")
}

// differs compares a statement with an action on a resource.
func (s readStatement) differs(d decision) difference {
	action := s.actionDiffers(d.Action)
	if !strings.HasPrefix(d.Resource, "arn:") { // a key of which only an alias is known, or the default one
		return action
	}
	resource := s.resourceDiffers(d.Resource)
	if action.weight == 0 || resource.weight == 0 {
		return difference{action.weight + resource.weight, action.text + resource.text}
	}
	return action.and(resource.weight, "%s", resource.text)
}

func (s readStatement) actionDiffers(action string) difference {
	var none difference
	covers := func(pattern string) bool { return matches(strings.ToLower(pattern), strings.ToLower(action)) }
	switch {
	case len(s.NotAction) > 0 && slices.ContainsFunc(s.NotAction, covers):
		return none.and(farOff, "its NotAction excludes %s", action)
	case len(s.NotAction) > 0 || slices.ContainsFunc(s.Action, covers):
		return none
	}
	shown := strings.Join(s.Action[:min(3, len(s.Action))], ", ")
	if len(s.Action) > 3 {
		shown += ", …"
	}
	return none.and(farOff, "its Action is %s, not %s", shown, action)
}

// resourceDiffers compares with the resource that differs least.
func (s readStatement) resourceDiffers(arn string) difference {
	if len(s.NotResource) > 0 {
		if slices.ContainsFunc(s.NotResource, func(pattern string) bool { return matches(pattern, arn) }) {
			return difference{farOff, "its NotResource excludes it"}
		}
		return difference{}
	}
	var least difference
	for i, pattern := range s.Resource {
		if d := arnDiffers(pattern, arn); i == 0 || d.weight < least.weight {
			least = d
		}
	}
	return least
}

// arnDiffers compares a pattern with an ARN, part by part.
func arnDiffers(pattern, arn string) difference {
	var d difference
	theirs, ours := strings.SplitN(pattern, ":", 7), strings.SplitN(arn, ":", 7)
	switch {
	case matches(pattern, arn):
		return d
	case placeholderIn(pattern):
		return d.and(1, "a placeholder is left in its Resource %s", pattern)
	case theirs[0] != "arn":
		return d.and(1, "its Resource %s is no ARN", pattern)
	case len(theirs) < len(ours) || theirs[2] != ours[2]:
		return d.and(farOff, "its Resource %s is of another kind", pattern)
	}
	for _, part := range []struct {
		at   int
		what string
	}{{1, "partition"}, {3, "region"}, {4, "account"}} {
		if !matches(theirs[part.at], ours[part.at]) {
			d = d.and(1, "the %s in its Resource is %q, and that of the resource %q", part.what, theirs[part.at], ours[part.at])
		}
	}
	switch last := len(ours) - 1; {
	case last == 6 && !matches(theirs[5]+":"+theirs[6], ours[5]+":"+ours[6]):
		d = d.secret(theirs[6], ours[6])
	case last == 5 && !matches(theirs[5], ours[5]):
		d = d.key(theirs[5])
	case d.weight == 0:
		d = d.and(1, "its Resource %s does not match", pattern)
	}
	return d
}

// secret compares the last part of two secrets' ARNs.
func (d difference) secret(pattern, ours string) difference {
	cut := len(ours) - len(anySuffix)
	name, suffix := ours[:cut], ours[cut:]
	known, ends := suffix != "-"+someSuffix, suffix+" or "+anySuffix
	if !known {
		suffix, ends = anySuffix, anySuffix
	}
	tail, begins := strings.CutPrefix(pattern, name)
	switch {
	case matches(pattern, name):
		return d.and(1, "its Resource lacks the ARN's six random characters: end it in %s", ends)
	case begins && strings.HasPrefix(tail, suffix):
		return d.and(1, "its Resource goes on behind the ARN's six random characters: end it in %s", suffix)
	case begins && strings.Trim(tail, "-?") == "":
		return d.and(1, "its Resource ends in %s, where a hyphen and six characters follow the name: end it in %s", tail, ends)
	case begins && len(tail) == len(suffix) && tail[0] == '-' && !known:
		return d // believed
	case begins && len(tail) == len(suffix) && tail[0] == '-':
		return d.and(1, "the random characters in its Resource are %s, and those of the secret %s: it was made anew under its name, or this is another's", tail, suffix)
	case strings.EqualFold(pattern, ours) || strings.EqualFold(pattern, name):
		return d.and(1, "its Resource differs in capital and small letters")
	}
	return d.and(farOff, "its Resource is another secret, %s", pattern)
}

func (d difference) key(pattern string) difference {
	if strings.HasPrefix(pattern, "alias/") {
		return d.and(1, "its Resource is an alias, which IAM does not look up: name the key's own ARN")
	}
	return d.and(farOff, "its Resource is another key, %s", pattern)
}

// placeholderIn finds what a guide wrote for its reader to replace: something in
// brackets, or capitals where an ARN has none.
func placeholderIn(pattern string) bool {
	variables := strings.NewReplacer("${aws:", "", "${", "<") // those are IAM's own
	if strings.ContainsAny(variables.Replace(pattern), "<>[]") || strings.Contains(pattern, "{{") {
		return true
	}
	parts := strings.SplitN(pattern, ":", 7)
	return len(parts) > 5 && strings.ContainsFunc(parts[3]+parts[4], unicode.IsUpper)
}
