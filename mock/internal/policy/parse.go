package policy

import (
	"strconv"
	"strings"
)

// Document is a parsed policy. It is immutable and safe for concurrent use; a
// nil Document has no statements.
type Document struct {
	statements []*statement
}

func (d *Document) all() []*statement {
	if d == nil {
		return nil
	}
	return d.statements
}

type statement struct {
	sid        string
	deny       bool
	principals *principals // nil: the element is absent
	actions    patterns
	resources  patterns
	conditions []condition
}

// patterns is an Action, NotAction, Resource or NotResource element.
type patterns struct {
	list    []string
	not     bool
	present bool
	vars    bool // whether the document's version has policy variables
}

// parser is the state of one [Parse].
type parser struct {
	source
	variables bool // Version 2012-10-17 has policy variables, 2008-10-17 has none
}

// Parse reads a policy of any kind. The error is a [*SyntaxError] that names
// line, column and element. What only some kinds must or must not have is left
// to [Document.CheckIdentity] and [Document.CheckResource].
func Parse(doc string) (*Document, error) {
	p := &parser{source: source{doc: doc}}
	root, err := p.tree()
	if err != nil {
		return nil, err
	}
	if root.kind != object {
		return nil, p.fail(root.at, "", "a policy must be an object, not "+root.kind.String())
	}
	return p.document(root)
}

func (p *parser) document(root node) (*Document, error) {
	var statements *member
	for i, m := range root.members {
		switch m.name {
		case "Version":
			if err := p.version(m.value); err != nil {
				return nil, err
			}
		case "Id":
			if err := p.isText(m.value, "Id"); err != nil {
				return nil, err
			}
		case "Statement":
			statements = &root.members[i]
		default:
			return nil, p.fail(m.at, m.name, "unknown element; a policy has Version, Id and Statement")
		}
	}
	if statements == nil {
		return nil, p.fail(root.at, "", "the Statement element is missing")
	}
	return p.statements(statements.value)
}

func (p *parser) version(n node) error {
	if n.kind != text || n.text != "2012-10-17" && n.text != "2008-10-17" {
		return p.fail(n.at, "Version", `must be "2012-10-17" or "2008-10-17"`)
	}
	p.variables = n.text == "2012-10-17"
	return nil
}

func (p *parser) isText(n node, element string) error {
	if n.kind != text {
		return p.fail(n.at, element, "must be a string, not "+n.kind.String())
	}
	return nil
}

func (p *parser) statements(n node) (*Document, error) {
	if n.kind == object {
		s, err := p.statement(n, "Statement")
		return &Document{statements: []*statement{s}}, err
	}
	if n.kind != array || len(n.items) == 0 {
		return nil, p.fail(n.at, "Statement", "must be a statement or a list of at least one")
	}
	doc := &Document{}
	sids := map[string]bool{}
	for i, item := range n.items {
		s, err := p.statement(item, nth("Statement", i))
		if err != nil {
			return nil, err
		}
		if s.sid != "" && sids[s.sid] {
			return nil, p.fail(item.at, nth("Statement", i)+".Sid", strconv.Quote(s.sid)+" is the Sid of an earlier statement")
		}
		sids[s.sid] = true
		doc.statements = append(doc.statements, s)
	}
	return doc, nil
}

func (p *parser) statement(n node, element string) (*statement, error) {
	s := &statement{}
	if n.kind != object {
		return s, p.fail(n.at, element, "must be an object, not "+n.kind.String())
	}
	effect := false
	for _, m := range n.members {
		if err := p.element(s, m, under(element, m.name)); err != nil {
			return s, err
		}
		effect = effect || m.name == "Effect"
	}
	switch {
	case !effect:
		return s, p.fail(n.at, element, "the Effect element is missing")
	case !s.actions.present:
		return s, p.fail(n.at, element, "the Action or NotAction element is missing")
	}
	return s, nil
}

func (p *parser) element(s *statement, m member, element string) error {
	var err error
	switch m.name {
	case "Sid":
		s.sid, err = m.value.text, p.isText(m.value, element)
	case "Effect":
		if m.value.kind != text || m.value.text != "Allow" && m.value.text != "Deny" {
			return p.fail(m.value.at, element, `must be "Allow" or "Deny"`)
		}
		s.deny = m.value.text == "Deny"
	case "Principal", "NotPrincipal":
		if s.principals != nil {
			return p.fail(m.at, element, "a statement cannot have both Principal and NotPrincipal")
		}
		s.principals, err = p.principals(m.value, m.name == "NotPrincipal", element)
	case "Action", "NotAction":
		err = p.patterns(&s.actions, m, element, isAction,
			`must be "*" or a service and an action, as in "secretsmanager:GetSecretValue"`)
	case "Resource", "NotResource":
		err = p.patterns(&s.resources, m, element, isResource, `must be "*" or an ARN`)
	case "Condition":
		s.conditions, err = p.conditions(m.value, element)
	default:
		err = p.fail(m.at, element, "unknown element")
	}
	return err
}

func (p *parser) patterns(to *patterns, m member, element string, ok func(string) bool, want string) error {
	if to.present {
		return p.fail(m.at, element, "a statement cannot have both this element and its opposite")
	}
	nodes, err := p.list(m.value, element)
	if err != nil {
		return err
	}
	*to = patterns{present: true, not: strings.HasPrefix(m.name, "Not"), vars: p.variables}
	for _, n := range nodes {
		if n.kind != text || !ok(n.text) {
			return p.fail(n.at, element, want)
		}
		to.list = append(to.list, n.text)
	}
	return nil
}

// list returns the nodes of a value that may be single or a list, which must
// not be empty.
func (p *parser) list(n node, element string) ([]node, error) {
	if n.kind != array {
		return []node{n}, nil
	}
	if len(n.items) == 0 {
		return nil, p.fail(n.at, element, "the list is empty")
	}
	return n.items, nil
}

func isAction(s string) bool {
	service, action, ok := strings.Cut(s, ":")
	if !ok {
		return s == "*"
	}
	return service != "" && action != "" && !strings.ContainsAny(service, "*?") && !strings.ContainsAny(s, " \t\n")
}

func isResource(s string) bool { return s == "*" || strings.HasPrefix(s, "arn:") }
