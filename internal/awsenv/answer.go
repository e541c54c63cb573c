package awsenv

import (
	"bytes"
	"encoding/json"
	"errors"
	"runtime"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// answeredKeys is what containers, instances and processes answer with.
type answeredKeys struct {
	Version         int    // of a process
	Code, Message   string // of an instance
	AccessKeyID     string `json:"AccessKeyId"`
	SecretAccessKey string
	SessionToken    string // of a process
	Token           string // of the others
	AccountID       string `json:"AccountId"`
	Expiration      *time.Time
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

func decodeKeys(answer []byte, source string) (aws.Credentials, *answeredKeys, error) {
	if runtime.GOOS == "windows" { // cmd.exe puts slashes before quotes
		answer = bytes.ReplaceAll(answer, []byte(`\"`), []byte(`"`))
	}
	var said answeredKeys
	if err := json.Unmarshal(answer, &said); err != nil {
		if _, ok := errors.AsType[*time.ParseError](err); ok {
			return aws.Credentials{}, nil, errExpiration
		}
		return aws.Credentials{}, nil, errNotJSON
	}
	keys := aws.Credentials{
		AccessKeyID: said.AccessKeyID, SecretAccessKey: said.SecretAccessKey,
		SessionToken: said.SessionToken + said.Token, AccountID: said.AccountID, Source: source,
	}
	switch {
	case keys.AccessKeyID == "":
		return aws.Credentials{}, &said, errNoID
	case keys.SecretAccessKey == "":
		return aws.Credentials{}, &said, errNoSecret
	}
	if said.Expiration != nil {
		keys.CanExpire, keys.Expires = true, *said.Expiration
	}
	return keys, &said, nil
}
