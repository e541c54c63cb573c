package cache_test

import (
	"encoding/json"
	"testing"
)

// Answers without an ARN (of a stand-in) do not make all secrets one.
func TestAnswersWithoutARN(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("a", "1")
		t.put("b", "2")
		nameless := t.via(func(_ string, ask func() string) string {
			var answer map[string]any
			json.Unmarshal([]byte(ask()), &answer)
			delete(answer, "ARN")
			delete(answer, "Name")
			b, _ := json.Marshal(answer)
			return string(b)
		})
		s := t.storeOn(nameless, nil)
		value(t.Context(), s, "a")
		value(t.Context(), s, "b")
		for id, want := range map[string]string{"a": "1", "b": "2"} {
			if got, err := value(t.Context(), s, id); err == nil && got != want {
				t.Errorf("%s: got %q", id, got)
			}
		}
	})
}
