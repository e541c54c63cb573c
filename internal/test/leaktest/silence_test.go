package leaktest_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"wicketkey.internal/fetch"
	"wicketkey.internal/fetch/gatewayconfig"
	"wicketkey.internal/mock"
)

// open and hidden are how callers hold a secret; an unexported field skips every
// method.
type open struct {
	Name  string
	Value *fetch.Secret
	Copy  fetch.Secret
	Cfg   *gatewayconfig.Config
}

type hidden struct {
	value *fetch.Secret
	copy  fetch.Secret
	cfg   *gatewayconfig.Config
	any   any
}

// printed gives a secret and a configuration, in all the ways to hold them, and
// what must never be shown of them.
func printed(t *testing.T) (holders map[string]any, marker payload) {
	t.Helper()
	marker = gatewayPayload(64)
	srv := mock.Start(t)
	srv.Put(secretName, marker.value)
	cfg := srv.AWSConfig()
	client, err := fetch.New(t.Context(), &fetch.Options{AWS: &cfg})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	s, err := client.Get(t.Context(), secretName)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	g, err := gatewayconfig.Decode(s.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	return map[string]any{
		"secret": s, "value": *s, "config": g, "config value": *g,
		"struct": open{"n", s, *s, g}, "pointer": &open{"n", s, *s, g},
		"hidden": hidden{s, *s, g, s}, "hidden pointer": &hidden{s, *s, g, *s},
		"slice": []*fetch.Secret{s}, "values": []fetch.Secret{*s}, "any": []any{s, *s, g, *g},
		"map": map[string]*fetch.Secret{"k": s}, "array": [1]fetch.Secret{*s},
		"pointer to pointer": &s, "func": s.Clone, "error": fmt.Errorf("with %v and %+v", s, *g),
	}, marker
}

// shows reports a piece of the secret in a text, as text or in one of the forms
// in which fmt shows bytes.
func shows(text string, marker payload) bool {
	for _, secret := range [][]byte{marker.value, marker.inner} {
		for i := 0; i+12 <= len(secret); i++ {
			piece := secret[i : i+12]
			for _, form := range []string{"%s", "%x", "%X", "% x", "%d", "%q"} {
				if strings.Contains(text, strings.Trim(fmt.Sprintf(form, piece), `[]"`)) {
					return true
				}
			}
		}
	}
	return false
}

func TestPrintersAreSilent(t *testing.T) {
	holders, marker := printed(t)
	if !shows(fmt.Sprintf("%d", []any{marker.inner}), marker) || !shows(fmt.Sprintf("%x", marker.value), marker) {
		t.Fatal("a shown secret is not noticed")
	}
	for name, v := range holders {
		for _, verb := range strings.Fields("%v %+v %#v %s %d %x %X %q %o %b %c %U %e %t %p %20v %-5s %.3s %#x %T %w %z") {
			if text := fmt.Sprintf(verb, v); shows(text, marker) {
				t.Errorf("%s under %s: %s", name, verb, text)
			}
		}
		for _, text := range []string{fmt.Sprint(v), fmt.Sprintln(v, v), panicked(v)} {
			if shows(text, marker) {
				t.Errorf("%s: %s", name, text)
			}
		}
	}
	for _, verb := range strings.Fields("%v %+v %#v %s %d %x %q %5d") {
		for _, name := range []string{"secret", "value", "config", "config value"} {
			if got := fmt.Sprintf(verb, holders[name]); got != "[secret]" {
				t.Errorf("%s under %s: %q, want [secret]", name, verb, got)
			}
		}
	}
}

func panicked(v any) (text string) {
	defer func() { text = fmt.Sprint(recover()) }()
	panic(fmt.Sprintf("%v %#v", v, v))
}

func TestEncodersAreSilent(t *testing.T) {
	holders, marker := printed(t)
	encode := map[string]func(*bytes.Buffer, any) error{
		"json": func(b *bytes.Buffer, v any) error { return json.NewEncoder(b).Encode(v) },
		"gob":  func(b *bytes.Buffer, v any) error { return gob.NewEncoder(b).Encode(v) },
		"xml":  func(b *bytes.Buffer, v any) error { return xml.NewEncoder(b).Encode(v) },
		"slog text": func(b *bytes.Buffer, v any) error {
			slog.New(slog.NewTextHandler(b, nil)).Info("m", "v", v, slog.Group("g", "v", v))
			return nil
		},
		"slog json": func(b *bytes.Buffer, v any) error {
			slog.New(slog.NewJSONHandler(b, nil)).Info("m", "v", v, slog.Group("g", "v", v))
			return nil
		},
	}
	for how, enc := range encode {
		for name, v := range holders {
			var b bytes.Buffer
			err := enc(&b, v) // not all can be encoded; what was written counts
			if shows(b.String(), marker) || err != nil && shows(err.Error(), marker) {
				t.Errorf("%s as %s: %s %v", name, how, b.String(), err)
			}
		}
		var b bytes.Buffer
		if err := enc(&b, holders["secret"]); err != nil || !strings.Contains(b.String(), "[secret]") {
			t.Errorf("a secret as %s: %q, %v", how, b.String(), err)
		}
	}
}
