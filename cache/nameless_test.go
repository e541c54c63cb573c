package cache_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// nameless takes the ARN out of answers.
type nameless struct{ next aws.HTTPClient }

func (n nameless) Do(req *http.Request) (*http.Response, error) {
	resp, err := n.next.Do(req)
	if err != nil {
		return nil, err
	}
	var m map[string]any
	b, _ := io.ReadAll(resp.Body)
	json.Unmarshal(b, &m)
	delete(m, "ARN")
	delete(m, "Name")
	b, _ = json.Marshal(m)
	resp.Body = io.NopCloser(strings.NewReader(string(b)))
	resp.ContentLength = int64(len(b))
	resp.Header.Del("Content-Length")
	return resp, nil
}

// Answers without an ARN (of a stand-in) do not make all secrets one.
func TestAnswersWithoutARN(t *testing.T) {
	inBubble(t, func(t *world) {
		t.put("a", "1")
		t.put("b", "2")
		s := t.through(func(next aws.HTTPClient) aws.HTTPClient { return nameless{next} }, nil)
		value(t.Context(), s, "a")
		value(t.Context(), s, "b")
		for id, want := range map[string]string{"a": "1", "b": "2"} {
			if got, err := value(t.Context(), s, id); err == nil && got != want {
				t.Errorf("%s: got %q", id, got)
			}
		}
	})
}
