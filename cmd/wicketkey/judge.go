package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"wicketkey.internal/mock"
)

// verdict is what a policy says to one operation.
type verdict struct {
	Action   string `json:"action"`
	Resource string `json:"resource,omitempty"`
	Needed   bool   `json:"needed"`
	Allowed  bool   `json:"allowed"`
	Says     string `json:"says,omitempty"` // AWS's words, for what is needed and denied
}

// findings are the verdicts that matter.
type findings struct {
	OK     bool      `json:"ok"`
	Lacks  []verdict `json:"lacks"`
	Excess []verdict `json:"excess"`
}

// judge puts every operation to a mock in which only this policy speaks.
func (p *policy) judge(ctx context.Context, s *system, resources []resource) error {
	text, err := os.ReadFile(p.check)
	if err != nil {
		return usage("-check: %v", err)
	}
	f := findings{Lacks: []verdict{}, Excess: []verdict{}}
	for _, r := range resources {
		c, err := newCourt(ctx, string(text), r)
		if err != nil {
			return usage("-check %s: %v", p.check, err)
		}
		err = c.hear(ctx, &f)
		c.srv.Close()
		if err != nil {
			return err
		}
	}
	f.OK = len(f.Lacks)+len(f.Excess) == 0
	if err := f.print(s, p.json); err != nil || f.OK {
		return err
	}
	return &failure{code: codePolicy}
}

func (f *findings) print(s *system, asJSON bool) error {
	if asJSON {
		return printJSON(s.stdout, f)
	}
	var b strings.Builder
	for _, v := range f.Lacks {
		fmt.Fprintf(&b, "lacks   %s on %s (AWS would say: %s)\n", v.Action, v.Resource, v.Says)
	}
	for _, v := range f.Excess {
		fmt.Fprintf(&b, "excess  %s\n", strings.TrimSuffix(v.Action+" on "+v.Resource, " on "))
	}
	if f.OK {
		b.WriteString("the policy lets its holder read the secret, and do nothing else in Secrets Manager\n")
	}
	_, err := io.WriteString(s.stdout, b.String())
	return err
}

// court is a mock that holds the secret, and another that is nobody's business.
type court struct {
	srv   *mock.Server
	cfg   aws.Config
	key   aws.Credentials
	arn   string
	other string
	state []byte
}

// The suffix that a secret is given whose own is not known, and the bystander.
const (
	someSuffix = "Wk7Tq2"
	bystander  = "wicketkey/bystander"
)

func newCourt(ctx context.Context, policy string, r resource) (*court, error) {
	parts := strings.SplitN(strings.TrimSuffix(r.arn, anySuffix), ":", 7)
	region, account := parts[3], parts[4]
	if region == "*" {
		region = mock.DefaultRegion
	}
	if account == "*" {
		account = mock.DefaultAccount
	}
	name, suffix := parts[6], someSuffix
	if r.exact {
		cut := len(name) - len(anySuffix)
		name, suffix = name[:cut], name[cut+1:]
	}
	base := strings.Join([]string{parts[0], parts[1], parts[2], region, account, parts[5]}, ":") + ":"
	c := &court{arn: base + name + "-" + suffix, other: base + bystander + "-" + someSuffix}
	var err error
	if c.state, err = stateOf(secretState{name, suffix, "x"}, secretState{bystander, someSuffix, "x"}); err != nil {
		return nil, err
	}
	if c.srv, err = mock.New(&mock.Options{Account: account, Region: region, InProcess: true, TLS: true}); err != nil {
		return nil, err
	}
	if err := c.seat(ctx, policy, parts[1], account); err != nil {
		c.srv.Close()
		return nil, err
	}
	return c, nil
}

// seat makes the caller one who has the policy and nothing else.
func (c *court) seat(ctx context.Context, policy, partition, account string) error {
	c.cfg = c.srv.AWSConfig()
	var err error
	if c.key, err = c.cfg.Credentials.Retrieve(ctx); err != nil {
		return err
	}
	return c.srv.SetKey(mock.AccessKey{ID: c.key.AccessKeyID, Secret: c.key.SecretAccessKey, Policies: []string{policy},
		Principal: "arn:" + partition + ":sts::" + account + ":assumed-role/gateway/check"})
}

type secretState struct {
	Name   string `json:"name"`
	Suffix string `json:"suffix"`
	Value  string `json:"value"`
}

func stateOf(secrets ...secretState) ([]byte, error) {
	return json.Marshal(struct {
		Secrets []secretState `json:"secrets"`
	}{secrets})
}

// hear tries every operation on the secret, and reading on the bystander.
func (c *court) hear(ctx context.Context, f *findings) error {
	for _, op := range operations() {
		v, err := c.try(ctx, op, c.arn)
		if err != nil {
			return err
		}
		v.Needed = op.name == "GetSecretValue"
		f.add(v)
	}
	v, err := c.try(ctx, operation{"GetSecretValue", `{"SecretId":"%s"}`, true}, c.other)
	if err != nil {
		return err
	}
	if v.Allowed {
		v.Resource = "other secrets, such as " + c.other
		f.add(v)
	}
	return nil
}

func (f *findings) add(v verdict) {
	switch {
	case v.Needed && !v.Allowed:
		f.Lacks = append(f.Lacks, v)
	case v.Allowed && !v.Needed:
		f.Excess = append(f.Excess, v)
	}
}

// operation is one of the service's, with the least input that it takes.
type operation struct {
	name, input string
	onSecret    bool
}

func operations() []operation {
	const token = `"ClientRequestToken":"wicketkey-policy-check-0000000000000000"`
	return []operation{
		{"GetSecretValue", `{"SecretId":"%s"}`, true},
		{"DescribeSecret", `{"SecretId":"%s"}`, true},
		{"ListSecretVersionIds", `{"SecretId":"%s"}`, true},
		{"PutSecretValue", `{"SecretId":"%s","SecretString":"y",` + token + `}`, true},
		{"UpdateSecret", `{"SecretId":"%s","Description":"y",` + token + `}`, true},
		{"UpdateSecretVersionStage", `{"SecretId":"%s","VersionStage":"Y"}`, true},
		{"DeleteSecret", `{"SecretId":"%s"}`, true},
		{"RestoreSecret", `{"SecretId":"%s"}`, true},
		{"RotateSecret", `{"SecretId":"%s",` + token + `}`, true},
		{"CancelRotateSecret", `{"SecretId":"%s"}`, true},
		{"TagResource", `{"SecretId":"%s","Tags":[{"Key":"k","Value":"v"}]}`, true},
		{"UntagResource", `{"SecretId":"%s","TagKeys":["k"]}`, true},
		{"GetResourcePolicy", `{"SecretId":"%s"}`, true},
		{"PutResourcePolicy", `{"SecretId":"%s","ResourcePolicy":"{}"}`, true},
		{"DeleteResourcePolicy", `{"SecretId":"%s"}`, true},
		{"ReplicateSecretToRegions", `{"SecretId":"%s","AddReplicaRegions":[{"Region":"eu-north-1"}]}`, true},
		{"RemoveRegionsFromReplication", `{"SecretId":"%s","RemoveReplicaRegions":["eu-north-1"]}`, true},
		{"StopReplicationToReplica", `{"SecretId":"%s"}`, true},
		{"BatchGetSecretValue", `{"SecretIdList":["%s"]}`, false},
		{"ListSecrets", `{}`, false},
		{"GetRandomPassword", `{}`, false},
		{"CreateSecret", `{"Name":"wicketkey/new","SecretString":"y",` + token + `}`, false},
		{"ValidateResourcePolicy", `{"ResourcePolicy":"{}"}`, false},
	}
}

// try makes one call. The mock decides about permission before it looks at
// anything else, so that whatever it answers besides a denial is a yes.
func (c *court) try(ctx context.Context, op operation, arn string) (verdict, error) {
	v := verdict{Action: "secretsmanager:" + op.name}
	if op.onSecret {
		v.Resource = arn
	}
	if err := c.srv.Restore(c.state); err != nil { // the operation before may have changed something
		return v, err
	}
	body := op.input
	if strings.Contains(body, "%s") {
		body = fmt.Sprintf(body, arn)
	}
	answer, err := c.call(ctx, op.name, []byte(body))
	if err != nil {
		return v, err
	}
	v.Allowed = !strings.HasPrefix(answer.Type, "AccessDenied")
	if !v.Allowed {
		v.Says = answer.Message
	}
	return v, nil
}

// answer is the part of an error that matters here; the decoder does not mind
// how its members are capitalised.
type answer struct {
	Type    string `json:"__type"`
	Message string `json:"message"`
}

func (c *court) call(ctx context.Context, operation string, body []byte) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.srv.URL()+"/", bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "secretsmanager."+operation)
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(ctx, c.key, req, hex.EncodeToString(sum[:]), "secretsmanager", c.cfg.Region, time.Now()); err != nil {
		return answer{}, err
	}
	resp, err := c.cfg.HTTPClient.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	var a answer
	if err := json.NewDecoder(resp.Body).Decode(&a); err != nil && err != io.EOF { // some successes are empty
		return a, fmt.Errorf("the mock's answer to %s: %w", operation, err)
	}
	return a, nil
}
