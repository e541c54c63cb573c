package policy

import (
	"strconv"
	"strings"
)

// condition is one key under one operator.
type condition struct {
	op       operator
	name     string // of the bare operator
	set      quantifier
	ifExists bool
	key      string
	values   []string
	vars     bool // whether the document's version has policy variables
}

type quantifier int

const (
	single quantifier = iota
	forAll
	forAny
)

func (p *parser) conditions(n node, element string) ([]condition, error) {
	if n.kind != object {
		return nil, p.fail(n.at, element, "must be an object of operators, not "+n.kind.String())
	}
	var out []condition
	for _, m := range n.members {
		proto, ok := parseOperator(m.name)
		if !ok {
			return nil, p.fail(m.at, under(element, m.name), "unknown condition operator")
		}
		if m.value.kind != object {
			return nil, p.fail(m.value.at, under(element, m.name), "must be an object of condition keys, not "+m.value.kind.String())
		}
		for _, k := range m.value.members {
			c, err := p.condition(proto, k, under(under(element, m.name), k.name))
			if err != nil {
				return nil, err
			}
			out = append(out, c)
		}
	}
	return out, nil
}

func parseOperator(name string) (condition, bool) {
	var c condition
	if rest, ok := strings.CutPrefix(name, "ForAllValues:"); ok {
		c.set, name = forAll, rest
	} else if rest, ok := strings.CutPrefix(name, "ForAnyValue:"); ok {
		c.set, name = forAny, rest
	}
	if rest, ok := strings.CutSuffix(name, "IfExists"); ok && rest != "Null" {
		c.ifExists, name = true, rest
	}
	var ok bool
	c.name = name
	c.op, ok = findOperator(name)
	return c, ok
}

func (p *parser) condition(c condition, k member, element string) (condition, error) {
	c.key, c.vars = k.name, p.variables
	if c.key == "" {
		return c, p.fail(k.at, element, "the condition key is empty")
	}
	nodes := []node{k.value}
	if k.value.kind == array { // an empty list is valid here, and matches nothing
		nodes = k.value.items
	}
	for _, n := range nodes {
		if n.kind == object || n.kind == array || n.kind == null {
			return c, p.fail(n.at, element, "must be a string, number or boolean, not "+n.kind.String())
		}
		if variable := p.variables && strings.Contains(n.text, "${"); !variable && !c.op.valid(n.text) {
			return c, p.fail(n.at, element, strconv.Quote(n.text)+" is not "+c.op.wants)
		}
		c.values = append(c.values, n.text)
	}
	return c, nil
}

// holds reports whether the request meets the condition.
func (c *condition) holds(r *Request) bool {
	have, present := r.values(c.key)
	if c.name == "Null" {
		return c.null(present)
	}
	if !present {
		return c.ifExists || c.set == forAll || c.set == single && c.op.negated
	}
	switch c.set {
	case forAll:
		for _, v := range have {
			if !c.admits(v, r) {
				return false
			}
		}
		return true
	default: // AWS leaves a single-valued operator on several values undefined
		for _, v := range have {
			if c.admits(v, r) {
				return true
			}
		}
		return false
	}
}

// null: "true" asks that the key be absent, "false" that it be there.
func (c *condition) null(present bool) bool {
	for _, v := range c.values {
		if strings.EqualFold(v, "true") != present {
			return true
		}
	}
	return false
}

// admits compares one value of the request: one of the policy's values must
// match it, or none for a negated operator.
func (c *condition) admits(have string, r *Request) bool {
	var vars variables
	if c.vars {
		vars = r.variable
	}
	for _, want := range c.values {
		if c.op.match(want, have, vars) {
			return !c.op.negated
		}
	}
	return c.op.negated
}
