package awsenv

import "strings"

// section is one bracketed part of a shared file. A value is either text or,
// where indented lines follow an empty one, a block of key-value pairs.
type section struct {
	text  map[string]string
	block map[string]map[string]string
	// keyFile is the file that aws_access_key_id came from, for
	// aws.Credentials.Source.
	keyFile string
	// partial marks half a key pair, which the SDK refuses to use.
	partial bool
}

func newSection() *section {
	return &section{text: map[string]string{}, block: map[string]map[string]string{}}
}

func (s *section) has(key string) bool {
	_, ok := s.text[key]
	return ok
}

func (s *section) set(key, value, file string) {
	s.text[key] = value
	delete(s.block, key)
	if key == keyAccessKey {
		s.keyFile = file
	}
}

// parseINI reads a shared file into its sections, by name as written, with the
// type prefix ("profile x", "services x"). It accepts every input: lines that
// mean nothing are skipped, as the SDK skips them.
func parseINI(content, file string) map[string]*section {
	p := &iniParser{file: file, sections: map[string]*section{}}
	for line := range strings.SplitSeq(content, "\n") {
		p.line(line)
	}
	return p.sections
}

type iniParser struct {
	file     string
	sections map[string]*section
	current  *section // nil before the first section
	key      string   // the property that indented lines belong to
}

func (p *iniParser) line(line string) {
	if strings.TrimSpace(line) == "" || isComment(line) {
		return
	}
	if name, ok := sectionName(line); ok {
		p.open(name)
		return
	}
	if p.current == nil {
		return
	}
	if isBlank(line[0]) {
		p.indented(strings.TrimLeft(line, " \t"))
		return
	}
	if key, value, ok := splitPair(cutComment(line)); ok {
		p.property(key, value)
	}
}

func (p *iniParser) open(name string) {
	p.key, p.current = "", nil
	if name == "" {
		return
	}
	if p.sections[name] == nil {
		p.sections[name] = newSection()
	}
	p.current = p.sections[name]
}

func (p *iniParser) property(key, value string) {
	p.key = key
	p.current.set(key, value, p.file)
}

// indented is either a pair nested under an empty property, a pair that only
// looks nested, or the next line of a value.
func (p *iniParser) indented(line string) {
	key, value, pair := splitPair(line)
	parent := p.current.text[p.key]
	switch {
	case pair && (p.key == "" || parent != ""):
		// Comments belong to the value of a nested pair but not of a plain one.
		p.property(key, strings.TrimSpace(cutInlineComment(value)))
	case pair:
		if p.current.block[p.key] == nil {
			p.current.block[p.key] = map[string]string{}
		}
		p.current.block[p.key][key] = value
	case parent != "":
		p.current.text[p.key] = parent + "\n" + line
	}
}

// sectionName recognises "[ type  name ] # comment" and joins type and name
// with one space.
func sectionName(line string) (string, bool) {
	line, _, _ = strings.Cut(line, "#")
	line, _, _ = strings.Cut(line, ";")
	line = strings.TrimSpace(line)
	if !strings.HasPrefix(line, "[") || !strings.HasSuffix(line, "]") {
		return "", false
	}
	line = strings.TrimSpace(line[1 : len(line)-1])
	kind := strings.IndexAny(line, " \t")
	if kind < 0 {
		return line, true
	}
	return line[:kind] + " " + strings.TrimLeft(line[kind:], " \t"), true
}

// splitPair cuts at the first "=" or ":"; the colon is an old spelling that
// the SDK still accepts.
func splitPair(line string) (key, value string, ok bool) {
	at := strings.IndexAny(line, "=:")
	if at < 0 {
		return "", "", false
	}
	key = strings.ToLower(strings.TrimSpace(line[:at]))
	return key, unquote(strings.TrimSpace(line[at+1:])), true
}

func cutComment(line string) string {
	return strings.TrimRight(cutInlineComment(line), " \t")
}

// cutInlineComment keeps "#" and ";" inside words: only after white space do
// they start a comment.
func cutInlineComment(line string) string {
	for _, mark := range []string{" #", " ;", "\t#", "\t;"} {
		line, _, _ = strings.Cut(line, mark)
	}
	return line
}

func unquote(s string) string {
	if len(s) >= 2 && (s[0] == '\'' || s[0] == '"') && s[len(s)-1] == s[0] {
		return s[1 : len(s)-1]
	}
	return s
}

func isComment(line string) bool {
	line = strings.TrimLeft(line, " \t")
	return strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";")
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }
