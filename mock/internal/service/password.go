package service

import (
	"strings"

	"wicketkey.internal/mock/internal/awserr"
)

const (
	lower       = "abcdefghijklmnopqrstuvwxyz"
	upper       = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits      = "0123456789"
	punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
)

type passwordOutput struct{ RandomPassword string }

func (s *Service) randomPassword(c *Call) ([]byte, *awserr.Error) {
	each := c.In.Flag("RequireEachIncludedType", true)
	types, err := passwordTypes(c, each)
	if err != nil {
		return nil, err
	}
	length := c.In.Number("PasswordLength", 32)
	if each && length < len(types) {
		return nil, awserr.Parameter("Password length is too short based on the required types.")
	}
	all := strings.Join(types, "")
	if c.In.Flag("IncludeSpace", false) { // a space may come, and is never required
		all += without(" ", c.In.Text("ExcludeCharacters"))
	}
	if all == "" {
		return nil, awserr.Parameter("All characters have been excluded from selection")
	}
	out := make([]byte, length)
	for i := range out {
		from := all
		if each && i < len(types) {
			from = types[i]
		}
		out[i] = from[s.ids.Below(len(from))]
	}
	s.ids.Shuffle(out)
	return encode(passwordOutput{string(out)}), nil
}

// passwordTypes returns the characters to choose from, by type. A type that is required must have some left.
func passwordTypes(c *Call, each bool) ([]string, *awserr.Error) {
	excluded := c.In.Text("ExcludeCharacters")
	var types []string
	for _, t := range []struct{ flag, chars string }{
		{"ExcludeLowercase", lower}, {"ExcludeUppercase", upper}, {"ExcludeNumbers", digits}, {"ExcludePunctuation", punctuation},
	} {
		if c.In.Flag(t.flag, false) {
			continue
		}
		left := without(t.chars, excluded)
		if left == "" && each {
			return nil, awserr.Parameter("All characters of the desired type have been excluded")
		}
		types = append(types, left)
	}
	return types, nil
}

// without keeps the order, so that one seed makes one password.
func without(chars, excluded string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(excluded, r) {
			return -1
		}
		return r
	}, chars)
}
