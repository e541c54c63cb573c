package fetch_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"wicketkey.internal/fetch"
)

// An answer is let out only where it is about what was asked: on a connection
// that is one answer late, the next one's value would bear this one's name.

// mixer answers what it was told to, whatever is asked, and counts connections.
type mixer struct {
	url string

	mu      sync.Mutex
	answers []string // the last one for ever
	conns   map[string]bool
	asked   int
}

func startMixer(t *testing.T, answers ...string) *mixer {
	t.Helper()
	m := &mixer{answers: answers, conns: map[string]bool{}}
	srv := httptest.NewServer(m)
	m.url = srv.URL
	t.Cleanup(srv.Close)
	return m
}

func (m *mixer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked++
	m.conns[r.RemoteAddr] = true
	answer := m.answers[0]
	if len(m.answers) > 1 {
		m.answers = m.answers[1:]
	}
	fmt.Fprint(w, answer)
}

func answerAbout(region, account, name, value string, more ...string) string {
	return fmt.Sprintf(`{"ARN":"arn:aws:secretsmanager:%s:%s:secret:%s-AbCdEf","Name":%q,"SecretString":%q,"VersionId":"%036d"%s}`,
		region, account, name, name, value, 1, strings.Join(more, ""))
}

const ownAccount = "123456789012"

func TestAnswersToSomethingElse(t *testing.T) {
	const arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:a-AbCdEf"
	right := answerAbout("us-east-1", ownAccount, "a", "right")
	for what, tt := range map[string]struct{ asked, wrong string }{
		"name":               {"a", answerAbout("us-east-1", ownAccount, "b", marker)},
		"region of a name":   {"a", answerAbout("eu-west-1", ownAccount, "a", marker)},
		"ARN":                {arn, answerAbout("us-east-1", ownAccount, "b", marker)},
		"partial ARN":        {arn[:len(arn)-7], answerAbout("us-east-1", ownAccount, "ab", marker)},
		"region":             {arn, answerAbout("us-east-2", ownAccount, "a", marker)},
		"account":            {arn, answerAbout("us-east-1", "210987654321", "a", marker)},
		"version":            {arn + ":::" + fmt.Sprintf("%036d", 1), strings.Replace(answerAbout("us-east-1", ownAccount, "a", marker), "00001", "00002", 1)},
		"stage":              {arn + "::AWSPENDING:", answerAbout("us-east-1", ownAccount, "a", marker, `,"VersionStages":["AWSCURRENT"]`)},
		"nothing of its own": {"a", `{"SecretString":"` + marker + `"}`},
	} {
		for _, path := range []string{"AWS", "ordinary", "agent"} {
			if path == "agent" && what == "region of a name" {
				continue // an agent has a region of its own
			}
			t.Run(what+"/"+path, func(t *testing.T) {
				ask := func(m *mixer) (*fetch.Secret, error) {
					opts := &fetch.Options{MaxAttempts: 1}
					if path == "agent" {
						opts.Agent = &fetch.Agent{URL: m.url}
					}
					opts.AWS = &aws.Config{Region: "us-east-1", Credentials: aws.AnonymousCredentials{}, BaseEndpoint: aws.String(m.url)}
					if path == "ordinary" {
						opts.AWS.HTTPClient = &http.Client{Transport: &passing{next: http.DefaultTransport.(*http.Transport).Clone()}}
					}
					return defaultClient(t, opts).Get(t.Context(), tt.asked)
				}
				once := startMixer(t, tt.wrong, right)
				s, err := ask(once)
				if err != nil || string(s.Bytes()) != "right" {
					t.Fatalf("asked again: got %v", err)
				}
				_ = s.Close()
				if len(once.conns) != 2 || once.asked != 2 {
					t.Errorf("asked %d times on %d connections, want 2 and 2", once.asked, len(once.conns))
				}
				always := startMixer(t, tt.wrong)
				s, err = ask(always)
				var e *fetch.Error
				if s != nil || !errors.Is(err, fetch.ErrMalformed) || !errors.As(err, &e) || e.Refused() || e.Remedy == "" {
					t.Errorf("got %v, %v", s, err)
				}
				if always.asked != 2 || len(always.conns) != 2 || strings.Contains(err.Error(), marker) {
					t.Errorf("asked %d times on %d connections: %v", always.asked, len(always.conns), err)
				}
			})
		}
	}
}

// An ARN whose end looks like the random suffix can be answered by a secret whose
// name ends so, of which it is a partial ARN. Once that may be an answer one late.
func TestNamesakeIsSaidTwice(t *testing.T) {
	const arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:a-AbCdEf"
	namesakes := answerAbout("us-east-1", ownAccount, "a-AbCdEf", "the namesake's")
	for want, answers := range map[string][]string{
		"right":          {namesakes, answerAbout("us-east-1", ownAccount, "a", "right")},
		"the namesake's": {namesakes, namesakes},
	} {
		m := startMixer(t, answers...)
		if got := string(get(t, plainClient(t, m.url, &fetch.Options{MaxAttempts: 1}), arn).Bytes()); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if m.asked != 2 || len(m.conns) != 2 {
			t.Errorf("asked %d times on %d connections, want 2 and 2", m.asked, len(m.conns))
		}
	}
}

// A batch with a stranger in it is another's: nothing of it is believed.
func TestBatchOfAnother(t *testing.T) {
	wrap := func(entries ...string) string { return `{"SecretValues":[` + strings.Join(entries, ",") + `]}` }
	a, b := answerAbout("us-east-1", ownAccount, "a", "value a"), answerAbout("us-east-1", ownAccount, "b", "value b")
	const arnOfB = "arn:aws:secretsmanager:us-east-1:123456789012:secret:b-AbCdEf"
	stranger := answerAbout("us-east-1", ownAccount, "c", marker)
	elsewhere := answerAbout("eu-west-1", ownAccount, "a", marker)
	for what, tt := range map[string]struct {
		batch, second string
		conns         int
	}{
		"stranger":         {wrap(a, stranger, b), "b", 2},
		"only strangers":   {wrap(stranger), "b", 2},
		"another region's": {wrap(elsewhere, b), "b", 2},
		"namesake":         {wrap(a, answerAbout("us-east-1", ownAccount, "b-AbCdEf", marker)), arnOfB, 1},
		"one twice":        {wrap(a, strings.Replace(a, "value a", marker, 1), b), "b", 1},
	} {
		t.Run(what, func(t *testing.T) {
			conns := map[string]bool{}
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				conns[r.RemoteAddr] = true
				var in struct{ SecretId string }
				_ = json.NewDecoder(r.Body).Decode(&in)
				fmt.Fprint(w, map[string]string{"": tt.batch, "a": a, "b": b, arnOfB: b}[in.SecretId])
			}))
			defer srv.Close()
			secrets, err := plainClient(t, srv.URL, &fetch.Options{MaxAttempts: 1}).GetMany(t.Context(), "a", tt.second)
			if err != nil {
				t.Fatal(err)
			}
			for i, want := range []string{"value a", "value b"} {
				if got := string(secrets[i].Bytes()); got != want {
					t.Errorf("got %q, want %q", got, want)
				}
				_ = secrets[i].Close()
			}
			if len(conns) != tt.conns {
				t.Errorf("%d connections, want %d", len(conns), tt.conns)
			}
		})
	}
}

// What the peer of an idle connection writes out of turn was b's value before: each
// answer is followed by itself once more.
func TestEachAnswerTwice(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct{ SecretId string }
		_ = json.NewDecoder(r.Body).Decode(&in)
		body := answerAbout("us-east-1", ownAccount, in.SecretId, "value of "+in.SecretId)
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		go twice(conn, fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
	}))
	defer srv.Close()
	client := plainClient(t, srv.URL, &fetch.Options{})
	for i := range 20 {
		id := fmt.Sprintf("s%d", i)
		if got, want := string(get(t, client, id).Bytes()), "value of "+id; got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
}

func twice(conn net.Conn, answer string) {
	_, _ = fmt.Fprint(conn, answer)
	_, _ = fmt.Fprint(conn, answer)
}
