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

// simulator is a mock that holds the secret, and others that are nobody's business.
type simulator struct {
	srv    *mock.Server
	cfg    aws.Config
	holder aws.Credentials // may what the policy says
	admin  aws.Credentials // may everything in Secrets Manager besides, so that only KMS can stand in the way

	arn      string
	key      string // of the secret, as findings call it
	other    string // a secret
	sameKey  string // a secret under the same key; "" when that is the default key, which is everybody's
	otherKey string // a secret under another key
	foreign  string // that key
	state    []byte
}

// The suffix that a secret is given whose own is not known, and the other secrets and key.
const (
	someSuffix   = "Wk7Tq2"
	otherName    = "wicketkey/bystander"
	sameKeyName  = "wicketkey/same-key"
	otherKeyName = "wicketkey/other-key"
	foreignKey   = "0123abcd-5a17-4c0f-9d3e-77e6b1c2d3e4"
)

func newSimulator(policy string, r resource) (*simulator, error) {
	at := placeOf(r)
	c := &simulator{arn: at.secret(at.name, at.suffix), other: at.secret(otherName, someSuffix), otherKey: at.secret(otherKeyName, someSuffix),
		foreign: at.of("kms") + "key/" + foreignKey}
	secrets := []secretState{{at.name, at.suffix, "x", r.kmsKey}, {otherName, someSuffix, "x", ""}, {otherKeyName, someSuffix, "x", c.foreign}}
	if c.key = keyName(r); c.key != defaultKey {
		c.sameKey = at.secret(sameKeyName, someSuffix)
		secrets = append(secrets, secretState{sameKeyName, someSuffix, "x", r.kmsKey})
	}
	var err error
	if c.state, err = stateOf(secrets...); err != nil {
		return nil, err
	}
	if c.srv, err = mock.New(&mock.Options{Account: at.account, Region: at.region, InProcess: true, TLS: true}); err != nil {
		return nil, err
	}
	c.cfg = c.srv.AWSConfig()
	if err := c.admit("arn:"+at.partition+":sts::"+at.account+":assumed-role/gateway/check", policy); err != nil {
		c.srv.Close()
		return nil, err
	}
	return c, nil
}

// home is where a secret is, with examples for what is not known.
type home struct{ partition, region, account, name, suffix string }

func placeOf(r resource) home {
	parts := strings.SplitN(strings.TrimSuffix(r.arn, anySuffix), ":", 7)
	h := home{parts[1], parts[3], parts[4], parts[6], someSuffix}
	if h.region == "*" {
		h.region = mock.DefaultRegion
	}
	if h.account == "*" {
		h.account = mock.DefaultAccount
	}
	if r.exact {
		cut := len(h.name) - len(anySuffix)
		h.name, h.suffix = h.name[:cut], h.name[cut+1:]
	}
	return h
}

// of begins the ARNs of a service there.
func (h home) of(service string) string {
	return strings.Join([]string{"arn", h.partition, service, h.region, h.account, ""}, ":")
}

func (h home) secret(name, suffix string) string {
	return h.of("secretsmanager") + "secret:" + name + "-" + suffix
}

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

// everySecret is what the admin may besides.
const everySecret = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*"}}`

// admit gives both callers their keys.
func (c *simulator) admit(principal, policy string) error {
	c.holder = aws.Credentials{AccessKeyID: "HOLDER", SecretAccessKey: "holder"}
	c.admin = aws.Credentials{AccessKeyID: "ADMIN", SecretAccessKey: "admin"}
	for key, policies := range map[aws.Credentials][]string{c.holder: {policy}, c.admin: {policy, everySecret}} {
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

// run tries every operation on the secret, reading on another, and each use of a key.
func (c *simulator) run(ctx context.Context, f *findings) error {
	for _, op := range operations() {
		d := decision{Action: "secretsmanager:" + op.name, Needed: op.name == "GetSecretValue"}
		if op.onSecret {
			d.Resource = c.arn
		}
		if err := c.try(ctx, f, d, op, c.arn); err != nil {
			return err
		}
	}
	d := decision{Action: "secretsmanager:GetSecretValue", Resource: "other secrets, such as " + c.other}
	if err := c.try(ctx, f, d, reading(), c.other); err != nil {
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
	decision decision
	op       operation
	arn      string
}

func (c *simulator) uses() []use {
	decrypt := func(needed bool, what, arn string) use {
		return use{decision{Action: "kms:Decrypt", Resource: what, Needed: needed}, reading(), arn}
	}
	encrypt := func(what, arn string) use {
		return use{decision{Action: "kms:GenerateDataKey", Resource: what}, writing(), arn}
	}
	others := "other keys, such as " + c.foreign
	list := []use{decrypt(true, c.key, c.arn), decrypt(false, others, c.otherKey), encrypt(others, c.otherKey)}
	if c.sameKey != "" {
		list = append(list, encrypt(c.key, c.arn), decrypt(false, c.key+" for other secrets, such as "+c.sameKey, c.sameKey))
	}
	return list
}

// try has the holder make one call. The mock decides about permission before it looks at anything else, so that
// whatever it answers besides a denial is a yes, the denial of a key included.
func (c *simulator) try(ctx context.Context, f *findings, d decision, op operation, arn string) error {
	answer, err := c.call(ctx, c.holder, op, arn)
	if err != nil {
		return err
	}
	f.decide(d, !answer.denied() || answer.keyDenied(), answer.Message)
	return nil
}

// tryKey has the admin make the call that uses a key. What even the admin is denied in Secrets Manager tells nothing
// of the key, which then cannot be used through the service either.
func (c *simulator) tryKey(ctx context.Context, f *findings, u use) error {
	answer, err := c.call(ctx, c.admin, u.op, u.arn)
	if err != nil || answer.denied() && !answer.keyDenied() {
		return err
	}
	f.decide(u.decision, !answer.keyDenied(), answer.Message)
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
func (c *simulator) call(ctx context.Context, caller aws.Credentials, op operation, arn string) (answer, error) {
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
