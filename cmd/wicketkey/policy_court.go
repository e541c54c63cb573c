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
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"wicketkey.internal/mock"
)

// court is a mock that holds the secret, and others that are nobody's business.
type court struct {
	srv    *mock.Server
	cfg    aws.Config
	holder aws.Credentials // may what the policy says
	clerk  aws.Credentials // may everything in Secrets Manager besides, so that only KMS can stand in the way
	arn    string
	other  string // a secret
	kin    string // a secret under the same key; "" when that is the default key, which is everybody's
	far    string // a secret under another key, farKey
	farKey string
	key    string // of the secret, as findings call it
	state  []byte
}

// The suffix that a secret is given whose own is not known, and the other secrets and key.
const (
	someSuffix = "Wk7Tq2"
	bystander  = "wicketkey/bystander"
	kin        = "wicketkey/same-key"
	far        = "wicketkey/other-key"
	farKey     = "0123abcd-5a17-4c0f-9d3e-77e6b1c2d3e4"
)

func newCourt(ctx context.Context, policy string, r resource) (*court, error) {
	parts := strings.SplitN(strings.TrimSuffix(r.arn, anySuffix), ":", 7)
	partition, region, account := parts[1], parts[3], parts[4]
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
	home := func(service string) string {
		return strings.Join([]string{"arn", partition, service, region, account, ""}, ":")
	}
	secret := func(name, suffix string) string { return home("secretsmanager") + "secret:" + name + "-" + suffix }
	c := &court{arn: secret(name, suffix), other: secret(bystander, someSuffix), far: secret(far, someSuffix), farKey: home("kms") + "key/" + farKey}
	secrets := []secretState{{name, suffix, "x", r.kmsKey}, {bystander, someSuffix, "x", ""}, {far, someSuffix, "x", c.farKey}}
	if c.key = keyName(r); c.key != defaultKey {
		c.kin = secret(kin, someSuffix)
		secrets = append(secrets, secretState{kin, someSuffix, "x", r.kmsKey})
	}
	var err error
	if c.state, err = stateOf(secrets...); err != nil {
		return nil, err
	}
	if c.srv, err = mock.New(&mock.Options{Account: account, Region: region, InProcess: true, TLS: true}); err != nil {
		return nil, err
	}
	c.cfg = c.srv.AWSConfig()
	if err := c.admit("arn:"+partition+":sts::"+account+":assumed-role/gateway/check", policy); err != nil {
		c.srv.Close()
		return nil, err
	}
	return c, nil
}

// defaultKey is the AWS-managed key of secrets that name none.
const defaultKey = "aws/secretsmanager"

// keyName is what findings call the secret's key: its ARN, as far as it is known.
func keyName(r resource) string {
	st, customer := decryption(r)
	switch {
	case !customer:
		return defaultKey
	case isAlias(r.kmsKey):
		return "the key of " + r.kmsKey
	}
	return st.Resource[0]
}

// everySecret is what the clerk may beside the policy.
const everySecret = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*"}}`

// admit gives both callers their keys.
func (c *court) admit(principal, policy string) error {
	c.holder = aws.Credentials{AccessKeyID: "HOLDER", SecretAccessKey: "holder"}
	c.clerk = aws.Credentials{AccessKeyID: "CLERK", SecretAccessKey: "clerk"}
	for key, policies := range map[aws.Credentials][]string{c.holder: {policy}, c.clerk: {policy, everySecret}} {
		err := c.srv.SetKey(mock.AccessKey{ID: key.AccessKeyID, Secret: key.SecretAccessKey, Policies: policies, Principal: principal})
		if err != nil {
			return err
		}
	}
	return nil
}

type secretState struct {
	Name   string `json:"name"`
	Suffix string `json:"suffix"`
	Value  string `json:"value"`
	KMSKey string `json:"kmsKeyId,omitempty"`
}

func stateOf(secrets ...secretState) ([]byte, error) {
	return json.Marshal(struct {
		Secrets []secretState `json:"secrets"`
	}{secrets})
}

// hear tries every operation on the secret, reading on the bystander, and each use of a key.
func (c *court) hear(ctx context.Context, f *findings) error {
	for _, op := range operations() {
		v := verdict{Action: "secretsmanager:" + op.name, Needed: op.name == "GetSecretValue"}
		if op.onSecret {
			v.Resource = c.arn
		}
		if err := c.try(ctx, f, v, op, c.arn); err != nil {
			return err
		}
	}
	v := verdict{Action: "secretsmanager:GetSecretValue", Resource: "other secrets, such as " + c.other}
	if err := c.try(ctx, f, v, reading(), c.other); err != nil {
		return err
	}
	for _, use := range c.uses() {
		if err := c.tryKey(ctx, f, use); err != nil {
			return err
		}
	}
	return nil
}

// use is a use of a KMS key, and the call that Secrets Manager answers by it.
type use struct {
	verdict verdict
	op      operation
	arn     string
}

func (c *court) uses() []use {
	decrypt := func(needed bool, what, arn string) use {
		return use{verdict{Action: "kms:Decrypt", Resource: what, Needed: needed}, reading(), arn}
	}
	encrypt := func(what, arn string) use {
		return use{verdict{Action: "kms:GenerateDataKey", Resource: what}, writing(), arn}
	}
	others := "other keys, such as " + c.farKey
	list := []use{decrypt(true, c.key, c.arn), decrypt(false, others, c.far), encrypt(others, c.far)}
	if c.kin != "" {
		list = append(list, encrypt(c.key, c.arn), decrypt(false, c.key+" for other secrets, such as "+c.kin, c.kin))
	}
	return list
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

// reading and writing are the operations that use a key.
func reading() operation { return operations()[0] }
func writing() operation { return operations()[3] }

// try has the holder make one call. The mock decides about permission before it looks at anything else, so that
// whatever it answers besides a denial is a yes, the denial of a key included.
func (c *court) try(ctx context.Context, f *findings, v verdict, op operation, arn string) error {
	answer, err := c.call(ctx, c.holder, op, arn)
	if err != nil {
		return err
	}
	v.Allowed = !answer.denied() || answer.keyDenied()
	if !v.Allowed && v.Needed {
		v.Says = answer.Message
	}
	f.add(v)
	return nil
}

// tryKey has the clerk make the call that uses a key. What even he is denied in Secrets Manager tells nothing of
// the key, which then cannot be used through the service either.
func (c *court) tryKey(ctx context.Context, f *findings, u use) error {
	answer, err := c.call(ctx, c.clerk, u.op, u.arn)
	if err != nil || answer.denied() && !answer.keyDenied() {
		return err
	}
	u.verdict.Allowed = !answer.keyDenied()
	if !u.verdict.Allowed && u.verdict.Needed {
		u.verdict.Says = answer.Message
	}
	f.add(u.verdict)
	return nil
}

// answer is the part of an error that matters here; the decoder does not mind
// how its members are capitalised.
type answer struct {
	Type    string `json:"__type"`
	Message string `json:"message"`
}

func (a answer) denied() bool { return strings.HasPrefix(a.Type, "AccessDenied") }

func (a answer) keyDenied() bool { return a.Type+": "+a.Message == string(mock.KMSDenied) }

// call puts the operation to the mock, in which nothing has happened before.
func (c *court) call(ctx context.Context, caller aws.Credentials, op operation, arn string) (answer, error) {
	if err := c.srv.Restore(c.state); err != nil {
		return answer{}, err
	}
	body := []byte(strings.ReplaceAll(op.input, "%s", arn))
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.srv.URL()+"/", bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "secretsmanager."+op.name)
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(ctx, caller, req, hex.EncodeToString(sum[:]), "secretsmanager", c.cfg.Region, time.Now()); err != nil {
		return answer{}, err
	}
	resp, err := c.cfg.HTTPClient.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	var a answer
	if err := json.NewDecoder(resp.Body).Decode(&a); err != nil && err != io.EOF { // some successes are empty
		return a, fmt.Errorf("the mock's answer to %s: %w", op.name, err)
	}
	return a, nil
}
