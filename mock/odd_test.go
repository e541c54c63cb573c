package mock_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"wicketkey.internal/mock"
)

// TestOddBodies sends, signed, what no SDK would.
func TestOddBodies(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	serialization := func(text string) string { return failure("SerializationException", text) }
	const unreadable = `{"__type":"SerializationException"}`
	for name, s := range map[string]step{
		"duplicate members, the last counts": {"GetSecretValue", `{"SecretId":"none","SecretId":"a"}`, `"SecretString":"x"`},
		"another case is another member":     {"GetSecretValue", `{"secretid":"a"}`, `Value null at 'secretId'`},
		"nested in a list":                   {"GetSecretValue", `{"SecretId":` + deep(9000) + `}`, serialization("Start of list found where not expected")},
		"nested in what nobody reads":        {"ListSecrets", `{"Colour":` + deep(9000) + `}`, `"SecretList"`},
		"nested too deeply":                  {"ListSecrets", `{"Colour":` + deep(100_000) + `}`, unreadable},
		"never closed":                       {"ListSecrets", strings.Repeat(`{"Filters":[`, 20_000), unreadable},
		"number as text":                     {"ListSecrets", `{"MaxResults":"3"}`, serialization("STRING_VALUE can not be converted to an Integer")},
		"long as text":                       {"GetRandomPassword", `{"PasswordLength":"8"}`, serialization("STRING_VALUE can not be converted to a Long")},
		"truth for a number":                 {"ListSecrets", `{"MaxResults":true}`, serialization("TRUE_VALUE can not be converted to an Integer")},
		"fraction, cut off":                  {"ListSecrets", `{"MaxResults":0.9}`, `Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1`},
		"exponent":                           {"ListSecrets", `{"MaxResults":1e1}`, `"SecretList"`},
		"beyond 32 bits":                     {"ListSecrets", `{"MaxResults":99999999999}`, `at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 100`},
		"beyond 64 bits":                     {"ListSecrets", `{"MaxResults":99999999999999999999}`, serialization("NUMBER_VALUE can not be converted to an Integer")},
		"beyond floats":                      {"ListSecrets", `{"MaxResults":1e999}`, serialization("NUMBER_VALUE can not be converted to an Integer")},
		"number for text":                    {"ListSecrets", `{"NextToken":1}`, serialization("NUMBER_VALUE can not be converted to a String")},
		"text for a list":                    {"BatchGetSecretValue", `{"SecretIdList":"a"}`, serialization("Expected list or null")},
		"text for a structure":               {"RotateSecret", `{"SecretId":"a","RotationRules":"daily"}`, serialization("Expected null")},
		"a list":                             {"ListSecrets", `[]`, serialization("Start of list found where not expected")},
		"a text":                             {"ListSecrets", `"x"`, unreadable},
		"a comma too many":                   {"ListSecrets", `{"MaxResults":1,}`, unreadable},
		"cut short":                          {"ListSecrets", `{`, unreadable},
		"nothing":                            {"ListSecrets", "", unreadable},
		"below zero":                         {"DeleteSecret", `{"SecretId":"a","RecoveryWindowInDays":-9223372036854775808}`, `RecoveryWindowInDays value must be between 7 and 30`},
		"truth as text":                      {"DeleteSecret", `{"SecretId":"a","ForceDeleteWithoutRecovery":"true"}`, serialization("STRING_VALUE can not be converted to a Boolean")},
		"structure for a list":               {"ListSecrets", `{"Filters":{"Key":"name"}}`, serialization("Start of structure or map found where not expected.")},
		"null in a list":                     {"BatchGetSecretValue", `{"SecretIdList":["a",null]}`, serialization("Unexpected null in a list.")},
		"two documents":                      {"ListSecrets", `{}{}`, unreadable},
		"byte order mark":                    {"ListSecrets", "\ufeff{}", unreadable},
		"invalid UTF-8":                      {"GetSecretValue", "{\"SecretId\":\"\xff\"}", unreadable},
		"half a surrogate":                   {"GetSecretValue", `{"SecretId":"\ud800"}`, refusal("ValidationException", badName)},
		"zero byte":                          {"GetSecretValue", `{"SecretId":"a\u0000"}`, refusal("ValidationException", badName)},
		"blanks":                             {"ListSecrets", " \n\t ", unreadable},
		"null":                               {"ListSecrets", "null", unreadable},
		"empty NextToken":                    {"ListSecrets", `{"NextToken":""}`, `Member must have length greater than or equal to 1`},
		"NextToken of zeros":                 {"ListSecrets", `{"NextToken":"` + base64.StdEncoding.EncodeToString(make([]byte, 40)) + `"}`, refusalOfToken()},
		"NextToken of nothing":               {"ListSecrets", `{"NextToken":"===="}`, refusalOfToken()},
		"NextToken in another listing":       {"ListSecretVersionIds", `{"SecretId":"a","NextToken":"AAAAAAAAAAA="}`, refusalOfToken()},
		"NextToken too long":                 {"ListSecrets", `{"NextToken":"` + strings.Repeat("A", 4097) + `"}`, `less than or equal to 4096`},
		"many mistakes":                      {"TagResource", `{"SecretId":"a","Tags":[` + strings.TrimSuffix(strings.Repeat(`{"Key":""},`, 10_000), ",") + `]}`, `^\{"__type":"ValidationException"`},
	} {
		t.Run(name, func(t *testing.T) {
			p := mockPeer(mock.Start(t))
			p.srv.Put("a", []byte("x"))
			got := p.post(t.Context(), s.op, s.in)
			if problem := judge(got, s.want); problem != "" {
				t.Errorf("got %d %.500s\nwant %s", got.status, got.body, problem)
			}
		})
	}
}

func refusalOfToken() string {
	return failure("InvalidNextTokenException", "The NextToken value is invalid.")
}

// TestOddHeaders: AWS's answers again, and never a panic, which would cut the connection.
func TestOddHeaders(t *testing.T) {
	for name, tt := range map[string]struct {
		spoil func(*http.Request)
		want  string // the type
	}{
		"huge header":         {func(r *http.Request) { r.Header.Set("X-Odd", strings.Repeat("x", 900_000)) }, ""},
		"many headers":        {func(r *http.Request) { many(r, "X-Odd-%d", 5000) }, ""},
		"many unsigned ones":  {func(r *http.Request) { many(r, "X-Amz-Odd-%d", 5000) }, "InvalidSignatureException"},
		"bytes of no charset": {func(r *http.Request) { r.Header.Set("Authorization", "AWS4-HMAC-SHA256 \xff\xfe=\x80") }, "IncompleteSignatureException"},
		"many parts": {func(r *http.Request) {
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 "+strings.Repeat("a=b,", 100_000))
		}, "IncompleteSignatureException"},
		"many signed headers":   {func(r *http.Request) { signsMany(r, 50_000) }, "InvalidSignatureException"},
		"two targets":           {func(r *http.Request) { r.Header.Add("X-Amz-Target", "secretsmanager.DeleteSecret") }, "InvalidSignatureException"},
		"another service":       {func(r *http.Request) { r.Header.Set("X-Amz-Target", "TrentService.Decrypt") }, "UnknownOperationException"},
		"no target":             {func(r *http.Request) { r.Header.Del("X-Amz-Target") }, "UnknownOperationException"},
		"no date":               {func(r *http.Request) { r.Header.Del("X-Amz-Date") }, "IncompleteSignatureException"},
		"date before all dates": {func(r *http.Request) { r.Header.Set("X-Amz-Date", "00010101T000000Z") }, "InvalidSignatureException"},
		"date after all dates":  {func(r *http.Request) { r.Header.Set("X-Amz-Date", "99991231T235959Z") }, "InvalidSignatureException"},
		"credential of slashes": {func(r *http.Request) {
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=////, SignedHeaders=host, Signature=x")
		}, "InvalidSignatureException"},
		"another method": {func(r *http.Request) { r.Method = "BREW" }, "UnknownOperationException"},
		"another path":   {func(r *http.Request) { r.URL.Path = "/%2e%2e//a" }, "UnknownOperationException"},
		"junk in query":  {func(r *http.Request) { r.URL.RawQuery = "%zz;&=&X-Amz-Date=%ff" }, "InvalidSignatureException"},
	} {
		t.Run(name, func(t *testing.T) {
			p := mockPeer(mock.Start(t))
			p.srv.Put("a", []byte("x"))
			req, err := p.request(t.Context(), "GetSecretValue", `{"SecretId":"a"}`, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			tt.spoil(req)
			got := p.send(req)
			want := `^\{"__type":"` + tt.want + `"`
			if tt.want == "" {
				want = `"SecretString":"x"`
			}
			if problem := judge(got, want); problem != "" {
				t.Errorf("got %d %.500s\nwant %s", got.status, got.body, problem)
			}
		})
	}
}

func many(r *http.Request, name string, n int) {
	for i := range n {
		r.Header.Set(fmt.Sprintf(name, i), "x")
	}
}

func signsMany(r *http.Request, n int) {
	text := r.Header.Get("Authorization")
	r.Header.Set("Authorization", strings.Replace(text, "SignedHeaders=", "SignedHeaders="+strings.Repeat("host;", n), 1))
}

// TestEverythingAtOnce has requests meet every method that changes the server; the race detector judges, and the
// answers are whole.
func TestEverythingAtOnce(t *testing.T) {
	const function = "arn:aws:lambda:us-east-1:123456789012:function:rotate"
	srv := mock.Start(t, &mock.Options{InProcess: true})
	p := mockPeer(srv)
	p.client = srv.AWSConfig().HTTPClient.(*http.Client)
	c := secretsmanager.NewFromConfig(srv.AWSConfig())
	srv.HandleRotation(function, rotatesOnly(c))
	arn, _ := srv.Put("a", []byte("x"))
	snapshot := srv.Snapshot()
	var wg sync.WaitGroup
	repeat := func(n int, f func(i int)) {
		wg.Go(func() {
			for i := range n {
				f(i)
			}
		})
	}
	for range 2 {
		repeat(100, func(i int) {
			for _, op := range []string{"GetSecretValue", "DescribeSecret", "PutSecretValue", "RotateSecret", "ListSecretVersionIds"} {
				in := withToken(op, `{"SecretId":"a"}`)
				switch op {
				case "PutSecretValue":
					in = withToken(op, `{"SecretId":"a","SecretString":"y"}`)
				case "RotateSecret":
					in = `{"SecretId":"a","RotationLambdaARN":"` + function + `","ClientRequestToken":"` + newToken() + `"}`
				}
				if got := p.post(t.Context(), op, in); got.status == 0 || got.status == 500 {
					t.Errorf("%s: %d %s", op, got.status, got.body)
				}
			}
		})
	}
	repeat(50, func(int) { _, _ = srv.Put("a", []byte("z")) })
	repeat(50, func(i int) {
		_ = srv.Inject(mock.Fault{Secret: arn, Failure: mock.Throttling, Probability: 0.5}, mock.Fault{Rate: 1000, Failure: mock.AccessDenied})
		srv.ClearFaults(func(f mock.Fault) bool { return i%2 == 0 || f.Rate == 0 })
		srv.FailNext(1, mock.Throttling)
	})
	repeat(50, func(i int) {
		_ = srv.SetKey(mock.AccessKey{Policies: []string{document(allow("secretsmanager:*", "*", ""))}})
		_ = srv.SetKey(mock.AccessKey{})
		srv.TroubleInstance(mock.InstanceTrouble{Status: 500})
		_ = srv.BreakKey("a", mock.KMSDenied)
		_ = srv.BreakKey("a", "")
	})
	repeat(20, func(i int) {
		srv.Advance(time.Duration(i%2*2-1) * time.Second)
		_, _, _ = srv.Calls("GetSecretValue"), srv.Now(), srv.InstanceEnv()
		for _, call := range srv.Requests() {
			if call.RequestID == "" {
				t.Error("a call without id")
			}
		}
		_ = srv.Snapshot()
		if err := srv.Restore(snapshot); err != nil {
			t.Error(err)
		}
		if i == 10 {
			srv.Reset()
		}
	})
	wg.Wait()
	srv.Wait()
	srv.ClearFaults(nil)
	srv.Put("a", []byte("last"))
	if got, err := get(t.Context(), c, "a"); err != nil || got != "last" {
		t.Errorf("in the end %q, %v", got, err)
	}
}

// rotatesOnly is a rotation function that fails when the server does.
func rotatesOnly(c *secretsmanager.Client) mock.RotationFunc {
	return func(ctx context.Context, s mock.RotationStep) error {
		_, err := c.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: aws.String(s.SecretId)}, once)
		return err
	}
}
