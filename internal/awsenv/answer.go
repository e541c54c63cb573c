package awsenv

import (
	"bytes"
	"encoding/json"
	"errors"
	"runtime"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// answeredKeys is what containers, instances and processes all answer with. Each
// has fields of its own besides, and ignores those of the others.
type answeredKeys struct {
	AccessKeyID     string `json:"AccessKeyId"`
	SecretAccessKey string
	Expiration      *time.Time
}

type keysOfContainer struct {
	answeredKeys
	Token, AccountID string
}

type keysOfInstance struct {
	answeredKeys
	Token, Code, Message string
}

type keysOfProcess struct {
	answeredKeys
	SessionToken, AccountID string
	Version                 int
}

// What is wrong with an answer. None of these quotes it: it may be half a key
// pair.
var (
	errNotJSON    = errors.New("it is not the JSON of credentials")
	errExpiration = errors.New("its Expiration is not a time such as 2026-01-02T15:04:05Z")
	errVersion    = errors.New("its Version is not 1")
	errNoID       = errors.New("it has no AccessKeyId")
	errNoSecret   = errors.New("it has no SecretAccessKey")
)

// decodeAnswer reads JSON. The names of its fields may be in any case.
func decodeAnswer(answer []byte, into any) error {
	if runtime.GOOS == "windows" { // cmd.exe puts slashes before quotes
		answer = bytes.ReplaceAll(answer, []byte(`\"`), []byte(`"`))
	}
	if err := json.Unmarshal(answer, into); err != nil {
		if _, ok := errors.AsType[*time.ParseError](err); ok {
			return errExpiration
		}
		return errNotJSON
	}
	return nil
}

// with completes the credentials.
func (k answeredKeys) with(token, account, source string) (aws.Credentials, error) {
	switch {
	case k.AccessKeyID == "":
		return aws.Credentials{}, errNoID
	case k.SecretAccessKey == "":
		return aws.Credentials{}, errNoSecret
	}
	keys := aws.Credentials{
		AccessKeyID: k.AccessKeyID, SecretAccessKey: k.SecretAccessKey,
		SessionToken: token, AccountID: account, Source: source,
	}
	if k.Expiration != nil {
		keys.CanExpire, keys.Expires = true, *k.Expiration
	}
	return keys, nil
}
