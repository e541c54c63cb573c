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
	classes, err := passwordClasses(c)
	if err != nil {
		return nil, err
	}
	length := c.In.Number("PasswordLength", 32)
	each := c.In.Flag("RequireEachIncludedType", true)
	if each && length < len(classes) {
		return nil, awserr.Parameter("Password length is too short based on the required types.")
	}
	all := strings.Join(classes, "")
	out := make([]byte, length)
	for i := range out {
		from := all
		if each && i < len(classes) {
			from = classes[i]
		}
		out[i] = from[s.ids.Below(len(from))]
	}
	s.ids.Shuffle(out)
	return encode(passwordOutput{string(out)}), nil
}

// passwordClasses returns the characters to choose from, by type.
func passwordClasses(c *Call) ([]string, *awserr.Error) {
	excluded := c.In.Text("ExcludeCharacters")
	var classes []string
	for _, class := range []struct {
		flag  string
		chars string
	}{{"ExcludeLowercase", lower}, {"ExcludeUppercase", upper}, {"ExcludeNumbers", digits}, {"ExcludePunctuation", punctuation}} {
		if c.In.Flag(class.flag, false) {
			continue
		}
		if left := without(class.chars, excluded); left != "" {
			classes = append(classes, left)
		}
	}
	if c.In.Flag("IncludeSpace", false) && !strings.Contains(excluded, " ") {
		classes = append(classes, " ")
	}
	if len(classes) == 0 {
		return nil, awserr.Parameter("You can't exclude every character type.")
	}
	return classes, nil
}

func without(chars, excluded string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(excluded, r) {
			return -1
		}
		return r
	}, chars)
}
