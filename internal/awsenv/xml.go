package awsenv

import (
	"strconv"
	"strings"
)

// leaves returns the text of each element under "parent/name", and false if
// the body is not well-formed. It reads the XML that a service writes, without
// document types or namespaces' meaning; encoding/xml would do the same for
// 57 kB of binary.
func leaves(body string) (map[string]string, bool) {
	s := &xmlScanner{path: []string{"", ""}, found: map[string]string{}}
	body = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(body)
	for body != "" {
		text, markup, more := strings.Cut(body, "<")
		if !s.text(text) {
			return nil, false
		}
		if !more {
			break
		}
		var ok bool
		if body, ok = s.markup(markup); !ok {
			return nil, false
		}
	}
	return s.found, len(s.path) == 2
}

type xmlScanner struct {
	path  []string // open elements, below two empty names
	found map[string]string
}

func (s *xmlScanner) add(text string) {
	s.found[s.path[len(s.path)-2]+"/"+s.path[len(s.path)-1]] += text
}

// text adds character data with its references resolved.
func (s *xmlScanner) text(text string) bool {
	for text != "" {
		plain, reference, found := strings.Cut(text, "&")
		s.add(plain)
		if !found {
			break
		}
		name, rest, closed := strings.Cut(reference, ";")
		char, known := resolve(name)
		if !closed || !known {
			return false
		}
		s.add(char)
		text = rest
	}
	return true
}

// resolve returns the character of "amp", "#38" or "#x26".
func resolve(name string) (string, bool) {
	if number, ok := strings.CutPrefix(name, "#"); ok {
		base := 10
		if hex, ok := strings.CutPrefix(number, "x"); ok {
			number, base = hex, 16
		}
		code, err := strconv.ParseUint(number, base, 21)
		return string(rune(code)), err == nil
	}
	char, ok := map[string]string{"amp": "&", "lt": "<", "gt": ">", "quot": `"`, "apos": "'"}[name]
	return char, ok
}

// markup takes what follows a "<" and returns what follows its end.
func (s *xmlScanner) markup(body string) (rest string, ok bool) {
	switch {
	case strings.HasPrefix(body, "!--"):
		_, rest, ok = strings.Cut(body[3:], "-->")
	case strings.HasPrefix(body, "![CDATA["):
		var text string
		if text, rest, ok = strings.Cut(body[8:], "]]>"); ok {
			s.add(text)
		}
	case strings.HasPrefix(body, "?"):
		_, rest, ok = strings.Cut(body, "?>")
	case strings.HasPrefix(body, "!"):
	case strings.HasPrefix(body, "/"):
		var name string
		if name, rest, ok = strings.Cut(body[1:], ">"); ok {
			ok = s.pop(localName(name))
		}
	default:
		return s.open(body)
	}
	return rest, ok
}

func (s *xmlScanner) open(body string) (rest string, ok bool) {
	end := tagEnd(body)
	if end < 0 {
		return "", false
	}
	tag, rest := body[:end], body[end+1:]
	tag, empty := strings.CutSuffix(tag, "/")
	name := localName(tag)
	s.path = append(s.path, name)
	return rest, name != "" && (!empty || s.pop(name))
}

func (s *xmlScanner) pop(name string) bool {
	last := len(s.path) - 1
	if last < 2 || s.path[last] != name {
		return false
	}
	s.path = s.path[:last]
	return true
}

// tagEnd finds the ">" that no attribute's quotes enclose.
func tagEnd(body string) int {
	quote := byte(0)
	for i := range len(body) {
		switch c := body[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i
		}
	}
	return -1
}

// localName is the first word of a tag without its namespace prefix.
func localName(tag string) string {
	if i := strings.IndexAny(tag, " \t\n"); i >= 0 {
		tag = tag[:i]
	}
	if prefix, local, ok := strings.Cut(tag, ":"); ok && prefix != "" && local != "" {
		return local
	}
	return tag
}
