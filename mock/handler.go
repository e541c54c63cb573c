package mock

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"wicketkey.internal/mock/internal/awserr"
	"wicketkey.internal/mock/internal/model"
	"wicketkey.internal/mock/internal/service"
	"wicketkey.internal/mock/internal/wirefault"
)

const (
	target      = "secretsmanager."
	contentType = "application/x-amz-json-1.1"
	// maxBody holds the largest value with every byte escaped, and the largest policy beside it.
	maxBody = 1 << 20
)

// exchange is one request on its way through the server.
type exchange struct {
	s      *Server
	r      *http.Request
	body   []byte
	now    time.Time
	op     model.Operation
	region string
	caller caller
	in     model.Input
	about  []service.Target // the secrets that the request names
	effect effect           // the trouble that the test ordered
	id     string
	kms    string // why KMS was denied, which the answer does not tell
}

// reply is the answer before any trouble on the wire.
type reply struct {
	status int
	body   []byte
	err    *awserr.Error
}

func (s *Server) handle(w http.ResponseWriter, r *http.Request) {
	if !s.handlers.begin() {
		panic(http.ErrAbortHandler) // net/http's way to end without an answer
	}
	defer s.handlers.end()
	if status, why := s.refusal(r); status != 0 {
		http.Error(w, why, status)
		return
	}
	switch {
	case r.Method == http.MethodConnect:
		s.tunnel(w, r)
	case strings.HasPrefix(r.URL.Path, controlPath):
		s.serveControl(w, r)
	case strings.HasPrefix(r.URL.Path, metadataPath):
		s.instance.metadata.ServeHTTP(w, r)
	case r.URL.Path == credentialsPath:
		s.instance.container.ServeHTTP(w, r)
	case asksSTS(r):
		s.serveSTS(w, r)
	default:
		s.serveAPI(w, r)
	}
}

func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	x := &exchange{s: s, r: r, now: s.clock.now(), id: s.ids.UUID()}
	x.op.Name = operationName(r)
	answer := x.answer(w)
	s.tell(x, answer)
	x.send(w, answer)
}

// answer decides, in the order of AWS's own doors: operation, signature, syntax, trouble, permission, service.
func (x *exchange) answer(w http.ResponseWriter) reply {
	if err := x.read(w); err != nil {
		return failed(err)
	}
	op, ok := model.Find(x.op.Name)
	if !ok || x.r.Method != http.MethodPost || x.r.URL.Path != "/" && x.r.URL.Path != "" {
		return failed(awserr.New("UnknownOperationException", ""))
	}
	x.op = op
	if err := x.authenticate(); err != nil {
		return failed(err)
	}
	in, err := op.Decode(x.body)
	x.in = in
	x.look()
	x.effect = x.s.faults.strike(x)
	switch {
	case x.effect.err != nil:
		return failed(x.effect.err)
	case err != nil:
		return failed(err)
	}
	if err := x.authorize(); err != nil {
		return failed(err)
	}
	body, err := x.s.service.Do(op.Name, x.serviceCall())
	if err != nil {
		return failed(err)
	}
	if op.Name == "RotateSecret" || op.Name == "CancelRotateSecret" {
		x.s.schedule()
	}
	return reply{status: http.StatusOK, body: body}
}

func failed(err *awserr.Error) reply { return reply{err.Status, err.Body(), err} }

// slowestBody bounds how long a client may take over its body.
const slowestBody = 30 * time.Second

func (x *exchange) read(w http.ResponseWriter) *awserr.Error {
	rc := http.NewResponseController(w)
	_ = rc.SetReadDeadline(time.Now().Add(slowestBody)) // without deadlines the client has all the time
	defer func() { _ = rc.SetReadDeadline(time.Time{}) }()
	body, err := io.ReadAll(http.MaxBytesReader(w, x.r.Body, maxBody))
	x.body = body
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return awserr.New("RequestEntityTooLargeException", "Request is too large.")
	case err != nil:
		return awserr.New("SerializationException", "Unable to read the request body.")
	}
	return nil
}

// operationName reads the operation from its header, or from the query, where signers of URLs put headers.
func operationName(r *http.Request) string {
	name := r.Header.Get("X-Amz-Target")
	if name == "" && r.URL.RawQuery != "" {
		name = r.URL.Query().Get("X-Amz-Target")
	}
	name, ok := strings.CutPrefix(name, target)
	if !ok {
		return ""
	}
	return name
}

// look resolves the secrets that the request names, for policies, faults and records.
func (x *exchange) look() {
	ids := x.in.Texts("SecretIdList")
	switch {
	case x.op.Name == "CreateSecret":
		ids = []string{x.in.Text("Name")}
	case x.in.Has("SecretId"):
		ids = []string{x.in.Text("SecretId")}
	}
	c := x.serviceCall()
	for _, id := range ids[:min(len(ids), mostIDs)] { // the service will refuse a longer list
		x.about = append(x.about, x.s.service.Resolve(c, id))
	}
}

func (x *exchange) serviceCall() *service.Call {
	return &service.Call{Account: x.caller.account, Region: x.region, Now: x.now, In: x.in, May: x.may, MayUse: x.mayUse}
}

// send writes the answer, with the trouble that was ordered.
func (x *exchange) send(w http.ResponseWriter, answer reply) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("X-Amzn-Requestid", x.id)
	h.Set("Date", x.now.Format(http.TimeFormat))
	if x.effect.none() {
		h.Set("Content-Length", strconv.Itoa(len(answer.body)))
		w.WriteHeader(answer.status)
		_, _ = w.Write(answer.body) // a client that hung up is no trouble of ours
		return
	}
	if x.effect.retryAfter > 0 {
		h.Set("X-Amz-Retry-After", strconv.FormatInt(x.effect.retryAfter.Milliseconds(), 10))
	}
	whole := wirefault.Answer{Status: answer.status, Header: h, Body: answer.body}
	wirefault.Deliver(w, x.r, whole, x.effect.wire, x.s.closing)
}

// tell has the request remembered and logged.
func (s *Server) tell(x *exchange, answer reply) {
	c := x.call(answer)
	s.record.add(c)
	s.log(&c, x.kms)
}

// log writes one line, of which a part is left out where it would say nothing.
func (s *Server) log(c *Call, kms string) {
	if s.opts.Log == nil {
		return
	}
	line := []any{"operation", c.Operation}
	add := func(name, value string) {
		if value != "" {
			line = append(line, name, value)
		}
	}
	if len(c.Secrets) > 0 {
		add("secret", c.Secrets[0])
	}
	if c.Region != s.opts.Region {
		add("region", c.Region)
	}
	line = append(line, "status", c.Status)
	if c.Code != "" {
		add("code", c.Code)
		add("kms", kms)
		add("id", c.RequestID)
	}
	s.opts.Log.Info("request", line...)
}
