package model

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"wicketkey.internal/mock/internal/awserr"
)

// check collects every broken constraint into the one ValidationException that AWS's front end answers.
func (s *shape) check(v value) *awserr.Error {
	broken := s.breaches("", v)
	if len(broken) == 0 {
		return nil
	}
	plural := ""
	if len(broken) > 1 {
		plural = "s"
	}
	return awserr.Validation("%d validation error%s detected: %s", len(broken), plural, strings.Join(broken, "; "))
}

func (s *shape) breaches(path string, v value) []string {
	switch s.kind {
	case kindStruct:
		return s.structBreaches(path, v)
	case kindList:
		return s.listBreaches(path, v)
	}
	return s.worded(path, v, s.rules(v))
}

func (s *shape) structBreaches(path string, v value) []string {
	var out []string
	for _, m := range s.members {
		field, ok := v.fields[m.name]
		switch {
		case ok:
			out = append(out, m.shape.breaches(join(path, m.name), field)...)
		case m.required:
			out = append(out, "Value null at '"+join(path, m.name)+"' failed to satisfy constraint: Member must not be null")
		}
	}
	return out
}

// join names a member as messages do: from the outside in, each with a small first letter.
func join(path, name string) string {
	name = strings.ToLower(name[:1]) + name[1:]
	if path == "" {
		return name
	}
	return path + "." + name
}

func (s *shape) listBreaches(path string, v value) []string {
	out := s.worded(path, v, s.lengthRules(len(v.list)))
	for i, item := range v.list {
		if s.elem.kind == kindStruct {
			out = append(out, s.elem.breaches(path+"."+strconv.Itoa(i+1)+".member", item)...)
		} else if len(s.elem.rules(item)) > 0 {
			// A bad scalar is reported once, for the whole list, with all the rules of its elements.
			return append(out, s.worded(path, v, []string{"Member must satisfy constraint: [" + strings.Join(s.elem.allRules(), ", ") + "]"})...)
		}
	}
	return out
}

func (s *shape) worded(path string, v value, rules []string) []string {
	for i, rule := range rules {
		shown := " '" + s.show(v) + "'"
		if s.sensitive {
			shown = ""
		}
		rules[i] = "Value" + shown + " at '" + path + "' failed to satisfy constraint: " + rule
	}
	return rules
}

func (s *shape) show(v value) string {
	switch s.kind {
	case kindInt:
		return strconv.FormatInt(v.number, 10)
	case kindList:
		var items []string
		for _, item := range v.list {
			items = append(items, s.elem.show(item))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case kindStruct:
		return "com.amazonaws.secretsmanager.Structure"
	}
	return v.text
}

// rules returns the rules that a scalar breaks.
func (s *shape) rules(v value) []string {
	switch {
	case s.kind == kindBool:
		return nil
	case s.kind == kindInt:
		return s.valueRules(v.number)
	case s.enum != nil:
		if slices.Contains(s.enum, v.text) {
			return nil
		}
		return []string{s.enumRule()}
	}
	out := s.lengthRules(s.length(v.text))
	if s.pattern != nil && !s.matches(v.text) {
		out = append(out, s.patternRule())
	}
	return out
}

// matches reports whether the whole text fits the pattern, as the service's validator asks.
func (s *shape) matches(text string) bool {
	loc := s.pattern.FindStringIndex(text)
	return loc != nil && loc[0] == 0 && loc[1] == len(text)
}

// length counts as the service does: UTF-16 units, but bytes for a secret's value.
func (s *shape) length(text string) int {
	if s.bytes || s.kind == kindBlob {
		return len(text)
	}
	n := 0
	for _, r := range text {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}

func (s *shape) lengthRules(n int) []string {
	var out []string
	if s.max > 0 && n > s.max {
		out = append(out, fmt.Sprintf("Member must have length less than or equal to %d", s.max))
	}
	if n < s.min {
		out = append(out, fmt.Sprintf("Member must have length greater than or equal to %d", s.min))
	}
	return out
}

func (s *shape) valueRules(n int64) []string {
	switch {
	case s.max > 0 && n > int64(s.max):
		return []string{fmt.Sprintf("Member must have value less than or equal to %d", s.max)}
	case n < int64(s.min) && s.max > 0:
		return []string{fmt.Sprintf("Member must have value greater than or equal to %d", s.min)}
	}
	return nil
}

func (s *shape) patternRule() string {
	return "Member must satisfy regular expression pattern: " + s.pattern.String()
}

func (s *shape) enumRule() string {
	return "Member must satisfy enum value set: [" + strings.Join(s.enum, ", ") + "]"
}

// allRules lists every rule of a scalar shape, as the front end does for a list's elements.
func (s *shape) allRules() []string {
	var out []string
	if s.max > 0 {
		out = append(out, fmt.Sprintf("Member must have length less than or equal to %d", s.max))
	}
	out = append(out, fmt.Sprintf("Member must have length greater than or equal to %d", s.min))
	if s.pattern != nil {
		out = append(out, s.patternRule())
	}
	return out
}
