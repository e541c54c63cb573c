package fetch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"wicketkey.internal/internal/redact"
	"wicketkey.internal/internal/transport"
)

// Agent is a source on the same host that many processes share: the AWS
// Workload Credentials Provider (formerly Secrets Manager Agent) or the Lambda
// extension. It holds the credentials and its own cache, so its answers may be
// as old as its TTL, and GetMany asks it once for each secret.
type Agent struct {
	// URL of the agent. Default: http://localhost:2773, or the port in
	// PARAMETERS_SECRETS_EXTENSION_HTTP_PORT.
	URL string
	// Token is sent with each request. "file://PATH" reads it from a file each
	// time. Default: AWS_TOKEN, then AWS_SESSION_TOKEN, as agent and extension
	// have it.
	Token string
	// Refresh asks the agent to ask AWS rather than its cache.
	Refresh bool
}

// agentClient asks an agent and gives the SDK's kind of errors, so that one
// explanation serves both sources.
type agentClient struct {
	agent Agent
	url   string
	http  redact.Client
	own   *transport.Transport
}

func newAgentClient(a Agent, attempt time.Duration) *agentClient {
	base := a.URL
	if base == "" {
		port := os.Getenv("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT")
		if port == "" {
			port = "2773"
		}
		base = "http://localhost:" + port
	}
	own := transport.New(transport.Options{ExchangeTimeout: attempt})
	return &agentClient{agent: a, url: strings.TrimSuffix(base, "/"), http: redact.Client{Next: own}, own: own}
}

// get makes one request. The value is in the context's sink.
func (c *agentClient) get(ctx context.Context, ref Ref) (Metadata, error) {
	req, err := c.request(ctx, ref)
	if err != nil {
		return Metadata{}, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return Metadata{}, &smithyhttp.RequestSendError{Err: err} // by which the SDK's retryer knows it
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return Metadata{}, agentError(resp)
	}
	var out struct {
		ARN, Name, VersionId string
		VersionStages        []string
		CreatedDate          json.RawMessage
	}
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		return Metadata{}, fmt.Errorf("%w: %w", redact.ErrMalformed, err)
	}
	return Metadata{ARN: out.ARN, Name: out.Name, VersionID: out.VersionId, Stages: out.VersionStages,
		Created: agentTime(out.CreatedDate)}, nil
}

func (c *agentClient) request(ctx context.Context, ref Ref) (*http.Request, error) {
	query := url.Values{"secretId": {ref.ID}}
	if ref.VersionID != "" {
		query.Set("versionId", ref.VersionID)
	}
	if ref.Stage != "" {
		query.Set("versionStage", ref.Stage)
	}
	if c.agent.Refresh {
		query.Set("refreshNow", "true")
	}
	token, err := c.agent.token()
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+"/secretsmanager/get?"+query.Encode(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("X-Aws-Parameters-Secrets-Token", token)
	return req, nil
}

func (a Agent) token() (string, error) {
	token := a.Token
	for _, variable := range []string{"AWS_TOKEN", "AWS_SESSION_TOKEN"} {
		if token == "" {
			token = os.Getenv(variable)
		}
	}
	path, isFile := strings.CutPrefix(token, "file://")
	if !isFile {
		return token, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", &credentialsError{fmt.Errorf("the agent's token: %w", err)}
	}
	return strings.TrimSpace(string(data)), nil
}

// agentTime reads seconds, as a number or a string of one, or RFC 3339. The
// agents do not agree, and nothing depends on it: an odd one is the zero time.
func agentTime(raw json.RawMessage) time.Time {
	text := strings.Trim(string(raw), `"`)
	if seconds, err := strconv.ParseFloat(text, 64); err == nil {
		return time.UnixMilli(int64(seconds * 1000))
	}
	t, _ := time.Parse(time.RFC3339, text)
	return t
}

// statusError carries a status beside what the agent relayed of AWS's error.
type statusError struct {
	status int
	err    error
}

func (e *statusError) Error() string       { return fmt.Sprintf("agent answered %d: %v", e.status, e.err) }
func (e *statusError) Unwrap() error       { return e.err }
func (e *statusError) HTTPStatusCode() int { return e.status }

func agentError(resp *http.Response) error {
	var said struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 4<<10))
	_ = json.Unmarshal(body, &said)
	if said.Type == "" {
		return &statusError{resp.StatusCode, errors.New("no error that AWS would give")}
	}
	return &statusError{resp.StatusCode, &smithy.GenericAPIError{Code: said.Type, Message: said.Message}}
}

// askAgent makes the call to the agent, tried again as the SDK would.
func (c *Client) askAgent(ctx context.Context, ref Ref) (*Secret, error) {
	ctx, tries := withAttempts(ctx)
	ctx, sink := redact.WithSink(ctx)
	defer sink.Discard()
	release := func(error) error { return nil } // gives back what the retry cost, if it succeeded
	for {
		began := time.Now()
		m, err := c.agent.get(ctx, ref)
		c.record(ctx, Attempt{Operation: "GetSecretValue", Region: "agent", Duration: time.Since(began), Wiping: true, Err: err})
		_ = release(err)
		if err == nil {
			if id, parsed := parseID(m.ARN); parsed == nil {
				m.Region = id.Region
			}
			return newSecret(sink.Take()[0], m), nil
		}
		var again bool
		if release, again = c.againAfter(ctx, tries.n, err); !again {
			return nil, explain(ctx, question{ref: ref, endpoint: c.agent.url}, tries, err)
		}
	}
}

// againAfter waits as the SDK's retryer says; false means to give up. The next
// try's outcome is to be given to release.
func (c *Client) againAfter(ctx context.Context, attempt int, err error) (release func(error) error, again bool) {
	if ctx.Err() != nil { // that is no failure of the agent's, to be paid for
		return nil, false
	}
	if most := c.retryer.MaxAttempts(); (most > 0 && attempt >= most) || !c.retryer.IsErrorRetryable(err) {
		return nil, false
	}
	release, tokenErr := c.retryer.GetRetryToken(ctx, err)
	if tokenErr != nil {
		return nil, false
	}
	delay, delayErr := c.retryer.RetryDelay(attempt, err)
	return release, delayErr == nil && wait(ctx, delay)
}

// wait reports whether d passed before ctx ended.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
