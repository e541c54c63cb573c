package policy

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// operator is a bare condition operator.
type operator struct {
	match   func(want, have string, vars variables) bool
	valid   func(want string) bool
	wants   string // completes "… is not"
	negated bool
}

func findOperator(name string) (operator, bool) {
	base, negated := strings.Replace(name, "Not", "", 1), strings.Contains(name, "Not")
	if strings.HasPrefix(base, "Numeric") || strings.HasPrefix(base, "Date") {
		if negated && !strings.HasSuffix(name, "NotEquals") {
			return operator{}, false
		}
		op, ok := ordered(base)
		op.negated = negated
		return op, ok
	}
	op := operator{valid: func(string) bool { return true }, negated: negated}
	switch base {
	case "StringEquals", "BinaryEquals":
		op.match = matcher(false, glob.match)
	case "StringEqualsIgnoreCase":
		op.match = matcher(false, func(g glob, s string) bool { return g.fold().match(strings.ToLower(s)) })
	case "StringLike":
		op.match = matcher(true, glob.match)
	case "ArnEquals", "ArnLike": // AWS documents them as the same
		op.match = matcher(true, glob.matchARN)
	case "IpAddress":
		op.match, op.valid, op.wants = matchIP, isPrefix, "an IP address or CIDR range"
	case "Bool":
		op.match, op.valid, op.wants = matchBool, isBool, `"true" or "false"`
	case "Null":
		op.valid, op.wants = isBool, `"true" or "false"`
	default:
		return operator{}, false
	}
	// The word order decides: "NotIpAddress", but "StringNotEquals".
	return op, op.match == nil && !negated || op.match != nil && (!negated || negatedName(name))
}

func negatedName(name string) bool {
	switch name {
	case "StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike", "ArnNotEquals", "ArnNotLike", "NotIpAddress":
		return true
	}
	return false
}

func matcher(wild bool, match func(glob, string) bool) func(want, have string, vars variables) bool {
	return func(want, have string, vars variables) bool {
		g, ok := compile(want, wild, vars)
		return ok && match(g, have)
	}
}

// ordered returns the Numeric and Date operators.
func ordered(base string) (operator, bool) {
	parse, wants := parseNumber, "a number"
	order, ok := strings.CutPrefix(base, "Numeric")
	if !ok {
		parse, wants = parseDate, "an ISO 8601 date or seconds since 1970"
		order = strings.TrimPrefix(base, "Date")
	}
	var holds func(have, want float64) bool
	switch order {
	case "Equals":
		holds = func(have, want float64) bool { return have == want }
	case "LessThan":
		holds = func(have, want float64) bool { return have < want }
	case "LessThanEquals":
		holds = func(have, want float64) bool { return have <= want }
	case "GreaterThan":
		holds = func(have, want float64) bool { return have > want }
	case "GreaterThanEquals":
		holds = func(have, want float64) bool { return have >= want }
	default:
		return operator{}, false
	}
	return operator{
		wants: wants,
		valid: func(want string) bool { _, ok := parse(want); return ok },
		match: func(want, have string, vars variables) bool {
			w, ok1 := parse(plain(want, vars))
			h, ok2 := parse(have)
			return ok1 && ok2 && holds(h, w)
		},
	}, true
}

// plain is a value whose variables, if it has any, are replaced; "" if one of
// them has no value.
func plain(want string, vars variables) string {
	g, _ := compile(want, false, vars)
	return string(g)
}

func parseNumber(s string) (float64, bool) {
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

func parseDate(s string) (float64, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return float64(t.UnixNano()) / 1e9, true
		}
	}
	return parseNumber(s)
}

func isBool(s string) bool { return strings.EqualFold(s, "true") || strings.EqualFold(s, "false") }

func matchBool(want, have string, vars variables) bool {
	return strings.EqualFold(plain(want, vars), have)
}

func isPrefix(s string) bool {
	_, ok := parsePrefix(s)
	return ok
}

func parsePrefix(s string) (netip.Prefix, bool) {
	if prefix, err := netip.ParsePrefix(s); err == nil {
		return prefix.Masked(), true
	}
	addr, err := netip.ParseAddr(s)
	if err != nil || addr.Zone() != "" {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(addr, addr.BitLen()), true
}

func matchIP(want, have string, vars variables) bool {
	prefix, ok := parsePrefix(plain(want, vars))
	addr, err := netip.ParseAddr(have)
	return ok && err == nil && prefix.Contains(addr.Unmap())
}
