package fetch

import (
	"cmp"
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

// agent is the [source] behind Options.Agent. It gives the SDK's kind of errors,
// so that one explanation serves both sources.
type agent struct {
	client *Client
	opts   Agent
	url    string
	http   redact.Client
	own    *transport.Transport
}

func newAgent(c *Client, opts Agent) *agent {
	base := cmp.Or(opts.URL, "http://localhost:"+cmp.Or(os.Getenv("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT"), "2773"))
	if c.retryer == nil {
		c.retryer = c.settings.cfg.Retryer()
	}
	own := transport.New(transport.Options{ExchangeTimeout: c.opts.AttemptTimeout})
	return &agent{client: c, opts: opts, url: strings.TrimSuffix(base, "/"), http: redact.Client{Next: own}, own: own}
}

func (a *agent) renew() { a.own.Renew() }

// place is empty: which region the agent asks is its own affair.
func (a *agent) place() string { return "" }

// get asks the agent, tried again as the SDK would.
func (a *agent) get(ctx context.Context, ref Ref, once bool) (*Secret, error) {
	ctx, tries := withAttempts(ctx)
	ctx, sink := redact.WithSink(ctx)
	defer sink.Discard()
	release := func(error) error { return nil } // gives back what the retry cost, if it succeeded
	for {
		began := time.Now()
		m, err := a.exchange(ctx, ref)
		a.client.record(ctx, Attempt{Operation: "GetSecretValue", Region: "agent", Duration: time.Since(began), Wiping: true, Err: err})
		_ = release(err)
		if err == nil {
			if id, parsed := parseID(m.ARN); parsed == nil {
				m.Region = id.Region
			}
			return newSecret(sink.Take()[0], m), nil
		}
		again := !once || !throttled(err)
		if again {
			release, again = a.client.againAfter(ctx, tries.n, err)
		}
		if !again {
			return nil, explain(ctx, request{ref: ref, endpoint: a.url}, tries, err)
		}
	}
}

// exchange makes one request. The value is in the context's sink.
func (a *agent) exchange(ctx context.Context, ref Ref) (Metadata, error) {
	req, err := a.request(ctx, ref)
	if err != nil {
		return Metadata{}, err
	}
	resp, err := a.http.Do(req)
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

func (a *agent) request(ctx context.Context, ref Ref) (*http.Request, error) {
	query := url.Values{"secretId": {ref.ID}}
	if ref.VersionID != "" {
		query.Set("versionId", ref.VersionID)
	}
	if ref.Stage != "" {
		query.Set("versionStage", ref.Stage)
	}
	if a.opts.Refresh {
		query.Set("refreshNow", "true")
	}
	token, err := a.opts.token()
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.url+"/secretsmanager/get?"+query.Encode(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("X-Aws-Parameters-Secrets-Token", token)
	return req, nil
}

func (a Agent) token() (string, error) {
	token := cmp.Or(a.Token, os.Getenv("AWS_TOKEN"), os.Getenv("AWS_SESSION_TOKEN"))
	path, isFile := strings.CutPrefix(token, "file://")
	if !isFile {
		return token, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", &credentialsError{&tokenError{err}}
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

// tokenError is about the file that Agent.Token names.
type tokenError struct{ err error }

func (e *tokenError) Error() string { return "the agent's token: " + e.err.Error() }
func (e *tokenError) Unwrap() error { return e.err }

// statusError carries a status beside what the agent relayed of AWS's error.
type statusError struct {
	status int
	err    error
}

func (e *statusError) Error() string       { return fmt.Sprintf("agent answered %d: %v", e.status, e.err) }
func (e *statusError) Unwrap() error       { return e.err }
func (e *statusError) HTTPStatusCode() int { return e.status }

// notReadyError is the Lambda extension's while it starts: it means to be asked
// again.
type notReadyError struct{}

func (notReadyError) Error() string { return redact.NotReady }

// RetryableError is what the SDK's retryer asks for.
func (notReadyError) RetryableError() bool { return true }

func agentError(resp *http.Response) error {
	var said struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 4<<10))
	_ = json.Unmarshal(body, &said)
	switch {
	case said.Type != "":
		return &statusError{resp.StatusCode, &smithy.GenericAPIError{Code: said.Type, Message: said.Message}}
	case resp.StatusCode == http.StatusBadRequest && said.Message == redact.NotReady:
		return &statusError{resp.StatusCode, notReadyError{}}
	}
	return &statusError{resp.StatusCode, errors.New("no error that AWS would give")}
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
