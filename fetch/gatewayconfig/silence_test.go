package gatewayconfig_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"wicketkey.internal/fetch/gatewayconfig"
)

// A holder is what users do with a Config.
type holder struct {
	Config  gatewayconfig.Config
	Pointer *gatewayconfig.Config
	List    []gatewayconfig.Config
	Map     map[string]*gatewayconfig.Config
	hidden  gatewayconfig.Config
	hiding  []*gatewayconfig.Config
}

func TestPrintsAsSecret(t *testing.T) {
	cfg := mustDecode(t, sample)
	defer cfg.Close()
	for _, verb := range strings.Fields("%v %+v %#v %s %q %d %x %X %o %b %t %e %g %c %U %p %T") {
		for name, v := range map[string]any{
			"pointer": cfg, "value": *cfg, "slice": []gatewayconfig.Config{*cfg}, "array": [1]*gatewayconfig.Config{cfg},
			"map": map[string]gatewayconfig.Config{"k": *cfg}, "double": &cfg, "error": fmt.Errorf("%v", cfg),
			"struct": holder{*cfg, cfg, []gatewayconfig.Config{*cfg}, map[string]*gatewayconfig.Config{"k": cfg}, *cfg, []*gatewayconfig.Config{cfg}},
		} {
			got := fmt.Sprintf(verb, v)
			silent(t, name+" "+verb, got)
			if name == "pointer" || name == "value" {
				if verb != "%p" && verb != "%T" && got != "[secret]" {
					t.Errorf("%s %s: %s", name, verb, got)
				}
			}
		}
	}
}

func TestEncodesAsSecret(t *testing.T) {
	cfg := mustDecode(t, sample)
	defer cfg.Close()
	h := holder{Config: *cfg, Pointer: cfg, List: []gatewayconfig.Config{*cfg}, Map: map[string]*gatewayconfig.Config{"k": cfg}}

	inJSON, err := json.Marshal(h)
	if err != nil || strings.Count(string(inJSON), `"[secret]"`) != 4 {
		t.Errorf("JSON: %s, %v", inJSON, err)
	}
	inXML, err := xml.Marshal(cfg)
	if err != nil || !strings.Contains(string(inXML), "[secret]") {
		t.Errorf("XML: %s, %v", inXML, err)
	}
	var inGob bytes.Buffer
	if err := gob.NewEncoder(&inGob).Encode(h.List); err != nil {
		t.Error(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("m", "cfg", cfg, "value", *cfg, "holder", h)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "cfg", cfg, "value", *cfg, "holder", h)
	if strings.Count(log.String(), "[secret]") < 4 {
		t.Errorf("slog: %s", log.String())
	}
	for name, text := range map[string]string{
		"JSON": string(inJSON), "XML": string(inXML), "gob": inGob.String(), "slog": log.String(),
	} {
		silent(t, name, text)
	}
}

// Printers that use reflection follow pointers through unexported fields. What
// they can reach must not hold the bytes.
func TestReflectionReachesNoByte(t *testing.T) {
	cfg := mustDecode(t, sample)
	defer cfg.Close()
	var dump strings.Builder
	walk(&dump, reflect.ValueOf(cfg), map[uintptr]bool{})
	if !strings.Contains(dump.String(), "hostname") {
		t.Error("the walk did not reach the names of the keys, so it proves nothing")
	}
	silent(t, "reflection", dump.String())
}

// walk writes every string and byte that reflection can reach from v.
func walk(out *strings.Builder, v reflect.Value, seen map[uintptr]bool) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() && !seen[v.Pointer()] {
			seen[v.Pointer()] = true
			walk(out, v.Elem(), seen)
		}
	case reflect.Interface:
		walk(out, v.Elem(), seen)
	case reflect.Struct:
		for i := range v.NumField() {
			walk(out, v.Field(i), seen)
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			walk(out, v.Index(i), seen)
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			walk(out, k, seen)
			walk(out, v.MapIndex(k), seen)
		}
	case reflect.String:
		out.WriteString(v.String())
	case reflect.Uint8:
		out.WriteByte(byte(v.Uint()))
	}
}

// silent wants nothing of sample's values in text, in any notation of fmt.
func silent(t *testing.T, where, text string) {
	t.Helper()
	for _, value := range []string{"keepersecurity", clientID[:12], "MIGHAg", "YXBwLW", "BOWNER"} {
		for _, notation := range []string{
			"%s", "%x", "%X", "% x", "%d", "%o",
		} {
			part := strings.Trim(fmt.Sprintf(notation, []byte(value)), "[]")
			if strings.Contains(text, part) {
				t.Errorf("%s shows %q", where, value)
			}
		}
	}
}

func mustDecode(t *testing.T, text string) *gatewayconfig.Config {
	t.Helper()
	cfg, err := gatewayconfig.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}
