package fetch_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"wicketkey.internal/fetch"
	"wicketkey.internal/internal/wipe"
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

// Locked memory is scarce. Of an object with thousands of names only the value that
// is wanted takes some, so that it is there for that.
func TestOneKeyOfManyTakesOneBuffer(t *testing.T) {
	var object strings.Builder
	object.WriteString(`{"password":"hunter2"`)
	for i := range 3000 {
		fmt.Fprintf(&object, `,"name %d":%d`, i, i)
	}
	object.WriteString("}")
	s := fetch.NewSecret([]byte(object.String()), fetch.Metadata{Name: "a"})
	defer s.Close()
	before := wipe.Stats()
	key, err := s.Key("password")
	if err != nil {
		t.Fatal(err)
	}
	defer key.Close()
	after := wipe.Stats()
	locked, unlocked := after.Locked-before.Locked, after.Unlocked-before.Unlocked
	if page := max(os.Getpagesize(), 4<<10); locked > page || unlocked > 1 {
		t.Errorf("%d bytes of locked memory and %d other buffers were taken, want one buffer", locked, unlocked)
	}
}
