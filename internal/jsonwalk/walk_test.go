package jsonwalk_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"wicketkey.internal/internal/jsonwalk"
)

// reference is what jsontext makes of the object that a text begins with: its names
// and values in turn, and how much follows.
func reference(text []byte) (parts []string, rest int, ok bool) {
	dec := jsontext.NewDecoder(bytes.NewBuffer(bytes.Clone(text)), jsontext.AllowDuplicateNames(true))
	if dec.PeekKind() != '{' {
		return nil, 0, false
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, 0, false
	}
	for dec.PeekKind() == '"' {
		for range 2 {
			raw, err := dec.ReadValue()
			if err != nil {
				return nil, 0, false
			}
			parts = append(parts, string(raw))
		}
	}
	tok, err := dec.ReadToken()
	if err != nil || tok.Kind() != '}' {
		return nil, 0, false
	}
	return parts, len(strings.TrimLeft(string(text[dec.InputOffset():]), jsonwalk.Space)), true
}

func FuzzObject(f *testing.F) {
	for _, text := range []string{
		``, `{}`, `{"a":1}`, `{ "a" : [ 1 , {"b":null} , [] ] , "c":"\ud83d\ude00\u0041" } x`, `{"a":1,}`, `{,}`, `{"a"}`, `{"a":}`,
		`{"a":1 "b":2}`, `{"a":01}`, `{"a":-}`, `{"a":1e5,"a":1.5}`, `{"a":"\ud800"}`, "{\"a\":\"\xff\"}", `{"a":"\q"}`, `{"a":[1,]}`,
		`{"a":[}`, `{"a":]}`, `{"a":tru}`, `{"a":truex}`, `{"a":nul`, "{\"a\":\"\n\"}", `{a:1}`, `{"a":1}}`, `{"a":{"b":1,}}`, `[1]`, `{"a":,1}`,
		`{"a":` + strings.Repeat("[", 9999) + strings.Repeat("]", 9999) + `}`,
		`{"a":` + strings.Repeat("[", 10000) + strings.Repeat("]", 10000) + `}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		want, rest, ok := reference(text)
		var got []string
		w := jsonwalk.New(text)
		if w.Object(func(name, value []byte) { got = append(got, string(name), string(value)) }) != ok {
			t.Fatalf("accepted: %v, jsontext: %v", !ok, ok)
		}
		if !ok {
			return
		}
		if strings.Join(got, "\x00") != strings.Join(want, "\x00") {
			t.Errorf("got %q, want %q", got, want)
		}
		if len(w.Rest()) != rest {
			t.Errorf("%d bytes follow, want %d", len(w.Rest()), rest)
		}
	})
}

// Of a text that is cut short, wherever that is, nothing is left.
func TestCutShort(t *testing.T) {
	text := []byte(`{ "a\u0041" : "\ud83d\ude00 \n é 😀" , "b":[ true , -1.5e+3 , null,{"c":[]}],"d":"" }`)
	for n := range text {
		w := jsonwalk.New(text[:n])
		if w.Object(func(name, value []byte) {}) || len(w.Rest()) > 0 {
			t.Errorf("%s: %q is left", text[:n], w.Rest())
		}
	}
}

// An array is passed as the member of an object is.
func FuzzArray(f *testing.F) {
	for _, text := range []string{``, `[]`, `[1, "a" ,{"b":[2]},[],null] x`, `[1,]`, `[,]`, `[1 2]`, `[`, `[{]}`, `{}`, `["\ud800"]`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var want, got []string
		w := jsonwalk.New(append([]byte(`{"a":`), append(text, '}')...))
		whole := w.Object(func(_, value []byte) { want = append(want, string(value)) }) && len(w.Rest()) == 0 && len(want) == 1 && want[0][0] == '['
		a := jsonwalk.New(text)
		ok := a.Array(func(value []byte) { got = append(got, string(value)) }) && len(a.Rest()) == 0
		if whole != ok {
			t.Fatalf("an array: %v, as a member: %v", ok, whole)
		}
		if !ok {
			return
		}
		var elements []json.RawMessage
		if err := json.Unmarshal(text, &elements); err != nil || len(elements) != len(got) {
			t.Fatalf("%d elements, want %d, %v", len(got), len(elements), err)
		}
		for i, e := range elements {
			if string(e) != got[i] {
				t.Errorf("element %d is %q, want %q", i, got[i], e)
			}
		}
	})
}

func TestNames(t *testing.T) {
	for quoted, name := range map[string]string{`"Name"`: "Name", `"N\u0061me"`: "Name", `""`: "", `"\/\n\u00e4"`: "/\nä", `"name"`: "name"} {
		text := jsonwalk.Unquote([]byte(quoted))
		if string(text.Bytes()) != name {
			t.Errorf("%s stands for %q, want %q", quoted, text.Bytes(), name)
		}
		text.Free()
		for _, key := range []string{"Name", "name", "", "/\nä", "Nam"} {
			if got := jsonwalk.Is([]byte(quoted), key); got != (key == name) {
				t.Errorf("%s is %q: %v", quoted, key, got)
			}
		}
	}
}
