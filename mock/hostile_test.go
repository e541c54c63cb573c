package mock_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"wicketkey.internal/mock"
)

// TestValidation holds the front door against AWS's wording for every kind of constraint.
func TestValidation(t *testing.T) {
	one := func(broken string) string {
		return refusal("ValidationException", "1 validation error detected: "+broken)
	}
	long := strings.Repeat("x", 2049)
	for name, s := range map[string]step{
		"missing member":   {"GetSecretValue", `{}`, one("Value null at 'secretId' failed to satisfy constraint: Member must not be null")},
		"null member":      {"GetSecretValue", `{"SecretId":null}`, one("Value null at 'secretId' failed to satisfy constraint: Member must not be null")},
		"empty":            {"GetSecretValue", `{"SecretId":""}`, one("Value '' at 'secretId' failed to satisfy constraint: Member must have length greater than or equal to 1")},
		"long":             {"GetSecretValue", `{"SecretId":"` + long + `"}`, one("Value '" + long + "' at 'secretId' failed to satisfy constraint: Member must have length less than or equal to 2048")},
		"short version id": {"GetSecretValue", `{"SecretId":"a","VersionId":"x"}`, one("Value 'x' at 'versionId' failed to satisfy constraint: Member must have length greater than or equal to 32")},
		"two at once":      {"GetSecretValue", `{"VersionId":"x"}`, refusal("ValidationException", "2 validation errors detected: Value null at 'secretId' failed to satisfy constraint: Member must not be null; Value 'x' at 'versionId' failed to satisfy constraint: Member must have length greater than or equal to 32")},
		"number too big":   {"ListSecrets", `{"MaxResults":101}`, one("Value '101' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 100")},
		"number too small": {"ListSecrets", `{"MaxResults":0}`, one("Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1")},
		"enum":             {"ListSecrets", `{"SortOrder":"up"}`, one("Value 'up' at 'sortOrder' failed to satisfy constraint: Member must satisfy enum value set: [asc, desc]")},
		"enum in a list":   {"ListSecrets", `{"Filters":[{"Key":"colour","Values":["a"]}]}`, one("Value 'colour' at 'filters.1.member.key' failed to satisfy constraint: Member must satisfy enum value set: [description, name, tag-key, tag-value, primary-region, owning-service, all]")},
		"list too long":    {"BatchGetSecretValue", `{"SecretIdList":[]}`, one("Value '[]' at 'secretIdList' failed to satisfy constraint: Member must have length greater than or equal to 1")},
		"list element":     {"BatchGetSecretValue", `{"SecretIdList":["a",""]}`, one("Value '[a, ]' at 'secretIdList' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 2048, Member must have length greater than or equal to 1]")},
		"pattern":          {"RemoveRegionsFromReplication", `{"SecretId":"a","RemoveReplicaRegions":["moon"]}`, `Member must satisfy regular expression pattern: `},
		"secret too long":  {"PutSecretValue", `{"SecretId":"a","SecretString":"` + strings.Repeat("s", 65537) + `"}`, one("Value at 'secretString' failed to satisfy constraint: Member must have length less than or equal to 65536")},
		"broken JSON":      {"GetSecretValue", `{"SecretId":`, `"__type":"SerializationException"`},
		"not an object":    {"GetSecretValue", `[]`, `"__type":"SerializationException"`},
		"number for text":  {"GetSecretValue", `{"SecretId":7}`, failure("SerializationException", "NUMBER_VALUE can not be converted to a String")},
		"list for text":    {"GetSecretValue", `{"SecretId":["a"]}`, `"__type":"SerializationException"`},
		"bad base64":       {"PutSecretValue", `{"SecretId":"a","SecretBinary":"!"}`, `"__type":"SerializationException"`},
		"unknown member":   {"ListSecrets", `{"Colour":"red"}`, "ok"},
		"unknown op":       {"MakeCoffee", `{}`, `{"__type":"UnknownOperationException"}`},
	} {
		t.Run(name, func(t *testing.T) {
			p := mockPeer(mock.Start(t))
			got := p.post(t.Context(), s.op, s.in)
			if problem := judge(got, s.want); problem != "" {
				t.Errorf("got %d %s\nwant %s", got.status, got.body, problem)
			}
			if s.want != "ok" && got.status != http.StatusBadRequest {
				t.Errorf("status %d", got.status)
			}
		})
	}
}

func TestLargestValues(t *testing.T) {
	p := mockPeer(mock.Start(t))
	value := strings.Repeat("\x01", 65536) // six bytes each in JSON
	in, err := json.Marshal(map[string]string{"Name": "a", "SecretString": value, "ClientRequestToken": token1})
	if err != nil {
		t.Fatal(err)
	}
	if got := p.post(t.Context(), "CreateSecret", string(in)); got.status != http.StatusOK {
		t.Fatalf("got %d %s", got.status, got.body)
	}
	got := p.post(t.Context(), "GetSecretValue", `{"SecretId":"a"}`)
	var out struct{ SecretString string }
	if err := json.Unmarshal([]byte(got.body), &out); err != nil || out.SecretString != value {
		t.Errorf("%d bytes came back, %v", len(out.SecretString), err)
	}
	if got := p.post(t.Context(), "CreateSecret", `{"Name":"`+strings.Repeat("x", 2<<20)+`"}`); got.status != http.StatusRequestEntityTooLarge {
		t.Errorf("two megabytes get %d", got.status)
	}
}

// FuzzFrontDoor sends arbitrary bodies, signed, to arbitrary operations: no panic, no 500, always a JSON answer
// with a type when it is an error.
func FuzzFrontDoor(f *testing.F) {
	for _, operation := range operations() {
		f.Add(operation, []byte(`{"SecretId":"a","Name":"a","SecretString":"x","ClientRequestToken":"`+token1+`"}`))
	}
	f.Add("GetSecretValue", []byte(`{"SecretId":"arn:aws:secretsmanager:us-east-1:123456789012:secret:a-AAAAAA"}`))
	f.Add("ListSecrets", []byte(`{"NextToken":"AAAA","Filters":[{"Key":"all","Values":["!x"]}]}`))
	f.Add("RotateSecret", []byte(`{"SecretId":"a","RotationLambdaARN":"fn","RotationRules":{"ScheduleExpression":"cron(0 8 L * ? *)"}}`))
	f.Add("PutResourcePolicy", []byte(`{"SecretId":"a","ResourcePolicy":"{}"}`))
	f.Add("", []byte{0xff})
	srv, err := mock.New(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { srv.Close() })
	p := mockPeer(srv)
	f.Fuzz(func(t *testing.T, operation string, body []byte) {
		req, err := p.request(t.Context(), strings.ToValidUTF8(operation, ""), string(body), time.Now())
		if err != nil {
			t.Skip("no client can send this")
		}
		got := p.send(req)
		if got.status == 0 {
			t.Skip("the client refused to send it: " + got.body)
		}
		var out struct {
			Type string `json:"__type"`
		}
		if got.status >= 500 {
			t.Fatalf("%d %s", got.status, got.body)
		}
		if got.status != 200 && (json.Unmarshal([]byte(got.body), &out) != nil || out.Type == "") {
			t.Fatalf("%d %q names no type", got.status, got.body)
		}
		if got.status == 200 && got.body != "" && !json.Valid([]byte(got.body)) {
			t.Fatalf("%q is not JSON", got.body)
		}
	})
}

func operations() []string {
	return []string{
		"BatchGetSecretValue", "CancelRotateSecret", "CreateSecret", "DeleteResourcePolicy", "DeleteSecret", "DescribeSecret",
		"GetRandomPassword", "GetResourcePolicy", "GetSecretValue", "ListSecretVersionIds", "ListSecrets", "PutResourcePolicy",
		"PutSecretValue", "RemoveRegionsFromReplication", "ReplicateSecretToRegions", "RestoreSecret", "RotateSecret",
		"StopReplicationToReplica", "TagResource", "UntagResource", "UpdateSecret", "UpdateSecretVersionStage", "ValidateResourcePolicy",
	}
}

// TestOddRequests sends 10,000 requests that no client would, from several goroutines, and looks at the memory.
func TestOddRequests(t *testing.T) {
	srv := mock.Start(t)
	before := liveHeap()
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(1, uint64(worker)))
			p := mockPeer(srv)
			for range 2500 {
				if got := p.send(oddRequest(t, p, rng)); got.status >= 500 || got.status == 0 {
					t.Errorf("%d %s", got.status, got.body)
				}
			}
		})
	}
	wg.Wait()
	if n := len(srv.Requests()); n != 10_000 {
		t.Errorf("%d requests on record", n)
	}
	if grown := int64(liveHeap()) - int64(before); grown > 32<<20 {
		t.Errorf("the heap has grown by %d MiB", grown>>20)
	}
}

func oddRequest(t *testing.T, p *peer, rng *rand.Rand) *http.Request {
	body := []byte(`{"SecretId":"a","Name":"b","SecretString":"x","MaxResults":3,"Tags":[{"Key":"k"}]}`)
	for range rng.IntN(4) {
		body[rng.IntN(len(body))] = byte(rng.IntN(256))
	}
	operation := operations()[rng.IntN(23)]
	req, err := p.request(t.Context(), operation, string(body), time.Now())
	if err != nil {
		t.Error(err)
		return httptest.NewRequest(http.MethodPost, p.url, nil)
	}
	switch rng.IntN(6) {
	case 0:
		req.Header.Del("Authorization")
	case 1:
		req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=/,SignedHeaders=,Signature=")
	case 2:
		req.Header.Set("X-Amz-Target", strings.Repeat("x", rng.IntN(1000)))
	case 3:
		req.Method = "PUT"
	}
	return req
}

func liveHeap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestFiftyThousand lists 50,000 secrets in pages, in two orders and with a filter.
func TestFiftyThousand(t *testing.T) {
	n := 50_000
	if testing.Short() {
		n = 5_000
	}
	var doc bytes.Buffer
	doc.WriteString(`{"secrets":[`)
	for i := range n {
		if i > 0 {
			doc.WriteByte(',')
		}
		fmt.Fprintf(&doc, `{"name":"s%05d","value":"x"}`, n-1-i)
	}
	doc.WriteString(`]}`)
	srv := mock.Start(t)
	if err := srv.Restore(doc.Bytes()); err != nil {
		t.Fatal(err)
	}
	c := secretsmanager.NewFromConfig(srv.AWSConfig())
	for _, in := range []*secretsmanager.ListSecretsInput{
		{},
		{SortBy: types.SortByTypeName, SortOrder: types.SortOrderTypeDesc},
		{Filters: []types.Filter{{Key: types.FilterNameStringTypeName, Values: []string{"s"}}}},
	} {
		pages := secretsmanager.NewListSecretsPaginator(c, in)
		var names []string
		for pages.HasMorePages() {
			out, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range out.SecretList {
				names = append(names, aws.ToString(s.Name))
			}
		}
		if len(names) != n || !slices.IsSortedFunc(names, func(a, b string) int { return strings.Compare(b, a) }) {
			t.Errorf("%+v: %d names, or not in order", in, len(names))
		}
	}
}
