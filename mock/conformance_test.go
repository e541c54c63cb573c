package mock_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"wicketkey.internal/mock"
)

// realAWS switches the conformance suite from the mock to the account of the environment's credentials. It creates
// secrets under a name of its own and deletes them at the end.
const realAWS = "WICKETKEY_CONFORMANCE_AWS"

// peer is a Secrets Manager under test, spoken to on the wire, so that no client library repairs a request.
type peer struct {
	cfg    aws.Config
	client *http.Client
	url    string
	prefix string            // of every name that the suite creates
	arns   map[string]string // by name without prefix
	srv    *mock.Server      // nil on AWS
}

func newPeer(t *testing.T) *peer {
	if os.Getenv(realAWS) != "1" {
		return mockPeer(mock.Start(t, &mock.Options{Seed: 7}))
	}
	cfg, err := config.LoadDefaultConfig(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p := emptyPeer(cfg, "https://secretsmanager."+cfg.Region+".amazonaws.com")
	t.Cleanup(p.sweep)
	return p
}

func mockPeer(srv *mock.Server) *peer {
	p := emptyPeer(srv.AWSConfig(), srv.URL())
	p.srv = srv
	return p
}

func emptyPeer(cfg aws.Config, url string) *peer {
	return &peer{
		cfg: cfg, client: http.DefaultClient, url: url,
		prefix: "wk" + strings.ToLower(rand.Text()[:10]) + "/", arns: make(map[string]string),
	}
}

// sweep removes what the suite has made on AWS.
func (p *peer) sweep() {
	for name := range p.arns {
		p.post(context.Background(), "DeleteSecret", `{"SecretId":"`+p.prefix+name+`","ForceDeleteWithoutRecovery":true}`)
	}
}

// answer is one response.
type answer struct {
	status int
	body   string
	header http.Header
}

// post signs and sends one call. Any failure to get an answer is an answer with status 0.
func (p *peer) post(ctx context.Context, operation, body string) answer {
	req, err := p.request(ctx, operation, body, time.Now())
	if err != nil {
		return answer{body: err.Error()}
	}
	return p.send(req)
}

func (p *peer) request(ctx context.Context, operation, body string, at time.Time) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url+"/", strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "secretsmanager."+operation)
	creds, err := p.cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, err
	}
	return req, v4.NewSigner().SignHTTP(ctx, creds, req, hashOf(body), "secretsmanager", p.cfg.Region, at)
}

func hashOf(body string) string {
	sum := sha256.Sum256([]byte(body))
	return hex.EncodeToString(sum[:])
}

func (p *peer) send(req *http.Request) answer {
	resp, err := p.client.Do(req)
	if err != nil {
		return answer{body: err.Error()}
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return answer{body: err.Error()}
	}
	return answer{resp.StatusCode, string(data), resp.Header}
}

// step is one call of a scenario. In `in` and `want`, ~ stands for the suite's prefix, {arn:x} for the ARN of the
// secret ~x and {part:x} for that without suffix. A want of "ok" is any success; one that begins with {"__type" is
// the whole body, byte for byte; @Member {...} is the JSON value of a member of the body, whatever the order of its
// keys; any other is a regular expression that the body must match.
type step struct{ op, in, want string }

// line is a step of a table, and where it is on record.
type line struct {
	op, in, want string
	from         source
}

func (p *peer) expand(text string) string {
	text = strings.ReplaceAll(text, "~", p.prefix)
	for name, arn := range p.arns {
		text = strings.ReplaceAll(text, "{arn:"+name+"}", arn)
		text = strings.ReplaceAll(text, "{part:"+name+"}", arn[:len(arn)-7])
	}
	return text
}

func (p *peer) run(t *testing.T, steps []line) {
	t.Helper()
	for i, s := range steps {
		in := withToken(s.op, p.expand(s.in))
		got := p.post(t.Context(), s.op, in)
		p.learn(s.op, got)
		if got.status == http.StatusOK && !inOrder(got.body) {
			t.Errorf("line %d, %s %s: members are not in order of their names, as in google/go-cloud's recordings of 2024 and 2026: %s", i+1, s.op, in, got.body)
		}
		if problem := judge(got, p.expand(s.want)); problem != "" {
			t.Errorf("line %d, %s %s:\ngot  %d %s\nwant %s\nby %s", i+1, s.op, in, got.status, got.body, problem, s.from)
		}
	}
}

// learn notes the ARN of a new secret.
func (p *peer) learn(op string, got answer) {
	var out struct{ ARN, Name string }
	if op == "CreateSecret" && got.status == 200 && json.Unmarshal([]byte(got.body), &out) == nil {
		p.arns[strings.TrimPrefix(out.Name, p.prefix)] = out.ARN
	}
}

// withToken does what every SDK does for a write of a value that names no token.
func withToken(op, in string) string {
	if !strings.Contains(in, `"SecretString"`) && !strings.Contains(in, `"SecretBinary"`) || strings.Contains(in, "ClientRequestToken") {
		return in
	}
	return strings.TrimSuffix(in, "}") + `,"ClientRequestToken":"` + newToken() + `"}`
}

func newToken() string { return strings.ToLower(rand.Text() + rand.Text())[:36] }

// judge returns what was wanted of an answer, or "" if it is that.
func judge(got answer, want string) string {
	switch {
	case want == "ok":
		if got.status != http.StatusOK {
			return "a success"
		}
	case strings.HasPrefix(want, `{"__type"`):
		if got.body != want || got.status != http.StatusBadRequest {
			return "400 " + want
		}
	case strings.HasPrefix(want, "@"):
		member, value, _ := strings.Cut(want[1:], " ")
		if !sameJSON(got.body, member, value) {
			return want
		}
	default:
		if ok, err := regexp.MatchString(want, got.body); err != nil || !ok {
			return want
		}
	}
	return ""
}

// sameJSON reports whether a member of the body has that JSON value.
func sameJSON(body, member, value string) bool {
	var out map[string]json.RawMessage
	var got, want any
	return json.Unmarshal([]byte(body), &out) == nil && json.Unmarshal(out[member], &got) == nil &&
		json.Unmarshal([]byte(value), &want) == nil && cmp.Equal(got, want)
}

// inOrder reports whether the members of every object of the text stand in order.
func inOrder(text string) bool {
	dec := jsontext.NewDecoder(strings.NewReader(text))
	last := map[int]string{}
	for {
		tok, err := dec.ReadToken()
		if err != nil {
			return err == io.EOF
		}
		depth := dec.StackDepth()
		kind, n := dec.StackIndex(depth)
		switch {
		case tok.Kind() == '{':
			last[depth] = ""
		case kind == '{' && n%2 == 1: // a name
			if tok.String() < last[depth] {
				return false
			}
			last[depth] = tok.String()
		}
	}
}

// failure writes the body of one of the service's own errors.
func failure(code, message string) string { return errorBody(code, "Message", message) }

// refusal writes the body of an error of the layer before the service.
func refusal(code, message string) string { return errorBody(code, "message", message) }

func errorBody(code, key, message string) string {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(message); err != nil {
		return err.Error()
	}
	return `{"__type":"` + code + `","` + key + `":` + strings.TrimSpace(out.String()) + "}"
}

// The tokens of scenarios that need to know them, and the texts that many share.
const (
	token1 = "11111111-1111-4111-8111-111111111111"
	token2 = "22222222-2222-4222-8222-222222222222"
	token3 = "33333333-3333-4333-8333-333333333333"

	notFound    = "Secrets Manager can't find the specified secret."
	deleted     = "You can't perform this operation on the secret because it was marked for deletion."
	badName     = "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"
	outOfWindow = "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive)."
	wantsToken  = "You must provide a ClientRequestToken value. We recommend a UUID-type value."
)

func conformance() map[string]map[string][]line {
	return map[string]map[string][]line{
		"errors":   errorScenarios(),
		"lookup":   lookupScenarios(),
		"versions": versionScenarios(),
		"deletion": deletionScenarios(),
		"listing":  listingScenarios(),
		"metadata": metadataScenarios(),
		"recorded": recordedScenarios(),
		"names":    nameScenarios(),
		"details":  detailScenarios(),
	}
}

func TestConformance(t *testing.T) {
	if !inOrder(`{"a":{"c":[{"a":1}],"d":2},"b":{"a":3}}`) || inOrder(`{"a":[{"b":1,"a":2}]}`) || inOrder(`{"a":1`) {
		t.Fatal("inOrder tells no order")
	}
	for table, scenarios := range conformance() {
		for name, steps := range scenarios {
			t.Run(table+"/"+name, func(t *testing.T) { newPeer(t).run(t, steps) })
		}
	}
}

// quoted writes a text as JSON.
func quoted(text string) string {
	out, err := json.Marshal(text)
	if err != nil { // texts always marshal
		return err.Error()
	}
	return string(out)
}
