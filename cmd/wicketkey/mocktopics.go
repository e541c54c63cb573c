package main

import "io"

// topics are what wicketkey help tells beside the subcommands: the documents and the HTTP interface of the mock, so
// that nobody needs to read Go to use them.
func topics() map[string]string {
	return map[string]string{"state": stateTopic + stateExample, "faults": faultsTopic + faultsExample, "control": controlTopic}
}

func writeTopic(text string) func(page) {
	return func(w page) { _, _ = io.WriteString(w, text) } // into memory
}

const stateTopic = `The document that wicketkey mock -state reads and -save writes, and that
GET and POST /_mock/state exchange: the secrets, and all that belongs to them.

name is all that a secret needs. Its value is "value" (a text), "valueBase64"
(bytes), or "versions", of which one has the stage AWSCURRENT. A version without
a value is the pending one of a rotation. "suffix" are the six characters that
end the ARN; by default they follow from -seed. "account" and "region" are the
server's unless given. "key" is what the KMS key suffers from: "denied" or
"disabled". "deleted" is when DeleteSecret was called, and "gone" when the
recovery window ends, 30 days later by default; a rotation begins when its window
"opens", and must by "next". A replica is a secret of
its own with "primary"; its primary lists it under "replicas". Times are UTC.
What may be left out may be left out. A mistake is refused with line and field.

`

const stateExample = `{
  "secrets": [
    {
      "name": "db/main",
      "value": "hunter2"
    },
    {
      "name": "gateway",
      "suffix": "AbCd12",
      "description": "what the gateway starts from",
      "kmsKeyId": "alias/gateway",
      "tags": {"team": "gate"},
      "versions": [
        {"id": "11111111-1111-1111-1111-111111111111", "stages": ["AWSPREVIOUS"], "value": "one"},
        {"id": "22222222-2222-2222-2222-222222222222", "stages": ["AWSCURRENT"], "valueBase64": "dHdv",
         "created": "2026-01-31T12:00:00Z"}
      ],
      "policy": {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:DeleteSecret", "Resource": "*"}]
      },
      "created": "2025-01-31T12:00:00Z",
      "changed": "2026-01-31T12:00:00Z",
      "accessed": "2026-02-01T00:00:00Z",
      "rotation": {"enabled": true, "function": "arn:aws:lambda:us-east-1:123456789012:function:rotate",
                   "afterDays": 30, "next": "2026-03-02T12:00:00Z"},
      "replicas": [{"region": "eu-west-1", "status": "InSync"}]
    },
    {
      "name": "gateway",
      "region": "eu-west-1",
      "suffix": "AbCd12",
      "primary": "us-east-1",
      "value": "two"
    },
    {
      "name": "broken",
      "value": "nobody reads this",
      "key": "disabled"
    },
    {
      "name": "leaving",
      "value": "restore me",
      "deleted": "2099-01-31T12:00:00Z"
    }
  ]
}
`

const faultsTopic = `The document that wicketkey mock -faults reads and that GET and POST /_mock/faults
exchange: what is to befall requests. A request takes the effects of every fault that
matches it, in order; of those that decide the answer only the first counts.

Conditions: "operations", "secret" and "stage" (of a read) say whom it strikes,
"skip" how many matching requests pass first, "times" how many are struck (left
out: all), "probability" which share, "rate" only what exceeds so many a second.

Effects: "failure" is AWS's exception, optionally with a text of your own behind
": ". "wire" is what goes wrong with the delivery:
  half-body, length-too-long, length-too-short, hangup, reset, reset-early,
  stall, stall-body, html, empty, goaway, and with -tls handshake-alert,
  handshake-cut, handshake-plain, handshake-stalled.
"latency" comes before the answer, "drip" after every "piece" bytes of it; "skew"
moves the Date header; "retryAfter" is sent as x-amz-retry-after.

"quotas": true adds the throttling that AWS documents. At most 1000 faults are in
force at once.

`

const faultsExample = `{
  "quotas": true,
  "faults": [
    {"times": 2, "failure": "ThrottlingException"},
    {"operations": ["GetSecretValue"], "secret": "db/main", "skip": 3, "times": 1, "failure": "InternalServiceError"},
    {"secret": "gateway", "stage": "AWSPREVIOUS", "failure": "AccessDeniedException: Access to KMS is not allowed"},
    {"probability": 0.1, "wire": "reset"},
    {"operations": ["ListSecrets"], "rate": 5, "failure": "ThrottlingException", "retryAfter": "2s"},
    {"latency": "200ms", "drip": "10ms", "piece": 64, "skew": "10m"}
  ]
}
`

const controlTopic = `What tests in any language ask of a running mock, at the address that it prints
(AWS_ENDPOINT_URL_SECRETS_MANAGER), without a signature:

  GET    /_mock/health    {"ready": true, "version", "url", "account", "region",
                          "regions" (null: every one), "secrets" (how many)}
  GET    /_mock/requests  {"counts": {"GetSecretValue": 2}, "requests": [{"time",
                          "operation", "secrets", "region", "accessKey",
                          "principal", "input", "status", "code", "requestId"}]}
  DELETE /_mock/requests  forgets them
  GET    /_mock/state     the secrets: wicketkey help state
  POST   /_mock/state     replaces all secrets
  GET    /_mock/faults    the faults in force: wicketkey help faults
  POST   /_mock/faults    adds faults
  DELETE /_mock/faults    ends all faults
  GET    /_mock/clock     {"now": "2026-01-31T12:00:00Z"}
  POST   /_mock/clock     {"advance": "720h"} moves it; rotations fall due
  POST   /_mock/reset     clears secrets, faults and requests

Success is 200 with JSON, or 204; a mistake is 400 with a sentence. Nothing secret
is in the requests; the state holds the values. With -control-token TOKEN, which
listening beyond loopback demands, all but health want the header
"Authorization: Bearer TOKEN". Web pages are refused.

  curl -s $AWS_ENDPOINT_URL_SECRETS_MANAGER/_mock/health
  curl -s $AWS_ENDPOINT_URL_SECRETS_MANAGER/_mock/state -d @state.json
  curl -s $AWS_ENDPOINT_URL_SECRETS_MANAGER/_mock/faults -d '{"faults": [{"times": 2, "failure": "ThrottlingException"}]}'
  curl -s $AWS_ENDPOINT_URL_SECRETS_MANAGER/_mock/requests
  curl -s -X POST $AWS_ENDPOINT_URL_SECRETS_MANAGER/_mock/reset
`
