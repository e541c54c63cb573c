package policy

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Layout writes a document as Secrets Manager gives it back: its members in their order, an object's each on a line
// of its own, a list's items on one line. What is not JSON stays as it is.
func Layout(doc string) string {
	root, err := (&source{doc: doc}).tree()
	if err != nil {
		return doc
	}
	return string(root.layout(nil, 0))
}

func (n node) layout(out []byte, depth int) []byte {
	switch n.kind {
	case object:
		return n.layoutObject(out, depth)
	case array:
		out = append(out, '[')
		for i, item := range n.items {
			out = item.layout(append(out, separator(i)...), depth)
		}
		return append(out, " ]"...)
	case text:
		return appendText(out, n.text)
	case null:
		return append(out, "null"...)
	}
	return append(out, n.text...)
}

func separator(i int) string {
	if i == 0 {
		return " "
	}
	return ", "
}

func (n node) layoutObject(out []byte, depth int) []byte {
	if len(n.members) == 0 {
		return append(out, "{ }"...)
	}
	out = append(out, '{')
	for i, m := range n.members {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendText(newLine(out, depth+1), m.name)
		out = m.value.layout(append(out, " : "...), depth+1)
	}
	return append(newLine(out, depth), '}')
}

func newLine(out []byte, depth int) []byte {
	return append(append(out, '\n'), strings.Repeat("  ", depth)...)
}

// appendText quotes a text and leaves <, > and & alone.
func appendText(out []byte, s string) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a text always encodes
	return append(out, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
}
