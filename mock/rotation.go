package mock

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"wicketkey.internal/mock/internal/service"
)

// RotationStep is the event that a rotation function gets, as Lambda's would: Step is createSecret, setSecret,
// testSecret or finishSecret.
type RotationStep struct {
	Step               string
	SecretId           string // the secret's ARN
	ClientRequestToken string // the id of the pending version
}

// RotationFunc takes one step of a rotation. An error ends the rotation and leaves AWSPENDING where it is. It runs
// in a goroutine of the server's and may call the server; ctx ends when the server closes or its secrets are replaced.
type RotationFunc func(ctx context.Context, step RotationStep) error

// HandleRotation makes f the rotation function of that ARN, which RotateSecret may then name. A function ARN that
// is an http URL of this machine needs no registration: each step is POSTed to it as JSON, and any status but 2xx
// is its failure.
func (s *Server) HandleRotation(functionARN string, f RotationFunc) {
	s.lambdas.mu.Lock()
	defer s.lambdas.mu.Unlock()
	s.lambdas.byARN[functionARN] = f
}

// PostRotation returns a rotation function that is reached over HTTP, for [Server.HandleRotation]: each step is POSTed to
// the URL as JSON, as Lambda's event is. A status other than 2xx is its failure, and so is the errorMessage with which
// Lambda's own runtime, run locally, answers 200.
func PostRotation(url string) RotationFunc {
	return func(ctx context.Context, step RotationStep) error { return postStep(ctx, url, step) }
}

// Wait blocks until no rotation is under way.
func (s *Server) Wait() { s.lambdas.wait() }

// lambdas runs rotation functions, one rotation at a time for each secret.
type lambdas struct {
	server *Server

	mu      sync.Mutex // guards the rest
	idle    sync.Cond  // on mu: nothing is running
	byARN   map[string]RotationFunc
	busy    map[string]context.CancelFunc // by secret ARN: the rotations that were not let go of
	running int                           // rotations, with those
	closed  bool
}

func newLambdas(s *Server) *lambdas {
	l := &lambdas{server: s, byARN: make(map[string]RotationFunc), busy: make(map[string]context.CancelFunc)}
	l.idle.L = &l.mu
	return l
}

// close ends the rotations under way and waits for their functions.
func (l *lambdas) close() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.letGo()
	l.wait()
}

// letGo ends the rotations under way without waiting for their functions, which may hang or be the caller: they change
// nothing any more, and stand in nobody's way.
func (l *lambdas) letGo() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, cancel := range l.busy {
		cancel()
	}
	clear(l.busy)
}

func (l *lambdas) wait() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.running > 0 {
		l.idle.Wait()
	}
}

func (l *lambdas) find(function string) RotationFunc {
	l.mu.Lock()
	defer l.mu.Unlock()
	if f, ok := l.byARN[function]; ok {
		return f
	}
	if isLocalURL(function) {
		return PostRotation(function)
	}
	return nil
}

// Invokable is the service's question whether RotateSecret may name the function.
func (l *lambdas) Invokable(function string) bool { return l.find(function) != nil }

// Start begins the rotation unless one of the same secret is under way.
func (l *lambdas) Start(job service.Job) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || l.busy[job.SecretARN] != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	l.busy[job.SecretARN] = cancel
	l.running++
	go func() {
		defer cancel()
		l.run(ctx, job)
	}()
}

func (l *lambdas) run(ctx context.Context, job service.Job) {
	l.ended(ctx, job, l.steps(ctx, job) != nil)
	l.server.schedule() // sets no alarm once the server is closed
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running--
	if l.running == 0 {
		l.idle.Broadcast()
	}
}

// ended books the end of a rotation, unless it was let go of: then the secret of that ARN is another.
func (l *lambdas) ended(ctx context.Context, job service.Job, failed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if ctx.Err() == nil {
		delete(l.busy, job.SecretARN)
		l.server.service.Ended(job, failed, l.server.clock.now())
	}
}

func (l *lambdas) steps(ctx context.Context, job service.Job) error {
	f := l.find(job.Function)
	if f == nil {
		return fmt.Errorf("no rotation function %s", job.Function)
	}
	for _, step := range job.Steps {
		if !l.server.service.Wanted(job, l.server.clock.now()) {
			return fmt.Errorf("rotation cancelled before %s", step)
		}
		if err := f(ctx, RotationStep{step, job.SecretARN, job.Token}); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil { // a function need not look at it
			return err
		}
	}
	return nil
}

// isLocalURL keeps the server from being talked into requests to other machines.
func isLocalURL(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return strings.EqualFold(u.Hostname(), "localhost") || ip != nil && ip.IsLoopback()
}

// longestStep is Lambda's own limit.
const longestStep = 15 * time.Minute

func postStep(ctx context.Context, function string, step RotationStep) error {
	ctx, cancel := context.WithTimeout(ctx, longestStep)
	defer cancel()
	body, err := json.Marshal(step)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, function, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	client := &http.Client{
		Transport: &http.Transport{DisableKeepAlives: true}, // leaves nothing behind
		// The URL may be a client's choice, and was judged; where it points to was not.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("rotation function answered %s", resp.Status)
	}
	var failed struct{ ErrorMessage string }
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if json.Unmarshal(answer, &failed) == nil && failed.ErrorMessage != "" {
		return errors.New("rotation function failed: " + failed.ErrorMessage)
	}
	return err
}
