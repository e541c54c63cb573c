package policy

import (
	"strings"
	"unicode"
)

// glob is a pattern of characters and wildcards, its variables replaced. A
// value that a variable brought in is literal, whatever it contains.
type glob []rune

const (
	anyRun rune = -1 // "*"
	anyOne rune = -2 // "?"
)

// variables resolves the policy variables of a document; nil leaves them as
// the text that they are.
type variables func(key string) (string, bool)

// compile replaces the variables of s. Wildcards are wild only if wild is set.
// ok is false if a variable has neither a value nor a default: such a pattern
// matches nothing.
func compile(s string, wild bool, vars variables) (g glob, ok bool) {
	g = make(glob, 0, len(s))
	for s != "" {
		if key, rest, found := variable(s); found && vars != nil {
			value, ok := resolve(key, vars)
			if !ok {
				return nil, false
			}
			g, s = append(g, []rune(value)...), rest
			continue
		}
		next := len(s)
		if i := strings.Index(s[1:], "${"); i >= 0 {
			next = i + 1
		}
		for _, c := range s[:next] {
			g = append(g, token(c, wild))
		}
		s = s[next:]
	}
	return g, true
}

func token(c rune, wild bool) rune {
	switch {
	case wild && c == '*':
		return anyRun
	case wild && c == '?':
		return anyOne
	}
	return c
}

// variable splits "${key}rest".
func variable(s string) (key, rest string, ok bool) {
	if !strings.HasPrefix(s, "${") {
		return "", "", false
	}
	return strings.Cut(s[2:], "}")
}

// resolve looks up "key" or "key, 'default'"; "*", "?" and "$" stand for
// themselves.
func resolve(key string, vars variables) (string, bool) {
	if key == "*" || key == "?" || key == "$" {
		return key, true
	}
	name, fallback, hasDefault := strings.Cut(key, ",")
	if value, ok := vars(strings.TrimSpace(name)); ok {
		return value, true
	}
	fallback = strings.TrimSpace(fallback)
	if !hasDefault || len(fallback) < 2 || fallback[0] != '\'' || fallback[len(fallback)-1] != '\'' {
		return "", false
	}
	return fallback[1 : len(fallback)-1], true
}

// match is the usual two-pointer walk: on a mismatch only the last "*" needs
// to take one more character, so it never backtracks exponentially.
func (g glob) match(s string) bool {
	text := []rune(s)
	pi, ti, star, mark := 0, 0, -1, 0
	for ti < len(text) {
		switch {
		case pi < len(g) && g[pi] == anyRun:
			star, mark = pi, ti
			pi++
		case pi < len(g) && (g[pi] == anyOne || g[pi] == text[ti]):
			pi++
			ti++
		case star >= 0:
			mark++
			pi, ti = star+1, mark
		default:
			return false
		}
	}
	for pi < len(g) && g[pi] == anyRun {
		pi++
	}
	return pi == len(g)
}

// fold makes a pattern for lower-cased text.
func (g glob) fold() glob {
	out := make(glob, len(g))
	for i, c := range g {
		if c >= 0 {
			c = unicode.ToLower(c)
		}
		out[i] = c
	}
	return out
}

const arnFields = 6

// matchARN compares field by field, so that a wildcard does not reach across a
// colon, except in the last field; AWS completes a short pattern with "*".
func (g glob) matchARN(arn string) bool {
	if len(g) == 1 && g[0] == anyRun {
		return true
	}
	fields := strings.SplitN(arn, ":", arnFields)
	parts := g.fields()
	if len(parts) > len(fields) {
		return false
	}
	for i, part := range parts {
		if !part.match(fields[i]) {
			return false
		}
	}
	return len(fields) == arnFields
}

func (g glob) fields() []glob {
	var out []glob
	start := 0
	for i, c := range g {
		if c == ':' && len(out) < arnFields-1 {
			out = append(out, g[start:i])
			start = i + 1
		}
	}
	return append(out, g[start:])
}

func matchAction(pattern, action string) bool {
	g, _ := compile(strings.ToLower(pattern), true, nil)
	return g.match(strings.ToLower(action))
}
