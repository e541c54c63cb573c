package fetch_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"wicketkey.internal/fetch"
)

// One key of a value is read as strictly as a configuration, and what is wrong
// has a name and a remedy of its own.
func TestKeys(t *testing.T) {
	const object = `{"user":"a","password":"hunter2"}`
	for _, tt := range []struct {
		what, value string
		want        error  // nil: hunter2
		cause       string // a part of it
	}{
		{"plain", object, nil, ""},
		{"white space around", " \r\n" + object + "\n ", nil, ""},
		{"byte order mark", "\ufeff" + object, nil, ""},
		{"another key twice", `{"user":"a","user":"b","password":"hunter2"}`, nil, ""},
		{"missing", `{"user":"a"}`, fetch.ErrNoVersion, "no such key"},
		{"empty object", `{}`, fetch.ErrNoVersion, "no such key"},
		{"repeated", `{"password":"a","password":"hunter2"}`, fetch.ErrMalformed, "more than once"},
		{"repeated, escaped", `{"password":"a","p\u0061ssword":"hunter2"}`, fetch.ErrMalformed, "more than once"},
		{"trailing comma", `{"password":"hunter2",}`, fetch.ErrMalformed, "comma"},
		{"trailing comma, apart", "{\"password\":\"hunter2\" ,\n }", fetch.ErrMalformed, "comma"},
		{"cut short", object[:len(object)-1], fetch.ErrMalformed, "to its end"},
		{"cut in a string", object[:len(object)-3], fetch.ErrMalformed, "to its end"},
		{"no colon", `{"password" "hunter2"}`, fetch.ErrMalformed, "to its end"},
		{"junk behind", object + "x", fetch.ErrMalformed, "follows"},
		{"junk behind, NUL", object + "\x00", fetch.ErrMalformed, "follows"},
		{"a second object", object + "\n" + object, fetch.ErrMalformed, "another JSON object"},
		{"base64", base64.StdEncoding.EncodeToString([]byte(object)), fetch.ErrMalformed, "base64"},
		{"text", "hunter2", fetch.ErrMalformed, "not a JSON object"},
		{"array", `["password","hunter2"]`, fetch.ErrMalformed, "not a JSON object"},
		{"nothing", "", fetch.ErrMalformed, "not a JSON object"},
	} {
		s := fetch.NewSecret([]byte(tt.value), fetch.Metadata{Name: "a"})
		got, err := s.Key("password")
		var e *fetch.Error
		switch {
		case tt.want == nil && err == nil:
			if string(got.Bytes()) != "hunter2" {
				t.Errorf("%s: got %q", tt.what, got.Bytes())
			}
			_ = got.Close()
		case !errors.Is(err, tt.want) || !errors.As(err, &e) || !strings.Contains(e.Cause, tt.cause) || e.Remedy == "":
			t.Errorf("%s: got %v, want %v about %q", tt.what, err, tt.want, tt.cause)
		case strings.Contains(err.Error(), "hunter2"):
			t.Errorf("%s: the error shows the value: %v", tt.what, err)
		}
		_ = s.Close()
	}
}
