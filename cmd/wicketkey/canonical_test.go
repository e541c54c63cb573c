package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"wicketkey.internal/mock"
)

// manglings are what happens to a configuration on its way through terminals,
// editors and consoles, without loss.
var manglings = []struct {
	name string
	odd  string // what it is called; of plain JSON "" where it is none
	do   func(text string, plain bool) string
}{
	{"inside", "white space or a byte order mark inside the base64", nil}, // before the encoding
	{"url", "the URL-safe alphabet", func(s string, plain bool) string {
		return strings.NewReplacer("+", "-", "/", "_").Replace(s)
	}},
	{"unpadded", "no padding", func(s string, plain bool) string { return strings.TrimRight(s, "=") }},
	{"wrapped", "line breaks or spaces", func(s string, plain bool) string { return s[:40] + "\r\n  " + s[40:] }},
	{"quoted", "quotes around it", func(s string, plain bool) string { return `"` + s + `"` }},
	{"marked", "a byte order mark", func(s string, plain bool) string { return "\ufeff" + s }},
	{"ended", "line breaks or spaces", func(s string, plain bool) string { return s + "\n" }},
}

// padded makes an object longer until base64 needs padding for it, with white
// space before it and without.
func padded(object string) string {
	for len(object)%3 != 2 {
		object = strings.Replace(object, "gate.", "gate.x", 1)
	}
	return object
}

// TestPutStoresWhatEveryReaderTakes goes through all combinations, and reads the
// result as strictly as can be.
func TestPutStoresWhatEveryReaderTakes(t *testing.T) {
	object := padded(strings.Replace(configuration(), "gate.example.com", "gate.example.com/???>>>", 1)) // for + and /
	for set := range 1 << len(manglings) {
		text, want := object, map[string]bool{}
		if set&1 != 0 {
			text = " " + text + "\n"
		}
		text = base64.StdEncoding.EncodeToString([]byte(text))
		for i, m := range manglings {
			if set&(1<<i) == 0 {
				continue
			}
			before := text
			if m.do != nil {
				text = m.do(text, false)
			}
			if m.do == nil || text != before {
				want[m.odd] = true
			}
		}
		cfg, err := decode([]byte(text))
		if err != nil {
			t.Fatalf("%b: %v", set, err)
		}
		sp := spellingOf([]byte(text), cfg)
		for _, odd := range sp.odd {
			if !want[odd] {
				t.Errorf("%b: %s is seen and not there", set, odd)
			}
			delete(want, odd)
		}
		if len(want) > 0 {
			t.Errorf("%b: not seen: %v", set, want)
		}
		stored := sp.canonical(cfg)
		if bytes.ContainsAny(stored.Bytes(), "\r\n") {
			t.Errorf("%b: a line break", set)
		}
		if got, err := base64.StdEncoding.Strict().DecodeString(string(stored.Bytes())); err != nil || string(got) != object {
			t.Errorf("%b: %v", set, err)
		}
		stored.Free()
		cfg.Close()
	}
}

// TestStoredSpelling: put mends and says so; check warns of what came in otherwise.
func TestStoredSpelling(t *testing.T) {
	srv := mock.Start(t)
	env := append(environment(t, srv), nameVariable+"=gateway")
	object := padded(configuration())
	encoded := base64.StdEncoding.EncodeToString([]byte(object))
	for _, test := range []struct{ in, stored, said string }{
		{encoded, encoded, ""},
		{object, object, ""},
		{"\n " + object + "\n", object, ""},
		{encoded + "\n", encoded, "line breaks or spaces"},
		{`"` + strings.TrimRight(encoded, "=") + `"`, encoded, "quotes around it, no padding"},
		{"\ufeff'" + object + "'", object, "a byte order mark, quotes around it"},
	} {
		code, out, errs := try(t, env, test.in, "put", "-json")
		var result stored
		if err := json.Unmarshal([]byte(out), &result); err != nil || code != codeOK {
			t.Fatalf("%v: %s", err, errs)
		}
		mended := test.said
		if test.in == encoded+"\n" {
			mended = "" // the end of a line is taken off without a word
		}
		if got := strings.Join(result.Mended, ", "); got != mended || (got != "") != strings.Contains(errs, "mended: ") {
			t.Errorf("got %q, want %q; %s", got, mended, errs)
		}
		if _, out, _ := try(t, env, "", "get"); out != test.stored {
			t.Errorf("%s: something else was stored", test.said)
		}
		if _, err := srv.Put("gateway", []byte(test.in)); err != nil {
			t.Fatal(err)
		}
		code, out, _ = try(t, env, "", "check", "-json")
		if code != codeOK || strings.Contains(out, "readers that are strict") != (test.said != "") || test.said != "" && !strings.Contains(out, test.said) {
			t.Errorf("%q: exit status %d, %s", test.said, code, out)
		}
	}
}

// TestPutKeepsEveryByte: what is no UTF-8 cannot travel in a SecretString, and
// would come back as another value.
func TestPutKeepsEveryByte(t *testing.T) {
	env := append(environment(t, mock.Start(t)), nameVariable+"=gateway")
	if code, _, errs := try(t, env, "caf\xe9", "put", "-any"); code != codeUsage || !strings.Contains(errs, "UTF-8") {
		t.Errorf("exit status %d, %s", code, errs)
	}
	for _, text := range []string{"café", "a\x00b", " spaces \n", "\ufeffx", "\u2028"} {
		if code, _, errs := try(t, env, text, "put", "-any"); code != codeOK {
			t.Fatal(errs)
		}
		if _, out, _ := try(t, env, "", "get"); out != text {
			t.Errorf("%q came back as %q", text, out)
		}
	}
}

// TestUTF16IsNamed, which PowerShell writes.
func TestUTF16IsNamed(t *testing.T) {
	env := append(environment(t, mock.Start(t)), nameVariable+"=gateway")
	for _, order := range []struct {
		mark string
		low  int
	}{{"\xff\xfe", 0}, {"\xfe\xff", 1}, {"", 0}} {
		text := []byte(order.mark)
		for _, c := range []byte(configuration()) {
			pair := []byte{0, 0}
			pair[order.low] = c
			text = append(text, pair...)
		}
		if code, _, errs := try(t, env, string(text), "put"); code != codePayload || !strings.Contains(errs, "UTF-16") {
			t.Errorf("exit status %d, %s", code, errs)
		}
	}
}
