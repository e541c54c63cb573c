package redact_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"wicketkey.internal/internal/redact"
	"wicketkey.internal/internal/wipe"
)

const (
	single = "GetSecretValue"
	batch  = "BatchGetSecretValue"
)

// canned answers each request with a body.
type canned struct {
	status int
	header http.Header
	body   io.Reader
	length int64
	err    error
}

func (c canned) Do(*http.Request) (*http.Response, error) {
	if c.err != nil {
		return nil, c.err
	}
	header := c.header
	if header == nil {
		header = http.Header{"Content-Type": {"application/x-amz-json-1.1"}}
	}
	return &http.Response{StatusCode: c.status, Header: header, Body: io.NopCloser(c.body), ContentLength: c.length}, nil
}

func text(status int, body string) canned {
	return canned{status: status, body: strings.NewReader(body), length: int64(len(body))}
}

func request(t testing.TB, ctx context.Context, operation string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://aws.invalid/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if operation != "" {
		req.Header.Set("X-Amz-Target", "secretsmanager."+operation)
	}
	return req
}

// ask gives the redacted body and the values, nil for an entry without one.
func ask(t testing.TB, operation string, next redact.Doer) (redacted string, values []*string, err error) {
	t.Helper()
	ctx, sink := redact.WithSink(t.Context())
	resp, err := redact.Client{Next: next}.Do(request(t, ctx, operation))
	for _, b := range sink.Take() {
		var value *string
		if b != nil {
			s := string(b.Bytes())
			value = &s
			b.Free()
		}
		values = append(values, value)
	}
	if err != nil {
		return "", values, err
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil || int64(len(body)) != resp.ContentLength {
		t.Errorf("%d bytes of body, %d announced, %v", len(body), resp.ContentLength, err)
	}
	return string(body), values, nil
}

func pointer(s string) *string { return &s }

func TestValues(t *testing.T) {
	for name, tt := range map[string]struct {
		operation, body, redacted string
		want                      []*string
	}{
		"text":         {single, `{"Name":"a","SecretString":"hunter2","VersionId":"v"}`, `{"Name":"a","SecretString":"[secret]","VersionId":"v"}`, []*string{pointer("hunter2")}},
		"first":        {single, `{"SecretString":"hunter2","Name":"a"}`, `{"SecretString":"[secret]","Name":"a"}`, []*string{pointer("hunter2")}},
		"alone":        {single, ` { "SecretString" : "hunter2" } `, `{"SecretString":"[secret]"}`, []*string{pointer("hunter2")}},
		"empty":        {single, `{"SecretString":""}`, `{"SecretString":"[secret]"}`, []*string{pointer("")}},
		"binary":       {single, `{"SecretBinary":"AAH/Ig=="}`, `{"SecretBinary":"W3NlY3JldF0="}`, []*string{pointer("\x00\x01\xff\"")}},
		"empty binary": {single, `{"SecretBinary":""}`, `{"SecretBinary":"W3NlY3JldF0="}`, []*string{pointer("")}},
		"one is null":  {single, `{"SecretBinary":null,"SecretString":"x"}`, `{"SecretBinary":null,"SecretString":"[secret]"}`, []*string{pointer("x")}},
		"every escape": {single, `{"SecretString":"\"\\\/\b\f\n\r\t\u00e4\u20AC\ud83d\ude00\u0000"}`, `{"SecretString":"[secret]"}`, []*string{pointer("\"\\/\b\f\n\r\tä€😀\x00")}},
		"UTF-8":        {single, `{"SecretString":"ä€😀"}`, `{"SecretString":"[secret]"}`, []*string{pointer("ä€😀")}},
		"escaped name": {single, `{"Secret\u0053tring":"x"}`, `{"SecretString":"[secret]"}`, []*string{pointer("x")}},
		"escaped b64":  {single, `{"SecretBinary":"AAH\/Ig\u003d="}`, `{"SecretBinary":"W3NlY3JldF0="}`, []*string{pointer("\x00\x01\xff\"")}},
		"all members": {single, `{"ARN":"a","CreatedDate":1.5e9,"Name":"n\u002f","SecretString":"x","VersionId":"v","VersionStages":["A","B"]}`,
			`{"ARN":"a","CreatedDate":1.5e9,"Name":"n\u002f","SecretString":"[secret]","VersionId":"v","VersionStages":["A","B"]}`, []*string{pointer("x")}},
		"nulls":        {single, `{"ARN":null,"CreatedDate":null,"VersionStages":null,"SecretString":"x"}`, `{"ARN":null,"CreatedDate":null,"VersionStages":null,"SecretString":"[secret]"}`, []*string{pointer("x")}},
		"agent's date": {"", `{"CreatedDate":"2024-01-02T15:04:05.123Z","SecretString":"x"}`, `{"CreatedDate":"2024-01-02T15:04:05.123Z","SecretString":"[secret]"}`, []*string{pointer("x")}},
		"other members": {single, `{"N":[1,{"SecretString":"not one"}],"B":true,"secretString":"y","SecretString":"x","Value":{"y":1},"y":"y","Tags":["y"],"y":"twice"}`,
			`{"SecretString":"[secret]"}`, []*string{pointer("x")}},
		"all of a batch": {batch, `{"SecretValues":[],"Errors":[{"SecretId":"a","ErrorCode":"E","Message":"m","Value":"y"}],"NextToken":"n","Value":"y"}`,
			`{"SecretValues":[],"Errors":[{"SecretId":"a","ErrorCode":"E","Message":"m"}],"NextToken":"n"}`, nil},
		"agent": {"", `{"SecretString":"x"}`, `{"SecretString":"[secret]"}`, []*string{pointer("x")}},
		"batch": {batch, `{"SecretValues":[{"Name":"a","SecretString":"1"},{"SecretBinary":"Mg==","Name":"b"},{"Name":"c"}],"Errors":[]}`,
			`{"SecretValues":[{"Name":"a","SecretString":"[secret]"},{"SecretBinary":"W3NlY3JldF0=","Name":"b"},{"Name":"c"}],"Errors":[]}`, []*string{pointer("1"), pointer("2"), nil}},
		"empty batch":       {batch, `{"SecretValues":[],"NextToken":"n"}`, `{"SecretValues":[],"NextToken":"n"}`, nil},
		"null batch":        {batch, `{"SecretValues":null}`, `{"SecretValues":null}`, nil},
		"batch without any": {batch, `{"Errors":[{"SecretId":"a"}]}`, `{"Errors":[{"SecretId":"a"}]}`, nil},
		"batch and a value": {batch, `{"SecretString":"x","SecretValues":[{"SecretString":"1"}]}`, `{"SecretValues":[{"SecretString":"[secret]"}]}`, []*string{pointer("1")}},
	} {
		t.Run(name, func(t *testing.T) {
			redacted, values, err := ask(t, tt.operation, text(http.StatusOK, tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, values); diff != "" {
				t.Error(diff)
			}
			if redacted != tt.redacted {
				t.Errorf("redacted to %s, want %s", redacted, tt.redacted)
			}
		})
	}
}

// Of an error only its name and message reach the SDK.
func TestErrorAnswers(t *testing.T) {
	long := strings.Repeat("m", 5000)
	for body, want := range map[string]string{
		`{"__type":"com.amazonaws#Denied","Message":"no","SecretString":"x"}`: `{"__type":"com.amazonaws#Denied","Message":"no"}`,
		`{"__type":"T","message":"` + long + `\u00e4"}`:                       `{"__type":"T","message":"` + long[:2048] + `"}`,
		`{"__type":"T","message":"x` + strings.Repeat("ä", 2000) + `"}`:       `{"__type":"T","message":"x` + strings.Repeat("ä", 1023) + `"}`,
		`{"__type":"` + long + `"}`:                                           `{}`, `{"Message":{"m":"y"}}`: `{}`,
		"not ready to serve traffic, please wait": `{"message":"not ready to serve traffic"}`,
		`{"code":"Denied","message":"no"}`:        `{"code":"Denied","message":"no"}`,
		`{"__type":"T","Message":"` + long + `"}`: `{"__type":"T","Message":"` + long[:2048] + `"}`,
		`<html>x</html>`:                          `{}`, ``: `{}`, `["x"]`: `{}`, `{"__type":1}`: `{}`,
	} {
		redacted, values, err := ask(t, single, text(http.StatusBadRequest, body))
		if err != nil || redacted != want || len(values) > 0 {
			t.Errorf("%.80s: redacted to %.80s, %d values, %v; want %.80s", body, redacted, len(values), err, want)
		}
	}
}

func TestAnyGoodStatus(t *testing.T) {
	for _, status := range []int{200, 202, 299} {
		if _, values, err := ask(t, single, text(status, `{"SecretString":"x"}`)); err != nil || len(values) != 1 {
			t.Errorf("%d: got %d values, %v", status, len(values), err)
		}
	}
}

func TestNoSink(t *testing.T) {
	for operation, refused := range map[string]bool{single: true, batch: true, "DescribeSecret": false, "": false} {
		_, err := redact.Client{Next: text(http.StatusOK, `{}`)}.Do(request(t, t.Context(), operation))
		if (err != nil) != refused {
			t.Errorf("%q: got %v", operation, err)
		}
	}
}

func packed(body string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, body)
	_ = z.Close()
	return b.Bytes()
}

func TestGzip(t *testing.T) {
	header := http.Header{"Content-Encoding": {"gzip"}}
	value := strings.Repeat("a", 60_000)
	whole := packed(`{"SecretString":"` + value + `"}`)
	redacted, values, err := ask(t, single, canned{status: 200, header: header, body: bytes.NewReader(whole), length: -1})
	if err != nil || len(values) != 1 || *values[0] != value || redacted != `{"SecretString":"[secret]"}` {
		t.Errorf("got %q, %d values, %v", redacted, len(values), err)
	}
	for name, body := range map[string][]byte{"cut": whole[:len(whole)-5], "no gzip": []byte("{}"), "bomb": packed(strings.Repeat(" ", 10<<20))} {
		if _, _, err := ask(t, single, canned{status: 200, header: header, body: bytes.NewReader(body), length: -1}); !errors.Is(err, redact.ErrMalformed) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// endless never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestTooLong(t *testing.T) {
	for name, next := range map[string]canned{
		"announced":   {status: 200, body: endless{}, length: 1 << 40},
		"unannounced": {status: 200, body: endless{}, length: -1},
	} {
		if _, _, err := ask(t, single, next); !errors.Is(err, redact.ErrMalformed) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

var errCut = errors.New("cut")

func TestFailures(t *testing.T) {
	cut := io.MultiReader(strings.NewReader(`{"SecretString":"x`), failing{})
	for name, next := range map[string]canned{"request": {err: errCut}, "body": {status: 200, body: cut, length: 100}} {
		if _, values, err := ask(t, single, next); !errors.Is(err, errCut) || len(values) > 0 {
			t.Errorf("%s: got %d values, %v", name, len(values), err)
		}
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errCut }

// A call that is tried again delivers only what the last attempt brought, and
// what nobody takes is wiped.
func TestSink(t *testing.T) {
	ctx, sink := redact.WithSink(t.Context())
	do := func(next canned) {
		_, _ = redact.Client{Next: next}.Do(request(t, ctx, single))
	}
	take := func() []*wipe.Buffer { return sink.Take() }
	do(text(200, `{"SecretString":"first"}`))
	do(text(500, `{}`))
	if got := take(); len(got) != 0 {
		t.Error("a failed attempt left the value of an earlier one")
	}
	do(text(200, `{"SecretString":"first"}`))
	do(text(200, `{"SecretString":"second"}`))
	if got := redact.Received(ctx); got != len("second") {
		t.Errorf("%d bytes received", got)
	}
	got := take()
	if len(got) != 1 || string(got[0].Bytes()) != "second" {
		t.Error("the last attempt's value is not there")
	}
	if len(take()) != 0 {
		t.Error("a value was given twice")
	}
	got[0].Free()
	do(text(200, `{"SecretString":"third"}`))
	sink.Discard()
	if len(take()) != 0 {
		t.Error("a discarded value was given")
	}
}
