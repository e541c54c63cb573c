package gatewayconfig

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"wicketkey.internal/internal/jsonwalk"
)

// A member is one key of the object and where its value lies.
type member struct {
	name     string
	from, to int  // the value's bytes between its quotes
	escaped  bool // they contain JSON escapes
}

// find returns the member of that name.
func find(members []member, name string) (member, bool) {
	i := slices.IndexFunc(members, func(m member) bool { return m.name == name })
	if i < 0 {
		return member{}, false
	}
	return members[i], true
}

// scan finds the members of an object of strings. Names become strings of ordinary
// memory only when the whole is known to be an object: in a damaged text a value may
// stand where a name belongs.
func scan(text []byte) ([]member, error) {
	w := jsonwalk.New(text)
	if !bytes.HasPrefix(w.Rest(), []byte("{")) {
		return nil, &Error{Kind: ErrJSON, Cause: "the value is not a JSON object", Remedy: remedyStore}
	}
	var found []quoted
	if !w.Object(func(name, value []byte) { found = append(found, quoted{name, value, w.Offset()}) }) {
		return nil, malformed(w)
	}
	if len(w.Rest()) > 0 {
		return nil, &Error{Kind: ErrJSON, Cause: "more text follows the JSON object", Remedy: remedyStore}
	}
	return members(found)
}

// quoted is a member as it stands in the text, and where that ends.
type quoted struct {
	name, value []byte
	end         int
}

func members(found []quoted) ([]member, error) {
	all := make([]member, 0, len(found))
	names := make(map[string]bool, len(found))
	for _, q := range found {
		name, err := jsontext.AppendUnquote(nil, q.name)
		m := member{name: string(name), from: q.end - len(q.value) + 1, to: q.end - 1, escaped: bytes.IndexByte(q.value, '\\') >= 0}
		switch {
		case err != nil:
			return nil, errMalformed
		case names[m.name]:
			return nil, &Error{Kind: ErrDuplicate, Key: known(m.name), Cause: "a key occurs twice", Remedy: remedyStore}
		case q.value[0] != '"':
			return nil, &Error{Kind: ErrValue, Key: known(m.name), Cause: "the value of a key is not a string", Remedy: remedyStore}
		}
		names[m.name] = true
		all = append(all, m)
	}
	return all, nil
}

// errMalformed is of what has been validated already.
var errMalformed = &Error{Kind: ErrJSON, Cause: "malformed JSON", Remedy: remedyStore}

// malformed says where the text stops being an object, and quotes nothing of it.
func malformed(w *jsonwalk.Walker) error {
	if len(w.Rest()) == 0 {
		return &Error{Kind: ErrJSON, Cause: "the JSON text is cut short", Remedy: remedyStore}
	}
	return &Error{Kind: ErrJSON, Cause: fmt.Sprintf("malformed JSON from byte %d on", w.Offset()+1), Remedy: remedyStore}
}
