package gatewayconfig_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"wicketkey.internal/fetch/gatewayconfig"
)

// A refusal is a text that Decode refuses, and how.
type refusal struct {
	text string
	kind error
	key  string
}

// refusals covers every error.
func refusals() map[string]refusal {
	std := base64.StdEncoding.EncodeToString([]byte(sample))
	raw := strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(edited("BOWNER", "BOWNER1"))), "=")
	return map[string]refusal{
		"nil":                     {"", gatewayconfig.ErrEmpty, ""},
		"white space":             {" \r\n\t", gatewayconfig.ErrEmpty, ""},
		"quotes alone":            {`""`, gatewayconfig.ErrEmpty, ""},
		"65,537 bytes":            {strings.Repeat("A", 65537), gatewayconfig.ErrTooLong, ""},
		"UTF-16, marked":          {"\xff\xfe{\x00}\x00", gatewayconfig.ErrBase64, ""},
		"UTF-16, unmarked":        {"{\x00}\x00", gatewayconfig.ErrBase64, ""},
		"HTML":                    {"<html><body>502</body></html>", gatewayconfig.ErrBase64, ""},
		"one quote":               {`"` + std, gatewayconfig.ErrBase64, ""},
		"illegal character":       {std[:40] + "*" + std[41:], gatewayconfig.ErrBase64, ""},
		"text after padding":      {std[:8] + "=" + std[8:], gatewayconfig.ErrBase64, ""},
		"too much padding":        {raw + "====", gatewayconfig.ErrBase64, ""},
		"padding, none due":       {std[:8] + "=", gatewayconfig.ErrBase64, ""},
		"padding alone":           {"====", gatewayconfig.ErrBase64, ""},
		"one character left":      {std[:41], gatewayconfig.ErrBase64, ""},
		"bits beyond the end":     {std[:40] + "AB", gatewayconfig.ErrBase64, ""},
		"base64 of text":          {base64.StdEncoding.EncodeToString([]byte("hello")), gatewayconfig.ErrJSON, ""},
		"base64 of nothing":       {base64.StdEncoding.EncodeToString([]byte("  ")), gatewayconfig.ErrJSON, ""},
		"base64 twice":            {base64.StdEncoding.EncodeToString([]byte(std)), gatewayconfig.ErrJSON, ""},
		"base64 cut at a group":   {std[:80], gatewayconfig.ErrJSON, ""},
		"JSON cut short":          {sample[:len(sample)/2], gatewayconfig.ErrJSON, ""},
		"JSON cut in a key":       {`{"host`, gatewayconfig.ErrJSON, ""},
		"JSON, only a brace":      {`{`, gatewayconfig.ErrJSON, ""},
		"JSON, two objects":       {sample + sample, gatewayconfig.ErrJSON, ""},
		"JSON, trailing comma":    {`{"hostname":"h",}`, gatewayconfig.ErrJSON, ""},
		"JSON, bare name":         {`{hostname:"h"}`, gatewayconfig.ErrJSON, ""},
		"JSON, number for a name": {`{1:"h"}`, gatewayconfig.ErrJSON, ""},
		"JSON, not UTF-8":         {`{"hostname":"` + "\xff" + `"}`, gatewayconfig.ErrJSON, ""},
		"JSON, half a surrogate":  {`{"hostname":"\ud800"}`, gatewayconfig.ErrJSON, ""},
		"array in base64":         {base64.StdEncoding.EncodeToString([]byte(`["hostname"]`)), gatewayconfig.ErrJSON, ""},
		"empty object":            {`{}`, gatewayconfig.ErrMissing, "hostname"},
		"key/value pair":          {`{"value":"` + std + `"}`, gatewayconfig.ErrMissing, "hostname"},
		"number":                  {edited(`"10"`, "10"), gatewayconfig.ErrValue, "serverPublicKeyId"},
		"null":                    {edited(`"10"`, "null"), gatewayconfig.ErrValue, "serverPublicKeyId"},
		"object":                  {edited(`"10"`, `{"a":"b"}`), gatewayconfig.ErrValue, "serverPublicKeyId"},
		"number, unknown key":     {edited(`{`, `{"unknown":1,`), gatewayconfig.ErrValue, ""},
		"damage in the depth":     {`{"unknown-key":{"unknown-too":[tru]}}`, gatewayconfig.ErrJSON, ""},
		"duplicate":               {edited(`{`, `{"appKey":"x",`), gatewayconfig.ErrDuplicate, "appKey"},
		"duplicate, escaped":      {edited(`{`, `{"app\u004bey":"x",`), gatewayconfig.ErrDuplicate, "appKey"},
		"duplicate, unknown":      {edited(`{`, `{"unknown-key":"x","unknown-key":"y",`), gatewayconfig.ErrDuplicate, ""},
		"no hostname":             {edited(`"hostname"`, `"h"`), gatewayconfig.ErrMissing, "hostname"},
		"no clientId":             {edited(`"clientId"`, `"c"`), gatewayconfig.ErrMissing, "clientId"},
		"no privateKey":           {edited(`"privateKey"`, `"p"`), gatewayconfig.ErrMissing, "privateKey"},
		"no serverPublicKeyId":    {edited(`"serverPublicKeyId"`, `"s"`), gatewayconfig.ErrMissing, "serverPublicKeyId"},
		"no appKey":               {edited(`"appKey"`, `"a"`), gatewayconfig.ErrMissing, "appKey"},
		"empty hostname":          {edited("keepersecurity.com", ""), gatewayconfig.ErrValue, "hostname"},
		"clientId of 48 bytes":    {edited(clientID, clientID[:64]), gatewayconfig.ErrValue, "clientId"},
		"clientId not base64":     {edited(clientID, strings.Repeat("*", 88)), gatewayconfig.ErrValue, "clientId"},
		"not bound": {
			edited(`"appKey":"YXBwLWtleQ=="`, `"clientKey":"made-up"`), gatewayconfig.ErrUnbound, "appKey",
		},
	}
}

func TestDecodeRefuses(t *testing.T) {
	for name, c := range refusals() {
		t.Run(name, func(t *testing.T) {
			cfg, err := gatewayconfig.Decode([]byte(c.text))
			var e *gatewayconfig.Error
			if !errors.As(err, &e) || !errors.Is(err, c.kind) || cfg != nil {
				t.Fatalf("got %v, %v; want %v", cfg, err, c.kind)
			}
			if e.Key != c.key || !strings.Contains(err.Error(), c.key) {
				t.Errorf("key %q in %q, want %q", e.Key, err, c.key)
			}
			if e.Cause == "" || e.Remedy == "" || strings.Contains(err.Error(), "unknown") {
				t.Errorf("got %q", err)
			}
			for _, run := range quoted(c.text, err) {
				t.Errorf("the error quotes %q: %s", run, err)
			}
		})
	}
}

// A text that is cut short, as an editor or a copy cuts it, is called that: inside a
// value as well.
func TestCutShort(t *testing.T) {
	for n := 1; n < len(sample); n++ {
		_, err := gatewayconfig.Decode([]byte(sample[:n]))
		if err == nil || !strings.Contains(err.Error(), "cut short") {
			t.Errorf("after %d bytes: %v", n, err)
		}
	}
}

// quoted returns the runs of six bytes of text, or of what it encodes, that the
// error shows; the names of known keys do not count, nor do digits, which are
// positions.
func quoted(text string, err error) (runs []string) {
	shown := strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return '#'
		}
		return r
	}, fmt.Sprintf("%v %+v %q", err, err, errors.Unwrap(err)))
	decoded, _ := base64.StdEncoding.DecodeString(text)
	rest := text + "\n" + string(decoded)
	for _, key := range []string{
		"hostname", "clientId", "privateKey", "serverPublicKeyId", "appKey", "appOwnerPublicKey", "clientKey", "publicKey", "url",
	} {
		rest = strings.ReplaceAll(rest, key, "\n")
	}
	for i := 0; i+6 <= len(rest); i++ {
		if run := rest[i : i+6]; strings.Contains(shown, run) {
			runs = append(runs, run)
		}
	}
	return runs
}

func FuzzDecode(f *testing.F) {
	std := base64.StdEncoding.EncodeToString([]byte(sample))
	for _, s := range []string{
		sample, std, wrapped(std, 20, "\n"), "\ufeff\"" + std + `"`, std[:41], `{"hostname":"h","hostname":"i"}`,
		`{"a":{"b":[1,null]}}`, `{"a":"\ud83d\ude00"}`, "{", "====", edited(`{`, `{"x\n":"\"\\",`),
	} {
		f.Add([]byte(s))
	}
	// The words of errors themselves, which a fuzzer learns to write.
	var own string
	for _, c := range refusals() {
		_, err := gatewayconfig.Decode([]byte(c.text))
		own += fmt.Sprintf("%v\n", err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		before := slices.Clone(text)
		cfg, err := gatewayconfig.Decode(text)
		if !bytes.Equal(text, before) {
			t.Error("Decode wrote to its input")
		}
		if err != nil {
			var e *gatewayconfig.Error
			if !errors.As(err, &e) || cfg != nil {
				t.Fatalf("%v, %T", cfg, err)
			}
			for _, run := range quoted(string(text), err) {
				if !strings.Contains(own, run) {
					t.Errorf("the error quotes %q: %s", run, err)
				}
			}
			return
		}
		again, err := gatewayconfig.Decode(cfg.JSON())
		if err != nil || !bytes.Equal(again.JSON(), cfg.JSON()) {
			t.Errorf("again: %v", err)
		}
		again.Close()
		for _, key := range cfg.Keys() {
			if err := cfg.View(key, func([]byte) error { return nil }); err != nil {
				t.Errorf("%q: %v", key, err)
			}
		}
		cfg.Close()
	})
}
