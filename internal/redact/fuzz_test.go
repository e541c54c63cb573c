package redact_test

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// FuzzAnswer compares with encoding/json: what is accepted must be JSON, the
// values must be those that it reads, and the redacted body must say the same as
// the original but for them.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"Name":"a","SecretString":"hunter2"}`, `{"SecretBinary":"AAH/Ig==","E":1.5e9}`,
		`{"SecretString":"\"\\\/\b\f\n\r\t\u00e4\u20AC\ud83d\ude00"}`, `{"Secret\u0053tring":"x"}`,
		`{"SecretValues":[{"SecretString":"1"},{"SecretBinary":"Mg=="},{}],"Errors":[]}`,
		`{"SecretString":"x","SecretBinary":null,"SecretValues":null}`, `{"SecretString":"\ud83d"}`, "{\"SecretString\":\"\xff\"}",
		`{"SecretValues":null,"Errors":[{"Message":"m","secretString":"x"},null],"NextToken":"n","x":{"x":[]}}`,
		` {"A" : [ 1 , {"SecretString":"no"} ] , "SecretString" : "long enough to be a window" } `,
	} {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	f.Fuzz(func(t *testing.T, body []byte, several bool) {
		if len(body) > 2048 {
			return // a message may be shortened
		}
		operation := single
		if several {
			operation = batch
		}
		redacted, values, err := ask(t, operation, text(http.StatusOK, string(body)))
		if err != nil {
			return
		}
		var original, shown map[string]any
		if err := json.Unmarshal(body, &original); err != nil {
			t.Fatalf("accepted what is not JSON: %v", err)
		}
		if err := json.Unmarshal([]byte(redacted), &shown); err != nil {
			t.Fatalf("redacted to what is not JSON: %v: %s", err, redacted)
		}
		want := takeOut(t, original, several)
		if diff := cmp.Diff(want, values); diff != "" {
			t.Errorf("values: %s", diff)
		}
		if diff := cmp.Diff(known(original, several), shown); diff != "" {
			t.Errorf("redacted: %s", diff)
		}
		noWindow(t, redacted, original, values)
	})
}

// known leaves of a decoded answer what is passed on.
func known(top map[string]any, several bool) map[string]any {
	entry := strings.Fields("ARN CreatedDate Name SecretBinary SecretString VersionId VersionStages")
	if !several {
		return only(top, entry)
	}
	top = only(top, strings.Fields("SecretValues Errors NextToken"))
	for list, names := range map[string][]string{"SecretValues": entry, "Errors": strings.Fields("SecretId ErrorCode Message")} {
		objects, _ := top[list].([]any)
		for i := range objects {
			if o, ok := objects[i].(map[string]any); ok {
				objects[i] = only(o, names)
			}
		}
	}
	return top
}

func only(object map[string]any, names []string) map[string]any {
	maps.DeleteFunc(object, func(name string, _ any) bool { return !slices.Contains(names, name) })
	return object
}

// takeOut replaces the values in a decoded answer and gives them.
func takeOut(t *testing.T, top map[string]any, several bool) []*string {
	if !several {
		return []*string{valueOf(t, top)}
	}
	var values []*string
	entries, _ := top["SecretValues"].([]any)
	for _, e := range entries {
		entry, ok := e.(map[string]any)
		if !ok {
			t.Fatal("an entry that is no object was accepted")
		}
		values = append(values, valueOf(t, entry))
	}
	return values
}

func valueOf(t *testing.T, entry map[string]any) (value *string) {
	if s, ok := entry["SecretString"].(string); ok {
		value = &s
		entry["SecretString"] = "[secret]"
	}
	if s, ok := entry["SecretBinary"].(string); ok {
		decoded, err := base64.StdEncoding.DecodeString(s)
		if err != nil || value != nil {
			t.Fatalf("accepted SecretBinary beside SecretString, or %v", err)
		}
		value = pointer(string(decoded))
		entry["SecretBinary"] = "W3NlY3JldF0="
	}
	return value
}

// noWindow looks for eight bytes of a value that stand in the redacted body and
// in no other member.
func noWindow(t *testing.T, redacted string, others map[string]any, values []*string) {
	rest, err := json.Marshal(others)
	if err != nil {
		t.Fatal(err)
	}
	const window = 8
	for _, v := range values {
		for i := 0; v != nil && i+window <= len(*v); i++ {
			w := (*v)[i : i+window]
			if strings.Contains(redacted, w) && !strings.Contains(string(rest), w) && !strings.Contains(redacted, `\`) {
				t.Fatalf("bytes %d to %d of a value stand in the redacted body", i, i+window)
			}
		}
	}
}
